"""What a headline and a footnote count is what the ledger has: their numbers are read back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import CHART, pair
from tracker.analysis import Overtake, Status, leaders
from tracker.model import App, Provenance, Series, Timeline
from tracker.picture import Picture
from tracker.report.picture import headline_of, method_words
from tracker.report.scene import Scene, scene

NAMES = ("Alder", "Birch", "Cedar")
WORDS = {"": 1, "twice": 2, "three times": 3, "four times": 4, "once": 1}
HOW_OFTEN = r"(?: (twice|(?:three|four|\d+) times))?"
START = datetime(2025, 1, 28, 12, tzinfo=UTC)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Two or three apps that change places among few ranks, an hour or a day apart."""
    many, snapshots = draw(st.integers(2, 3)), draw(st.integers(2, 14))
    places = st.permutations([1, 2, 3, None, None])
    ranks = [draw(places)[:many] for _ in range(snapshots)]
    step = timedelta(hours=draw(st.sampled_from([1, 24])))
    times = tuple(START + step * number for number in range(snapshots))
    kinds = (Provenance.RECORDED,) * snapshots
    line = Timeline(CHART, "apple-rss", times, (100,) * snapshots, kinds)
    apps = [App(str(number), name) for number, name in enumerate(NAMES[:many])]
    columns = zip(*ranks, strict=True)
    series = [Series(line, app, tuple(own)) for app, own in zip(apps, columns, strict=True)]
    return scene(series, draw(st.integers(1, 3)))


def number(words: str | None) -> int:
    return WORDS.get(words or "") or int((words or "").split()[0])


def held(drawing: Scene) -> list[tuple[int, str, str]]:
    """Each confirmed change that gave the lead to an app that did not have it before, by index."""
    result: list[tuple[int, str, str]] = []
    holder = drawing.changes[0].loser.name if drawing.changes else ""
    for index, change in enumerate(drawing.changes):
        if change.status is Status.CONFIRMED and change.winner.name != holder:
            holder = change.winner.name
            result.append((index, change.loser.name, holder))
    return result


@settings(max_examples=80, deadline=None)
@given(scenes())
def test_each_change_of_the_lead_is_counted_once(drawing: Scene) -> None:
    ahead = [lead for lead in leaders(drawing.series) if lead is not None]
    passed = [(NAMES[a], NAMES[b]) for a, b in pairwise(ahead) if a != b]
    assert [(change.loser.name, change.winner.name) for change in drawing.changes] == passed


@settings(max_examples=250, deadline=None)
@given(scenes())
def test_the_numbers_of_a_headline_are_those_of_the_ledger(drawing: Scene) -> None:
    text, changes, ahead = headline_of(drawing), drawing.changes, leaders(drawing.series)
    if not changes:
        assert not re.search(
            "overtook|number one from|swapped|changed hands|briefly|led since", text
        )
        return
    counted = counted_in(text, drawing)
    when(text, counted[0].after, counted[-1].by)
    if "knocked" in text or "number one from" in text:
        assert all(each.winner_rank_after == 1 == each.loser_rank_before for each in counted)
    if since := re.search(r"(\w+) has led since (\d+ \w+ \d+)", text):
        assert set(ahead[drawing.timeline.times.index(counted[-1].by) :]) == {NAMES.index(since[1])}
        assert f"{counted[-1].by:%-d %b %Y}" == since[2]
    if end := re.search(r"(\w+) ended ahead", text):
        assert NAMES.index(end[1]) == ahead[-1]
    assert ("too early to tell" in text) == (changes[-1].status is Status.PENDING)


def counted_in(text: str, drawing: Scene) -> list[Overtake]:
    """The changes that TEXT counts; fails where the ledger has other ones."""
    news, changes = held(drawing), drawing.changes
    apps = {name for _, *both in news for name in both}
    if not news:
        lost = [each for each in changes if each.loser == changes[0].loser]
        flips = [each for each in lost if each.status is Status.FLIP]
        if briefly := re.search(rf" briefly{HOW_OFTEN} ", text):
            assert number(briefly[1]) == len(flips)
            return flips
        return [changes[-1]]
    counted = [changes[index] for index, *_ in news]
    if swapped := re.search(rf"(\w+) and (\w+) swapped the lead{HOW_OFTEN} ", text):
        assert ({swapped[1], swapped[2]}, number(swapped[3])) == (apps, len(news))
    elif many := re.search(rf"changed hands{HOW_OFTEN} among (\d) apps, (?:both|all) ", text):
        assert (number(many[1]), int(many[2])) == (len(news), len(apps))
    elif lost_to := re.search(rf"^(.*) (?:knocked|overtook) (\w+)(?: off number one)?{HOW_OFTEN} "
                              r".*; \w+ came back", text):  # fmt: skip
        others, name, often = lost_to.groups()
        each_of = sum(map(number, re.findall(r"\(([\w ]+)\)", others)))
        lost = [each for each in counted if each.loser.name == name]
        named = sum(other in others for other in NAMES)
        assert (each_of or max(number(often), named)) == len(lost) == len(news) / 2
        assert news[-1][2] == name
        assert ("each time" in text) == (len(news) > 2)
        return lost
    else:
        assert len(news) == 1
    return counted


def when(text: str, first: datetime, last: datetime) -> None:
    """The days or months of TEXT are those from FIRST to LAST."""
    words = re.search(
        r"(?:on|in|between) (\d+ |)(\w+ ?\d*)(?: (?:and|or) (\d+ |)(\w+))? 20\d\d", text
    )
    assert words, text
    months = {f"{first:%B}", f"{last:%B}"}
    assert any(month in words[0] for month in months), (text, first, last)
    assert f"{last:%B}" in words[0]
    if f"{first:%B}" != f"{last:%B}" and last - first > timedelta(days=1):
        assert f"{first:%B}" in words[0]


@settings(max_examples=80, deadline=None)
@given(scenes())
def test_the_footnote_adds_up_and_agrees_with_the_headline(drawing: Scene) -> None:
    text, changes = method_words(drawing), drawing.changes
    if len(changes) < 2:
        assert "changes of the lead" not in text
        return
    tally = re.search(r"(\d+) changes of the lead(.*?)\.", text)
    assert tally
    assert int(tally[1]) == len(changes)
    back = re.search(r"\((?:(\d+) of them )?won back", tally[2])
    counts = {
        words: int(many) for many, words in re.findall(r"(\d+) (confirmed|too \w+)", tally[2])
    }
    confirmed = int(tally[1]) if "all confirmed" in tally[2] else counts.get("confirmed", 0)
    assert sum(counts.values()) in (0, len(changes))
    again = 0 if back is None else int(back[1] or confirmed)
    assert confirmed - again == len(held(drawing))


def test_the_headline_of_a_picture_is_its_title_in_the_zone_asked_for() -> None:
    series = tuple(pair([9, 4, 4], [5, 5, 5], [0, 1, 2]))
    picture = Picture(series, (), ZoneInfo("America/New_York"))
    assert picture.headline.endswith(" on 25 January 2025")
    assert picture.plot.headline == picture.headline
