"""Each picture of the gallery: what it shows, and the command that draws it."""

from __future__ import annotations

from dataclasses import dataclass

RECONSTRUCTION, SIMULATION = "data/reconstruction.db", "data/simulation.db"


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
        "Rank 1 on top, on a logarithmic axis. Steps, because nobody saw what lies between two "
        "looks; a lane for looks that did not find the app; nothing where there was no data; each "
        "overtake as the interval in which it happened. Dashed: it is no recording, and says so.",
        ("chart", "deepseek", "chatgpt", "--db", RECONSTRUCTION),
    ),
    Picture(
        "phone",
        "For a phone, at night",
        "The same ledger with larger type; the apps that stood highest beside them are grey.",
        ("chart", "deepseek", "chatgpt", "--db", RECONSTRUCTION,
         "--size", "story", "--theme", "dark", "--context", "5"),
        wide=400,
    ),
    Picture(
        "leaving",
        "Leaving the chart",
        "Damson leaves from about the fifteenth rank: that is drawn as leaving, not as a fall to "
        "rank 51. From 22 to 26 April there was no data, and no line says what happened then.",
        ("chart", "Fir", "Cedar", "Damson", "--db", SIMULATION),
    ),
    Picture(
        "bump",
        "Places among the apps drawn",
        "A place counts only the apps that are drawn, is named so, and stands above the real "
        "ranks.",
        ("chart", "Alder", "Birch", "Cedar", "Damson", "--style", "bump", "--db", SIMULATION),
    ),
    Picture(
        "storefronts",
        "Small plots on shared axes",
        "The same three apps in twenty storefronts; --facet ranking and --facet genre do the same "
        "for the other parts of a chart's name.",
        ("chart", "Alder", "Birch", "Cedar", "--facet", "storefront", "--db", SIMULATION),
    ),
    Picture(
        "heatmap",
        "One app in every storefront",
        "Colour is the best rank of the day. Grey with a line: looked, and not in the chart. Dots "
        "and nothing else: there was no data.",
        ("heatmap", "Alder", "--db", SIMULATION),
    ),
    Picture(
        "wave",
        "An overtake round the world",
        "Who was ahead at the day's last snapshot that tells, by height as well as by colour; "
        "storefronts in the order of the first confirmed overtake.",
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
