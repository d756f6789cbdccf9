"""The MCP server, asked by the SDK's own client over a real subprocess, one for all questions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import tracker
from tests.support.browsing import CHATGPT, DEEPSEEK, fill
from tests.support.shop import apptrack, environment
from tests.support.stored import CHART, at, snapshot
from tracker.model import iso
from tracker.store import Store

TOOLS = {
    "charts", "apps", "top", "standings", "series", "overtakes", "stats", "versus", "movers",
    "brief", "cite",
}  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mcp") / "small.db"
    fill(path)
    return path


class Talk:
    """A conversation with a server, from outside of its loop."""

    def __init__(self, client: Any, call: Callable[..., Any]) -> None:
        self._client, self._call = client, call

    def tools(self) -> list[Any]:
        return list(self._call(self._client.list_tools).tools)

    def answers(self, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
        """The structured answer of each call; the text of one that failed."""
        results = [self._call(self._client.call_tool, name, values) for name, values in calls]
        return [
            result.content[0].text if result.is_error else result.structured_content
            for result in results
        ]


@contextmanager
def talking(path: Path) -> Iterator[Talk]:
    """A server of the database at PATH, and what asks it."""
    from anyio.from_thread import start_blocking_portal
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters

    command = StdioServerParameters(
        command=sys.executable, args=["-m", "tracker", "mcp", "--db", str(path)], env=environment()
    )
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Client(command, read_timeout_seconds=60)) as client,
    ):
        yield Talk(client, portal.call)


@pytest.fixture(scope="module")
def server(small: Path) -> Iterator[Talk]:
    with talking(small) as talk:
        yield talk


def test_every_question_is_a_tool_with_typed_results(server: Talk) -> None:
    tools = {tool.name: tool for tool in server.tools()}
    assert set(tools) == TOOLS
    for tool in tools.values():
        assert "database" not in tool.input_schema.get("properties", {})
        assert tool.output_schema["type"] == "object"
        assert tool.description
    states = str(tools["standings"].output_schema)
    assert all(f"'const': '{state}'" in states for state in ("ranked", "unranked"))


def test_ranked_unranked_and_bounds_are_distinguished(small: Path, server: Talk) -> None:
    where = {"chart": CHART.slug, "source": "apple-rss"}
    listed, series, stats, versus, overtakes = server.answers(
        ("standings", {"apps": ["deepseek", "chatgpt"], **where, "at": iso(at(10))}),
        ("series", {"app": "DEEPSEEK", **where}),
        ("stats", {"app": "deepseek", **where}),
        ("versus", {"a": "deepseek", "b": "chatgpt", **where}),
        ("overtakes", {"apps": ["deepseek", "chatgpt"], **where}),
    )
    now = {row["app"]["app_id"]: row["now"] for row in listed["rows"]}
    assert now[DEEPSEEK] == {"rank": 2, "state": "ranked"}
    assert [observation["position"] for observation in series["observations"]][:2] == [
        {"top": 3, "state": "unranked"}, {"rank": 1, "state": "ranked"},
    ]  # fmt: skip
    assert series["observations"][-1]["gap_before"] is True
    assert series["next_since"] is None
    assert stats["peak"] == {"rank": 1, "state": "ranked"}
    assert stats["at_number_one"]["lower_seconds"] <= stats["at_number_one"]["upper_seconds"]
    with tracker.open(small) as database:
        ledger = database.overtakes("deepseek", "chatgpt", on=CHART, source="apple-rss")
        expected = database.versus("deepseek", "chatgpt", CHART, source="apple-rss")
    assert [overtake["id"] for overtake in overtakes["overtakes"]] == [
        overtake.id for overtake in ledger
    ]
    assert versus["lead_changes"] == expected.changes
    for answer in (listed, series, stats, versus, overtakes):
        assert answer["basis"]["provenances"] == ["recorded"]
        assert answer["basis"]["source"] == "apple-rss"
    assert overtakes["basis"]["warnings"][0].startswith("stale: the newest snapshot is")


def test_an_app_asked_for_is_never_left_out_and_what_is_not_known_is_no_unranked(
    tmp_path: Path,
) -> None:
    path = tmp_path / "shallow.db"
    with Store(path) as store:
        for hour, order in enumerate(("abc", "a", "abc")):
            ids = {"a": CHATGPT, "b": "8", "c": DEEPSEEK}
            store.save(snapshot(hour, [ids[letter] for letter in order]))
    with talking(path) as talk:
        listed, everyone, stats, never, unknown = talk.answers(
            ("standings", {"apps": ["deepseek", "claude"], "chart": CHART.slug}),
            ("standings", {"chart": CHART.slug}),
            ("stats", {"app": "deepseek", "chart": CHART.slug}),
            ("stats", {"app": "claude", "chart": CHART.slug}),
            ("top", {"chart": "jp/iphone/top-free/games"}),
        )
    unranked = {"state": "unranked", "top": 3}
    assert [row["now"] for row in listed["rows"]] == [{"state": "ranked", "rank": 3}, unranked]
    assert listed["left_out"] == 0
    assert len(everyone["rows"]) > 20
    assert {row["now"]["state"] for row in everyone["rows"]} == {"ranked", "unranked"}
    assert stats["median"]["state"] == "unobserved"
    assert "shallow" in stats["median"]["why"]
    assert never["peak"] == never["median"] == {"state": "unranked", "top": 1}
    assert "was never observed" in unknown
    assert "--" not in unknown


def test_the_others_answer_too_and_warn_of_what_was_not_recorded(small: Path, server: Talk) -> None:
    with tracker.open(small) as database:
        (overtake,) = database.overtakes("deepseek", "chatgpt", on=CHART, source="apple-rss")
    charts, apps, top, movers, brief, cited, imported = server.answers(
        ("charts", {}),
        ("apps", {"text": "deepseek"}),
        ("top", {"chart": CHART.slug, "most": 2, "source": "apple-rss"}),
        ("movers", {"chart": CHART.slug, "source": "apple-rss"}),
        ("brief", {"app": "deepseek", "chart": CHART.slug}),
        ("cite", {"event": overtake.id}),
        ("top", {"chart": "jp/iphone/top-free/apps"}),
    )
    assert {row["chart"] for row in charts["charts"]} >= {CHART.slug}
    assert apps["apps"][0]["app_id"] == DEEPSEEK
    assert (len(top["rows"]), top["left_out"]) == (2, 0)
    assert {row["move"] for row in movers["rows"]} >= {"left"}
    assert movers["compared_with"] < movers["basis"]["last"]
    assert brief["sentences"][0]["caveat"]
    assert all(snapshot["flaws"] for snapshot in cited["snapshots"]) is not cited["proved"]
    assert {len(snapshot["sha256"]) for snapshot in cited["snapshots"]} == {64}
    assert any("imported" in line for line in imported["basis"]["warnings"])


def test_an_expected_error_is_a_line(server: Talk) -> None:
    expected: dict[tuple[str, str], dict[str, Any]] = {
        ("stats", "no app is called 'depseek'; the nearest: "): {"app": "depseek"},
        ("top", "nowhere"): {"chart": "nowhere"},
        ("top", "most is a number from 1 to 200"): {"most": 10_000},
        ("cite", "event"): {"event": "x"},
        ("versus", "soon"): {"a": "deepseek", "b": CHATGPT, "since": "soon"},
        ("series", "Invalid date"): {"app": "deepseek", "since": "x" * 5_000},
    }
    lines = server.answers(*((tool, values) for (tool, _), values in expected.items()))
    for (_, words), line in zip(expected, lines, strict=True):
        assert words in line
        assert "Traceback" not in line
        assert len(line) < 600


def test_without_a_database_or_the_sdk_it_says_so_in_one_line(tmp_path: Path) -> None:
    done = apptrack("mcp", "--db", tmp_path / "none.db")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
