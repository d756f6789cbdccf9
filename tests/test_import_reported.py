"""Ranks that the press reported: points, with who says so, and never a line."""

from __future__ import annotations

import json
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
    assert out.startswith("press.csv: 3 snapshots of single apps imported, 0 known already; ")
    assert "from reported" in out
    assert out.endswith("; 4 reports\n")
    assert rows("SELECT source, provenance, scope, count(*) FROM snapshots") == [
        ("reported", "reported", "sparse", 3)
    ]
    assert rows("SELECT title, source FROM events ORDER BY happened_at, title LIMIT 1") == [
        ("The Filler Post: DeepSeek at rank 31", "The Filler Post, https://example.org/4")
    ]
    with Reader(DB) as reader:
        (series,) = reader.series(Chart.parse(CHART), "reported", [App(DEEPSEEK, "DeepSeek")])
    assert series.ranks == (31, 4, 1)
    assert len(gaps(series.timeline)) == 2, "nothing is known between two reports"
    assert coverage_of(series.timeline).share == 0
    assert "0 snapshots of single apps imported, 3 known already" in imported(FACTS)[1]
    assert rows("SELECT count(*) FROM snapshots") == [(3,)], "twice is once"
    assert rows("SELECT count(*) FROM events") == [(4,)]


def test_a_picture_of_reports_has_no_line_and_says_what_it_is() -> None:
    imported(FACTS)
    done = apptrack("chart", DEEPSEEK, "--on", CHART, "--db", DB, "-o", "press.json")
    assert done.returncode == 0, done.stderr
    words = " ".join(rows_of_text(json.loads(Path("press.json").read_text())))
    assert "Ranks as the press reported them; not a recording." in words
    assert "Reported by The Filler Post." in words


def rows_of_text(tree: object) -> list[str]:
    """Every text of a specification."""
    if isinstance(tree, str):
        return [tree]
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return [text for part in inner for text in rows_of_text(part)]


def test_a_fact_that_two_publications_report_is_one_point_with_both_names() -> None:
    other = f"2025-01-25T12:00:00Z,{CHART},4,{DEEPSEEK},DeepSeek,Another Post,\n"
    code, out, _ = imported(FACTS + other + other)
    assert code == 0
    assert "3 snapshots of single apps imported" in out
    assert rows("SELECT count(*) FROM entries") == [(4,)]
    assert rows("SELECT source FROM events WHERE happened_at LIKE '2025-01-25%' ORDER BY 1") == [
        ("Another Post",), ("The Filler Post, https://example.org/5",)
    ]  # fmt: skip
    cited = apptrack("cite", f"reported:{CHART}@2025-01-25T12:00:00Z", "--db", DB).stdout
    assert "At 2025-01-25T12:00:00Z the press stated the rank of one app only" in cited
    assert "Reported by: The Filler Post, https://example.org/5; Another Post." in cited
    brief = apptrack("brief", DEEPSEEK, "--db", DB).stdout
    assert "As the press reported it" in brief
    assert "as reported by the press" in brief


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


def test_a_title_that_comes_twice_keeps_who_says_so_of_each() -> None:
    """Publications on two charts and two apps, all under the same headline."""
    head = f"{HEADER.strip()},title\n"
    japan = CHART.replace("us/", "jp/")
    facts = "".join(
        f"2025-01-26T12:00:00Z,{chart},1,{DEEPSEEK},DeepSeek,{post},,It is first\n"
        for chart, post in ((CHART, "A Post"), (japan, "A Post"), (CHART, "B Post"), (japan, "C"))
    )
    facts += f"2025-01-26T12:00:00Z,{CHART},2,{CHATGPT},ChatGPT,A Post,,It is first\n"
    assert imported(head + facts)[0] == 0
    assert imported(head + facts)[0] == 0
    assert rows("SELECT count(*) FROM events") == [(5,)], "twice is once"
    for chart, names in ((CHART, "A Post; B Post"), (japan, "A Post; C")):
        cited = apptrack("cite", f"reported:{chart}@2025-01-26T12:00:00Z", "--db", DB).stdout
        assert f"Reported by: {names}." in cited
