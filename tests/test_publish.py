"""A site of files: its links, its bytes, and how it takes the place of the one before."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import tracker
from tests.support.browsing import CHATGPT, DEEPSEEK, fill
from tests.support.stored import CHART, at
from tracker.errors import ApptrackError, InvalidValue, UnknownName
from tracker.model import Provenance
from tracker.publish import MARKER, badge, lite_address, publish

PAIR = ("deepseek", "chatgpt")
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("publish") / "small.db"
    fill(path)
    return path


def written(small: Path, folder: Path) -> Path:
    with tracker.open(small) as database:
        publish(database, folder, CHART, [PAIR], url="https://example.org/x", data=True)
    return folder


@pytest.fixture(scope="module")
def site(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(small, tmp_path_factory.mktemp("site") / "site")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_data_give_the_same_bytes_and_replace_the_site(
    small: Path, site: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / MARKER).touch()
    (folder / "gone.html").touch()
    assert contents(written(small, folder)) == contents(site)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_every_link_leads_to_a_file_of_the_site_from_any_folder(site: Path) -> None:
    pages = [path for path in site.rglob("*.html") if path.name.count(".") == 1]
    assert len(pages) > 3
    for path in pages:
        text = path.read_text("utf-8")
        links = re.findall(r'(?:href|src)="([^"]*)"', text)
        for link in map(unescape, links):
            if not link.startswith(("#", "data:,")):
                assert (path.parent / link).resolve().is_file(), f"{path}: {link}"
        assert "<script" not in text
        assert "<form" not in text
        assert "ago" not in text
        assert "Published from the snapshots up to" in text
    home = (site / "index.html").read_text("utf-8")
    assert f"compare/{DEEPSEEK}-{CHATGPT}.html" in home
    assert "is ahead of" not in home


def test_feeds_have_the_address_of_the_site(site: Path) -> None:
    feed = json.loads((site / "overtakes.json").read_text("utf-8"))
    assert feed["home_page_url"] == "https://example.org/x/index.html"
    root = ElementTree.fromstring((site / "overtakes.atom").read_text("utf-8"))
    addresses = [link.get("href", "") for link in root.iter(f"{ATOM}link")]
    assert addresses
    assert all(address.startswith("https://example.org/x/") for address in addresses)


def test_a_badge_has_the_rank_its_day_and_provenance_and_executes_nothing() -> None:
    def words(*facts: Any) -> list[str | None]:
        root = ElementTree.fromstring(badge(*facts).decode())
        return [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]

    assert words("<b>&", 3, CHART, at(0), Provenance.RECORDED) == ["<b>&", "#3 · 2026-01-01"]
    assert words("x", None, CHART, at(0), Provenance.SIMULATED) == [
        "x", "unranked · 2026-01-01 · simulated",
    ]  # fmt: skip


def test_the_database_of_a_site_has_one_chart_and_no_payloads(site: Path) -> None:
    path = site / "data.db"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT slug FROM charts").fetchall() == [(CHART.slug,)]
        assert connection.execute("SELECT count(*) FROM payloads").fetchone() == (0,)
    with tracker.open(path) as database:
        assert len(database.overtakes(*PAIR, on=CHART, source="apple-rss")) == 1
    assert lite_address("https://example.org/x") == (
        "https://lite.datasette.io/?url=https://example.org/x/data.db"
    )
    with pytest.raises(InvalidValue, match="https"):
        lite_address("http://example.org")


def test_a_folder_with_other_files_is_left_alone(small: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", "utf-8")
    with pytest.raises(ApptrackError, match="has other files in it"):
        written(small, tmp_path)
    assert contents(tmp_path) == {"thesis.txt": b"mine"}


def test_an_unknown_app_leaves_the_old_site_as_it_was(
    small: Path, site: Path, tmp_path: Path
) -> None:
    before = contents(site)
    with tracker.open(small) as database, pytest.raises(UnknownName, match="depseek"):
        publish(database, site, CHART, [("depseek", "chatgpt")])
    assert contents(site) == before
    assert [path.name for path in site.parent.iterdir()] == [site.name]
