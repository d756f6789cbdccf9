"""The plugin's own pages, asked of the real command over HTTP."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import json
import re
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest
from datasette.app import Datasette  # type: ignore[import-untyped]

import tracker
from tests.support.browsing import CHATGPT, DEEPSEEK, IS_1_0, NAMES, Site, browsing, fill
from tests.support.stored import CHART, at, change, entries, snapshot
from tracker.browse import routes, worker
from tracker.browse.description import LARGE_TABLES
from tracker.model import Provenance, iso
from tracker.pages.asked import folded
from tracker.store import Store

FORMS: dict[str, dict[str, object]] = {
    "": {},
    "/compare": {"app": ["deepseek", "chatgpt"], "chart": CHART.slug, "source": "apple-rss"},
    "/app": {"app": "deepseek"},
    "/chart": {"chart": CHART.slug},
    "/snapshot/1": {},
    "/find": {"q": "deepseek"},
}
Answer = TypeVar("Answer")
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "small.db"
    fill(path)
    return path


@pytest.fixture(scope="module")
def site(small: Path) -> Iterator[Site]:
    with browsing(small) as running:
        yield running


def page(site: Site, path: str, **asked: object) -> tuple[int, dict[str, str], str]:
    """The status, the headers and the body of one of the plugin's pages."""
    with closing(site.open("GET", f"/-/apptrack/small{path}", asked)) as answer:
        return answer.status, {k.lower(): v for k, v in answer.headers.items()}, (
            answer.read().decode()
        )  # fmt: skip


def facts(site: Site, path: str, **asked: object) -> Any:
    status, _, body = page(site, f"{path or '/home'}.json", **asked)
    assert status == 200, body
    return json.loads(body)


@pytest.mark.parametrize("path", FORMS)
def test_each_page_is_html_json_and_csv_and_loads_nothing(site: Site, path: str) -> None:
    status, headers, body = page(site, path, **FORMS[path])
    assert status == 200
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "<script" not in body
    assert " style=" not in body
    links = [unescape(link) for link in re.findall(r'(?:href|src|action)="([^"]*)"', body)]
    assert all(link.startswith(("/", "#", "data:,")) for link in links), links
    assert "All times are UTC" in body
    assert "stale" in body or path.startswith("/snapshot")
    assert isinstance(facts(site, path, **FORMS[path]), dict)
    status, headers, body = page(site, f"{path or '/home'}.csv", **FORMS[path])
    assert status == 200
    assert headers["content-type"].startswith("text/csv")
    assert list(csv.DictReader(body.splitlines()))


def test_home_shows_who_is_ahead_and_every_chart_with_its_age(site: Site) -> None:
    data = facts(site, "", chart=CHART.slug, source="itunes-rss")
    ranked = [(row["rank"], row["app_id"]) for row in data["standings"] if row["rank"]]
    assert ranked == [(1, DEEPSEEK), (3, CHATGPT)]
    assert data["observed_at"] == iso(at(5.5))
    assert {row["chart"] for row in data["charts"]} >= {CHART.slug}
    assert all(row["age_seconds"] > 0 for row in data["charts"])
    assert data["coverage_30_days"]["snapshots"] == 1


def test_without_the_chart_of_the_settings_it_is_the_one_observed_last(tmp_path: Path) -> None:
    path = tmp_path / "small.db"
    with Store(path) as store:
        for hour, front in ((5, "de"), (9, "jp"), (2, "za")):
            store.save(snapshot(hour, (1, 2), chart=replace(CHART, storefront=front)))
    with browsing(path) as site:
        assert facts(site, "")["chart"] == "jp/iphone/top-free/apps"


def test_compare_has_the_ledger_of_the_public_interface(site: Site, small: Path) -> None:
    data = facts(site, "/compare", **FORMS["/compare"])
    with tracker.open(small) as database:
        ledger = database.overtakes("deepseek", "chatgpt", on=CHART, source="apple-rss").to_dicts()
    assert data["overtakes"] == ledger[::-1]
    assert data["overtakes_in_all"] == len(ledger) > 0
    _, _, body = page(site, "/compare", **FORMS["/compare"])
    assert 'sandbox="allow-scripts"' in body
    assert f"app={DEEPSEEK}&amp;app={CHATGPT}" in body


def test_the_curve_is_drawn_within_a_sandbox(site: Site) -> None:
    for form, kind in (("html", "text/html"), ("svg", "image/svg+xml"), ("png", "image/png")):
        with closing(
            site.open("GET", f"/-/apptrack/small/curve.{form}", FORMS["/compare"])
        ) as answer:
            assert answer.headers["content-type"].startswith(kind)
            assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts;")
            assert len(answer.read()) > 5_000


def test_the_days_of_an_app_are_a_heatmap_on_its_page(site: Site) -> None:
    _, _, body = page(site, "/app", app="deepseek")
    (address,) = re.findall(r'<iframe[^>]* src="([^"]*heatmap[^"]*)"', body)
    with closing(site.open("GET", unescape(address), {})) as answer:
        assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts;")
        assert "DeepSeek" in answer.read().decode()
    status, headers, picture = page(site, "/heatmap.svg", app="deepseek", chart=CHART.slug)
    assert (status, headers["content-type"]) == (200, "image/svg+xml")
    assert "United States" in picture
    assert page(site, "/heatmap.svg")[0] == 400
    assert page(site, "/heatmap.svg", app="depseek")[0] == 404


@pytest.mark.parametrize(
    "name", ["DeepSeek", " deepseek ", "ＤｅｅｐＳｅｅｋ", "Déépseek", DEEPSEEK]
)
def test_a_name_is_found_in_whatever_case_accents_and_width(site: Site, name: str) -> None:
    assert facts(site, "/app", app=name)["app_id"] == DEEPSEEK


def test_folding_keeps_letters_of_other_scripts_apart() -> None:
    assert folded("ＡＢＣ  é") == "abc e"
    assert folded("מילוי") == "מילוי"
    assert folded("豆包") == "豆包"
    assert folded("STRASSE") == folded("straße")


def test_an_unknown_name_is_said_and_the_nearest_offered(site: Site) -> None:
    status, _, body = page(site, "/app", app="depseek")
    assert status == 404
    assert "no app is called &#39;depseek&#39;" in body
    assert DEEPSEEK in body
    status, _, body = page(site, "/compare.json", app=["deepseek", "<b>nobody</b>"])
    assert status == 404
    assert json.loads(body)["ok"] is False


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/chart?chart=us/nowhere", 400), ("/chart?at=soon", 400), ("/event?id=x", 400),
        ("/compare?app=deepseek&app=deepseek", 400), ("/compare?confirm=0", 400),
        ("/snapshot/999999", 404), ("/payload/abc", 404), ("/nothing", 404), ("/app", 400),
        ("/payload", 404), ("/snapshot", 404), ("/app/1", 404), ("/curve.gif", 404),
        ("/home?page=0", 400), ("/home.json.json", 404), ("/home/more", 404), ("//home", 404),
        ("/payload/..%2F", 404), ("/home?" + "x=1&" * 60, 400),
        ("/curve.svg?" + "&".join(f"app={n}" for n in range(1, 9)), 400),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said(site: Site, path: str, status: int) -> None:
    assert page(site, path)[0] == status


def test_the_walk_from_the_curve_to_the_bytes(site: Site) -> None:
    _, _, body = page(site, "/compare", **FORMS["/compare"])
    (event,) = set(re.findall(r'href="(/-/apptrack/small/event\?[^"]+)"', body))
    with closing(site.open("GET", unescape(event), {})) as answer:
        evidence = answer.read().decode()
    assert "passed" in evidence
    payload = re.findall(r'href="(/-/apptrack/small/payload/([0-9a-f]{64}))"', evidence)
    assert len(payload) == 3
    for address, sha256 in payload:
        with closing(site.open("GET", address, {})) as answer:
            raw = answer.read()
            assert answer.headers["content-disposition"].startswith("attachment;")
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert hashlib.sha256(raw).hexdigest() == sha256


def test_a_snapshot_without_a_payload_says_why(site: Site) -> None:
    imported = facts(site, "/snapshot/1")
    assert (imported["provenance"], imported["payload"]) == ("imported", "no payload: imported")
    _, _, body = page(site, "/snapshot/1")
    assert "no payload: imported" in body
    assert "Imported from a file" in body


def test_a_chart_leads_to_the_snapshots_before_and_after(site: Site) -> None:
    data = facts(site, "/chart", chart=CHART.slug, source="apple-rss", at=iso(at(5)))
    assert (data["observed_at"], data["before"], data["after"]) == (
        iso(at(5)), iso(at(4)), iso(at(6)),
    )  # fmt: skip
    assert [row["app_id"] for row in data["entries"]] == [DEEPSEEK, CHATGPT, "9"]


def test_the_feed_has_confirmed_overtakes_and_when_they_were_confirmed(site: Site) -> None:
    asked = {"app": ["deepseek", "chatgpt"], "chart": CHART.slug, "source": "apple-rss"}
    page_facts = facts(site, "/overtakes", **asked)
    (item,) = page_facts["items"]
    assert item["title"] == "DeepSeek passed ChatGPT"
    assert item["_apptrack"]["by"] == iso(at(1))
    assert item["date_published"] == item["_apptrack"]["confirmed_at"] == iso(at(2))
    _, headers, body = page(site, "/overtakes.atom", **asked)
    assert headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(body)
    assert [element.text for element in root.iterfind(f"{ATOM}entry/{ATOM}id")] == [item["id"]]
    assert root.findtext(f"{ATOM}updated") == iso(at(2))
    of_all = ElementTree.fromstring(page(site, "/overtakes.atom", chart=CHART.slug)[2])
    assert of_all.findtext(f"{ATOM}id") != root.findtext(f"{ATOM}id")


def test_names_from_strangers_are_inert_and_no_formulas(site: Site) -> None:
    data = facts(site, "/snapshot/1")
    assert {row["app_id"]: row["name"] for row in data["entries"]}.items() >= NAMES.items()
    _, _, body = page(site, "/snapshot/1")
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert" in body


def test_a_name_that_is_a_formula_is_none_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "small.db"
    with Store(path) as store:
        names = {"1": "=cmd|' /C calc'!A0", "2": "@SUM(A1)", "3": "https://example.com/"}
        shot = replace(snapshot(1, (1, 2, 3)), entries=entries((1, 2, 3), names))
        store.save(replace(shot, provenance=Provenance.SIMULATED))
    with browsing(path) as site:
        _, _, body = page(site, "/chart.csv")
        rows = list(csv.DictReader(body.splitlines()))
        assert [row["name"] for row in rows] == [
            "'=cmd|' /C calc'!A0", "'@SUM(A1)", "https://example.com/",
        ]  # fmt: skip
        assert "Simulation" in page(site, "/chart")[2]
        assert rows[0]["marks"].startswith(("stale", "simulation"))
        assert 'href="https://example.com/"' not in page(site, "/chart")[2] + site.page("/apps")


# Permissions


@pytest.mark.parametrize(
    "allowed",
    [
        {"databases": {"small": {"allow": {"id": "root"}}}},
        {"databases": {"small": {"tables": {"entries": {"allow": {"id": "root"}}}}}},
    ],
)
def test_who_may_not_see_a_table_sees_no_page_of_it(small: Path, allowed: dict[str, Any]) -> None:
    paths = ("", "/home.json", "/compare", "/payload/ab", "/overtakes.atom")

    async def statuses() -> set[int]:
        datasette = Datasette([str(small)], metadata=allowed)
        await datasette.invoke_startup()
        values = {
            (await datasette.client.get(f"/-/apptrack/small{path}")).status_code for path in paths
        }
        routes.close(datasette)
        return values

    assert asyncio.run(statuses()) == {403}


# Where it is


def test_below_another_path_every_link_leads_there(small: Path) -> None:
    own = "/charts/-/apptrack/small"
    asked = (own, f"{own}/compare?app=8&app=9", f"{own}/app?app=8", f"{own}/snapshot/1",
             "/charts/small/snapshots")  # fmt: skip

    async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [
            *[await client.get(path) for path in asked],
            await client.get(f"{own}/overtakes.atom"),
            await client.get(f"{own}/style.css"),
            *[await client.get(f"{base}/small/entries.csv") for base in ("/charts", "")],
            *[await client.post(f"{base}/small/apps") for base in ("/charts", "")],
        ]

    answers = asyncio.run(within(Datasette([str(small)], settings={"base_url": "/charts/"}), ask))
    *pages, atom, style, whole, stripped, posted, posted_to_stripped = answers
    for answer in pages:
        assert answer.status_code == 200
        links = re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)
        inner = [link for link in links if link.startswith("/")]
        assert len(inner) > 5
        assert all(link.startswith("/charts/") for link in inner), inner
    addresses = re.findall(r'href="([^"]*)"', atom.text)
    assert addresses
    assert all(address.startswith(f"http://127.0.0.1{own}") for address in addresses)
    assert style.status_code == 200
    assert whole.text == stripped.text
    assert posted.status_code == posted_to_stripped.status_code == 405


def test_its_pages_are_there_in_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "shut"
    folder.mkdir()
    fill(folder / "small.db")
    (folder / "small.db").chmod(0o444)
    folder.chmod(0o555)
    try:
        with browsing(folder / "small.db", obedient=True) as site:
            for path, asked in FORMS.items():
                assert page(site, path, **asked)[0] == 200
            assert page(site, "/curve.svg", **FORMS["/compare"])[0] == 200
            assert site.page("/snapshots")
        assert [path.name for path in folder.iterdir()] == ["small.db"]
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize("hosts", ["Charts.example.org", ["charts.example.org"]])
def test_a_host_that_is_allowed_is_answered(hosts: object, small: Path) -> None:
    assert asked_of({"hosts": hosts}, small, "charts.example.org", "evil.example") == [200, 400]
    assert asked_of({}, small, "localhost", "charts.example.org") == [200, 400]


def asked_of(config: dict[str, Any], small: Path, *hosts: str) -> list[int]:
    """The status of a page asked for on loopback, by each of HOSTS."""
    words = {"plugins": {"apptrack": config}}

    datasette = Datasette([str(small)], **{"config" if IS_1_0 else "metadata": words})

    async def ask(client: httpx.AsyncClient) -> list[int]:
        return [(await client.get("/", headers={"host": host})).status_code for host in hosts]

    return asyncio.run(within(datasette, ask))


async def within(
    datasette: Any, ask: Callable[[httpx.AsyncClient], Coroutine[Any, Any, list[Answer]]]
) -> list[Answer]:
    """What ASK gets from DATASETTE, which believes to be asked on loopback."""
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answers = await ask(client)
    routes.close(datasette)
    return answers


# The process that computes


def job(path: Path, page: str = "home") -> worker.Job:
    return worker.Job(str(path), page, "json", {}, "/-/apptrack/small", "/small")


def test_a_page_that_takes_too_long_is_ended_and_the_next_is_answered(small: Path) -> None:
    async def statuses() -> list[int]:
        slow = worker.Worker(0.01)
        first = await slow.answer(job(small))
        slow.deadline = 60
        second = await slow.answer(job(small))
        slow.close()
        return [first.status, second.status]

    assert asyncio.run(statuses()) == [503, 200]


def test_too_many_that_wait_are_sent_away(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "WAITING", 2)

    async def statuses() -> list[int]:
        page_worker = worker.Worker(60)
        answers = await asyncio.gather(*(page_worker.answer(job(small)) for _ in range(4)))
        page_worker.close()
        return sorted(answer.status for answer in answers)

    assert asyncio.run(statuses()) == [200, 200, 503, 503]


def test_a_bug_of_a_page_is_reported_and_the_process_goes_on(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worker, "answer", lambda *_: 1 / 0)
    assert worker.computed(job(small)).status == 500
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_database_whose_name_needs_quoting_has_pages(tmp_path: Path) -> None:
    path = tmp_path / "my charts, näher.db"
    fill(path)
    with browsing(path) as site:
        name = site.address.rsplit("/", 1)[1]
        with closing(site.open("GET", f"/-/apptrack/{name}", {})) as answer:
            body = answer.read().decode()
        assert answer.status == 200
        assert f'href="/-/apptrack/{name}/compare"' in body
        assert quote("näher") not in body


def test_a_large_database_counts_no_rows_of_its_large_tables(tmp_path: Path) -> None:
    path = tmp_path / "large.db"
    fill(path)
    many = "INSERT INTO snapshots (id, chart, source, observed_at, depth, provenance)"
    change(path, f"{many} VALUES (30000, 1, 'a-source', '2026-05-05T00:00:00Z', 1, 'recorded')")
    with browsing(path) as large:
        for table in ("charts", *LARGE_TABLES):
            page = json.loads(large.page(f"/{table}.json", _extra="count"))
            count = page["count" if IS_1_0 else "filtered_table_rows_count"]
            assert (count is None) == (table != "charts"), table
