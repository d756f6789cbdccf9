"""Dates as people write them: what they name, in which zone, and what is refused."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import tracker
from tests.support.stored import CHART, SOURCE, entries
from tracker import dates
from tracker.cli import main
from tracker.errors import InvalidValue
from tracker.model import Snapshot, iso, parse_time
from tracker.store import Store

NOW = datetime(2026, 7, 3, 22, 30, tzinfo=UTC)
TOKYO = dates.read_zone("Asia/Tokyo")
BERLIN = dates.read_zone("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-07", "2026-07-01T00:00:00Z", "2026-07-31T23:59:59Z"),
        ("2024-02", "2024-02-01T00:00:00Z", "2024-02-29T23:59:59Z"),
        ("2026-12", "2026-12-01T00:00:00Z", "2026-12-31T23:59:59Z"),
        ("2026-07-03", "2026-07-03T00:00:00Z", "2026-07-03T23:59:59Z"),
        ("20260703", "2026-07-03T00:00:00Z", "2026-07-03T23:59:59Z"),
        ("today", "2026-07-03T00:00:00Z", "2026-07-03T23:59:59Z"),
        ("Yesterday", "2026-07-02T00:00:00Z", "2026-07-02T23:59:59Z"),
        ("7d", "2026-06-26T22:30:00Z", "2026-06-26T22:30:00Z"),
        ("36h", "2026-07-02T10:30:00Z", "2026-07-02T10:30:00Z"),
        ("2w", "2026-06-19T22:30:00Z", "2026-06-19T22:30:00Z"),
        ("2026-07-03T12:00:00Z", "2026-07-03T12:00:00Z", "2026-07-03T12:00:00Z"),
        (" 2026-07-03 12:00+02:00 ", "2026-07-03T10:00:00Z", "2026-07-03T10:00:00Z"),
        ("2026-07-03T12:00", "2026-07-03T12:00:00Z", "2026-07-03T12:00:00Z"),
    ],
)
def test_what_a_date_names(text: str, first: str, last: str) -> None:
    period = dates.read_period(text, UTC, NOW)
    assert (iso(period.first), iso(period.last)) == (first, last)
    assert (iso(dates.since(text, now=NOW)), iso(dates.until(text, now=NOW))) == (first, last)


def test_a_day_belongs_to_the_zone() -> None:
    assert iso(dates.since("2026-07-03", TOKYO)) == "2026-07-02T15:00:00Z"
    assert iso(dates.until("2026-07", TOKYO)) == "2026-07-31T14:59:59Z"
    assert iso(dates.since("today", TOKYO, NOW)) == "2026-07-03T15:00:00Z"  # 4 July in Tokyo
    assert iso(dates.since("2026-07-03T12:00", TOKYO)) == "2026-07-03T03:00:00Z"
    spring = dates.read_period("2026-03-29", BERLIN)
    assert (spring.last - spring.first).total_seconds() == 23 * 3600 - 1
    autumn = dates.read_period("2026-10-25", BERLIN)
    assert (autumn.last - autumn.first).total_seconds() == 25 * 3600 - 1
    assert dates.one_day("2026-10-25", BERLIN) == autumn.first


def test_a_moment_of_a_day_is_its_end_or_now() -> None:
    assert iso(dates.as_of("2026-07-02", now=NOW)) == "2026-07-02T23:59:59Z"
    assert dates.as_of("today", now=NOW) == NOW
    assert dates.as_of("2026-07", now=NOW) == NOW
    assert iso(dates.as_of("2026-08-01", now=NOW)) == "2026-08-01T23:59:59Z"


WRONG = ("noon", "", "2026", "2026-13", "2026-02-30", "2026-W27", "03.07.2026", "1767225600")


@pytest.mark.parametrize("text", [*WRONG, "tomorrow", "99999w", "7 days", "1200-01-01", "٢٠٢٦-٠٧"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="Invalid (date|time)"):
        dates.read_period(text, UTC, NOW)


@pytest.mark.parametrize("text", ["2026-07-03 12:00 EST", "2026-07-03T12:00:00 IST"])
def test_an_ambiguous_zone_is_refused_with_advice(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"Ambiguous time zone '(EST|IST)': write an offset"):
        dates.read_period(text)


@pytest.mark.parametrize("name", sorted(dates.AMBIGUOUS))
def test_each_zone_of_the_advice_exists(name: str) -> None:
    with pytest.raises(InvalidValue, match=f"Ambiguous time zone '{name}': use one of ") as error:
        dates.read_zone(name)
    zones = str(error.value).partition("use one of ")[2].split(", ")
    assert [dates.read_zone(zone).key for zone in zones] == zones


def test_a_month_is_no_day() -> None:
    with pytest.raises(InvalidValue, match="use a day, such as 2026-07-03"):
        dates.one_day("2026-07")


def run(*args: str) -> str:
    done = CliRunner().invoke(main, [*args, "--db", "dates.db"])
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*args: str) -> str:
    done = CliRunner().invoke(main, [*args, "--db", "dates.db"])
    assert done.exit_code == 2, done.output
    return done.output


def test_the_options_of_a_command_take_such_dates() -> None:
    """One snapshot at noon UTC on each of the first four days of July, one at 20:00 on the 5th."""
    times = [f"2026-07-0{day}T12:00:00Z" for day in (1, 2, 3, 4)] + ["2026-07-05T20:00:00Z"]
    with Store(Path("dates.db")) as store:
        for time in times:
            store.save(Snapshot(CHART, SOURCE, parse_time(time), entries([1, 2])))

    def seen(*args: str) -> list[str]:
        rows = csv.DictReader(run("export", "series", "1", *args).splitlines())
        return [row["observed_at"] for row in rows]

    assert seen("--until", "2026-07-03") == times[:3]
    assert seen("--since", "2026-07-03") == times[2:]
    assert seen("--since", "2026-07", "--until", "2026-07") == times
    assert seen("--since", "2026-07-03", "--until", "2026-07-03") == [times[2]]
    # 20:00 UTC on the 5th is the 6th in Tokyo, wherever on the line the zone stands.
    assert seen("--since", "2026-07-06", "--tz", "Asia/Tokyo") == times[4:]
    assert seen("--tz", "Asia/Tokyo", "--until", "2026-07-05") == times[:4]
    (top,) = json.loads(run("top", "--at", "2026-07-02", "--json"))
    assert top["observed_at"] == times[1]
    with tracker.open("dates.db", zone="Asia/Tokyo") as database:
        (series,) = database.series("1", since="2026-07-06")
        assert [iso(observation.observed_at) for observation in series] == times[4:]


def test_a_wrong_date_is_one_line_of_advice() -> None:
    Store(Path("dates.db")).close()
    assert "Invalid date 'noon': use 2026-07-03, 2026-07, 7d, yesterday or " in refused(
        "stats", "1", "--since", "noon"
    )
    assert "Ambiguous time zone 'EST': use one of America/New_York" in refused(
        "stats", "1", "--tz", "EST"
    )
    assert "Invalid time zone 'Mars/Base': use UTC or Asia/Tokyo" in refused(
        "stats", "1", "--tz", "Mars/Base"
    )
