"""Search and lookup: addresses, answers, and what is not an answer."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.errors import ParseError
from tracker.sources.itunes_search import FoundApp, lookup_url, parse_found, search_url

RECORDED = Path(__file__).parent / "data" / "recorded" / "itunes-lookup.json"
CHATGPT = {"trackId": 6448311069, "trackName": "ChatGPT", "wrapperType": "software"}


def answer(*results: object, **more: object) -> bytes:
    return json.dumps({"resultCount": len(results), "results": results, **more}).encode()


def asked(url: str) -> tuple[str, dict[str, list[str]]]:
    parts = urlsplit(url)
    return parts.path, parse_qs(parts.query)


def test_a_search_asks_for_apps_of_one_storefront() -> None:
    path, wanted = asked(search_url("deep & seek 千问", "jp"))
    assert path == "/search"
    assert wanted == {
        "term": ["deep & seek 千问"], "country": ["jp"], "entity": ["software"], "limit": ["25"],
    }  # fmt: skip


@pytest.mark.parametrize(("limit", "sent"), [(0, "1"), (1, "1"), (200, "200"), (5000, "200")])
def test_a_search_asks_for_no_more_than_the_store_gives(limit: int, sent: str) -> None:
    assert asked(search_url("x", "us", limit=limit))[1]["limit"] == [sent]


def test_a_lookup_names_its_ids() -> None:
    url = lookup_url(["6448311069", "6737597349"], "us", "http://127.0.0.1:8080/")
    assert url == "http://127.0.0.1:8080/lookup?id=6448311069,6737597349&country=us"


def test_a_search_text_that_utf_8_cannot_hold_is_still_an_address() -> None:
    assert asked(search_url("a\ud800b", "us"))[1]["term"] == ["a?b"]


def test_an_answer_is_read_in_its_order_after_empty_lines() -> None:
    full = {
        **CHATGPT, "artistName": "OpenAI OpCo, LLC", "bundleId": "com.openai.chat",
        "trackViewUrl": "https://apps.apple.com/us/app/chatgpt/id6448311069?uo=4", "future": [1],
    }  # fmt: skip
    body = b"\n\n\n" + answer(full, {"trackId": 6737597349, "trackName": " DeepSeek\n"})
    assert parse_found(body) == (
        FoundApp("6448311069", "ChatGPT", "OpenAI OpCo, LLC", "com.openai.chat",
                 "https://apps.apple.com/us/app/chatgpt/id6448311069?uo=4"),
        FoundApp("6737597349", "DeepSeek"),
    )  # fmt: skip


def test_nothing_found_is_an_answer() -> None:
    assert parse_found(answer()) == ()


def test_a_developer_among_the_results_is_not_an_app() -> None:
    artist = {"wrapperType": "artist", "artistId": 1684349733, "artistName": "OpenAI"}
    assert [app.name for app in parse_found(answer(artist, CHATGPT))] == ["ChatGPT"]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"", "the body is empty"),
        (b"<html></html>", "an HTML page came, not JSON"),
        (b'{"resultCount": 1}', "'results' is missing"),
        (b'{"errorMessage": "Invalid value(s) for key(s): [country]"}', r"Invalid value\(s\)"),
        (b"[]", "'results' is missing"),
        (answer(5), "result 1 has no app id"),
        (answer(CHATGPT, {"trackName": "x"}), "result 2 has no app id"),
        (answer({**CHATGPT, "trackId": True}), "result 1 has no app id"),
        (answer({**CHATGPT, "trackName": ""}), r"result 1 \(app 6448311069\) has no name"),
        (b'{"results": [' + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_answer_is_refused(body: bytes, line: str) -> None:
    with pytest.raises(ParseError, match=f"^iTunes search: .*{line}"):
        parse_found(body)


@given(body=st.binary() | st.text().map(str.encode) | st.recursive(
    st.none() | st.integers() | st.text() | st.just(CHATGPT),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["results", "trackId"]), inner),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_any_bytes_give_apps_or_a_parse_error(body: bytes) -> None:
    apps_found: tuple[FoundApp, ...] = ()
    with suppress(ParseError):
        apps_found = parse_found(body)
    assert all(app.app_id.isdigit() and app.name for app in apps_found)


@pytest.mark.parametrize(
    ("name", "app_id", "bundle_id"),
    [
        ("no_chatgpt_2026-08-08", "6448311069", "com.openai.chat"),
        ("no_deepseek-ai-assistant_2026-08-08", "6737597349", "com.deepseek.chat"),
        ("no_google-gemini_2026-08-08", "6477489729", "com.google.gemini"),
        ("no_grok-ai-assistant_2026-08-08", "6670324846", "ai.x.GrokApp"),
        ("jp_one-app_2016", "658511662", "jp.co.mixi.monsterstrike"),
    ],
)
def test_recorded_answer(name: str, app_id: str, bundle_id: str) -> None:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    (app,) = parse_found(answer(recorded[name]))
    assert (app.app_id, app.bundle_id) == (app_id, bundle_id)
