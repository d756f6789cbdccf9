"""A real headless Chromium for the pages the program writes, with everything but files shut.

Driven over the WebDriver protocol by selenium. Where Chromium is not installed this fails and says
how to install it: a test of a page that never opened one is none.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from selenium.common.exceptions import TimeoutException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.support.ui import WebDriverWait

from tracker.plot import render

INSTALL = "the browser tests need Chromium: apt-get install chromium chromium-driver"
#: Headless, and silent: no update, no quick start, no protocol that a closed network would miss.
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Every name leads nowhere: a page that asked for one would be heard in the log.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


_HEARD = "document.getElementById('told').textContent"


@contextmanager
def chromium(folder: Path, size: tuple[int, int] = (1280, 900)) -> Iterator[Chrome]:
    """A browser with a new profile in FOLDER and a window of SIZE."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        raise AssertionError(INSTALL)
    options = ChromeOptions()
    options.binary_location = program
    for flag in (*_FLAGS, f"--user-data-dir={folder}", f"--window-size={size[0]},{size[1]}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = Chrome(options, ChromeService(driver))
    try:
        browser.execute_cdp_cmd("Network.enable", {})
        yield browser
    finally:
        browser.quit()


def open_page(browser: Chrome, path: Path) -> None:
    """Open the file at PATH with the network shut, and wait until its plot is drawn."""
    shut = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", shut)
    for log in ("browser", "performance"):
        _log(browser, log)  # what came before is not the page's
    browser.get(path.as_uri())
    browser.execute_async_script(
        "const done = arguments[0]; const wait = () => window.plot && document.querySelector("
        "'#plot svg') ? window.plot.runAsync().then(() => done()) : setTimeout(wait, 20); wait();"
    )


def open_picture(
    browser: Chrome,
    folder: Path,
    spec: dict[str, Any],
    *narrower: dict[str, Any],
    table: str = "",
) -> Path:
    """Open the page of SPEC, and of those NARROWER, written to FOLDER; its path."""
    path = folder / "page.html"
    path.write_bytes(render(spec, ".html", narrower=narrower, table=table))
    open_page(browser, path)
    return path


@contextmanager
def phone(browser: Chrome, wide: int, high: int) -> Iterator[None]:
    """A phone's screen, with fingers for a mouse."""
    turn(browser, wide, high)
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def turn(browser: Chrome, wide: int, high: int, *, mobile: bool = True) -> None:
    """Another size of screen or, where not MOBILE, of window."""
    screen = {"width": wide, "height": high, "deviceScaleFactor": 1, "mobile": mobile}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)


def finger(browser: Chrome, *places: tuple[float, float]) -> None:
    """Put a finger down on the first of PLACES, draw it over the others, and lift it."""
    for number, (x, y) in enumerate(places):
        kind = "touchMove" if number else "touchStart"
        _touch(browser, kind, [{"x": x, "y": y}])
    _touch(browser, "touchEnd", [])


def _touch(browser: Chrome, kind: str, points: list[dict[str, float]]) -> None:
    facts = {"type": kind, "touchPoints": points}
    browser.execute_cdp_cmd("Input.dispatchTouchEvent", facts)


def wait_until(browser: Chrome, condition: str) -> None:
    """Until the JavaScript CONDITION is true; TimeoutException after a second."""
    WebDriverWait(browser, 1, 0.02).until(
        lambda web_driver: web_driver.execute_script(f"return {condition}")
    )


def box_of(browser: Chrome, selector: str) -> dict[str, float]:
    """Where the first element of SELECTOR is on the screen."""
    facts: dict[str, float] = browser.execute_script(
        "return document.querySelector(arguments[0])?.getBoundingClientRect().toJSON()", selector
    )
    return facts


def smallest_type(browser: Chrome) -> float:
    """CSS pixels of the smallest words of the picture."""
    value: float = browser.execute_script(
        "return Math.min(...[...document.querySelectorAll('#plot svg text')].filter("
        "one => one.textContent).map("
        "one => parseFloat(getComputedStyle(one).fontSize)"
        "* Math.hypot(one.getScreenCTM().a, one.getScreenCTM().b)))"
    )
    return value


def middle_of_look(browser: Chrome, app: str, time: datetime) -> tuple[float, float]:
    """Where on the screen the dot of APP's look at TIME is, which only a pointer makes seen."""
    x, y = browser.execute_script(
        "const [app, time] = arguments;"
        "const dot = [...document.querySelectorAll('#plot svg path')].find(one => {"
        "  const row = one.__data__?.datum;"
        "  return row?.app === app && +row.t === time && row.holds; });"
        "const box = dot.getBoundingClientRect();"
        "return [box.left + box.width / 2, box.top + box.height / 2]",
        app, time.timestamp() * 1000,
    )  # fmt: skip
    return x, y


def press(browser: Chrome, *keys: str) -> None:
    """Press KEYS one after the other, as whoever has a keyboard only."""
    for key in keys:
        ActionChains(browser).send_keys(key).perform()


def heard(browser: Chrome, *words: str) -> str:
    """What a screen reader is told of the snapshot the cursor is on, once it has all of WORDS."""
    parts = " && ".join(f"{_HEARD}.includes({json.dumps(word)})" for word in words)
    with suppress(TimeoutException):
        wait_until(browser, parts or "true")
    text: str = browser.execute_script(f"return {_HEARD}")
    assert all(word in text for word in words), text
    return text


def _log(browser: Chrome, name: str) -> list[Any]:
    entries: list[Any] = browser.get_log(name)  # type: ignore[no-untyped-call]
    return entries


def complaints(browser: Chrome) -> list[str]:
    """What the page wrote to its console, since this was asked last."""
    return [str(entry["message"]) for entry in _log(browser, "browser")]


def requests(browser: Chrome) -> list[str]:
    """The addresses the page asked for, since this was asked last, itself left out."""
    lines = []
    for entry in _log(browser, "performance"):
        facts: dict[str, Any] = json.loads(entry["message"])["message"]
        if facts["method"] == "Network.requestWillBeSent":
            url = facts["params"]["request"]["url"]
            if not url.startswith(("data:", "blob:")) and facts["params"]["type"] != "Document":
                lines.append(url)
    return lines


def tooltip(browser: Chrome) -> dict[str, str]:
    """What the tooltip says, once it is there."""
    facts: dict[str, str] = browser.execute_async_script(
        "const done = arguments[0]; const wait = () => {"
        "const tip = document.querySelector('#vg-tooltip-element.visible');"
        "if (!tip) return setTimeout(wait, 20);"
        "done(Object.fromEntries([...tip.querySelectorAll('tr')].map("
        "row => [...row.cells].map(cell => cell.textContent))));}; wait();"
    )
    return facts


def words(browser: Chrome) -> list[str]:
    lines: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('#plot svg text')].map(text => text.textContent)"
    )
    return lines


def inks(browser: Chrome) -> list[tuple[str, str]]:
    """Each word of the picture, and its colour as ``#rrggbb``."""
    tables: list[list[str]] = browser.execute_script(
        "return [...document.querySelectorAll('#plot svg text')].filter(text => text.textContent)"
        ".map(text => [text.textContent, getComputedStyle(text).fill])"
    )
    return [
        (word, "#" + "".join(f"{int(word):02X}" for word in ink[4:-1].split(",")))
        for word, ink in tables
    ]


class Hand:
    """A pointer over the picture of a page with a strip that selects the time, in its points."""

    def __init__(self, browser: Chrome, spec: dict[str, Any]) -> None:
        self._browser, padding = browser, spec["padding"]
        plot = spec["vconcat"][0]
        self._left, self._top = padding["left"], padding["top"]
        self.width, self.strip = plot["width"], plot["height"] + spec["spacing"] + 17
        box = browser.execute_script(
            "const box = document.querySelector('#plot svg').getBoundingClientRect();"
            "return [box.left, box.top, box.width]"
        )
        self._box, self._zoom = box, box[2] / (self._left + self.width + padding["right"])

    def _screen(self, x: float, y: float) -> tuple[int, int]:
        across, down = self._left + x, self._top + y
        return int(self._box[0] + across * self._zoom), int(self._box[1] + down * self._zoom)

    def over_look(self, app: str, time: datetime) -> None:
        """Beside the snapshot of APP at TIME, nearer to it than to any other."""
        x, y = middle_of_look(self._browser, app, time)
        action = ActionBuilder(self._browser)
        pointer: Any = action.pointer_action
        pointer.move_to_location(int(x) - 3, int(y) + 2)
        pointer.move_to_location(int(x), int(y) + 2)
        action.perform()

    def drag(self, first: float, last: float) -> None:
        """Along the strip, from one share of its width to another."""
        action = ActionBuilder(self._browser)
        places = [self._screen(self.width * share, self.strip) for share in (first, last)]
        pointer: Any = action.pointer_action
        pointer.move_to_location(*places[0])
        pointer.pointer_down()
        pointer.move_to_location(*places[1])
        pointer.pointer_up()
        action.perform()
        self._browser.execute_async_script("window.plot.runAsync().then(() => arguments[0]())")


def all_within(browser: Chrome) -> bool:
    """Whether no word of the picture leaves the window on its left or right."""
    sides: list[float] = browser.execute_script(
        "return [...document.querySelectorAll('#plot svg text')].map("
        "text => text.getBoundingClientRect()).flatMap(box => [box.left, box.right])"
    )
    wide: float = browser.execute_script("return innerWidth")
    return min(sides) >= 0 and max(sides) <= wide
