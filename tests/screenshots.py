"""``python -m tests.screenshots``: the screenshots in docs anew, from the demo."""

from __future__ import annotations

import base64
import os
import tempfile
from pathlib import Path

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.support.browsing import browsing
from tests.support.chromium import chromium, load, wait_until
from tests.support.shop import apptrack

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
CURVE = "compare?app=deepseek&app=chatgpt"
#: Name, page, width, theme.
SHOTS = (
    ("compare", CURVE, 1100, "light"),
    ("phone", CURVE, 390, "light"),
    ("phone-home", "", 390, "dark"),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        done = apptrack("demo", "--db", folder / "demo.db", "--out", folder / "charts")
        assert done.returncode == 0, done.stderr
        FOLDER.mkdir(exist_ok=True)
        both = folder / "both.db"
        play = apptrack("demo", "--google-play", "--db", both, "--out", folder / "charts")
        assert play.returncode == 0, play.stderr
        chart_done = apptrack(
            "chart", "chatgpt", "deepseek", "--facet", "device", "--db", both,
            "-o", FOLDER / "two-stores.png",
        )  # fmt: skip
        assert chart_done.returncode == 0, chart_done.stderr
        with browsing(folder / "demo.db") as site, chromium(folder / "profile") as browser:
            for file, page, wide, theme in SHOTS:
                address = f"{site.root}/-/apptrack/demo/{page}"
                (FOLDER / f"{file}.png").write_bytes(shot(browser, address, wide, theme))


def shot(browser: Chrome, address: str, wide: int, theme: str) -> bytes:
    """The upper part of a page as a PNG."""
    feature = {"name": "prefers-color-scheme", "value": theme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    screen = {"width": wide, "height": 1000, "deviceScaleFactor": 1, "mobile": wide < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    load(browser, address)
    for frame in browser.find_elements(By.CSS_SELECTOR, "iframe.curve"):
        browser.switch_to.frame(frame)
        wait_until(browser, "document.querySelector('svg') !== null", 300)
        browser.switch_to.default_content()
    taken = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    return base64.b64decode(taken["data"])


if __name__ == "__main__":
    main()
