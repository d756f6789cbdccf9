"""An alert in words: a title that is clear by itself, and the facts it is based on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from tracker.alerts.facts import Alert, News, Standing
from tracker.analysis import Coverage
from tracker.evidence import Event
from tracker.model import App, Provenance, iso
from tracker.settings import Rule, What
from tracker.words import PROVENANCES, chart_words, coverage_words, duration_words, rank_phrase

#: Names come from strangers; a longer one is cut.
_LONGEST_NAME = 60
#: Characters that mention people, or are links or markup, in some messenger; their replacements.
_TAME = str.maketrans(
    {
        "@": "(at)",
        "<": "‹",
        ">": "›",
        "[": "(",
        "]": ")",
        "`": "'",
        "*": "∗",
        "\\": "/",
        "_": "＿",
        "~": "∼",
        "|": "¦",
        "#": "♯",
    }
)


def name_words(app: App) -> str:
    """The app's name as one printable line, without mentions and markup of any messenger."""
    plain = "".join(letter if letter.isprintable() else " " for letter in app.name)
    plain = " ".join(plain.split()).replace("://", ": //").translate(_TAME)
    return plain if len(plain) <= _LONGEST_NAME else plain[: _LONGEST_NAME - 1] + "…"


def span_words(span: timedelta) -> str:
    """``90 s``, ``30 min``, ``6 h``, ``1 d``: the largest unit that is whole."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def rule_words(rule: Rule) -> str:
    """``DeepSeek overtakes ChatGPT``: what a rule reports."""
    app = name_words(rule.app) if rule.app else "any app"
    if rule.what is What.OVERTAKE:
        assert rule.over is not None
        return f"{app} overtakes {name_words(rule.over)}"
    if rule.what is What.TOP:
        return f"{app} enters or leaves the top {rule.top}"
    if rule.what is What.PEAK:
        return f"{app} has a new peak" + (f" of rank {rule.top} or better" if rule.top else "")
    if rule.what is What.NUMBER_ONE:
        return f"{app} is new at number one"
    if rule.what is What.MOVE:
        assert rule.within is not None
        return f"{app} moves by {rule.ranks} ranks or more within {span_words(rule.within)}"
    assert rule.after is not None
    return f"nothing stored for longer than {span_words(rule.after)}"


def title(alert: Alert) -> str:
    """What happened, and where."""
    return f"{_happened(alert)} · {chart_words(alert.chart)}"


def _happened(alert: Alert) -> str:
    if alert.news is News.STALE:
        return "Not observed"
    if alert.news is News.AGAIN:
        return "Observed again"
    first, name = alert.standings[0], name_words(alert.standings[0].app)
    if alert.news is News.OVERTAKE:
        return f"{name} passed {name_words(alert.standings[1].app)}"
    if alert.news in (News.ENTERS, News.LEAVES):
        verb = "entered" if alert.news is News.ENTERS else "left"
        return f"{name} {verb} the top {alert.rule.top}"
    if alert.news is News.PEAK:
        return f"{name} has a new peak: {rank_phrase(first.now)}"
    if alert.news is News.NUMBER_ONE:
        return f"{name} is new at number one"
    verb = "rose" if alert.news is News.UP else "fell"
    return f"{name} {verb} by {_ranks_moved(alert, first)}"


def _ranks_moved(alert: Alert, standing: Standing) -> str:
    if standing.before is not None and standing.now is not None:
        return f"{abs(standing.before - standing.now)} ranks"
    return f"at least {alert.rule.ranks} ranks"


def text(alert: Alert) -> str:
    """Interval, ranks, chart, coverage, and where the ranks come from."""
    if alert.news is News.STALE:
        return "\n".join(_stale_lines(alert))
    if alert.news is News.AGAIN:
        return "\n".join(_again_lines(alert))
    return "\n".join(_lines(alert))


def _stale_lines(alert: Alert) -> list[str]:
    assert alert.rule.after is not None
    return [
        f"Nothing of {alert.chart} ({alert.source}) was stored after {iso(alert.after)}, for "
        f"longer than {span_words(alert.rule.after)}.",
        "What its ranks were since is unobserved. 'apptrack status' says what to do.",
        f"id: {alert.id}",
    ]


def _observed(facts: Mapping[str, Any]) -> Coverage:
    keys = ("longest_spacing_seconds", "coverage", "gaps")
    spacing, share, gaps = map(facts.get, keys)
    return Coverage(facts["snapshots"], 0.0, spacing, share, gaps or 0)


def _again_lines(alert: Alert) -> list[str]:
    unseen = duration_words((alert.by - alert.after).total_seconds())
    return [
        f"{alert.chart} ({alert.source}) was stored again at {iso(alert.by)}, for the first time "
        f"after {iso(alert.after)}: {unseen} later.",
        "What its ranks were in between stays unobserved.",
        f"id: {alert.id}",
        f"proof: apptrack cite '{_citable(alert)}'",
    ]


def summary(facts: Mapping[str, Any]) -> str:
    """A line of a digest: interval, ranks and coverage of an alert, given as ``to_json`` has it."""
    words = [f"after {facts.get('after')} and by {facts.get('by')}"]
    for row in facts.get("apps", ()):
        ranks = (row["rank_before"], row["rank_after"])
        before, now = ("unranked" if rank is None else str(rank) for rank in ranks)
        words.append(f"{name_words(App(row['app_id'], row['name']))} {before}→{now}")
    if facts.get("gap"):
        words.append("across a gap without data")
    if facts.get("snapshots"):
        words.append(coverage_words(_observed(facts)))
    return "; ".join(words)


def _lines(alert: Alert) -> list[str]:
    return [
        f"On {alert.chart}, after {iso(alert.after)} and by {iso(alert.by)}"
        + (", across a gap without data." if alert.gap else "."),
        *(_standing_words(standing, alert.depths) for standing in alert.standings),
        *([f"Its peak before was rank {alert.best}."] if alert.best is not None else []),
        _held_words(alert),
        _watch_words(alert),
        *_provenance_words(alert),
        f"id: {alert.id}",
        f"proof: apptrack cite '{_citable(alert)}'",
    ]


def _held_words(alert: Alert) -> str:
    number, last = alert.rule.confirm, iso(alert.confirmed_at)
    if number == 1:
        return "Reported at the first snapshot that shows it."
    if alert.news is News.PEAK:
        return (
            f"Held back for {number} snapshots, of which none showed a better rank, the last at "
            f"{last}."
        )
    return f"Held back until {number} snapshots in a row agreed, the last at {last}."


def _citable(alert: Alert) -> str:
    """The overtake's id, else that of the snapshot that shows the news."""
    if alert.news is News.OVERTAKE:
        return alert.id
    return str(Event(alert.source, alert.chart, alert.by))


def _standing_words(standing: Standing, depths: tuple[int | None, int | None] | None) -> str:
    def words(rank: int | None, depth: int | None) -> str:
        return rank_phrase(rank) if rank is not None else f"unranked among {depth}"

    before, now = depths or (0, 0)
    return (
        f"{name_words(standing.app)} ({standing.app.app_id}): "
        f"{words(standing.before, before)} before, {words(standing.now, now)} after."
    )


def _watch_words(alert: Alert) -> str:
    assert alert.depths is not None
    background = alert.background
    deep = " and ".join(str(depth) for depth in dict.fromkeys(alert.depths))
    words = f"Source {alert.source}, {deep} entries"
    if background is None:
        return f"{words}."
    return f"{words}; in the 30 days before: {coverage_words(background.observed)}."


def _provenance_words(alert: Alert) -> Sequence[str]:
    notes = [words for kind, words in PROVENANCES.items() if kind in alert.provenances]
    if not notes:
        return ["Provenance: recorded by this program."]
    part = "in part " if Provenance.RECORDED in alert.provenances else ""
    return [f"Provenance: {part}{note}." for note in notes]
