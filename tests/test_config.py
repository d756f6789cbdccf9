"""config check: every fault at once with what to do, and what one pass asks of the store."""

from __future__ import annotations

import json
from pathlib import Path

import apprise
import pytest

from tests.support.shop import apptrack
from tracker.settings import KEYS
from tracker.settings.hints import SERVICES, advice

FAULTY = """
evry = "1h"
charts = ["us/iphone/top-fre/apps", "uk/iphone/top-free/apps", "us/iphone/top-free/apps", "%s"]
every = 3600
sources = ["apple-rss", "web-chart", "play"]

[fetch]
evry = 3
every = "1h"
timeout = 3
retries = "many"

[delivery]
slack = "slack://HIDDEN/a/b"

[[apps]]
alias = "mine"
id = 7

[[apps]]
alias = "other"
name = "Other"
id = "com.example.app"

[[alerts]]
rule = "overtak"
""" % ("x" * 500)


def write(text: str, path: str = "apptrack.toml") -> None:
    Path(path).write_text(text, "utf-8")


def check(*args: str, **variables: str) -> tuple[int, list[str]]:
    done = apptrack("config", "check", *args, **variables)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_every_fault_is_shown_at_once_each_on_a_line_with_what_to_do() -> None:
    write(FAULTY)
    code, lines = check()
    assert code == 1
    starts = [
        "evry: unknown setting; did you mean 'every'?",
        "fetch.evry: unknown setting; did you mean 'every'?",
        "fetch.every: unknown setting; 'every' belongs to no table: write it above",
        "fetch.timeout: unknown setting; use 'fetch.total_timeout'",
        'delivery.slack: unknown setting; use delivery.apprise = ["slack://…"]',
        "every: Invalid duration 3600: use 90s, 30m, 1h or 1d",
        "sources: Invalid source 'web-chart': use apple-rss, itunes-rss, web-charts",
        "sources: Invalid source 'play': use apple-rss",
        "fetch.retries: Invalid number 'many': use a whole number from 0 to 20",
        "apps: table 1: no name: an app has alias, id or google_play, and name",
        "apps: table 2: Invalid app id 'com.example.app': it is a bundle id; use the number",
        "charts: Invalid ranking 'top-fre': use top-free, top-paid, top-grossing; did you mean",
        "charts: Invalid storefront 'uk': the App Store has none of that code; nearest: gb",
        "charts: Invalid chart 'xxxx",
    ]
    assert lines[-1] == f"apptrack.toml: {len(starts)} faults"
    for line, start in zip(lines[:-1], starts, strict=True):
        assert line.startswith(f"apptrack.toml: {start}"), line
        assert len(line) < 200
    assert "HIDDEN" not in "".join(lines)


def test_valid_settings_are_followed_by_the_requests_of_a_pass() -> None:
    assert check() == (
        0,
        [
            "no apptrack.toml here, the defaults: valid",
            "one pass reads 2 charts with 2 requests:",
            "  rss.marketingtools.apple.com: 1 request",
            "  itunes.apple.com: 1 request",
            "a pass takes at least 0 s at 20 requests a minute to each host; the interval is 1 h",
        ],
    )
    write("charts = ['g7/iphone/top-free/apps', 'us/ipad/top-free/finance']\ncross_check = true")
    done = json.loads(apptrack("config", "check", "--json").stdout)
    assert (done["file"], done["valid"], done["faults"], done["warnings"]) == (
        "apptrack.toml", True, [], [],
    )  # fmt: skip
    assert done["pass"] == {
        "charts": 8,
        "requests": 15,
        "hosts": [
            {"host": "rss.marketingtools.apple.com", "requests": 7, "seconds": 18.0},
            {"host": "apps.apple.com", "requests": 7, "seconds": 18.0},
            {"host": "itunes.apple.com", "requests": 1, "seconds": 0.0},
        ],
        "seconds": 18.0,
        "per_minute": 20.0,
        "every_seconds": 3600.0,
        "name_lookups": 4,
    }


def test_a_pass_longer_than_the_interval_is_warned_of_and_one_that_fits_is_not() -> None:
    write("storefronts = 'all'\ncharts = ['*/iphone/top-free/apps']\nevery = '522s'")
    code, lines = check()
    assert (code, len(lines)) == (0, 4)
    assert lines[-1].startswith("a pass takes at least 9 min at 20 requests a minute")
    code, lines = check(APPTRACK_EVERY="521s")
    assert code == 0
    assert lines[-1] == (
        "warning: a pass takes longer than the interval of 9 min: "
        "raise 'every' to at least 522s, or list fewer charts"
    )
    code, lines = check(APPTRACK_EVERY="1s", APPTRACK_FETCH_PER_MINUTE="0")
    assert (code, lines[-1]) == (
        0, "a pass takes at least 0 s at no pace (per_minute = 0); the interval is 1 s",
    )  # fmt: skip


def test_what_is_valid_and_of_no_use_is_a_fault_or_a_warning() -> None:
    write(
        "charts = ['us/mac/top-grossing/all', 'us/iphone/top-free/apps']\n"
        "[delivery]\nwebhook = 'https://h.example/x'\n"
    )
    code, lines = check()
    assert code == 1
    assert lines[0].startswith("charts: no source in use")
    assert lines[1].startswith("delivery.webhook needs a secret: set APPTRACK_DELIVERY_SECRET")
    write("[delivery]\nwebhook = 'https://h.example/x'\nsecret_file = 'none.txt'\n")
    assert check()[1][0] == "delivery.secret_file: none.txt cannot be read: create it first"
    write("[[alerts]]\nrule = 'peak'\napp = 'claude'\ncharts = ['g7/iphone/top-free/finance']")
    code, lines = check(APPTRACK_EVRY="5m")
    assert code == 0
    assert lines[-2:] == [
        "warning: the variable APPTRACK_EVRY is not read; did you mean APPTRACK_EVERY?",
        "warning: alerts: table 1: ca/iphone/top-free/finance and 6 others not in 'charts', so "
        "'run' never reads it and the rule never fires there: add it to 'charts'",
    ]


@pytest.mark.parametrize("args", [("--settings", "x.toml"), ()])
def test_the_file_is_named_before_or_after_the_command(args: tuple[str, ...]) -> None:
    write("evry = 1", "x.toml")
    before = () if args else ("--settings", "x.toml")
    done = apptrack(*before, "config", "check", *args)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "x.toml: 1 fault")


def test_a_file_that_cannot_be_read_is_misuse() -> None:
    done = apptrack("config", "check", "--settings", "none.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "apptrack: none.toml: cannot be read: No such file or directory\n"
    write("every = ")
    done = apptrack("config", "check")
    assert done.returncode == 2
    assert done.stderr.startswith("apptrack: apptrack.toml: is not TOML: ")


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # Apprise's own import
def test_the_addresses_advised_for_services_are_ones_that_apprise_has() -> None:
    known = apprise.Apprise().details()["schemas"]
    schemes = {
        name
        for row in known
        for key in ("protocols", "secure_protocols")
        for name in row[key] or ()
    }
    assert set(SERVICES.values()) <= schemes


def test_advice_names_the_nearest_key_of_the_table_first() -> None:
    assert advice("fetch.retry", KEYS) == "did you mean 'fetch.retries'?"
    assert advice("retries", KEYS) == "use 'fetch.retries'"
    assert advice("slack", KEYS) == 'use delivery.apprise = ["slack://…"]'
    assert advice("delivery.email", KEYS) == 'use delivery.apprise = ["mailto://…"]'
    assert advice("interval", KEYS) == "use 'every'"
    assert advice("fetch", KEYS) == "it is a table: write [fetch] and its keys below it"
    assert advice("zzz", KEYS) == "remove it; docs/configuration.md lists every setting"
