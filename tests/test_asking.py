"""What is answered from the database, and what is said where there is nothing to answer."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.shop import CHART, GENRE_CHART, PUBLISHED, apptrack
from tracker.model import Chart, Entry, Provenance, Snapshot
from tracker.store import Store

DEEPSEEK, CHATGPT = "6737597349", "6448311069"
DB = Path("data/apptrack.db")


def save(
    *charts: Sequence[str], chart: Chart = CHART, source: str = "apple-rss", begin: int = 0,
    provenance: Provenance = Provenance.RECORDED,
) -> None:  # fmt: skip
    """One snapshot an hour; each is the app ids in their order."""
    DB.parent.mkdir(exist_ok=True)
    with Store(DB) as store:
        for hour, ids in enumerate(charts, begin):
            entries = tuple(
                Entry(rank, app_id, f"App {app_id}") for rank, app_id in enumerate(ids, 1)
            )
            at = PUBLISHED + timedelta(hours=hour)
            store.save(Snapshot(chart, source, at, entries, provenance=provenance))


A_THEN_D = ([CHATGPT, "7"], [CHATGPT, DEEPSEEK], [DEEPSEEK, CHATGPT], [DEEPSEEK, CHATGPT])


def test_overtakes_are_listed_for_people_and_programs() -> None:
    save(*A_THEN_D)
    (document,) = json.loads(apptrack("overtakes", "deepseek", "chatgpt", "--json").stdout)
    assert document == {
        "id": f"apple-rss:us/iphone/top-free/apps@2026-08-17T06:00:00Z,{DEEPSEEK},{CHATGPT}",
        "winner_id": DEEPSEEK, "loser_id": CHATGPT,
        "after": "2026-08-17T05:00:00Z", "by": "2026-08-17T06:00:00Z",
        "kind": "pass", "status": "confirmed", "gap": False,
        "winner_rank_before": 2, "winner_rank_after": 1,
        "loser_rank_before": 1, "loser_rank_after": 2, "held_seconds": 3600,
        "depth_before": 2, "depth_after": 2,
        "provenance_before": "recorded", "provenance_after": "recorded",
        "winner": "DeepSeek", "loser": "ChatGPT",
        "chart": "us/iphone/top-free/apps", "source": "apple-rss",
    }  # fmt: skip
    table = apptrack("overtakes", "deepseek", "chatgpt")
    assert "2→1 against 1→2" in table.stdout
    assert "confirmed" in table.stdout
    assert table.stdout.splitlines()[1] == (
        "us/iphone/top-free/apps, apple-rss, 4 snapshots, 2026-08-17T04:00:00Z to "
        "2026-08-17T07:00:00Z, times in UTC"
    )
    assert table.stderr == ""
    three = json.loads(apptrack("overtakes", "deepseek", "chatgpt", "grok", "--json").stdout)
    assert three == [document]
    pending = apptrack("overtakes", "deepseek", "chatgpt", "--confirm", "3", "--json").stdout
    assert json.loads(pending)[0]["status"] == "pending"


def test_a_window_narrows_and_is_checked() -> None:
    save(*A_THEN_D)
    narrow = ("overtakes", "deepseek", "chatgpt", "--json", "--since")
    assert json.loads(apptrack(*narrow, "2026-08-17T06:00:00Z").stdout) == []
    assert len(json.loads(apptrack(*narrow, "2026-08-17T07:00:00+02:00").stdout)) == 1
    done = apptrack(*narrow, "2027-01-01")
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        "was not observed from 2027-01-01T00:00:00Z on: the last snapshot before is of"
        in done.stderr
    )
    done = apptrack(*narrow, "2027-01-01", "--until", "2026-01-01")
    assert done.returncode == 2
    assert "--since must be before --until" in done.stderr


def test_one_app_is_not_two() -> None:
    save(*A_THEN_D)
    for apps in (["deepseek"], ["deepseek", DEEPSEEK]):
        done = apptrack("overtakes", *apps)
        assert done.returncode == 2
        assert "name two apps at least" in done.stderr


def test_stats_of_one_app_are_an_object_of_several_a_list() -> None:
    save(*A_THEN_D)
    document = json.loads(apptrack("stats", "deepseek", "--json").stdout)
    assert (document["peak_rank"], document["ranked"], document["snapshots"]) == (1, 3, 4)
    assert (document["at_1_seconds_lower"], document["at_1_seconds_upper"]) == (3600, 7200)
    two = json.loads(apptrack("stats", "deepseek", "chatgpt", "--json").stdout)
    assert [row["app_id"] for row in two] == [DEEPSEEK, CHATGPT]
    table = apptrack("stats", "deepseek", "grok").stdout
    assert "60 min to 2.0 h" in table
    assert "never ranked" in table


def test_stats_are_printed_in_the_zone_asked_for() -> None:
    save(*A_THEN_D)
    table = " ".join(apptrack("stats", "deepseek", "--tz", "Asia/Tokyo").stdout.split())
    assert "2026-08-17T13:00:00+09:00 to 2026-08-17T16:00:00+09:00, times in Asia/Tokyo" in table
    assert "after 2026-08-17T13:00:00+09:00, by 2026-08-17T14:00:00+09:00" in table
    assert "2026-08-17T15:00:00+09:00" in table
    assert "Z" not in table
    assert "2026-08-17T06:00:00Z" in apptrack("stats", "deepseek").stdout


def test_a_series_comes_from_one_source_and_the_others_are_named() -> None:
    save(*A_THEN_D)
    save(["7"], chart=CHART, source="web-charts", begin=1)
    done = apptrack("stats", "deepseek", "--json")
    assert json.loads(done.stdout)["source"] == "apple-rss"
    assert done.stderr == "series from apple-rss; also there: web-charts (choose with --source)\n"
    done = apptrack("stats", "deepseek", "--json", "--source", "web-charts")
    assert json.loads(done.stdout)["snapshots"] == 1
    done = apptrack("stats", "deepseek", "--source", "itunes-rss")
    assert done.returncode == 1
    assert "no snapshots from 'itunes-rss', only from apple-rss, web-charts" in done.stderr


def test_provenance_narrows() -> None:
    save(*A_THEN_D)
    save(*A_THEN_D, begin=10, provenance=Provenance.IMPORTED)
    stdout = apptrack("stats", "deepseek", "--json", "--provenance", "imported").stdout
    assert json.loads(stdout)["snapshots"] == 4
    assert json.loads(apptrack("stats", "deepseek", "--json").stdout)["snapshots"] == 8
    assert apptrack("stats", "deepseek", "--provenance", "archived").returncode == 1


def test_a_chart_never_observed_names_the_command_and_the_others() -> None:
    DB.parent.mkdir()
    Store(DB).close()
    done = apptrack("chart", "deepseek", "chatgpt")
    assert (done.returncode, done.stdout) == (1, "")
    assert "has no snapshots yet; run 'apptrack collect us/iphone/top-free/apps'" in done.stderr
    save(["7"], chart=GENRE_CHART)
    done = apptrack("chart", "deepseek", "chatgpt")
    assert "was never observed" in done.stderr
    assert str(GENRE_CHART) in done.stderr


def test_one_snapshot_is_too_few_for_a_curve() -> None:
    save(A_THEN_D[1])
    done = apptrack("chart", "deepseek", "chatgpt")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.search(r"apptrack run|apptrack collect", done.stderr)
    assert not Path("charts").exists()


def test_apps_never_seen_there_name_the_charts_they_were_seen_on() -> None:
    save(["7"], ["7"])
    save([DEEPSEEK], [DEEPSEEK], chart=GENRE_CHART)
    done = apptrack("chart", "deepseek", "chatgpt")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"DeepSeek ({DEEPSEEK}) was not ranked on us/iphone/top-free/apps" in done.stderr
    assert f"it was ranked on {GENRE_CHART}" in done.stderr
    assert f"ChatGPT ({CHATGPT}) was not ranked" in done.stderr
    assert "nor seen on any other chart" in done.stderr


@pytest.mark.parametrize(
    ("command", "app"),
    [
        (command, app)
        for command in ("stats", "brief", "chart", "heatmap", "overtakes", "versus", "wave")
        for app in ("999", "nosuch")
    ],
)
def test_an_unknown_app_is_said_to_be_that(command: str, app: str) -> None:
    save(*A_THEN_D)
    others = [] if command in ("stats", "brief", "chart", "heatmap") else ["deepseek"]
    done = apptrack(command, app, *others)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert ("no app has the id 999" if app == "999" else "no app is called 'nosuch'") in line
    assert "apptrack apps search" in line


@pytest.mark.parametrize("suffix", ["html", "png", "svg", "json"])
def test_a_curve_is_drawn_to_a_file_by_its_suffix(suffix: str) -> None:
    save(*A_THEN_D)
    done = apptrack("chart", "deepseek", "chatgpt", "-o", f"deep/curve.{suffix}")
    assert done.returncode == 0, done.stderr
    path, headline = done.stdout.splitlines()
    assert path == f"deep/curve.{suffix}"
    assert headline == "DeepSeek took number one from ChatGPT on 17 August 2026"
    content = Path(path).read_bytes()
    if suffix == "png":
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
    else:
        assert b"DeepSeek" in content
    assert [file.name for file in Path("deep").iterdir()] == [f"curve.{suffix}"]


def test_the_default_picture_is_named_for_its_apps() -> None:
    save(*A_THEN_D)
    done = apptrack("chart", "deepseek", CHATGPT, "7")
    assert done.stdout.splitlines()[0] == "charts/deepseek-chatgpt-7.html"
    assert Path("charts/deepseek-chatgpt-7.html").exists()


def test_a_picture_that_cannot_be_written_is_reported() -> None:
    save(*A_THEN_D)
    Path("file").write_text("in the way")
    done = apptrack("chart", "deepseek", "chatgpt", "-o", "file/x.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.match(r"apptrack: file/x\.json: cannot be written: ", done.stderr)


def test_a_name_cannot_drive_the_terminal() -> None:
    DB.parent.mkdir()
    with Store(DB) as store:
        for hour in range(3):
            names = {"7": "\x1b[31mRed\x1b[0m", "8": "\u202egnirts"}
            order = ("7", "8") if hour == 0 else ("8", "7")
            entries = tuple(Entry(rank, text, names[text]) for rank, text in enumerate(order, 1))
            store.save(Snapshot(CHART, "apple-rss", PUBLISHED + timedelta(hours=hour), entries))
    for command in ("overtakes", "stats"):
        done = apptrack(command, "7", "8")
        assert done.returncode == 0
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout
        assert "Red" in done.stdout
