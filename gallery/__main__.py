"""``python -m gallery``: make ``charts/gallery`` and its page anew, from data made up here."""

from __future__ import annotations

import argparse
import html
import io
import json
import shlex
from collections.abc import Callable, Sequence
from contextlib import chdir
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from gallery.pictures import PICTURES, RECONSTRUCTION, RECORDED, SIMULATION, Picture
from gallery.rendering import FONT, ROOT, rendered
from gallery.simulation import simulate
from tracker.cli import main as apptrack
from tracker.demo import replay, script
from tracker.model import Provenance, Snapshot
from tracker.store import Store

#: What the pictures say of when they were drawn, and the terminal that one of them is for.
ENVIRONMENT = {
    "SOURCE_DATE_EPOCH": "1785542400", "COLUMNS": "100", "LINES": "30", "NO_COLOR": "1",
}  # fmt: skip
_PAGE = """# Pictures

`apptrack chart` and `apptrack heatmap` write here unless told otherwise; what they write is not
committed. What is committed, in `gallery/`, is made (with the extra `test` installed) by

```sh
python -m gallery
```

from databases that it makes first: `{recorded}`, the recorded charts of
[data/sample](../data/sample/README.md); `{reconstruction}`, the days of
January 2025 as `apptrack demo` plays them between dated facts; and `{simulation}`, charts
made up by a random generator with a fixed seed. The apps of the simulation are trees, its source
is `simulation`, and each picture and each row says what it is. A test makes the pictures again and
compares them.

Each command is the one that made the picture above it, with `SOURCE_DATE_EPOCH={epoch}` for
the day in the footer, with `APPTRACK_SETTINGS=data/sample/apptrack.toml` for the names of the
recorded apps, and in the font {font} that vl-convert brings along. The committed pictures have 256
colours. With `-o` ending in `.html` the same commands write pages.
"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture's bytes, and its headline."""

    picture: Picture
    content: bytes
    headline: str


def draw_all(root: Path) -> list[Drawn]:
    """Every picture, drawn through the command from databases made under ROOT; writes no other."""
    with chdir(root):
        for path, fill in (
            (RECORDED, _import),
            (RECONSTRUCTION, _reconstruct),
            (SIMULATION, _simulate),
        ):
            _database(Path(path), fill)
        texts = {
            picture.name: _run(*picture.arguments, "-o", "-")
            for picture in PICTURES
            if picture.text
        }
        facts = {picture.name: _specification(picture) for picture in PICTURES if not picture.text}
    pictures = rendered({name: spec for name, (spec, _) in facts.items()})
    contents = pictures | {name: text.encode() for name, text in texts.items()}
    headlines = {name: text for name, (_, text) in facts.items()}
    headlines |= {name: text.splitlines()[0] for name, text in texts.items()}
    return [Drawn(picture, contents[picture.name], headlines[picture.name]) for picture in PICTURES]


def page(pictures: Sequence[Drawn]) -> str:
    """``charts/README.md``."""
    head = _PAGE.format(
        recorded=RECORDED, reconstruction=RECONSTRUCTION, simulation=SIMULATION, font=FONT,
        epoch=ENVIRONMENT["SOURCE_DATE_EPOCH"],
    )  # fmt: skip
    return "\n".join([head, *map(_section, pictures)])


def make(root: Path) -> None:
    """Make the databases, the pictures and the page under ROOT, and remove older pictures."""
    pictures = draw_all(root)
    folder = root / "charts" / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for picture in pictures:
        content = picture.content if picture.picture.text else _few_colours(picture.content)
        (folder.parent / picture.picture.file).write_bytes(content)
    (folder.parent / "README.md").write_text(page(pictures), "utf-8")


def _database(path: Path, fill: Callable[[Path], None]) -> None:
    """A new database at PATH; an older one of these is replaced."""
    path.parent.mkdir(exist_ok=True)
    replay.discard(path)
    fill(path)


def _import(path: Path) -> None:
    """The sample's charts."""
    sample = ROOT / "data" / "sample"
    (table,) = sample.glob("*.csv.gz")
    _run("import", str(table), "--db", str(path))


def _reconstruct(path: Path) -> None:
    """What the demo collects, an hour after an hour, without waiting for any."""
    hours = (script.END - script.BEGIN) // timedelta(hours=1)
    with Store(path) as store, store.transaction():
        for at in (script.BEGIN + timedelta(hours=hour) for hour in range(hours)):
            if not script.OUTAGE[0] <= at < script.OUTAGE[1]:
                entries = script.entries_at(at)
                store.save(
                    Snapshot(script.CHART, "apple-rss", at, entries,
                             provenance=Provenance.RECONSTRUCTED)
                )  # fmt: skip
    replay.report_facts(path)


def _simulate(path: Path) -> None:
    with Store(path) as store:
        simulate(store)


def _specification(picture: Picture) -> tuple[dict[str, Any], str]:
    """What the command draws PICTURE from, and its headline."""
    path = Path(f"{picture.name}.json")
    text = _run(*picture.arguments, "-o", str(path))
    spec = json.loads(path.read_text("utf-8"))
    path.unlink()
    return spec, text.splitlines()[-1]


def _run(*arguments: str) -> str:
    """What the command prints; AssertionError with what it complained of."""
    # The sample's settings name its apps.
    names = {"APPTRACK_SETTINGS": str(ROOT / "data" / "sample" / "apptrack.toml")}
    env = ENVIRONMENT | (names if RECORDED in arguments else {})
    done = CliRunner().invoke(apptrack, list(arguments), env=env, catch_exceptions=False)
    assert done.exit_code == 0, f"{shlex.join(arguments)}: {done.stderr}"
    return done.stdout


def _few_colours(png: bytes) -> bytes:
    """As small as a file in a repository should be; 256 are enough for flat colours."""
    from PIL import Image

    with io.BytesIO() as small:
        picture = Image.open(io.BytesIO(png)).convert("RGB")
        picture.quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        return small.getvalue()


def _section(this_picture: Drawn) -> str:
    picture = this_picture.picture
    alt = html.escape(this_picture.headline)
    shown = f'<img src="{picture.file}" width="{picture.wide}" alt="{alt}">'
    if picture.text:
        shown = f"```\n{this_picture.content.decode()}```"
    return f"## {picture.title}\n\n{picture.shows}\n\n{shown}\n\n```sh\n{picture.command}\n```\n"


def main() -> None:
    argparse.ArgumentParser(prog="python -m gallery", description=__doc__).parse_args()
    make(ROOT)
    files = [ROOT / "charts" / picture.file for picture in PICTURES]
    size = sum(file.stat().st_size for file in files)
    print(f"charts/README.md and {len(files)} pictures, {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
