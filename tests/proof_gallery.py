"""The committed pictures are what the commands draw today, and pass for no recording."""

from __future__ import annotations

import io
import shlex
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from gallery.__main__ import Drawn, draw_all, page
from gallery.pictures import PICTURES, RECONSTRUCTION, RECORDED, SIMULATION
from gallery.rendering import ROOT
from gallery.simulation import SOURCE
from tests.test_docs import PICTURE, draw_picture, few_colours, sample
from tracker.model import Provenance
from tracker.store import Reader

CHARTS = ROOT / "charts"
#: How far a channel may be off, of 255, and which share of the pixels may be farther. The first is
#: what 256 colours cost; the second is the edges of letters in another version of the renderer.
OFF, SHARE = 48, 0.0005
NAMES = [picture.name for picture in PICTURES]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gallery")


@pytest.fixture(scope="module")
def facts(root: Path) -> dict[str, Drawn]:
    return {picture.picture.name: picture for picture in draw_all(root)}


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def apart(image: Image.Image, other: Image.Image) -> float:
    """The share of pixels that differ to the eye; all of them where the sizes do."""
    if image.size != other.size:
        return 1.0
    farthest = Image.new("L", image.size)
    for channel in ImageChops.difference(image, other).split():
        farthest = ImageChops.lighter(farthest, channel)
    far = sum(farthest.histogram()[OFF + 1 :])
    return far / (image.width * image.height)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_drawn_again_as_it_was_committed(facts: dict[str, Drawn], name: str) -> None:
    picture = facts[name]
    committed = (CHARTS / picture.picture.file).read_bytes()
    hint = "if that is meant: python -m gallery"
    if picture.picture.text:
        assert picture.content == committed, hint
    else:
        assert apart(opened(picture.content), opened(committed)) <= SHARE, hint


def test_a_change_would_be_seen() -> None:
    curve = opened((CHARTS / "gallery/curve.png").read_bytes())
    moved = ImageChops.offset(curve, 1, 0)
    assert apart(curve, moved) > 4 * SHARE
    without_a_word = curve.copy()
    without_a_word.paste((255, 255, 255), (0, 40, 1200, 110))
    assert apart(curve, without_a_word) > 2 * SHARE
    assert apart(curve, curve.resize((10, 10))) == 1


def test_the_page_names_each_picture_and_its_command(facts: dict[str, Drawn]) -> None:
    text = (CHARTS / "README.md").read_text("utf-8")
    assert text == page(list(facts.values())), "if that is meant: python -m gallery"
    for picture in PICTURES:
        assert f"\n{picture.command}\n" in text
        assert shlex.split(picture.command)[0] == "apptrack"
    files = {path.relative_to(CHARTS).as_posix() for path in (CHARTS / "gallery").iterdir()}
    assert files == {picture.file for picture in PICTURES}
    assert sum((CHARTS / file).stat().st_size for file in files) < 2_000_000


def test_no_picture_and_no_row_passes_for_a_recording(root: Path, facts: dict[str, Drawn]) -> None:
    for picture in facts.values():
        if RECORDED in picture.picture.arguments:
            continue
        word = "Simulation" if SIMULATION in picture.picture.arguments else "Reconstruction"
        assert picture.headline.startswith(f"{word}: ")
    with Reader(root / SIMULATION) as reader:
        assert reader.provenances() == {Provenance.SIMULATED}
        charts = reader.charts()
        assert all(reader.sources_of(chart) == [SOURCE] for chart in charts)
        ids = {app.app_id for name in ("Alder", "Cedar") for app in reader.apps_named(name)}
    assert len(charts) == 20
    assert ids == {"1", "3"}  # too short for an app of the store
    with Reader(root / RECONSTRUCTION) as reader:
        assert reader.provenances() == {Provenance.RECONSTRUCTED, Provenance.REPORTED}


def test_the_picture_of_the_readme_is_what_its_command_draws(tmp_path: Path) -> None:
    file = tmp_path / "again.png"
    with sample(tmp_path):
        draw_picture(file)
    with Image.open(PICTURE) as committed:
        assert apart(few_colours(file).convert("RGB"), committed.convert("RGB")) <= SHARE, (
            "if that is meant: python -m tests.test_docs"
        )
