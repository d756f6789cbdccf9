"""An alias with several ids over time: one is meant, or none; two series are never joined."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.shop import apptrack
from tests.support.stored import CHART, OTHER_CHART, SOURCE, at, entries
from tracker.catalog import Catalog
from tracker.errors import InvalidValue, UnknownName
from tracker.model import App, Snapshot
from tracker.settings.readers import apps as read_apps
from tracker.store import Store

DB = Path("data/apptrack.db")
FIRST, SECOND, RIVAL = "111", "222", "333"
OWN = '[[apps]]\nalias = "mine"\nid = ["111", "222"]\nname = "Mine"\n'


@pytest.fixture(autouse=True)
def moved() -> None:
    """An app that is 111 for two days and 222 from the third one on; only 222 in Japan."""
    Path("apptrack.toml").write_text(OWN, encoding="utf-8")
    DB.parent.mkdir()
    with Store(DB) as store:
        for day in range(5):
            ids = [FIRST if day < 2 else SECOND, RIVAL]
            store.save(
                Snapshot(CHART, SOURCE, at(24 * day), entries(ids if day % 2 else ids[::-1]))
            )
            store.save(Snapshot(OTHER_CHART, SOURCE, at(24 * day), entries([SECOND])))


EARLY = ("--until", "2026-01-02T12:00:00Z")
LATE = ("--since", "2026-01-03")


@pytest.mark.parametrize(("window", "app_id"), [(EARLY, FIRST), (LATE, SECOND)])
def test_the_id_that_is_ranked_in_the_window_is_meant(window: tuple[str, str], app_id: str) -> None:
    done = apptrack("stats", "mine", "--json", *window)
    document = json.loads(done.stdout)
    assert (document["app_id"], document["ranked"]) == (app_id, document["snapshots"])
    assert done.stderr == f"'mine' has 2 ids; {app_id} is the one that is ranked there then\n"


@pytest.mark.parametrize(
    "command",
    [
        ("stats", "mine"), ("chart", "mine"), ("versus", "mine", RIVAL),
        ("overtakes", "mine", RIVAL), ("wave", "mine", RIVAL), ("heatmap", "mine"),
        ("brief", "mine"), ("chart", "mine", "--facet", "storefront"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_two_ids_that_are_both_ranked_then_are_refused_with_their_times(
    command: tuple[str, ...],
) -> None:
    done = apptrack(*command)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    first, second = "111 (2026-01-01 to 2026-01-02)", "222 (2026-01-03 to 2026-01-05)"
    if command[0] in ("wave", "heatmap") or "--facet" in command:
        second = "222 (2026-01-01 to 2026-01-05)"  # in Japan from the first day on
    assert line == (
        f"apptrack: 'mine' has 2 ids, and 2 of them are ranked there then: {first}, {second}; "
        "name one by its id"
    )
    named = [FIRST if word == "mine" else word for word in command]
    assert apptrack(*named).returncode == 0


def test_an_alias_of_which_no_id_is_ranked_then_is_refused() -> None:
    done = apptrack("stats", "mine", "--since", "2026-01-07")
    assert done.returncode == 1
    assert "none of them is ranked there then: 111 (2026-01-01 to 2026-01-02)" in done.stderr
    done = apptrack("stats", "mine", "--on", "us/iphone/top-free/travel")
    assert "111 (never ranked there), 222 (never ranked there)" in done.stderr


def test_both_ids_are_rows_of_the_standings() -> None:
    result = json.loads(apptrack("standings", "--json").stdout)[0]["apps"]
    assert [(row["app_id"], row["rank"], row["alias"]) for row in result] == [
        (SECOND, 2, "mine"), (FIRST, None, "mine"),
    ]  # fmt: skip
    assert "Mine (222)" in apptrack("standings").stdout


def test_an_alert_names_one_id() -> None:
    rule = '[[alerts]]\nrule = "peak"\napp = "mine"\n'
    Path("apptrack.toml").write_text(OWN + rule, encoding="utf-8")
    done = apptrack("alerts", "list")
    assert done.returncode == 2
    assert "'mine' has 2 ids: 111, 222; name one by its id" in done.stderr


def test_an_alias_may_be_in_two_tables() -> None:
    tables = [{"alias": "mine", "id": number, "name": "Mine"} for number in (111, 222)]
    apps = read_apps(tables)
    assert [app.app_id for app in apps] == [FIRST, SECOND]
    catalog = Catalog(apps)
    assert [app.app_id for app in catalog.meant("mine")] == [FIRST, SECOND]
    with pytest.raises(UnknownName, match="'mine' has 2 ids: 111, 222; name one by its id"):
        catalog.find("mine")
    own = [App(number, "DeepSeek", "deepseek") for number in (FIRST, SECOND)]
    assert [app.app_id for app in Catalog(own).meant("deepseek")] == [FIRST, SECOND]


@pytest.mark.parametrize(
    "tables",
    [
        [{"alias": "mine", "id": 111, "name": "Mine"}] * 2,
        [{"alias": "mine", "id": [111, 111], "name": "Mine"}],
        [
            {"alias": "mine", "id": [111, 222], "name": "Mine"},
            {"alias": "mine", "id": 222, "name": "Other"},
        ],
    ],
)
def test_an_id_twice_of_one_alias_is_refused(tables: list[dict[str, object]]) -> None:
    with pytest.raises(InvalidValue, match="'mine' has the id (111|222) twice"):
        read_apps(tables)


@pytest.mark.parametrize("ids", [[], ["x"], ["0111"], [111, None]])
def test_a_list_of_ids_has_ids_only(ids: list[object]) -> None:
    with pytest.raises(InvalidValue):
        read_apps([{"alias": "mine", "id": ids, "name": "Mine"}])
