"""Google Play as a second store: the request, the parser, and what answers across two stores say.

The payload cases are in ``payloads/google-play``, read by ``test_sources``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import resources
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.shop import HASTY, Said, Shop, apptrack
from tests.support.stored import receipt
from tracker.api import Database
from tracker.catalog import Catalog, assistants
from tracker.collect import plan
from tracker.errors import InvalidValue, NotInStore, ParseError, UnknownName
from tracker.fetch.fetcher import Fetcher
from tracker.fetch.timing import Pace, Watchdog
from tracker.lookup import look_up_names
from tracker.loopback import play
from tracker.loopback.faults import Truth
from tracker.loopback.formats import render
from tracker.loopback.play_faults import FAULTS
from tracker.loopback.server import Answer, LoopbackStore, Request, sequence
from tracker.mcp.tools import tools
from tracker.model import GENRES_OF, RANKINGS, App, Chart, Entry, Payload, Provenance, Snapshot
from tracker.pages import views
from tracker.pages.asked import Asked, find
from tracker.queries.apps import namesakes
from tracker.queries.charts import ChartPattern
from tracker.settings import Settings, load
from tracker.sources import DEFAULT_SOURCES, SOURCES, clean, source_for
from tracker.store import Store
from tracker.storefronts import CODES, GROUPS
from tracker.stores import APP_STORE, PLAY
from tracker.words import unproved_words

CHART = Chart.parse("us/android/top-free/apps")
APPLE = Chart.parse("us/iphone/top-free/apps")
SOURCE = SOURCES["google-play"]
DB = Path("apptrack.db")
NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
KIND = "android/top-free/apps"
CHATGPT, DEEPSEEK = "com.openai.chatgpt", "com.deepseek.chat"
NAMES = {CHATGPT: "ChatGPT", DEEPSEEK: "DeepSeek"}


def packages(*first: str, depth: int = 12) -> tuple[Entry, ...]:
    """A chart that begins with FIRST, down to DEPTH."""
    ids = [*first, *(f"com.example.filler{rank}" for rank in range(len(first) + 1, depth + 1))]
    return tuple(
        Entry(rank, app_id, NAMES.get(app_id, f"App {rank}"), "Works")
        for rank, app_id in enumerate(ids, 1)
    )


def parsed(chart: Chart, body: bytes) -> Snapshot:
    return SOURCE.parse(Payload(chart, SOURCE.name, SOURCE.url(chart, SOURCE.base), NOW, body))


# --- the request


def test_a_chart_is_asked_for_by_a_post_whose_form_names_ranking_and_category() -> None:
    url = SOURCE.url(Chart.parse("de/android/top-grossing/games-word"), "http://127.0.0.1:8080/")
    address, form = url.split("#")
    assert address == (
        "http://127.0.0.1:8080/_/PlayStoreUi/data/batchexecute?rpcids=vyAe2&hl=en&gl=DE&rt=c"
    )
    ((call,),) = json.loads(parse_qs(form)["f.req"][0])
    assert (call[0], call[2:]) == ("vyAe2", [None, "generic"])
    ((nothing, (wanted, *_, fields), which),) = json.loads(call[1])
    assert (nothing, wanted, which) == (None, [8, [20, 200]], [2, "topgrossing", "GAME_WORD"])
    assert len(fields) == 43


ANY_CHART = st.builds(
    Chart,
    st.sampled_from(CODES[PLAY]),
    st.just("android"),
    st.sampled_from(RANKINGS),
    st.sampled_from(GENRES_OF[PLAY]),
)


@given(chart=ANY_CHART)
def test_no_two_charts_have_one_request_and_the_loopback_store_reads_it_back(chart: Chart) -> None:
    assert play.chart_asked(SOURCE.url(chart, "")) == chart


def test_what_is_sent_is_a_form_and_its_identity_is_stored() -> None:
    heard: list[Request] = []

    def answer(request: Request) -> Answer:
        heard.append(request)
        return Answer(body=render("google-play", CHART, packages()))

    with LoopbackStore(answer) as store:
        assert collect(store.base).returncode == 0
    (request,) = heard
    assert request.method == "POST"
    assert request.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert request.path == SOURCE.url(CHART, "")
    with Store(DB) as db:
        (url,) = db.row("SELECT url FROM fetches")
    assert url == SOURCE.url(CHART, url.partition("/_/")[0])
    assert "f.req=" in url


def test_no_validator_is_sent_with_a_form() -> None:
    heard: list[Request] = []

    def answer(request: Request) -> Answer:
        heard.append(request)
        return Answer(body=render("google-play", CHART, packages()), headers={"ETag": '"1"'})

    with LoopbackStore(answer) as store:
        assert collect(store.base).returncode == 0
        assert collect(store.base).returncode == 0
    assert len(heard) == 2
    assert not any(name.startswith("If-") for request in heard for name in request.headers)


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("https://www.google.com/sorry/index", "blocked: redirected to www.google.com"),
        ("/elsewhere", "redirected within 127.0.0.1"),
        ("http://[", "blocked: redirected to what is not an address"),
        (None, "redirected within 127.0.0.1"),
    ],
)
def test_a_form_goes_to_no_address_but_the_one_it_is_meant_for(
    location: str | None, error: str
) -> None:
    headers = {"Location": location} if location else {}
    wall = Answer(307, b"wall", headers)
    ((outcome, said),) = fetched_by_form(wall)
    assert outcome == "failed"
    assert said.startswith(error)


def fetched_by_form(answer: Answer) -> list[tuple[str, str]]:
    """Outcome and error of each fetch of a store that gives ANSWER to everything."""
    with LoopbackStore(lambda request: answer) as store:
        collect(store.base)
        assert len(store.served) == 1
    with Store(DB) as db:
        return list(db.rows("SELECT outcome, error FROM fetches"))


def test_the_stores_own_error_is_tried_again_as_a_busy_store_is() -> None:
    bad = FAULTS["gateway-error"].spoil(Truth("google-play", CHART, packages(), NOW))
    good = Answer(body=render("google-play", CHART, packages()))
    with LoopbackStore(sequence([bad, good])) as store:
        done = collect(store.base, APPTRACK_FETCH_RETRIES="1", APPTRACK_FETCH_BACKOFF="0.01")
    assert done.returncode == 0
    with Store(DB) as db:
        rows = db.rows("SELECT outcome, error FROM fetches ORDER BY id")
    assert rows[0][0] == "retried"
    assert "PlayGatewayError" in rows[0][1]
    assert rows[1][0] == "saved"


def test_the_pace_of_a_source_of_its_own_is_the_slower_of_two() -> None:
    with Watchdog(Event()) as watchdog:
        pace, begun = Pace(60_000), monotonic()
        for _ in range(3):
            pace.take("a", watchdog, 300)
        assert monotonic() - begun >= 0.4
        pace, begun = Pace(0), monotonic()
        for _ in range(3):
            pace.take("a", watchdog, 0.001)
        assert monotonic() - begun < 10
    assert SOURCE.per_minute == 6


# --- faults, and what became of each

#: Outcome, a part of the error, and the depth stored; ``status`` needs no entry.
BECAME = {
    "lengths-missing": ("saved", "as asked for", 100),
    "short-grossing": ("saved", "as asked for", 43),
    "other-country": ("saved", "prices are in JPY", 100),
    "nine": ("refused", "9 apps came", None),
    "empty-list": ("refused", "the list of apps is empty", None),
    "no-chart": ("refused", "the answer has no chart", None),
    "null-frame": ("refused", "the frame is empty (error 3)", None),
    "gateway-error": ("failed", "PlayGatewayError", None),
    "other-ranking": (
        "refused",
        "the chart of the response is 'topselling_paid_application'",
        None,
    ),
    "other-genre": ("refused", "the chart of the response is 'topselling_free_tools'", None),
    "twice": ("refused", "has an app twice", None),
    "null-row": ("refused", "rank 7 has no package name", None),
    "429": ("failed", "HTTP 429", None),
    "503": ("failed", "HTTP 503", None),
    "wall": ("failed", "blocked: redirected to www.google.com", None),
    "moved": ("failed", "redirected within", None),
    "html": ("refused", "an HTML page came", None),
}


def collect(base: str, *charts: str, **more: str) -> Said:
    """One pass over CHARTS, by default the one of this file, from a store at BASE."""
    return run("collect", *(charts or [str(CHART)]), base=base, **more)


def run(*args: object, base: str | None = None, **more: str) -> Said:
    """A command with Google Play among the sources, on the database of this file."""
    switched_on = {"APPTRACK_SOURCES": ",".join(SOURCES), "APPTRACK_DB": str(DB)}
    return apptrack(*args, base=base, **(switched_on | more))


def test_every_fault_has_its_outcome() -> None:
    assert set(BECAME) == set(FAULTS)


def test_the_docs_have_the_table_of_faults() -> None:
    page = (Path(__file__).parents[1] / "docs" / "google-play.md").read_text("utf-8")
    table = page.partition("<!-- faults -->")[2].partition("<!-- end -->")[0]
    rows = [line.split(" | ") for line in table.strip().splitlines()[2:]]
    assert {row[0].lstrip("| ") for row in rows} == {fault.words for fault in FAULTS.values()}
    for name, fault in FAULTS.items():
        outcome, reason, _ = BECAME[name]
        (row,) = [row for row in rows if row[0].lstrip("| ") == fault.words]
        assert row[1] == outcome
        assert reason.partition(" (")[0] in row[2], row


@pytest.mark.parametrize("name", FAULTS)
def test_what_became_of_a_fault(name: str) -> None:
    outcome, error, depth = BECAME[name]
    truth = Truth("google-play", CHART, packages(CHATGPT, depth=100), NOW)
    with LoopbackStore(lambda request: FAULTS[name].spoil(truth)) as store:
        done = collect(store.base)
    assert done.returncode == (0 if outcome == "saved" else 1)
    assert "Traceback" not in done.stderr
    with Store(DB) as db:
        (row,) = db.rows("SELECT outcome, error FROM fetches")
        assert row[0] == outcome
        assert error in row[1]
        depths = [number for (number,) in db.rows("SELECT depth FROM snapshots")]
    assert depths == ([] if depth is None else [depth])
    if depth:
        assert run("verify").returncode == 0


# --- the parser


@st.composite
def charts(draw: st.DrawFn) -> tuple[Chart, tuple[Entry, ...]]:
    chart = draw(ANY_CHART)
    names = st.text().map(clean).filter(bool)
    ids = draw(st.lists(st.from_regex(r"[a-z]{1,8}\.[a-z][a-z0-9_]{0,9}", fullmatch=True),
                        min_size=10, max_size=14, unique=True))  # fmt: skip
    rows = [Entry(rank, app_id, draw(names), draw(st.none() | names))
            for rank, app_id in enumerate(ids, 1)]  # fmt: skip
    return chart, tuple(rows)


@given(chart=charts())
@settings(max_examples=40, deadline=None)
def test_an_answer_is_read_back(chart: tuple[Chart, tuple[Entry, ...]]) -> None:
    snapshot = parsed(chart[0], render("google-play", *chart))
    assert snapshot.entries == chart[1]
    assert snapshot.published_at is None


def test_a_chart_has_no_more_apps_than_were_asked_for() -> None:
    assert parsed(CHART, render("google-play", CHART, packages(depth=200))).depth == 200
    with pytest.raises(ParseError, match="no chart of more than 200"):
        parsed(CHART, render("google-play", CHART, packages(depth=201)))


# --- charts


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("us/android/top-free/all", "did you mean 'apps'"),
        ("us/android/top-free/photo-video", "did you mean 'photography'"),
        ("us/android/top-free/36", "Invalid genre '36': use apps, games"),
        ("us/iphone/top-free/tools", "did you mean 'utilities'"),
        ("us/iphone/top-free/communication", "did you mean 'social-networking'"),
        ("us/android/top-free/producktivity", "did you mean 'productivity'"),
        ("cn/android/top-free/apps", "Google Play is closed there"),
        ("nr/android/top-free/apps", "not known to have charts of its own there"),
        ("bd/iphone/top-free/apps", "the App Store has none of that code"),
        ("us/androd/top-free/apps", "did you mean 'android'"),
    ],
)
def test_a_chart_that_its_store_does_not_have_is_refused_by_name(text: str, line: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Chart.parse(text)
    assert line in str(caught.value)


def test_the_device_says_the_store() -> None:
    assert (CHART.store, APPLE.store) == (PLAY, APP_STORE)
    assert Chart.parse("bd/android/top-free/apps").storefront == "bd"
    assert not CHART.differs_only_in("storefront", APPLE)
    assert CHART.differs_only_in("device", APPLE)


def test_groups_mean_the_storefronts_of_the_store() -> None:
    write('charts = ["all/android/top-free/apps"]')
    assert len(load().charts) == len(CODES[PLAY])
    write('charts = ["g7/android/top-free/apps", "g7/iphone/top-free/apps"]')
    assert len(load().charts) == 2 * len(GROUPS["g7"])
    pattern = ChartPattern.parse("g7/*/top-free/tools")
    assert pattern.matches(Chart.parse("jp/android/top-free/tools"))
    assert not pattern.matches(Chart.parse("bd/android/top-free/tools"))
    assert ChartPattern.parse("bd/*/*/apps").matches(Chart.parse("bd/android/top-paid/apps"))


def write(text: str, name: str = "apptrack.toml") -> None:
    Path(name).write_text(text, encoding="utf-8")


# --- off by default


def test_the_source_is_used_only_where_the_settings_name_it() -> None:
    assert "google-play" not in DEFAULT_SOURCES
    assert "google-play" not in Settings().sources
    with pytest.raises(UnknownName, match="google-play does, add it to 'sources'.*undocumented"):
        source_for(CHART)
    assert source_for(CHART, ["apple-rss", "google-play"]) is SOURCE
    done = apptrack("collect", str(CHART), base="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "add it to 'sources'" in done.stderr


# --- apps of two stores


def test_an_alias_means_the_id_of_the_store_asked() -> None:
    catalog = Catalog()
    assert catalog.find("chatgpt").app_id == "6448311069"
    assert catalog.find("chatgpt", PLAY).app_id == CHATGPT
    assert catalog.find("ChatGPT", PLAY).app_id == CHATGPT
    assert catalog.find(CHATGPT).name == "ChatGPT"
    assert catalog.twin(catalog.find("chatgpt"), PLAY) == catalog.find(CHATGPT)
    for assistant in assistants():
        assert len(list(assistant.apps)) == 1 + (assistant.google_play is not None)


def test_an_assistant_without_an_id_there_is_said_to_have_none() -> None:
    with pytest.raises(NotInStore, match=r"Meta AI \(1558240027\) has no Google Play id"):
        Catalog().find("meta-ai", PLAY)
    mine = Catalog([App("com.example.mine", "Mine", "mine")])
    assert mine.find("mine").app_id == "com.example.mine"
    with pytest.raises(NotInStore, match="has no App Store id"):
        mine.find("mine", APP_STORE)


def test_an_app_is_not_compared_with_itself_across_stores() -> None:
    with pytest.raises(NotInStore, match="Ranks of two stores are never compared"):
        Catalog().find(CHATGPT, APP_STORE)
    with pytest.raises(NotInStore, match="Ranks of two stores are never compared"):
        Catalog().find("6448311069", PLAY)


def test_the_settings_take_an_id_of_each_store() -> None:
    table = '[[apps]]\nalias = "mine"\nname = "Mine"\n'
    write(f'{table}id = "1234"\ngoogle_play = "com.example.mine"')
    assert [app.app_id for app in load().apps] == ["1234", "com.example.mine"]
    rows = json.loads(apptrack("apps", "--json").stdout)
    assert (rows[0]["app_id"], rows[0]["google_play"]) == ("1234", "com.example.mine")
    write(f'{table}google_play = "com.example.mine"')
    assert [app.app_id for app in load().apps] == ["com.example.mine"]
    write(f'{table}google_play = "1234"')
    assert "it is an id of the App Store" in apptrack("apps").stderr
    write(table)
    assert "no id: an app has alias, id or google_play" in apptrack("apps").stderr


def test_apps_add_writes_the_id_of_google_play() -> None:
    added = apptrack("apps", "add", "com.example.mine", "--name", "Mine", "--alias", "mine")
    assert added.returncode == 0
    assert 'google_play = "com.example.mine"' in Path("apptrack.toml").read_text("utf-8")
    assert [app.app_id for app in load().apps] == ["com.example.mine"]


def test_a_rule_about_an_app_has_charts_of_one_store() -> None:
    rule = '[[alerts]]\nrule = "overtake"\napp = "deepseek"\nover = "chatgpt"\n'
    write(f'charts = ["{CHART}"]\nsources = ["google-play"]\n{rule}')
    (read,) = load().alerts
    assert read.app is not None
    assert read.app.app_id == DEEPSEEK
    write(f'charts = ["{CHART}", "{APPLE}"]\n{rule}')
    assert "two stores" in apptrack("config", "check").stdout + apptrack("config", "check").stderr


# --- answers across two stores


@contextmanager
def both_stores(hours: int = 4) -> Iterator[Path]:
    """A database in which DeepSeek passes ChatGPT on the App Store and stays behind on Play."""
    with Store(DB) as store:
        for hour in range(hours):
            at = NOW + timedelta(hours=hour)
            apple = ["6737597349", "6448311069"] if hour > 1 else ["6448311069", "6737597349"]
            rows = [*apple, *map(str, range(1, 9))]
            entries = tuple(
                Entry(rank, app_id, f"A{app_id}") for rank, app_id in enumerate(rows, 1)
            )
            for snapshot in (
                Snapshot(APPLE, "apple-rss", at, entries),
                Snapshot(CHART, "google-play", at, packages(CHATGPT, DEEPSEEK)),
            ):
                store.save(snapshot, **receipt(snapshot))
    yield DB


def said(*args: object) -> str:
    done = run(*args)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_standings_and_top_show_both_stores_one_after_the_other() -> None:
    with both_stores():
        for command in (["standings", "chatgpt", "deepseek"], ["top"]):
            listings = json.loads(said(*command, "--json"))
            assert [listing["chart"] for listing in listings] == [str(APPLE), str(CHART)]
        only = json.loads(said("top", str(APPLE), "--json"))
        assert [listing["chart"] for listing in only] == [str(APPLE)]


def test_standings_say_who_has_no_id_in_a_store() -> None:
    with both_stores():
        done = run("standings", "chatgpt", "meta-ai", "--on", str(CHART))
    assert done.returncode == 0
    assert "left out: Meta AI (1558240027) has no Google Play id" in done.stderr


def test_a_brief_has_the_sentences_of_both_stores() -> None:
    with both_stores():
        sentences = json.loads(said("brief", "chatgpt", "--json"))
        ranks = [sentence for sentence in sentences if sentence["about"] == "rank"]
        assert [sentence["facts"]["app_id"] for sentence in ranks] == ["6448311069", CHATGPT]
        assert "App Store, United States" in ranks[0]["sentence"]
        assert "Google Play, United States · Android" in ranks[1]["sentence"]
        assert ["as asked for" in sentence["caveat"] for sentence in ranks] == [False, True]
        none = said("brief", "meta-ai")
        assert "Meta AI (1558240027) has no Google Play id" in none


def test_no_overtake_leads_from_one_store_to_the_other() -> None:
    with both_stores():
        ledgers = json.loads(said("overtakes", "chatgpt", "deepseek", "--on", "us/*/*/*", "--json"))
        assert {event["chart"] for event in ledgers} == {str(APPLE)}
        refused = run("versus", "chatgpt", CHATGPT)
        assert refused.returncode == 1
        assert "Ranks of two stores are never compared" in refused.stderr
        refused = run("overtakes", "chatgpt", CHATGPT, "--on", str(CHART))
        assert refused.returncode != 0


def test_an_equal_name_counts_only_in_the_same_store() -> None:
    apple, twin = App("6448311069", "Same"), App("6737597349", "Same")
    with both_stores(hours=1) as path, Store(path) as store:
        store.connection.execute("UPDATE apps SET name = 'Same' WHERE store_id = ?", [CHATGPT])
        store.connection.execute("UPDATE apps SET name = 'Same' WHERE store_id = ?", [apple.app_id])
        assert namesakes(store, [apple]) == [apple]
        store.connection.execute("UPDATE apps SET name = 'Same' WHERE store_id = ?", [twin.app_id])
        assert namesakes(store, [apple]) == [replace(apple, name="Same (6448311069)")]


def test_only_the_store_of_the_chart_is_spoken_of() -> None:
    with both_stores():
        opened = partial(Database, replace(Settings(), db=DB))
        asked = {tool.__name__: tool for tool in tools(opened, ValueError)}
        listing = asked["standings"](chart=str(CHART))
        assert {row.app.app_id for row in listing.rows} == {
            app.app_id for app in Catalog().of(PLAY)
        }
        assert any("as asked for" in warning for warning in listing.basis.warnings)
    with opened() as database:
        assert "of the App Store" in database.brief("meta-ai", APPLE).to_dicts()[1]["caveat"]
        assert list(database.week("meta-ai", on=APPLE).standings) == []
        assert views.chart(database, Asked({"chart": [str(CHART)]}, NOW)).marks[-1] == {
            "kind": "unproved", "words": unproved_words(CHART),
        }  # fmt: skip
        apple = views.chart(database, Asked({"chart": [str(APPLE)]}, NOW))
        assert "unproved" not in [mark["kind"] for mark in apple.marks]


def test_one_name_in_both_stores_means_the_app_of_the_chart_else_of_the_app_store() -> None:
    with both_stores(), Database(replace(Settings(), db=DB)) as database:
        for text in ("ＣｈａｔＧＰＴ", "Chàtgpt", "chatgp"):
            found = find(database, text)
            assert (found.app_id, found.alias) == ("6448311069", "chatgpt")
            assert find(database, text, CHART).app_id == CHATGPT
    catalog = Catalog(seen=lambda text: [App("7", "Two"), App("com.two", "Two"), App("8", "Twos")])
    with pytest.raises(UnknownName, match=r"fits 2 apps: Two \(7\), Twos \(8\)"):
        catalog.find("tw")


def test_the_pace_of_each_host_is_said() -> None:
    write(f'sources = ["apple-rss", "google-play"]\ncharts = ["{APPLE}", "g7/{KIND}"]')
    done = apptrack("config", "check")
    assert "at 20 requests a minute to each host, 6 to play.google.com" in done.stdout


def test_shards_share_the_pace_of_the_source() -> None:
    text = 'sources = ["google-play"]\ncharts = ["all/android/top-free/apps"]\n'
    write(f'{text}shard = "2/4"')
    settings = load(env={})
    assert settings.own_pace(SOURCE) == 1.5
    assert settings.own_pace(SOURCES["apple-rss"]) is None
    requests = len(settings.charts)
    (host,) = json.loads(apptrack("config", "check", "--json").stdout)["pass"]["hosts"]
    assert host["seconds"] == pytest.approx((requests - 1) * 60 / 1.5)
    with Store(DB) as store:
        (request,) = plan(settings.charts[:1], settings=settings, store=store)
    assert request.per_minute == 1.5


def test_ids_of_google_play_are_not_looked_up_in_the_app_store() -> None:
    unnamed = tuple(replace(entry, name=None) for entry in packages())
    stop = Event()
    with (
        Store(DB) as store,
        LoopbackStore(lambda request: Answer(404)) as apple,
        Fetcher(HASTY, clock=lambda: NOW, stop=stop) as fetcher,
    ):
        store.save(Snapshot(CHART, "google-play", NOW, unnamed, provenance=Provenance.IMPORTED))
        bases = dict.fromkeys(Settings().bases, apple.base)
        settings = replace(Settings(), db=DB, sources=("google-play",), bases=bases)
        look_up_names(
            [CHART], settings=settings, store=store, fetcher=fetcher, clock=lambda: NOW,
            stop=stop, say=lambda line, bad: None,
        )  # fmt: skip
        assert apple.served == []


def test_ready_queries_of_datasette_speak_of_the_store_of_the_chart() -> None:
    with both_stores():
        rows = queried("assistants", chart=str(CHART))
    states = {row["alias"]: (row["app_id"], row["state"], row["rank"]) for row in rows}
    assert states["chatgpt"] == (CHATGPT, "ranked", 1)
    assert states["claude"] == ("com.anthropic.claude", "unranked", None)
    assert states["meta-ai"] == (None, "no id known in that store", None)
    assert len(rows) == len(assistants())
    leaders = [
        queried("who_is_ahead", chart=chart, app_a=app, app_b="")[0]["ahead"]
        for chart in (str(CHART), str(APPLE)) for app in ("", "6737597349", DEEPSEEK)
    ]  # fmt: skip
    other = "not compared: an id of the other store"
    deepseek = leaders[3]
    assert leaders == ["ChatGPT", other, "ChatGPT", deepseek, deepseek, other]
    said_of_other_ids = {
        (chart, row["state"])
        for chart, app in ((str(CHART), "6448311069"), (str(APPLE), CHATGPT))
        for row in queried("app_ranks", chart=chart, app_id=app, before="")
    }
    other = "an id of the other store"
    assert said_of_other_ids == {(str(CHART), other), (str(APPLE), other)}


def queried(name: str, **values: str) -> list[dict[str, Any]]:
    """The rows of the ready query NAME."""
    metadata = resources.files("tracker.browse") / "metadata.yaml"
    queries = yaml.safe_load(metadata.read_text("utf-8"))["databases"]["apptrack"]["queries"]
    with closing(sqlite3.connect(DB)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(queries[name]["sql"], values)]


def test_a_note_on_a_chart_is_of_the_app_of_its_store() -> None:
    with both_stores():
        assert (
            run("events", "add", "2026-11-03", "N", "--app", "chatgpt", "--on", CHART).returncode
            == 0
        )
        with Database(replace(Settings(), db=DB)) as database:
            assert [note.app_id for note in database.events()] == [CHATGPT]


def test_a_table_cannot_give_a_chart_to_a_source_of_the_other_store() -> None:
    row = f"2026-11-03T00:00:00Z,{CHART},apple-rss,1,{CHATGPT},ChatGPT"
    write(f"observed_at,chart,source,rank,app_id,name\n{row}\n", "wrong.csv")
    done = run("import", "wrong.csv")
    assert done.returncode == 1
    assert f"line 2: apple-rss has no charts of Google Play, such as {CHART}" in done.stderr


def test_an_equal_name_in_the_other_store_needs_no_id_behind_it() -> None:
    with both_stores():
        assert "(6448311069)" not in said("versus", "chatgpt", "deepseek")


def test_a_citation_says_that_the_country_is_as_asked_for() -> None:
    with LoopbackStore(Shop({CHART: packages(CHATGPT)})) as store:
        assert collect(store.base).returncode == 0
    with Store(DB) as db:
        (time,) = db.row("SELECT observed_at FROM snapshots")
    cited = said("cite", f"google-play:{CHART}@{time}")
    assert "Google Play" in cited
    assert "do not state the country: it is as asked for" in cited
    assert "whether its chart of apps leaves games out is not known" in cited
    assert "f.req=" in cited


def test_an_app_in_the_wrong_store_is_found_by_verify() -> None:
    with both_stores():
        pass
    with Store(DB) as store:
        store.db.execute("UPDATE apps SET store = ? WHERE store_id = ?", [APP_STORE, CHATGPT])
    done = run("verify")
    assert done.returncode == 1
    assert CHATGPT in done.stdout + done.stderr


def test_the_facets_of_devices_show_one_assistant_on_both_stores() -> None:
    with both_stores():
        done = run("chart", "chatgpt", "deepseek", "--facet", "device", "-o", "both.json")
        assert done.returncode == 0, done.stderr
        written = Path("both.json").read_text("utf-8")
        assert "iPhone (App Store)" in written
        assert "Android (Google Play)" in written
        assert "on 1 of 2 devices each" in done.stdout
        single = run("chart", "chatgpt", "meta-ai", "--facet", "device", "-o", "one.json")
        assert single.returncode == 0, single.stderr
        assert "Meta AI (1558240027) has no Google Play id" in single.stderr


def test_the_demo_plays_google_play_as_a_simulation() -> None:
    from tracker.demo import replay, script

    at = script.BEGIN + timedelta(days=5)
    asked = SOURCE.url(script.PLAY_CHART, "")
    answer = replay._answer(Request("POST", asked, {}, 1), at)
    snapshot = parsed(script.PLAY_CHART, answer.body)
    assert snapshot.entries == script.entries_at(at, script.PLAY_CHART)
    assert CHATGPT in [entry.app_id for entry in snapshot.entries[:3]]


def test_parquet_files_hold_both_stores_and_answer_as_the_database_does() -> None:
    with both_stores():
        done = run("export", "parquet", "files")
        assert done.returncode == 0, done.stderr
    for command in (
        ("overtakes", "chatgpt", "deepseek", "--on", "us/*/*/*", "--json"),
        ("standings", "chatgpt", "deepseek", "--on", str(CHART), "--json"),
        ("top", str(CHART), "--json"),
        ("overtakes", "--all", "--on", "us/*/*/*", "--json"),
    ):
        files = apptrack(*command, "--data", "files")
        assert files.returncode == 0, files.stderr
        assert json.loads(files.stdout) == json.loads(run(*command).stdout)


def test_databases_of_two_stores_merge_into_one_in_either_order() -> None:
    with both_stores():
        pass
    for name, chart in (("a.db", APPLE), ("b.db", CHART)):
        with Store(DB) as both, Store(Path(name)) as single:
            for number in both.snapshot_ids():
                snapshot = both.snapshot(number)
                if snapshot.chart == chart:
                    single.save(replace(snapshot, provenance=Provenance.IMPORTED))
    for first, second in (("a.db", "b.db"), ("b.db", "a.db")):
        into = f"{first}{second}"
        for other in (first, second):
            assert apptrack("merge", other, "--db", into).returncode == 0
        with Store(Path(into)) as merged, Store(DB) as both:
            for chart, source in ((APPLE, "apple-rss"), (CHART, "google-play")):
                assert entries_of(merged, chart, source) == entries_of(both, chart, source)
            assert merged.unsound() == []


def entries_of(store: Store, chart: Chart, source: str) -> list[tuple[Entry, ...]]:
    _, numbers = store.timeline(chart, source)
    return [store.snapshot(number).entries for number in numbers]


def test_the_page_of_an_app_has_its_ranks_in_both_stores() -> None:
    with both_stores(), Database(replace(Settings(), db=DB)) as database:
        view = views.app(database, Asked({"app": ["chatgpt"]}, NOW))
        states = {row["chart"]: (row["state"], row["rank"]) for row in view.data["ranks"]}
        assert states == {str(APPLE): ("ranked", 2), str(CHART): ("ranked", 1)}
        assert view.data["ids"] == {"App Store": "6448311069", "Google Play": CHATGPT}
        view = views.app(database, Asked({"app": ["meta-ai"]}, NOW))
        states = {row["chart"]: (row["state"], row["rank"]) for row in view.data["ranks"]}
        assert states[str(CHART)] == ("no id known in that store", None)
        assert states[str(APPLE)] == ("unranked", None)
        page = {"app": ["6448311069", "6737597349"], "chart": [str(CHART)]}
        view = views.compare(database, Asked(page, NOW))
        assert [app["app_id"] for app in view.data["apps"]] == [CHATGPT, DEEPSEEK]


@pytest.mark.parametrize("command", [("status",), ("heatmap", "chatgpt", "-o", "days.json"),
                                     ("wave", "chatgpt", "deepseek"), ("movers",),
                                     ("stats", "chatgpt"), ("brief", "--week", "chatgpt"),
                                     ("export", "series", "chatgpt", "deepseek")])  # fmt: skip
def test_every_question_is_answered_for_a_chart_of_google_play(command: tuple[str, ...]) -> None:
    on = () if command == ("status",) else ("--on", str(CHART))
    with both_stores(hours=26):
        done = run(*command, *on, APPTRACK_CHARTS=f"{APPLE},{CHART}")
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1) if command == ("status",) else done.returncode == 0, done


def test_a_web_archive_has_no_charts_of_google_play() -> None:
    done = run("backfill", "plan", str(CHART), "--since", "2024-01-01", "--until", "2024-02-01")
    assert done.returncode != 0
    assert "no family of copies has this chart" in done.stderr
