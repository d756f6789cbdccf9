"""Each picture of the gallery: what it shows, and the command that draws it."""

from __future__ import annotations

from dataclasses import dataclass

RECONSTRUCTION, SIMULATION = "data/reconstruction.db", "data/simulation.db"
#: Recorded charts: those of data/sample.
RECORDED = "data/recorded.db"
_FINANCE = ("--on", "jp/iphone/top-free/finance", "--db", RECORDED)


@dataclass(frozen=True, slots=True)
class Picture:
    """``arguments`` are those of ``apptrack``, but for the output; ``text`` goes to a terminal.

    On the page a picture is ``wide`` pixels wide, or as wide as there is room.
    """

    name: str
    title: str
    shows: str
    arguments: tuple[str, ...]
    text: bool = False
    wide: int = 1000

    @property
    def file(self) -> str:
        """From the folder of the page."""
        return f"gallery/{self.name}.{'txt' if self.text else 'png'}"

    @property
    def command(self) -> str:
        """What a person types."""
        output = "-" if self.text else f"charts/{self.file}"
        return " ".join(["apptrack", *self.arguments, "-o", output])


PICTURES = (
    Picture(
        "curve",
        "The overtaking curve",
        "Recorded ranks. Rank 1 is on top; within the top ten the axis is linear. Each overtake "
        "has a band, the interval in which it happened, and a caption with that interval.",
        ("chart", "rakuten-pay", "paypay", *_FINANCE, "--since", "2025-09-01",
         "--credit", "Chart: apptrack"),
    ),
    Picture(
        "curve-phone",
        "For a phone, in the dark",
        "The same data with larger type. Captions that find no room are numbers, listed below.",
        ("chart", "rakuten-pay", "paypay", *_FINANCE, "--since", "2025-09-01",
         "--size", "story", "--theme", "dark"),
        wide=400,
    ),
    Picture(
        "four",
        "Four apps over two months",
        "Lines end in names. With three apps or more the ends have shapes, too.",
        ("chart", "rakuten-pay", "paypay", "suica", "paidy", *_FINANCE),
    ),
    Picture(
        "context",
        "Beside the rest of the chart",
        "The other apps that ranked highest are a quiet band, their middle half, and a median.",
        ("chart", "paidy", "suica", *_FINANCE, "--context", "12"),
    ),
    Picture(
        "single",
        "One app",
        "A day of a peak is a day; what happened between two snapshots is not known.",
        ("chart", "paidy", *_FINANCE, "--theme", "dark"),
    ),
    Picture(
        "days",
        "A few days",
        "Markers are at snapshots, and only where these are few.",
        ("chart", "rakuten-pay", "paypay", *_FINANCE, "--since", "2025-09-05",
         "--until", "2025-09-20"),
    ),
    Picture(
        "square",
        "Square, in Tokyo's time",
        "Times, days and ticks are those of the zone asked for.",
        ("chart", "rakuten-pay", "paypay", *_FINANCE, "--since", "2025-09-01",
         "--size", "square", "--tz", "Asia/Tokyo"),
        wide=500,
    ),
    Picture(
        "bump-recorded",
        "Positions among four recorded apps",
        "A position counts only the apps that are drawn; the real ranks are below it.",
        ("chart", "rakuten-pay", "paypay", "suica", "paidy", "--style", "bump", *_FINANCE),
    ),
    Picture(
        "heatmap-recorded",
        "One app, day by day",
        "A cell is the best rank of a day.",
        ("heatmap", "rakuten-pay", *_FINANCE),
    ),
    Picture(
        "wave-recorded",
        "Who was ahead, day by day",
        "Two apps in the one storefront of the sample.",
        ("heatmap", "--wave", "rakuten-pay", "paypay", *_FINANCE, "--theme", "dark"),
    ),
    Picture(
        "reconstruction",
        "A reconstruction says so",
        "Ranks between dated facts of January 2025: the headline begins with the word, lines are "
        "dashed. From rank 10 down the axis is logarithmic; an app that is not in the chart has a "
        "lane of its own; nothing is drawn where there was no data.",
        ("chart", "deepseek", "chatgpt", "--db", RECONSTRUCTION),
    ),
    Picture(
        "leaving",
        "Leaving the chart",
        "Simulated. Damson leaves from about the fifteenth rank: a line in the lane, not a fall to "
        "rank 51. From 22 to 26 April there was no data.",
        ("chart", "Fir", "Cedar", "Damson", "--db", SIMULATION),
    ),
    Picture(
        "bump",
        "Positions that change",
        "Simulated.",
        ("chart", "Alder", "Birch", "Cedar", "Damson", "--style", "bump", "--db", SIMULATION),
    ),
    Picture(
        "storefronts",
        "Small plots on shared axes",
        "Simulated: three apps in twenty storefronts. --facet ranking and --facet genre do the "
        "same for the other parts of a chart's name.",
        ("chart", "Alder", "Birch", "Cedar", "--facet", "storefront", "--db", SIMULATION),
    ),
    Picture(
        "heatmap",
        "One app in every storefront",
        "Simulated. Colour is the best rank of the day. A thin line: not in the chart. Shaded: no "
        "data.",
        ("heatmap", "Alder", "--db", SIMULATION),
    ),
    Picture(
        "wave",
        "An overtake round the world",
        "Simulated. Who was ahead, storefronts in the order of the first confirmed overtake (a "
        "filled dot, with its interval); other changes of the lead are hollow dots, counted where "
        "they are close.",
        ("heatmap", "--wave", "Alder", "Birch", "--theme", "dark", "--db", SIMULATION),
    ),
    Picture(
        "terminal",
        "In the terminal",
        "For a person on a server: as wide and as high as the terminal, here 100 by 30, and in "
        "colour where it has any. The letters tell the apps apart.",
        ("chart", "deepseek", "chatgpt", "--db", RECONSTRUCTION),
        text=True,
    ),
)  # fmt: skip
