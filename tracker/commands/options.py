"""Options that several commands share, and the types of their values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from tracker import dates
from tracker.commands.completion import Complete, complete_charts
from tracker.commands.context import Where, settings_of
from tracker.commands.output import Table
from tracker.errors import InvalidValue, echo
from tracker.model import Chart, Provenance
from tracker.queries.charts import ChartPattern
from tracker.settings import DEFAULT_CHART, default_chart
from tracker.sources import CROSS_CHECKED

#: Charts as they were typed.
Charts = tuple[ChartPattern, ...]


class Parsed(click.ParamType):  # type: ignore[type-arg]  # older click has it plain
    """A click type made of a function that reads text and raises ``InvalidValue``."""

    def __init__(
        self, name: str, read: Callable[[str], Any], complete: Complete | None = None
    ) -> None:
        self.name = name
        self.read = read
        self.complete = complete

    def shell_complete(
        self, context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        complete = self.complete(context, parameter, incomplete) if self.complete else []
        return [CompletionItem(text) for text in complete]

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self.read(value)
        except InvalidValue as error:
            self.fail(str(error), param, context)


class Time(Parsed):
    """A click type: a time as a person writes it; its days are those of the command's ``--tz``."""

    def __init__(self, read: Callable[[str, tzinfo, datetime], datetime]) -> None:
        super().__init__("time", str)
        self.read_in = read

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        if not isinstance(value, str):
            return value
        zone = context.params.get("zone") if context else None
        try:
            return self.read_in(value, zone or UTC, datetime.now(UTC))
        except InvalidValue as error:
            self.fail(str(error), param, context)


class FilePath(click.Path):
    """A click type: a path, in which ``~`` and ``~user`` stand for home folders."""

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        if isinstance(value, str) and value.startswith("~"):
            try:
                value = str(Path(value).expanduser())
            except RuntimeError:
                user = echo(value.partition("/")[0][1:])
                self.fail(f"unknown user {user}; write ./~ for a name with ~", param, context)
        return super().convert(value, param, context)


CHART = Parsed("chart", Chart.parse, complete_charts)

CHARTS = Parsed("chart", ChartPattern.parse, complete_charts)

SINCE, UNTIL, AT, DAY = Time(dates.since), Time(dates.until), Time(dates.as_of), Time(dates.one_day)

db_option = click.option(
    "--db",
    type=FilePath(dir_okay=False, path_type=Path),
    help="The database file.  [env: APPTRACK_DB; default: data/apptrack.db]",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every table: --json, --csv, --sort, --limit, --quiet; COMMAND gets a Table."""

    @wraps(command)
    def with_table(*args: Any, **params: Any) -> Any:
        table = Table(**{name: params.pop(name) for name in Table.__dataclass_fields__})
        return command(*args, table=table, **params)

    for option in reversed(
        (
            json_option,
            click.option(
                "--csv", "as_csv", is_flag=True,
                help="Print CSV, the keys of --json as columns; an apostrophe precedes a formula.",
            ),
            click.option(
                "--sort", metavar="COLUMN",
                help="Sort by a key of --json; -COLUMN sorts the other way.",
            ),
            click.option(
                "-n", "--limit", type=click.IntRange(min=1), metavar="N",
                help="Print at most N rows.",
            ),
            click.option(
                "-q", "--quiet", is_flag=True,
                help="Print the table alone, without heading and remarks.",
            ),
        )
    ):  # fmt: skip
        with_table = option(with_table)
    return with_table


#: --tz: a command gets it as ``zone``.
tz_option = click.option(
    "--tz",
    "zone",
    type=Parsed("zone", dates.read_zone),
    is_eager=True,  # the options that take a day need it
    default="UTC",
    show_default=True,
    help="Show times in this zone, and read days as its days; --json and --csv stay in UTC.",
)

#: The same where all that is written is in UTC.
days_option = click.option(
    "--tz",
    "zone",
    type=Parsed("zone", dates.read_zone),
    is_eager=True,
    default="UTC",
    show_default=True,
    help="Read days as days of this zone; the output stays in UTC.",
)

confirm_option = click.option(
    "--confirm",
    type=click.IntRange(min=1),
    metavar="N",
    default=2,
    show_default=True,
    help="N snapshots in a row confirm a new lead.",
)

source_option = click.option(
    "--source", help="The source.  [default: the first of the settings that has snapshots]"
)

provenance_option = click.option(
    "--provenance",
    "provenances",
    multiple=True,
    type=click.Choice([provenance.value for provenance in Provenance]),
    help="Only snapshots of this provenance (may be repeated).",
)

#: The options that limit the time.
WINDOW_OPTIONS = (
    click.option(
        "--since",
        type=SINCE,
        help="From then on: 2026-07, 2026-07-03, 7d, yesterday or 2026-07-03T04:50:46Z.",
    ),
    click.option("--until", type=UNTIL, help="Until then; a day or a month is included whole."),
)

#: The options that choose which snapshots of a chart count.
SNAPSHOTS_OPTIONS = (
    source_option,
    provenance_option,
    *WINDOW_OPTIONS,
)


#: What is read where no --on is given.
_ON_DEFAULT = f"  [default: the settings' chart if they have one only, else {DEFAULT_CHART}]"


def _or_default(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """VALUE, or the chart of the settings: the same for one chart and for several."""
    if value:
        return value
    chart = default_chart(settings_of(context, context.params.get("db")))
    return (ChartPattern.parse(str(chart)),) if parameter.multiple else chart


on_option = click.option(
    "--on", "chart", type=CHART, callback=_or_default,
    help=f"The chart: storefront/device/ranking/genre.{_ON_DEFAULT}",
)  # fmt: skip
on_several_option = click.option(
    "--on", "charts", type=CHARTS, multiple=True, callback=_or_default,
    help="The chart, or several: * stands for any part, g7 for a group of storefronts, as in "
    f"'*/iphone/top-free/apps' (may be repeated).{_ON_DEFAULT}",
)  # fmt: skip


def window_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that limit the time: --since, --until."""
    for option in reversed(WINDOW_OPTIONS):
        command = option(command)
    return command


def series_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose a series: --on, --source, --provenance, --since, --until."""
    for option in reversed((on_option, *SNAPSHOTS_OPTIONS)):
        command = option(command)
    return command


def charts_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """As ``series_options``, of several charts: --on may be repeated and have a ``*``."""
    for option in reversed((on_several_option, *SNAPSHOTS_OPTIONS)):
        command = option(command)
    return command


def named_none(context: click.Context, *names: str) -> bool:
    """Whether none of the parameters NAMES was given a value."""
    return all(context.get_parameter_source(name) is ParameterSource.DEFAULT for name in names)


def charts_named(command: Callable[..., Any]) -> Callable[..., Any]:
    """[CHART]... and --on, which mean the same: COMMAND gets ``charts``."""

    @wraps(command)
    def with_charts(*args: Any, named: Charts, charts: Charts, **rest: Any) -> Any:
        given = click.get_current_context().get_parameter_source("charts")
        both = named if given is ParameterSource.DEFAULT and named else (*named, *charts)
        return command(*args, charts=both, **rest)

    argument = click.argument(
        "named", nargs=-1, type=CHARTS, metavar="[CHART]...", shell_complete=complete_charts
    )
    return argument(on_several_option(with_charts))


at_option = click.option(
    "--at",
    type=AT,
    help="The newest snapshot by then; a day or a month means its end.  [default: now]",
)


def moment_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose a moment: --at, --source, --provenance."""
    for option in reversed((at_option, source_option, provenance_option)):
        command = option(command)
    return command


charts_argument = click.argument(
    "charts", nargs=-1, metavar="[CHART]...", shell_complete=complete_charts
)

cross_check_option = click.option(
    "--cross-check",
    is_flag=True,
    help=f"Read charts that {' and '.join(CROSS_CHECKED)} both carry from both, and compare.",
)


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Where an answer comes from: --data, --engine, --master, --db; COMMAND gets a Where."""

    @wraps(command)
    def with_where(*args: Any, **params: Any) -> Any:
        where = Where(**{name: params.pop(name) for name in Where.__dataclass_fields__})
        return command(*args, where=where, **params)

    for option in reversed(
        (
            click.option(
                "--data", "folder", type=FilePath(file_okay=False, path_type=Path), metavar="DIR",
                help="Read what 'apptrack export parquet' wrote to DIR, not the database.",
            ),
            click.option(
                "--engine", type=click.Choice(["duckdb", "spark"]),
                help="With --data: what reads the files.  [default: duckdb]",
            ),
            click.option(
                "--master", metavar="URL",
                help="With --engine spark: the cluster, such as spark://host:7077.  "
                "[default: this machine]",
            ),
            db_option,
        )
    ):  # fmt: skip
        with_where = option(with_where)
    return with_where
