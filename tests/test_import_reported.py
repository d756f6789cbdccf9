"""Ranks that the press reported: points, with who says so, and never a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.archived import CHATGPT, DB, DEEPSEEK, rows
from tests.support.shop import apptrack
from tracker.analysis import coverage_of, gaps
from tracker.model import App, Chart
from tracker.store import Reader

CHART = "us/iphone/top-free/apps"
HEADER = "observed_at,chart,rank,app_id,name,said_by,address\n"
FILE = Path("press.csv")
FACTS = HEADER + "".join(
    f"2025-01-2{day}T12:00:00Z,{CHART},{rank},{app_id},{name},The Filler Post,https://example.org/{day}\n"
    for day, rank, app_id, name in (
        (4, 31, DEEPSEEK, "DeepSeek"), (5, 4, DEEPSEEK, "DeepSeek"), (6, 1, DEEPSEEK, "DeepSeek"),
        (6, 2, CHATGPT, "ChatGPT"),
    )
)  # fmt: skip


def imported(text: str, *args: str) -> tuple[int, str, str]:
    FILE.write_text(text, "utf-8")
    done = apptrack("import", "--reported", FILE, *args, "--db", DB)
    return done.returncode, done.stdout, done.stderr


def test_reports_are_points_with_who_says_so() -> None:
    code, out, err = imported(f"# from the press\n\n{FACTS}")
    assert (code, err) == (0, "")
    assert "from reported" in out
    assert rows("SELECT source, provenance, scope, count(*) FROM snapshots") == [
        ("reported", "reported", "sparse", 3)
    ]
    assert rows("SELECT title, source FROM events ORDER BY happened_at, title LIMIT 1") == [
        ("DeepSeek reported at rank 31", "The Filler Post, https://example.org/4")
    ]
    with Reader(DB) as reader:
        (series,) = reader.series(Chart.parse(CHART), "reported", [App(DEEPSEEK, "DeepSeek")])
    assert series.ranks == (31, 4, 1)
    assert len(gaps(series.timeline)) == 2, "nothing is known between two reports"
    assert coverage_of(series.timeline).share == 0
    imported(FACTS)
    assert rows("SELECT count(*) FROM snapshots") == [(3,)], "twice is once"
    assert rows("SELECT count(*) FROM events") == [(4,)]


def test_a_picture_of_reports_has_no_line_and_says_what_it_is() -> None:
    imported(FACTS)
    done = apptrack("chart", DEEPSEEK, "--on", CHART, "--db", DB, "-o", "press.json")
    assert done.returncode == 0, done.stderr
    assert "anks as the press reported them; not a recording" in Path("press.json").read_text()


def test_a_citation_names_who_says_so() -> None:
    imported(FACTS)
    done = apptrack("cite", f"reported:{CHART}@2025-01-24T12:00:00Z", "--db", DB)
    assert "Ranks as the press reported them; not a recording." in done.stdout
    assert "The Filler Post, https://example.org/4" in done.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("observed_at,chart,rank\n", "has no column app_id, name, said_by"),
        (f"{FACTS}2025-01-24,{CHART},1,{CHATGPT},ChatGPT,P,\n", "line 6: Invalid time"),
        (f"{FACTS}2025-01-24T12:00:00Z,{CHART},0,{CHATGPT},ChatGPT,P,\n", "line 6: Invalid rank"),
        (f"{FACTS}2025-01-24T12:00:00Z,{CHART},1,{CHATGPT},ChatGPT,,\n", "line 6: says not who"),
        (f"{FACTS}2025-01-24T12:00:00Z,{CHART},1,x,ChatGPT,P,\n", "line 6:"),
        (f"{FACTS}2025-01-24T12:00:00Z,{CHART},1,{CHATGPT}\n", "line 6: has more or fewer columns"),
        (f"{FACTS}2099-01-24T12:00:00Z,{CHART},1,{CHATGPT},C,P,\n", "has not happened yet"),
        (f"{FACTS}2025-01-24T12:00:00Z,{CHART},30,{DEEPSEEK},D,P,\n", "with other ranks"),
        (f"{FACTS}2025-01-24T12:00:00Z,{CHART},31,{CHATGPT},C,P,\n", "with other ranks"),
        ("", "has no column"),
    ],
)  # fmt: skip
def test_a_report_that_cannot_be_true_is_refused_with_all_of_its_file(
    text: str, words: str
) -> None:
    code, out, err = imported(text)
    assert (code, out) == (1, "")
    assert words in err
    assert err.count("\n") == 1
    assert rows("SELECT count(*) FROM snapshots") == [(0,)]
    assert rows("SELECT count(*) FROM events") == [(0,)]


def test_a_date_is_a_second_of_its_day_where_that_is_chosen() -> None:
    text = f"{HEADER}2025-01-24,{CHART},31,{DEEPSEEK},DeepSeek,The Filler Post,\n"
    assert imported(text, "--date-is", "end")[0] == 0
    assert rows("SELECT observed_at FROM snapshots") == [("2025-01-24T23:59:59Z",)]
