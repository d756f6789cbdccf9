"""The deliberate faults of ``tests/mutations.py``, file by file of the analysis."""

from __future__ import annotations

from dataclasses import dataclass

LEDGER = (
    "tests/test_ledger_properties.py",
    "tests/test_ledger_thinned.py",
    "tests/test_analysis.py",
    "tests/test_depth.py",
)
FIGURES = (*LEDGER, "tests/test_definitions.py")
RIVALRY = ("tests/test_rivalry.py", "tests/test_definitions.py")
MOMENTS = ("tests/test_moments.py", "tests/test_definitions.py")
WAVES = ("tests/test_wave.py",)
BLOCKS = ("tests/test_blocks.py",)
SPARSE = ("tests/test_sparse.py", "tests/test_sparse_commands.py")


@dataclass(frozen=True)
class Fault:
    """OLD, which stands in FILE once, becomes NEW. ``why``: what would be told wrongly then."""

    file: str
    old: str
    new: str
    why: str
    tests: tuple[str, ...] = LEDGER


def _leads(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/analysis/leads.py", old, new, why)


def _ledger(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/analysis/ledger.py", old, new, why)


def _looks(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/analysis/coverage.py", old, new, why, FIGURES)


def _figures(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/analysis/figures.py", old, new, why, FIGURES)


def _rivalry(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/analysis/rivalry.py", old, new, why, RIVALRY)


def _moments(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/analysis/movement.py", old, new, why, MOMENTS)


def _waves(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/analysis/waves.py", old, new, why, WAVES)


def _blocks(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/store/blocks.py", old, new, why, BLOCKS)


def _sparse(file: str, old: str, new: str, why: str) -> Fault:
    return Fault(f"tracker/store/{file}", old, new, why, SPARSE)


FAULTS = (
    _leads(
        " | (differ ^ self._top) >> 1",
        "",
        "an app is ahead where neither is ranked",
    ),
    _leads(
        "states.rfind(ahead, first, end)",
        "end - 1",
        "a lead goes on into snapshots without either app",
    ),
    _leads(
        "states.count(ahead, first, end)",
        "end - first",
        "snapshots without either app confirm a lead",
    ),
    _leads("[rank or unranked for", "[rank or 0 for", "unranked is the best rank of all"),
    _leads("[lanes | top for", "[lanes for", "a snapshot borrows from the next"),
    _leads("deepest < 2 ** (8 * many - 1) - 1", "many == 2", "deep charts are misread"),
    Fault(
        "tracker/analysis/leads.py",
        "deepest < 2 ** (8 * many - 1) - 1",
        "deepest <= 2 ** (8 * many - 1) - 1",
        "the deepest rank passes for unranked",
        ("tests/test_leads.py",),
    ),
    _leads("append((ahead == _B,", "append((ahead == _A,", "the winner is called the loser"),
    _leads(
        "if not lines or any(line is not lines[0] and line != lines[0] for line in lines):",
        "if not lines:",
        "apps are compared at different times",
    ),
    _ledger(
        "if determined >= confirm",
        "if determined > confirm",
        "it takes a snapshot too many to confirm",
    ),
    _ledger(
        "_PENDING if number == final else _FLIP",
        "_FLIP",
        "nothing is ever pending",
    ),
    _ledger("final = len(leads) - 1", "final = len(leads)", "the last lead has ended"),
    _ledger(
        "after_gaps.find(1, last, first)",
        "after_gaps.find(1, last + 1, first)",
        "a gap at the start of the interval is not told",
    ),
    _ledger(
        "loser, times[last],",
        "loser, times[first - 1],",
        "an interval is stated too narrow",
    ),
    _ledger(
        "(times[end] - times[first])",
        "(times[end] - times[last])",
        "a lead is held from before it was seen",
    ),
    _ledger(
        "reaches(depths[first], loser_before or 0)",
        "reaches(depths[first], (loser_before or 0) + 1)",
        "a snapshot just as deep cannot tell",
    ),
    _ledger(
        "loser_after is None and reaches(depths[first], loser_before or 0)",
        "loser_after is None",
        "a shallow snapshot is an entry or an exit",
    ),
    _ledger(
        "before is None and reaches(depths[last]",
        "before is None and reaches(depths[first]",
        "an entry is judged by the wrong look's depth",
    ),
    _ledger(
        "    ordered.sort(key=itemgetter(0))\n", "", "the overtakes of several are out of order"
    ),
    _ledger(
        "return [overtake for _, overtake in ordered]",
        "return [one for _, one in ordered if one.status is not Status.FLIP]",
        "flips are left out of the ledger",
    ),
    _ledger("map(min, *coded)", "map(max, *coded)", "the worst rank leads"),
    _ledger("[leader == 0 for leader", "[leader != 1 for leader", "undetermined is ahead"),
    _ledger("lead if unbroken else _GAP", "lead", "a lead is drawn over a gap"),
    _looks(
        "3 * len(ordered) // 4 - 1",
        "3 * len(ordered) // 4",
        "the normal spacing is one too long",
    ),
    _looks(
        "[spacing <= normal for",
        "[spacing <= min(normal, 3 * 3600) for",
        "a gap is measured by a fixed time",
    ),
    _looks("[spacing <= normal for", "[spacing < normal for", "the longest normal one is a gap"),
    _looks("if whole and first and last", "if first and last", "time within a gap is sure"),
    _looks(
        "first is False and last is False",
        "not first and not last",
        "a snapshot that cannot tell says no",
    ),
    _looks(
        "sum(compress(seconds, whole_spacings(timeline))) / sum(seconds)",
        "sum(whole_spacings(timeline)) / len(seconds)",
        "coverage is of snapshots, not of time",
    ),
    _looks("ordered[(len(ordered) - 1) // 2]", "ordered[0]", "the cadence is the shortest spacing"),
    _figures(
        "ordered[(len(ordered) - 1) // 2]",
        "ordered[len(ordered) // 2]",
        "the median is the larger of two",
    ),
    _figures(
        "sorted(math.inf if rank is None else rank for rank in ranks)",
        "sorted(rank for rank in ranks if rank is not None)",
        "the median improves by dropping out",
    ),
    _figures(
        "int(median) if all(reaches(depth, int(median)) for depth in missed) else None",
        "int(median)",
        "the median counts snapshots too short for it",
    ),
    _figures(
        "if whole and first is not None and last is not None:",
        "if first is not None and last is not None:",
        "what happened in a gap is volatility",
    ),
    _figures(
        "moved += abs(math.log(last / first))",
        "moved += math.log(last / first)",
        "ways up and down cancel out",
    ),
    _figures(
        "if reaches(depths[earlier], rank)]",
        "]",
        "a debut is after a snapshot too shallow to miss it",
    ),
    _figures(
        "not reaches(depth, last)",
        "not reaches(depth, last + 1)",
        "a snapshot just as deep tells no drop-out",
    ),
    _figures(
        "elif there is False and stood:",
        "elif not there and stood:",
        "a shallow snapshot is a fall",
    ),
    _figures("rank <= TOP if rank", "rank < TOP if rank", "tenth is not in the top ten"),
    _figures("times[ranks.index(peak)]", "times[-1]", "the peak is told by the last snapshot"),
    _rivalry(
        "settled=stands and (last is None or last.status is Status.CONFIRMED),",
        "settled=True,",
        "every lead is settled",
    ),
    _rivalry("abs(first - second)", "first - second", "the margin is negative for one of the two"),
    _rivalry(
        "span_seconds=(times[-1] - times[0])",
        "span_seconds=(times[-1] - times[1])",
        "shares are of too short a time",
    ),
    _moments(
        "if not reaches(then.depth, now.rank)",
        "if not reaches(then.depth, now.rank + 1)",
        "a snapshot just as deep cannot tell of new",
    ),
    _moments("change = then.rank - now.rank", "change = now.rank - then.rank", "up is down"),
    _moments(
        "Move.LEFT if reaches(now.depth, then.rank) else Move.BEYOND",
        "Move.LEFT",
        "an app has left by a snapshot too shallow to tell",
    ),
    _moments("Move.BACK if stayed_before() else Move.NEW", "Move.NEW", "whoever returns is new"),
    _moments(" and stands:\n", ":\n", "what was undone still stands"),
    _waves(
        "_interval(passage)[1] >= _interval(passages[-1])[0]",
        "_interval(passage)[0] >= _interval(passages[-1])[0]",
        "an order is claimed of intervals that overlap",
    ),
    _waves("if overtake.status is Status.CONFIRMED), None)", "), None)", "a flip is a passing"),
    _blocks("[None] * length", "[1] * length", "an app in no snapshot of a block is at number one"),
    _blocks("None if rank == unranked else rank", "rank", "unranked is a rank in a block"),
    _blocks("[None] * len(without)", "without", "unranked is a rank in a block of one byte a rank"),
    _blocks(" and len(packed) == length:", ":", "a block with a snapshot too few is believed"),
    Fault(
        "tracker/model/series.py",
        " > depth for place, depth in shallow",
        " > most for place, depth in shallow",
        "a rank is below the last entry of a snapshot that came short",
        ("tests/test_model.py",),
    ),
    Fault(
        "tracker/report/overtakes.py",
        'f"{source}:{slug}@,")[:-2], csv_line(slug',
        'f"{source}:{slug}@"), csv_line(slug',
        "an id is in two cells",
        ("tests/test_ledger_output.py",),
    ),
    _blocks(
        "(chart, source, saved)).fetchone():",
        "(chart, source, saved)).fetchone() and False:",
        "a block is made and dropped for each snapshot that comes late",
    ),
    _blocks(
        "or _packed(connection, rows, head) != packed:",
        "or packed is None:",
        "a false block is true",
    ),
    Fault(
        "tracker/store/columns.py",
        'packed.times[-1] + "~"',
        "packed.times[-1]",
        "the last snapshot of a block counts twice",
        BLOCKS,
    ),
    Fault(
        "tracker/store/schema.py",
        "AFTER UPDATE OF id, chart, source, observed_at, depth, provenance, scope ON snapshots",
        "AFTER UPDATE OF id, chart, source, observed_at, depth, scope ON snapshots",
        "a block keeps a provenance that was corrected",
        BLOCKS,
    ),
    _sparse(
        "columns.py", "merged(some.ranking_all())", "merged(some)", "who is not stated is unranked"
    ),
    _sparse(
        "columns.py", "CASE scope WHEN 'whole' THEN depth END", "depth", "single apps have a depth"
    ),
    _sparse(
        "schema.py",
        " AND one.scope = 'whole'\n            ORDER BY one.observed_at DESC",
        "\n            ORDER BY one.observed_at DESC",
        "single apps are latest",
    ),
    _sparse(
        "writing.py", "rank in ranks or app_id in apps", "app_id in apps", "two apps share a rank"
    ),
    _sparse("snapshots.py", "(scope <> 'sparse' OR ", "(1 OR ", "single apps are the newest chart"),
    Fault(
        "tracker/api.py",
        "replace(select, sparse=False)",
        "select",
        "all pairs are compared where one has no rank",
        SPARSE,
    ),
)
