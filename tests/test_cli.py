"""The program from outside: what it imports, prints and exits with."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.support.shop import CHART, GENRE_CHART, Shop, apptrack, body, environment, ranked
from tracker import __version__
from tracker.cli import COMMANDS, main
from tracker.loopback.formats import search_answer
from tracker.loopback.server import Answer, LoopbackStore, Request

HEAVY = (
    "requests",
    "bs4",
    "altair",
    "apscheduler",
    "sqlite_utils",
    "rich",
    "zstandard",
    "vl_convert",
)
SEEN = """
import sys
sys.argv = ["apptrack", *{args!r}]
from tracker.cli import main
try:
    main()
except SystemExit:
    pass
print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize("args", [["--help"], ["--version"], [], ["--nonsense"], ["nonsense"]])
def test_help_and_version_import_nothing_heavier_than_click(args: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SEEN.format(args=args, heavy=HEAVY)],
        env=environment(), capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert done.stderr.splitlines()[-1] == "[]"


def test_that_check_would_see_a_heavy_import() -> None:
    code = "import rich\n" + SEEN.format(args=["--version"], heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stderr.splitlines()[-1] == "['rich']"


def test_the_list_of_commands_says_what_each_command_says() -> None:
    context = click.Context(main)
    for name, line in COMMANDS.items():
        command = main.get_command(context, name)
        assert command is not None
        assert (command.help or "").splitlines()[0] == line
        assert command.name == name


def test_version_and_module() -> None:
    assert apptrack("--version").stdout == f"apptrack, version {__version__}\n"
    program = Path(sys.executable).with_name("apptrack")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"apptrack, version {__version__}\n"


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["chart"], 2, "Missing argument"),
        (["nonsense"], 2, "No such command 'nonsense'"),
        (["collect", "us"], 2, "apptrack: Invalid chart 'us'"),
        (["collect", "us/mac/top-grossing/all"], 1, "apptrack: no source in use"),
        (["collect", "*/iphone/top-free/apps"], 2, "list what * stands for in 'storefronts'"),
        (["collect", "--db", "."], 2, "is a directory"),
        (["run", "--every", "soon"], 2, "Invalid duration 'soon': use 90s"),
        (["chart", "deepseek"], 1, "apptrack: there is no database at data/apptrack.db yet"),
        (["chart", "deepseek", "-o", "x.gif"], 2, "should end in .html, .png, .svg, .pdf, .json"),
        (["overtakes", "deepseek", "--on", "us"], 2, "Invalid chart 'us'"),
        (["stats", "deepseek", "--since", "noon"], 2, "Invalid date 'noon'"),
        (["import", "none.csv"], 1, "apptrack: none.csv: cannot be read: No such file"),
        (
            ["import", "x", "--payload", "apple-rss"],
            2,
            "--payload needs --chart, --at and one FILE",
        ),
        (["import", "x", "--at", "2026-01-01"], 2, "--chart and --at go with --payload"),
        (["verify"], 1, "there is no database"),
        (["apps", "search", "x", "--storefront", "uk"], 2, "nearest: gb"),
        (["--settings", "none.toml", "collect"], 2, "none.toml: cannot be read"),
    ],
)
def test_misuse_gets_a_line_and_an_exit_code(args: list[str], code: int, message: str) -> None:
    done = apptrack(*args)
    assert message in done.stderr
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("content", [b"no database at all, but text\n" * 99, b"SQLite format 3\0"])
def test_a_file_that_is_no_database_is_left_as_it_is(content: bytes) -> None:
    Path("x.db").write_bytes(content)
    for args in (["stats", "deepseek"], ["collect", str(CHART)], ["verify"]):
        done = apptrack(*args, "--db", "x.db", base="http://127.0.0.1:9")
        assert done.returncode == 1
        assert re.match(r"apptrack: x\.db: .*\n$", done.stderr), done.stderr
    assert Path("x.db").read_bytes() == content


def test_collect_prints_a_line_for_each_chart_and_fails_if_one_failed() -> None:
    shop = Shop({CHART: ranked(1, 2), GENRE_CHART: Answer(404)})
    with LoopbackStore(shop) as store:
        done = apptrack("collect", base=store.base)
        assert done.returncode == 1
        lines = sorted(done.stdout.splitlines())
        assert lines == [
            "failed    us/iphone/top-free/productivity  itunes-rss  HTTP 404 Not Found",
            "saved     us/iphone/top-free/apps  apple-rss  2 entries",
        ]
        assert done.stderr == "1 of 2 charts failed\n"
        shop.charts[GENRE_CHART] = ranked(2)
        done = apptrack("collect", base=store.base)
        assert (done.returncode, done.stderr) == (0, "")


def test_charts_and_storefronts_come_from_the_settings() -> None:
    jp, de = ranked(5), ranked(6)
    shop = Shop({CHART: ranked(1)})
    for storefront, what in (("jp", jp), ("de", de)):
        shop.charts[type(CHART)(storefront, "iphone", "top-free", "apps")] = what
    Path("apptrack.toml").write_text(
        'charts = ["*/iphone/top-free/apps"]\nstorefronts = ["jp", "de"]\ndb = "mine.db"\n'
    )
    with LoopbackStore(shop) as store:
        done = apptrack("collect", base=store.base)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert Path("mine.db").exists()


def test_collect_reads_a_chart_of_each_storefront_of_a_group() -> None:
    fronts = ("dk", "fi", "is", "no", "se")
    shop = Shop({type(CHART)(front, "iphone", "top-free", "apps"): ranked(1) for front in fronts})
    with LoopbackStore(shop) as store:
        done = apptrack("collect", "nordic/iphone/top-free/apps", base=store.base)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(line.split()[1][:2] for line in done.stdout.splitlines()) == list(fronts)


@pytest.mark.parametrize("piped", [True, False])
def test_progress_is_shown_on_a_terminal_and_never_in_a_line(piped: bool) -> None:
    import os
    import pty

    with LoopbackStore(Shop({CHART: ranked(1)})) as store:
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "tracker", "collect", str(CHART)],
            env=environment(store.base, TERM="xterm", COLUMNS="100"),
            stdout=subprocess.PIPE if piped else follower, stderr=follower,
        )  # fmt: skip
        out, _ = process.communicate(timeout=300)
        os.close(follower)
        shown = os.read(leader, 100_000).decode()
        os.close(leader)
    line = "saved     us/iphone/top-free/apps  apple-rss  1 entries"
    assert "reading charts" in shown
    if piped:
        assert out.decode() == f"{line}\n"
    else:  # each on its own, with the bar erased before
        assert line in re.split(r"\x1b\[2K|[\r\n]", shown)


def test_import_says_what_was_new_and_what_was_known() -> None:
    rows = [("observed_at", "chart", "source", "rank", "app_id", "name")]
    rows += [
        (f"2026-08-{day:02d}T04:00:00Z", str(CHART), "apple-rss", "1", "7", "Filler")
        for day in (1, 2)
    ]
    with Path("x.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    what = f"2026-08-01T04:00:00Z to 2026-08-02T04:00:00Z; {CHART} from apple-rss"
    for new, known in ((2, 0), (0, 2)):
        assert apptrack("import", "x.csv").stdout == (
            f"x.csv: {new} snapshots imported, {known} known already; {what}; "
            "1 repeats the one before, rank for rank\n"
        )
    Path("feed.json").write_bytes(body(CHART, ranked(7, 8)))
    payload = ("import", "feed.json", "--payload", "apple-rss", "--chart", CHART)
    for at, code in (("2026-08-18", 2), ("2026-08-18T00:00:00", 2), ("2026-08-18T00:00:00Z", 0)):
        done = apptrack(*payload, "--at", at)
        assert done.returncode == code
    assert done.stdout == (
        f"feed.json: 1 snapshot imported, 0 known already; 2026-08-18T00:00:00Z; {CHART} from "
        "apple-rss; 0 repeat the one before, rank for rank\n"
    )
    assert apptrack(*payload, "--at", "2026-08-18", "--date-is", "start").stdout.startswith(
        "feed.json: 0 snapshots imported, 1 known already; 2026-08-18T00:00:00Z; "
    )
    document = json.loads(apptrack("stats", "7", "--json").stdout)
    assert (document["snapshots"], document["peak_rank"], document["name"]) == (3, 1, "Filler 7")


def test_import_reports_each_file_as_json_and_stores_those_before_a_bad_one() -> None:
    header = "observed_at,chart,source,rank,app_id,name\n"
    for name, ids in (("a.csv", ("1", "2")), ("b.csv", ("x", "2"))):
        rows = "".join(
            f"2026-08-01T0{hour}:00:00Z,{front}/iphone/top-free/apps,apple-rss,1,{app},App\n"
            for hour, app in enumerate(ids)
            for front in ("us", "jp")
        )
        Path(name).write_text(header + rows)
    done = apptrack("import", "a.csv", "b.csv", "--json")
    assert done.returncode == 1
    assert "b.csv: line 2: Invalid app id 'x'" in done.stderr
    assert json.loads(done.stdout) == [
        {
            "file": "a.csv", "imported": 4, "already_stored": 0, "repeats": 0, "remark": None,
            "sparse": False,
            "first": "2026-08-01T00:00:00Z", "last": "2026-08-01T01:00:00Z",
            "charts": ["jp/iphone/top-free/apps", "us/iphone/top-free/apps"],
            "sources": ["apple-rss"],
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["--delimiter", "semicolon?"], "Invalid delimiter 'semicolon?'"),
        (["--delimiter", "ab"], "Invalid delimiter 'ab'"),
        (["--encoding", "klingon"], "Invalid encoding 'klingon'"),
        (["--encoding", "rot13"], "Invalid encoding 'rot13'"),
        (["--tz", "Atlantis"], "Atlantis"),
        (["--date-is", "noon"], "noon"),
        (["--payload", "apple-rss", "--chart", str(CHART), "--at", "2026-08-18"], "--date-is"),
        (
            ["--payload", "apple-rss", "--chart", str(CHART), "--at", "2026-08-18T00:00:00Z",
             "--delimiter", ";"],
            "--delimiter, --encoding and --sparse are for a CSV",
        ),
    ],
)  # fmt: skip
def test_import_refuses_options_that_are_wrong(args: list[str], line: str) -> None:
    Path("x.csv").write_text("")
    done = apptrack("import", "x.csv", *args)
    assert done.returncode == 2
    assert line in done.stderr
    assert not Path("data").exists()


def test_a_file_that_is_missing_costs_no_other_and_leaves_no_database() -> None:
    Path("feed.json").write_bytes(body(CHART, ranked(7, 8)))
    done = apptrack("import", "feed.json", "missing.csv")
    assert done.returncode == 1
    assert done.stderr == "apptrack: missing.csv: cannot be read: No such file or directory\n"
    assert not Path("data").exists()


def test_apps_lists_the_catalogue_and_the_persons_own() -> None:
    Path("apptrack.toml").write_text('[[apps]]\nalias = "mine"\nid = 7\nname = "Mine"\n')
    rows = json.loads(apptrack("apps", "--json").stdout)
    assert rows[0] == {
        "alias": "mine", "name": "Mine", "app_id": "7", "evidence": "your settings",
        "bundle": None, "google_play": None, "colour": None,
    }  # fmt: skip
    assert {row["alias"] for row in rows} >= {"deepseek", "chatgpt", "manus"}
    table = apptrack("apps").stdout
    assert "6737597349" in table
    assert "one source" in table


def test_apps_search_asks_the_store() -> None:
    def answer(request: Request) -> Answer:
        assert request.path.startswith("/search?")
        assert "term=deep+seek" in request.path
        assert "country=jp" in request.path
        if "limit=" not in request.path:
            return Answer(400)
        return Answer(body=search_answer(ranked(77, 78), "jp"), content_type="text/javascript")

    with LoopbackStore(answer) as store:
        done = apptrack("apps", "search", "deep seek", "--storefront", "jp", base=store.base)
        assert done.returncode == 0
        assert re.search(r"77\s+Filler 77\s+Filler Works", done.stdout)
        result = apptrack(
            "apps", "search", "deep seek", "--storefront", "jp", "--json", base=store.base
        )
        assert [row["app_id"] for row in json.loads(result.stdout)] == ["77", "78"]
    with LoopbackStore(lambda request: Answer(body=search_answer((), "us"))) as store:
        done = apptrack("apps", "search", "x", base=store.base)
        assert (done.returncode, done.stderr) == (
            1,
            "apptrack: the us store knows no app called 'x'\n",
        )
    done = apptrack("apps", "search", "x", base=store.base)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"apptrack: 127\.0\.0\.1:\d+: connection refused.*\n", done.stderr)


def test_verify_reports_and_exits() -> None:
    with LoopbackStore(Shop({CHART: ranked(1, 2)})) as store:
        apptrack("collect", CHART, base=store.base)
    done = apptrack("verify")
    assert done.returncode == 0
    assert "1 snapshots proved from their payloads, 0 have none; 1 payloads read; 0 findings" in (
        done.stdout
    )
    import sqlite3

    connection = sqlite3.connect("data/apptrack.db")
    connection.execute("DELETE FROM entries WHERE rank = 2")
    connection.commit()
    connection.close()
    done = apptrack("verify")
    assert done.returncode == 1
    assert "1 findings" in done.stdout
