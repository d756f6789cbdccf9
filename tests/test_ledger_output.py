"""What the commands of the ledger print: no more than was seen, nothing that drives a terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.stored import CHART, SOURCE, at, change, entries, receipt
from tracker.analysis import Kind, Overtake, Status
from tracker.cli import main
from tracker.exports import csv_row
from tracker.model import App, Chart, Provenance, Snapshot
from tracker.report.overtakes import ledger_csv
from tracker.store import Store

DB = Path("some.db")
DEEPSEEK, CHATGPT = "6737597349", "6448311069"


def save(
    *snapshots: Sequence[object],
    names: Mapping[str, str] | None = None,
    provenance: Provenance = Provenance.RECORDED,
    begin: int = 0,
) -> None:
    """One snapshot an hour, each the app ids in their order."""
    with Store(DB) as store:
        for hour, ids in enumerate(snapshots, begin):
            rows = entries(ids, names)
            store.save(Snapshot(CHART, SOURCE, at(hour), rows, provenance=provenance))


def run(*args: str) -> Result:
    done = CliRunner().invoke(main, [*args, "--db", str(DB)])
    assert done.exit_code == 0, done.output
    return done


TRAPS = ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", " =1", "＝1+1", "＠x")


@pytest.mark.parametrize("name", TRAPS)
def test_no_cell_of_a_csv_is_a_formula(name: str) -> None:
    save([1, 2], [2, 1], [2, 1], names={"1": name, "2": "Good"})
    (row,) = csv.DictReader(io.StringIO(run("overtakes", "1", "2", "--csv").stdout))
    assert row["loser"] == "'" + name.replace("\t", " ")
    assert (row["winner"], row["gap"], row["held_seconds"]) == ("Good", "false", "3600")
    json_row = json.loads(run("overtakes", "1", "2", "--json").stdout)[0]
    assert json_row["loser"] == name


def test_a_cell_is_one_line_and_numbers_stay_numbers() -> None:
    assert csv_row((-1, None, True, "a-b", "a\r\n=b", "\x1b[31m")) == [
        -1, None, "true", "a-b", "a  =b", " [31m",
    ]  # fmt: skip


def test_the_csv_of_a_ledger_is_that_of_its_values() -> None:
    odd = ('a,"b"', "", " =1", "x\r\ny", "名前", "@,")
    apps = [App(text, text[::-1]) for text in odd]
    ledger = [
        Overtake(
            chart, source, winner, loser, at(0), at(hour), Kind.ENTRY, Status.FLIP, hour % 2 == 0,
            None, hour, hour + 1, None, 3600.0 * hour, None, hour,
            (Provenance.RECORDED, Provenance.REPORTED),
        )
        for chart in (CHART, Chart.parse("jp/android/top-free/tools"))
        for source in ("apple-rss", '=1,"@,')
        for hour, (winner, loser) in enumerate(permutations(apps, 2), 1)
    ]  # fmt: skip
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ledger[0].to_json())
    writer.writerows(csv_row(overtake.to_json().values()) for overtake in ledger)
    assert "".join(ledger_csv(ledger)) == text.getvalue()


@pytest.mark.parametrize("letter", ["\x1b", "\x9b", "\u202e", "\u2066", "\x7f"])
@pytest.mark.parametrize("form", [(), ("--json",), ("--csv",)])
def test_a_name_drives_no_terminal_whatever_the_form(letter: str, form: tuple[str, ...]) -> None:
    save([1, 2], [2, 1], [2, 1], names={"1": f"A{letter}[31mB"})
    for command in (("overtakes",), ("versus",)):
        if form != ("--csv",) or command == ("overtakes",):
            assert letter not in run(*command, "1", "2", *form).stdout
    document = json.loads(run("overtakes", "1", "2", "--json").stdout)
    assert document[0]["loser"] == f"A{letter}[31mB"


def test_what_is_no_recording_is_said_beside_every_answer() -> None:
    save([1, 2], provenance=Provenance.IMPORTED)
    save([2, 1], [2, 1], begin=1)
    for command in (("overtakes", "1", "2"), ("versus", "1", "2"), ("stats", "1")):
        stdout = run(*command).stdout
        assert "1 of 3 snapshots: imported from a file; not recorded by this program" in stdout
        assert "3 snapshots, 2026-01-01T00:00:00Z to 2026-01-01T02:00:00Z, times in UTC" in stdout
    (document,) = json.loads(run("overtakes", "1", "2", "--json").stdout)
    assert (document["provenance_before"], document["provenance_after"]) == ("imported", "recorded")
    recorded = run("overtakes", "1", "2", "--since", "2026-01-01T01:00:00Z").stdout
    assert "imported" not in recorded
    save([1, 2], begin=3, provenance=Provenance.RECONSTRUCTED)
    assert "1 of 4 snapshots: reconstruction: played" in run("overtakes", "1", "2").stdout


def test_an_unranked_app_has_the_depth_of_its_snapshot() -> None:
    save([1, 3, 4, 5], [5, 2, 6], [5, 2, 6])
    assert "unranked of 4→2 against 1→unranked of 3" in run("overtakes", "1", "2").stdout
    (document,) = json.loads(run("overtakes", "1", "2", "--json").stdout)
    assert (document["depth_before"], document["depth_after"]) == (4, 3)


def test_no_overtake_is_said_and_an_app_never_seen_in_every_form() -> None:
    save([1, 2], [1, 2])
    assert "no overtake: none of them passed another" in run("overtakes", "1", "2").stdout
    for form in ("--json", "--csv"):
        done = run("overtakes", "1", "grok", form)
        assert done.stderr.startswith("Grok (6670324846) was not ranked on ")


def test_a_median_that_is_not_known_is_not_called_unranked() -> None:
    deep = [*range(10, 40), 1]
    save(deep, range(10, 35), deep)
    assert "not known: some snapshots are too shallow" in run("stats", "1").stdout
    median = [
        line.split()[-1] for line in run("stats", "grok").stdout.splitlines() if "median" in line
    ]
    assert median == ["unranked"]


def test_no_margin_where_neither_was_ranked() -> None:
    save([1, 2])
    done = CliRunner().invoke(main, ["versus", "grok", "poe", "--db", str(DB)])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.count("was not ranked on us/iphone/top-free/apps in these snapshots") == 2


def test_a_storefront_that_is_watched_and_was_never_observed_is_reported() -> None:
    Path("apptrack.toml").write_text('charts = ["*/iphone/top-free/apps"]\n'
                                     'storefronts = ["us", "jp", "de"]\n')  # fmt: skip
    save([DEEPSEEK, CHATGPT])
    stdout = run("brief", "deepseek").stdout
    assert "in 1 (United States) of the 1 storefront observed of 3 watched." in stdout
    assert "watched by the settings and never observed: Germany, Japan" in stdout
    # What the settings say today says nothing of an earlier day.
    assert "of 3 watched" not in run("brief", "deepseek", "--at", "2026-01-01T00:00:00Z").stdout


EVENT = "apple-rss:us/iphone/top-free/apps@2026-01-01T01:00:00Z,2,1"


def proved(*snapshots: Sequence[object]) -> None:
    """Snapshots an hour with a receipt each."""
    from tracker.loopback.formats import render

    with Store(DB) as store:
        for hour, ids in enumerate(snapshots):
            snapshot = Snapshot(CHART, SOURCE, at(hour), entries(ids), at(hour))
            body = render(SOURCE, CHART, snapshot.entries, at(hour))
            store.save(snapshot, **receipt(snapshot, body))


@pytest.mark.parametrize(
    ("snapshots", "rests", "words"),
    [
        ([[1, 2], [2, 1], [8, 9], [2, 1], [2, 1]], 4, "no snapshot up to 2026-01-01T12:00"),
        ([[1, 2], [2, 1], [1, 2], [1, 2]], 3, "A flip: the snapshot at 2026-01-01T11:00"),
        ([[1, 2], [2, 1], [8, 9]], 2, "Pending: too early to say"),
    ],
)
def test_a_quotation_rests_on_all_that_it_claims(
    snapshots: list[list[int]], rests: int, words: str
) -> None:
    proved(*snapshots)
    stdout = run("cite", EVENT, "--tz", "Asia/Tokyo").stdout
    assert words in stdout
    assert "after 2026-01-01T09:00:00+09:00 and by 2026-01-01T10:00:00+09:00" in stdout
    assert stdout.count("SHA-256") == rests
    assert "times in Asia/Tokyo" in stdout
    assert run("verify", EVENT).stdout.count("says the same") == rests
    # The last snapshot that it rests on is changed behind the program's back, and then it is not.
    change(DB, f"UPDATE snapshots SET payload = 1 WHERE id = {rests}")
    assert CliRunner().invoke(main, ["verify", EVENT, "--db", str(DB)]).exit_code == 1
