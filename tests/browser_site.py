"""The plugin's pages and a published site in a real Chromium: what a reader meets.

Named, as ``browser_plot.py`` is: ``pytest tests/browser_*.py``. ``.ci/datasette`` runs it on the
other version of Datasette. axe-core comes from npm, into a temporary folder.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By

import tracker
from tests.support.browsing import Site, browsing
from tests.support.chromium import (
    another_page,
    complaints,
    load,
    phone,
    press,
    requests,
    wait_until,
)
from tests.support.shop import apptrack
from tests.support.stored import entries, snapshot
from tracker.publish import publish
from tracker.store import Store

DEEPSEEK, CHATGPT, GEMINI = "6737597349", "6448311069", "6477489729"
CURVE = f"app={DEEPSEEK}&app={CHATGPT}"
NASTY = {
    "1": "<img src=x onerror='window.owned = 1'>",
    "2": '"><script>window.owned = 2</script>',
    "3": "javascript:alert(1)",
    "4": "{{ 7 * 7 }} \u202etxt.exe",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of the demo: recorded over HTTP from a loopback store, with its payloads."""
    folder = tmp_path_factory.mktemp("demo")
    done = apptrack("demo", "--db", folder / "demo.db", "--out", folder / "charts")
    assert done.returncode == 0, done.stderr
    return folder / "demo.db"


@pytest.fixture(scope="module")
def site(demo: Path) -> Iterator[Site]:
    with browsing(demo) as running:
        yield running


@pytest.fixture(scope="module")
def published(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "site"
    with tracker.open(demo) as database:
        publish(database, folder, database.default_chart, [("deepseek", "chatgpt")])
    return folder


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core."""
    folder = tmp_path_factory.mktemp("axe")
    command = ["npm", "install", "--silent", "--no-save", "--prefix", str(folder), "axe-core@4"]
    subprocess.run(command, check=True, timeout=120)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def pages(site: Site) -> dict[str, str]:
    """The address of each page, by name."""
    base = f"{site.root}/-/apptrack/demo"
    return {
        "home": base,
        "compare": f"{base}/compare?{CURVE}",
        "app": f"{base}/app?app=deepseek",
        "chart": f"{base}/chart?at=2025-01-27",
        "snapshot": f"{base}/snapshot/1",
        "trouble": f"{base}/app?app=depseek",
    }


def visit(browser: Chrome, address: str) -> None:
    """Open ADDRESS, all of it, with whatever was logged before forgotten."""
    complaints(browser)
    requests(browser)
    load(browser, address)


def follow(browser: Chrome, link: str) -> None:
    """Click the LINK of these words, to the page that it leads to."""
    with another_page(browser):
        browser.find_element(By.LINK_TEXT, link).click()


def foreign(browser: Chrome, root: str) -> list[str]:
    """The requests that went to another host than that of ROOT."""
    own = urlsplit(root).netloc
    return [url for url in requests(browser) if urlsplit(url).netloc not in (own, "")]


def curve_is_drawn(browser: Chrome) -> bool:
    """Whether the curve's own page, in its frame, has a picture; its first words."""
    frame = browser.find_element(By.CSS_SELECTOR, "iframe.curve")
    browser.switch_to.frame(frame)
    try:
        wait_until(browser, "document.querySelector('svg, canvas') !== null", 300)
        text: str = browser.execute_script("return document.body.innerText + document.title")
    finally:
        browser.switch_to.default_content()
    return "DeepSeek" in text


NAMES = ("home", "compare", "app", "chart", "snapshot")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_complains_of_nothing_asks_no_other_host_and_can_be_read_by_all(
    browser: Chrome, site: Site, axe: str, name: str, theme: str
) -> None:
    with shown_in(browser, theme):
        visit(browser, pages(site)[name])
        if name == "compare":
            assert curve_is_drawn(browser)
        assert complaints(browser) == []
        assert foreign(browser, site.root) == []
        assert serious(browser, axe) == []
        background = browser.execute_script(
            "return getComputedStyle(document.body).backgroundColor"
        )
        assert (int(background[4:].split(",")[0]) < 64) == (theme == "dark")


@contextmanager
def shown_in(browser: Chrome, theme: str) -> Iterator[None]:
    """As one sees it who prefers THEME."""
    feature = {"name": "prefers-color-scheme", "value": theme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def serious(browser: Chrome, axe: str) -> list[str]:
    """What axe-core finds that is serious or critical, outside of the curve's frame."""
    browser.execute_script(axe)
    violations: list[dict[str, Any]] = browser.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document, {iframes: false}).then(found => done(found.violations));"
    )
    return [
        f"{violation['id']}: {violation['nodes'][0]['html']}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("name", [*NAMES, "trouble"])
def test_a_phone_needs_no_scrolling_sideways(browser: Chrome, site: Site, name: str) -> None:
    with phone(browser, 360, 740):
        visit(browser, pages(site)[name])
        wide, high = browser.execute_script(
            "const page = document.documentElement; return [page.scrollWidth, page.scrollHeight]"
        )
    assert wide <= 360
    assert high < 12_000


@pytest.mark.parametrize("table", ["snapshots", "entries", "observations"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_raw_table_is_a_table_on_a_phone_and_dark_where_asked(
    browser: Chrome, site: Site, table: str, theme: str
) -> None:
    with shown_in(browser, theme), phone(browser, 360, 740):
        visit(browser, f"{site.root}/demo/{table}")
        wide, high, dark = browser.execute_script(
            "const page = document.documentElement;"
            "return [page.scrollWidth, page.scrollHeight, getComputedStyle(page).filter]"
        )
    assert wide <= 360
    assert high < 12_000
    assert ("invert" in dark) == (theme == "dark")


def test_the_page_of_an_app_has_its_curve_and_its_heatmap(browser: Chrome, site: Site) -> None:
    visit(browser, pages(site)["app"])
    for frame in browser.find_elements(By.CSS_SELECTOR, "iframe.curve"):
        browser.execute_script("arguments[0].scrollIntoView()", frame)
        browser.switch_to.frame(frame)
        drawn = "window.plot?.ready && document.querySelector('svg path') !== null"
        wait_until(browser, drawn, 300)
        assert "DeepSeek" in browser.find_element(By.TAG_NAME, "h1").text
        browser.switch_to.default_content()
    assert complaints(browser) == []


def test_choosing_other_apps_redraws_the_curve_by_keyboard_alone(
    browser: Chrome, site: Site
) -> None:
    visit(browser, pages(site)["home"])
    press(browser, Keys.TAB, Keys.ENTER)  # the first stop leads past the navigation
    first = browser.find_element(By.CSS_SELECTOR, "form.pick input[name=app]")
    for _ in range(20):
        if browser.switch_to.active_element == first:
            break
        press(browser, Keys.TAB)
    assert browser.switch_to.active_element == first
    for name in ("deepseek", "gemini"):
        ActionChains(browser).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).send_keys(
            name, Keys.ESCAPE, Keys.TAB
        ).perform()
    with another_page(browser):
        press(browser, Keys.ENTER)
    assert "/compare?" in browser.current_url
    frame = browser.find_element(By.CSS_SELECTOR, "iframe.curve").get_attribute("src") or ""
    assert f"app={DEEPSEEK}&app={GEMINI}" in frame
    assert curve_is_drawn(browser)
    assert "Gemini" in browser.find_element(By.TAG_NAME, "h1").text
    assert complaints(browser) == []


def test_the_walk_from_the_curve_to_the_bytes(browser: Chrome, site: Site) -> None:
    visit(browser, pages(site)["compare"])
    assert curve_is_drawn(browser)
    follow(browser, "cite")
    sentence = browser.find_element(By.TAG_NAME, "blockquote").text
    assert "DeepSeek" in sentence
    assert "Reconstruction" in sentence
    assert "the stored response of every snapshot says so" in browser.page_source
    links = browser.find_elements(By.CSS_SELECTOR, "a[download]")
    assert len(links) >= 2
    for link in links:
        address = link.get_attribute("href") or ""
        with closing(urlopen(address)) as answer:
            body = answer.read()
        assert hashlib.sha256(body).hexdigest() == address.rsplit("/", 1)[1]
    assert complaints(browser) == []


def test_nothing_in_a_name_is_executed_or_followed(browser: Chrome, tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    with Store(path) as store:
        for hour in (1, 2, 3):
            order = (1, 2, 3, 4) if hour < 3 else (2, 1, 3, 4)
            shot = snapshot(hour, order)
            store.save(replace(shot, entries=entries(order, NASTY)))
    with browsing(path) as site:
        base = f"{site.root}/-/apptrack/demo"
        for page in ("", "/chart", "/compare?app=1&app=2", "/app?app=1", "/snapshot/1"):
            visit(browser, base + page)
            assert browser.execute_script("return window.owned ?? null") is None
            assert browser.execute_script("return document.querySelectorAll('img').length") == 0
            links: list[str] = browser.execute_script(
                "return [...document.links].map(link => link.href)"
            )
            assert all(link.startswith(site.root) for link in links), links
            assert foreign(browser, site.root) == []
            assert complaints(browser) == []
        visit(browser, f"{site.root}/demo/apps")
        assert browser.execute_script("return window.owned ?? null") is None


@pytest.mark.parametrize("file", ["index.html", f"compare/{DEEPSEEK}-{CHATGPT}.html"])
def test_a_published_page_works_from_a_folder(
    browser: Chrome, published: Path, axe: str, file: str
) -> None:
    visit(browser, (published / file).as_uri())
    if file.startswith("compare"):
        assert curve_is_drawn(browser)
    assert complaints(browser) == []
    assert [url for url in requests(browser) if not url.startswith("file:")] == []
    assert serious(browser, axe) == []
    follow(browser, "Standings")
    assert browser.current_url == (published / "index.html").as_uri()
    follow(browser, "DeepSeek")
    assert "DeepSeek" in browser.find_element(By.TAG_NAME, "h1").text
