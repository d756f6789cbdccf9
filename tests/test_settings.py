"""Settings: file, environment, defaults; what is refused is named with file, key and reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tracker.errors import InvalidValue, SettingsError
from tracker.model import Chart
from tracker.settings import (
    KEYS,
    Settings,
    What,
    expand_charts,
    load,
    parse_duration,
    variable,
)

WHOLE = """
db = "mine.db"
charts = ["us/iphone/top-free/apps", "*/iphone/top-grossing/productivity"]
storefronts = ["jp", "de"]
every = "30m"
jitter = "5s"
sources = ["web-charts", "itunes-rss"]

[fetch]
retries = 1
per_minute = 2.5

[base]
apple-rss = "http://127.0.0.1:8080/"

[[apps]]
alias = "mine"
id = 123
name = "Mine"
colour = "#123456"
"""


def write(text: str, path: str = "apptrack.toml") -> Path:
    Path(path).write_text(text, "utf-8")
    return Path(path)


def test_without_a_file_the_defaults_hold() -> None:
    assert load(env={}) == Settings()
    assert [str(chart) for chart in Settings().charts] == [
        "us/iphone/top-free/apps",
        "us/iphone/top-free/productivity",
    ]
    assert Settings().fetch.per_minute <= 20


def test_a_whole_file_is_read() -> None:
    write(WHOLE)
    settings = load(env={})
    assert settings.db == Path("mine.db")
    assert [chart.slug for chart in settings.charts] == [
        "us/iphone/top-free/apps",
        "jp/iphone/top-grossing/productivity",
        "de/iphone/top-grossing/productivity",
    ]
    assert settings.every == timedelta(minutes=30)
    assert settings.sources == ("web-charts", "itunes-rss")
    assert settings.fetch.retries == 1
    assert settings.fetch.per_minute == 2.5
    assert settings.fetch.read_timeout == Settings().fetch.read_timeout
    assert settings.bases["apple-rss"] == "http://127.0.0.1:8080"
    assert settings.bases["itunes-rss"] == Settings().bases["itunes-rss"]
    (app,) = settings.apps
    assert (app.app_id, app.alias, app.colour) == ("123", "mine", "#123456")


#: A good text for each key, as the environment tells it.
GOOD = {
    "db": "other.db",
    "charts": "us/ipad/top-free/all,jp/iphone/top-free/apps",
    "storefronts": "us,jp",
    "shard": "1/2",
    "every": "2h",
    "jitter": "1s",
    "sources": "itunes-rss",
    "apps": '[{alias = "mine", id = "7", name = "Mine"}]',
    "fetch.retries": "0",
    "fetch.max_bytes": "5000",
    "fetch.workers": "2",
    "alerts": '[{rule = "peak", app = "deepseek"}]',
    "heartbeat": "https://example.org/ping/0123456789",
    "metrics_file": "apptrack.prom",
    "cross_check": "true",
    "lookup_names": "false",
    "duckdb.memory": "4GB",
    "duckdb.spill": "500 MB",
    "delivery.apprise": "json://127.0.0.1/one json://127.0.0.1/two",
    "delivery.webhook": "https://example.org/hook",
    "delivery.secret_file": "secret.txt",
    "delivery.digest_over": "7",
    "delivery.digest_after": "2h",
}


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_an_environment_variable_that_wins(key: str) -> None:
    write(WHOLE)
    text = GOOD.get(key, "https://example.org/x" if key.startswith("base.") else "1.5")
    settings = load(env={variable(key): text})
    assert settings != load(env={})


def test_a_named_file_is_read_and_must_be_there() -> None:
    write('db = "here.db"', "other.toml")
    assert load(Path("other.toml"), env={}).db == Path("here.db")
    assert load(env={"APPTRACK_SETTINGS": "other.toml"}).db == Path("here.db")
    for env, file in (({"APPTRACK_SETTINGS": "none.toml"}, None), ({}, Path("none.toml"))):
        with pytest.raises(SettingsError, match=r"none\.toml: cannot be read: No such file"):
            load(file, env=env)


PEAK = "[[alerts]]\nrule = 'peak'\napp = 'deepseek'\n"
OVER = "[[alerts]]\nrule = 'overtake'\napp = 'deepseek'\nover = 'chatgpt'\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("evry = '1h'", "evry: unknown setting; did you mean 'every'?"),
        ("[fetch]\nretry = 1", r"fetch\.retry: unknown setting; did you mean"),
        (
            "[base]\nappel-rss = 'https://x'",
            r"base\.appel-rss: .*did you mean 'base.apple-rss'",
        ),
        ("every = '1 fortnight'", "every: Invalid duration '1 fortnight': use 90s, 30m, 1h or 1d"),
        ("every = '0h'", "Invalid duration"),
        ("[duckdb]\nmemory = '70%'", r"duckdb\.memory: Invalid size '70%': use 500MB, 4GB or 1TB"),
        ("[duckdb]\nspill = 2", "Invalid size 2"),
        ("every = '999999999d'", "use one of a year at most"),
        ("every = 3600", "every: Invalid duration 3600: use"),
        ("charts = 'us'", "charts: Invalid chart 'us'"),
        ("charts = []", r"charts: Invalid list \[\]: use texts in brackets"),
        ("charts = [1]", "charts: Invalid text 1: use a text in quotes"),
        ("charts = ['*/iphone/top-free/apps']", r"charts: .*list what \* stands for"),
        (
            "storefronts = ['uk']",
            "storefronts: Invalid storefront 'uk': .*; nearest: gb",
        ),
        ("sources = ['appstore']", "sources: Invalid source 'appstore': use apple-rss, itunes-rss"),
        ("db = ''", "db: Invalid text ''"),
        (
            "[fetch]\nretries = true",
            "Invalid number True: use a whole number from 0 to 20",
        ),
        ("[fetch]\nretries = 1.5", "Invalid number 1.5: use a whole number"),
        ("[fetch]\nretries = -1", "Invalid number -1"),
        ("[fetch]\nper_minute = nan", "Invalid number nan: use a number from"),
        ("[fetch]\nper_minute = inf", "Invalid number inf"),
        ("fetch = 3", r"fetch: unknown setting; it is a table: write \[fetch\]"),
        ("[base]\napple-rss = 'ftp://x'", "Invalid address '"),
        (
            "[base]\napple-rss = 'https://a:b@x'",
            r"base\.apple-rss: Invalid address, which has a user in it: use one",
        ),
        ("[base]\napple-rss = 'https://x:99999'", "Invalid address '"),
        ("apps = 3", r"apps: Invalid apps 3: write \[\[apps\]\] with alias"),
        ("[[apps]]\nalias = 'a'", "apps: table 1: no id: an app has alias"),
        ("[[apps]]\nalias = 'A b'\nid = 1\nname = 'x'", "Invalid alias 'A b': use small letters"),
        (
            "[[apps]]\nalias = 'a'\nid = 1\nnam = 'x'",
            "table 1: unknown key 'nam': an app has",
        ),
        (
            "[[apps]]\nalias = 'a'\nid = 1\nname = 'x'\ncolour = 'red'",
            "Invalid colour 'red': use",
        ),
        (
            "[[apps]]\nalias='a'\nid=1\nname='x'\n[[apps]]\nalias='a'\nid=1\nname='y'",
            "table 2: 'a' has the id 1 twice, in table 1 too",
        ),
        ("every = ", "is not TOML"),
        ("alerts = 3", "alerts: Invalid alerts 3: write"),
        ("alerts = [3]", "alerts: table 1: Invalid rule 3: write"),
        ("[[alerts]]\nrul = 'peak'", "alerts: table 1: rule: Invalid rule ''"),
        ("[[alerts]]\nrule = 'crossing'", r"rule: Invalid rule 'crossing': use overtake, top"),
        ("[[alerts]]\nrule = 'peak'", "alerts: table 1: app: rule 'peak' needs it"),
        (PEAK + "[[alerts]]\nrule = 'top'\napp = 'claude'", "table 2: top: rule 'top' needs it"),
        (PEAK + "ap = 'x'", "table 1: ap: rule 'peak' has no such field; did you mean 'app'?"),
        (PEAK + "ranks = 3", r"ranks: rule 'peak' has no such field \(app, top, charts"),
        (PEAK + "confirm = 0", "confirm: Invalid number 0: use a whole number from 1 to 100"),
        (PEAK + "picture = 'yes'", "picture: Invalid value 'yes': use true or false"),
        (PEAK + "charts = ['us']", "table 1: charts: Invalid chart 'us'"),
        (PEAK + "charts = ['*/iphone/top-free/apps']", r"table 1: charts: .*what \* stands for"),
        ("[[alerts]]\nrule = 'peak'\napp = 'depseek'", "app: no app is called 'depseek'; did"),
        ("[[alerts]]\nrule = 'peak'\napp = 3", "app: Invalid text 3"),
        (OVER.replace("chatgpt", "deepseek"), "over: an app cannot overtake itself"),
        (
            "[[alerts]]\nrule = 'move'\napp = '1'\nranks = 0\nwithin = '1d'",
            "Invalid number 0",
        ),
        (
            "[[alerts]]\nrule = 'move'\napp = '1'\nranks = 9\nwithin = 3",
            "Invalid duration 3",
        ),
        ("[[alerts]]\nrule = 'stale'\nafter = '6h'\nconfirm = 2", "confirm: rule 'stale' has no"),
        ("[delivery]\nsecret = 'x'", r"delivery\.secret: a secret has no place here; set APPTRACK"),
        ("[delivery]\nwebhok = 'x'", r"delivery\.webhok: unknown setting; did you mean"),
        ("[delivery]\ndigest_over = 0", r"delivery\.digest_over: Invalid number 0"),
    ],
)
def test_what_is_wrong_is_named_with_file_key_and_reason(text: str, message: str) -> None:
    write(text)
    with pytest.raises(SettingsError, match=message) as caught:
        load(env={})
    assert str(caught.value).startswith("apptrack.toml: ")
    assert "\n" not in str(caught.value)


RULES = """
charts = ["jp/iphone/top-free/apps"]
storefronts = ["us", "de"]

[[apps]]
alias = "mine"
id = 123
name = "Mine"

[[alerts]]
rule = "overtake"
app = "mine"
over = "chatgpt"
confirm = 3
picture = true

[[alerts]]
rule = "move"
app = "6448311069"
ranks = 20
within = "1d"
charts = ["*/iphone/top-free/apps"]

[[alerts]]
rule = "number-one"
"""


def test_rules_are_read_with_their_apps_and_charts() -> None:
    write(RULES)
    settings = load(env={})
    overtake, move, first = settings.alerts
    assert (overtake.what, overtake.confirm, overtake.picture) == (What.OVERTAKE, 3, True)
    assert [app and app.app_id for app in (overtake.app, overtake.over)] == ["123", "6448311069"]
    assert overtake.charts == first.charts == settings.charts
    assert [chart.storefront for chart in move.charts] == ["us", "de"]
    assert (move.ranks, move.within, move.confirm) == (20, timedelta(days=1), 2)
    assert first.app is None


@pytest.mark.parametrize(
    "text",
    [
        "heartbeat = 'htps://h.example/HIDDEN'",
        "heartbeat = 'https://user:HIDDEN@h.example/'",
        "heartbeat = 'https://h.example:HIDDEN/'",
        "heartbeat = ['HIDDEN']",
        "[delivery]\nwebhook = 'h.example/HIDDEN'",
        "[delivery]\nwebhook = 'https://h.example/HIDDEN and more'",
        "[delivery]\napprise = ['HIDDEN']",
        "[delivery]\napprise = [['HIDDEN']]",
        "[delivery]\nsecret = 'HIDDEN'",
    ],
)
def test_a_secret_that_is_wrong_is_not_repeated(text: str) -> None:
    write(text)
    with pytest.raises(SettingsError) as caught:
        load(env={})
    assert "HIDDEN" not in str(caught.value)


def test_secrets_are_shown_nowhere() -> None:
    write("heartbeat = 'https://h.example/HIDDEN'\n[delivery]\napprise = ['slack://HIDDEN/b']")
    settings = load(env={"APPTRACK_DELIVERY_SECRET": "HIDDEN-too"})
    assert "HIDDEN" not in repr(settings) + str(settings) + f"{settings.heartbeat}"
    assert settings.heartbeat
    assert settings.heartbeat.reveal() == "https://h.example/HIDDEN"
    assert [secret.reveal() for secret in settings.secrets] == [
        "slack://HIDDEN/b", "HIDDEN-too", "https://h.example/HIDDEN",
    ]  # fmt: skip
    assert "/HIDDEN" in settings.heartbeat.parts


def test_what_is_wrong_in_the_environment_is_named_by_its_variable() -> None:
    with pytest.raises(SettingsError, match="^APPTRACK_EVERY: Invalid duration 'often'"):
        load(env={"APPTRACK_EVERY": "often"})
    with pytest.raises(SettingsError, match="^APPTRACK_CHARTS: Invalid chart"):
        load(env={"APPTRACK_CHARTS": "us"})
    with pytest.raises(SettingsError, match="^APPTRACK_APPS: Invalid apps: use a TOML"):
        load(env={"APPTRACK_APPS": "["})


def test_a_file_that_is_no_text_is_refused_and_a_mark_before_it_is_passed_over() -> None:
    Path("apptrack.toml").write_bytes(b"db = \xff")
    with pytest.raises(SettingsError, match="is not TOML: save it as UTF-8"):
        load(env={})
    Path("apptrack.toml").write_bytes(b"\xef\xbb\xbfevery = '2h'\r\n")
    assert load(env={}).every == timedelta(hours=2)


def test_a_star_stands_for_each_storefront_once() -> None:
    charts = expand_charts(["jp/iphone/top-free/apps", "*/iphone/top-free/apps"], ["us", "jp"])
    assert charts == (
        Chart.parse("jp/iphone/top-free/apps"),
        Chart.parse("us/iphone/top-free/apps"),
    )
    with pytest.raises(InvalidValue, match="storefronts"):
        expand_charts(["*/iphone/top-free/apps"], [])


def test_a_group_stands_for_its_storefronts_wherever_charts_are_listed() -> None:
    charts = expand_charts(["us/iphone/top-free/apps", "G7/iphone/top-free/apps"], [])
    assert [chart.storefront for chart in charts] == ["us", "ca", "de", "fr", "gb", "it", "jp"]
    with pytest.raises(InvalidValue, match=r"'g8': .*groups: all"):
        expand_charts(["g8/iphone/top-free/apps"], [])
    with pytest.raises(InvalidValue, match="Invalid chart 'g7': use storefront/device"):
        expand_charts(["g7"], [])
    write("storefronts = 'all'\ncharts = ['*/iphone/top-free/apps', 'gcc/ipad/top-free/all']")
    settings = load(env={})
    assert (len(settings.storefronts), len(settings.charts)) == (175, 181)
    assert load(env={"APPTRACK_STOREFRONTS": "nordic,us"}).storefronts == (
        "dk", "fi", "is", "no", "se", "us",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("1 h", 3600), ("1d", 86400)]
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text).total_seconds() == seconds
