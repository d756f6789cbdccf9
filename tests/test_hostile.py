"""What a feed could do with its names: each way tried, on every command that shows one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.shop import ranked
from tests.support.stored import CHART, OTHER_CHART, SOURCE, at
from tests.test_outbox import queued
from tracker.cli import main
from tracker.errors import ApptrackError
from tracker.model import App, Snapshot
from tracker.plot import draw, saved, specification
from tracker.service import apart, picture_from
from tracker.store import Store

#: A terminal's orders in both their spellings; letters that turn the direction of writing, and such
#: as XML cannot hold; a formula; markup; an expression; SQL and a line of a log; a path; rich's own
#: markup; a name without end.
NAMES = {
    "101": "\x1b[31mRed\x1b]0;owned\x07\x9b31m\x08",
    "102": "\u202egnp.exe\u2066 \uffff \u2028 \x7f",
    "103": '=HYPERLINK("http://attacker.example","x")',
    "104": "</script><script>window.owned = 1</script><b>&lt;",
    "105": "' + datum.owned + '\\u0022 ${owned} {{owned}} signal",
    "106": "'); DROP TABLE apps;--\n2026-01-01T00:00:00Z ERROR forged\r\n",
    "107": "../../../etc/passwd %s {0} [bold red]owned[/]",
    "108": "L" * 18_000,
}
IDS = list(NAMES)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that holds them as they are: whatever wrote it cleaned nothing."""
    path = tmp_path_factory.mktemp("hostile") / "x.db"
    with Store(path) as store:
        for chart in (CHART, OTHER_CHART):
            for hour in range(8):
                order = IDS if hour // 2 % 2 else IDS[::-1]
                entries = tuple(
                    replace(
                        entry, name=NAMES[entry.app_id], developer=f"\x1b[2J\u202e{entry.app_id}"
                    )
                    for entry in ranked(*order)
                )
                store.save(Snapshot(chart, SOURCE, at(hour), entries))
        store.add_event(at(3), "\x1b[31mnote\n=1+1</script>", source="\x9bwho\u202e")
    return path


@pytest.fixture(autouse=True)
def _settings(path: Path) -> None:
    Path("apptrack.toml").write_text(
        f'db = "{path}"\n[[alerts]]\nrule = "number-one"\n[[alerts]]\nrule = "peak"\napp = "102"\n',
        "utf-8",
    )


EVENT = f"{SOURCE}:{CHART}@2026-01-01T02:00:00Z"
ASKED: list[list[str]] = [
    ["overtakes", *IDS], ["overtakes", *IDS, "--json"], ["overtakes", *IDS, "--csv"],
    ["versus", "101", "102"], ["versus", "101", "102", "--json"],
    ["wave", "101", "102"], ["wave", "103", "106", "--json"], ["wave", "102", "103", "--csv"],
    *(["brief", app_id] for app_id in IDS), ["brief", "102", "--json"],
    ["stats", *IDS], ["stats", *IDS, "--json"],
    ["export", "series", *IDS], ["export", "charts"], ["export", "overtakes", *IDS],
    ["standings"], ["standings", "--json"],
    ["cite", EVENT], ["cite", f"{EVENT},101,102"], ["verify", EVENT],
    ["status"], ["status", "--json"], ["events", "list"],
    ["alerts", "list"], ["alerts", "test", "--since", "2026-01-01"],
    ["alerts", "test", "--since", "2026-01-01", "--json"],
    ["stats", "\x1b[31mnobody"], ["stats", "gnp.exe"], ["chart", "\x9bnobody", "101"],
]  # fmt: skip


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_no_command_lets_a_name_drive_the_terminal(asked: list[str]) -> None:
    done = CliRunner().invoke(main, asked)
    assert done.exit_code in (0, 1, 2), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    said = done.stdout + done.stderr
    assert said
    harmless = {"\n", "\uffff"} if "--json" in asked else {"\n"}
    assert {letter for letter in said if not letter.isprintable()} <= harmless
    assert not any(line.startswith("2026-01-01T00:00:00Z ERROR") for line in said.splitlines())
    if "--json" in asked:
        json.loads(done.stdout)
    if asked[0] == "overtakes" and asked[-1] == "--csv":
        assert "\"'=HYPERLINK" in done.stdout


def test_nothing_was_dropped_by_a_name(path: Path) -> None:
    with Store(path) as store:
        assert store.names(IDS) == NAMES


# Pictures


@pytest.fixture(scope="module")
def spec(path: Path) -> dict[str, Any]:
    with Store(path) as store:
        every = store.series(CHART, SOURCE, [App(app_id, NAMES[app_id]) for app_id in IDS[:6]])
    return specification(draw(every[:4], context=every[4:]))


def expressions(value: object, within: str = "") -> Iterator[str]:
    """Every text of a specification that Vega would run."""
    if isinstance(value, dict):
        for key, row in value.items():
            if key != "datasets":
                yield from expressions(row, key)
    elif isinstance(value, list):
        for row in value:
            yield from expressions(row, within)
    elif isinstance(value, str) and within in ("expr", "labelExpr", "test", "calculate", "signal",
                                               "filter", "update", "init"):  # fmt: skip
        yield value


def test_no_name_is_part_of_an_expression(spec: dict[str, Any]) -> None:
    lines = list(expressions(spec))
    assert len(lines) > 3
    assert not any("owned" in text for text in lines)
    assert "owned" in json.dumps(spec["datasets"])


@pytest.mark.parametrize("suffix", [".svg", ".html"])
def test_no_name_is_markup_in_a_picture(path: Path, suffix: str) -> None:
    from tracker.plot.curve import curve

    with Store(path) as store:
        every = store.series(CHART, SOURCE, [App(app_id, NAMES[app_id]) for app_id in IDS[:6]])
    decode = saved(curve(every[:4], context=every[4:]), suffix).decode()
    assert "<script>window.owned" not in decode
    assert not {letter for letter in decode if ord(letter) < 32} - {"\n", "\t", "\r"}
    assert "\uffff" not in decode


def test_no_name_ends_the_process_that_draws_it(path: Path) -> None:
    """An alert's picture is drawn apart from the daemon: vl-convert can end a whole process."""
    apps = [{"app_id": text, "name": NAMES[text]} for text in ("101", "102")]
    queued_alert = replace(
        queued(1), facts=json.dumps({"apps": apps}), raised_at=at(7), source=SOURCE
    )
    with Store(path) as store:
        picture = picture_from(store)(queued_alert)
    assert picture is not None
    assert picture.startswith(b"\x89PNG")


def test_a_process_that_dies_is_reported() -> None:
    with pytest.raises(ApptrackError, match="its process died"):
        apart(os.abort)
    with pytest.raises(ZeroDivisionError):
        apart(divmod, 1, 0)
    assert apart(divmod, 7, 2) == (3, 1)


def test_a_file_is_named_by_ids_and_aliases_alone() -> None:
    done = CliRunner().invoke(main, ["chart", "107", "101"])
    assert done.exit_code == 0, done.output
    assert [path.name for path in Path("charts").iterdir()] == ["107-101.html"]
