"""The names of storefronts: each its own, and the right article in a sentence."""

from __future__ import annotations

import pytest

from tests.support.lines import CHATGPT, DEEPSEEK
from tests.test_heatmap import pair
from tracker.analysis.days import lead_days
from tracker.errors import InvalidValue
from tracker.model import Chart
from tracker.report.heatmap import wave_headline
from tracker.storefronts import (
    GROUPS,
    NAMES,
    check_storefront,
    expand_storefronts,
    nearest,
    storefront_name,
    within_sentence,
)
from tracker.words import chart_words


def test_each_storefront_has_a_code_and_a_name_of_its_own() -> None:
    assert len(NAMES) == len(set(NAMES.values())) == 175
    for code, name in NAMES.items():
        assert Chart(code, "iphone", "top-free", "apps").storefront == code
        assert name == name.strip()
        # A picture's short form is the code: none may be another's name.
        assert code.upper() not in NAMES.values()


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("jp", "Japan", "Japan"),
        ("us", "United States", "the United States"),
        ("ci", "Côte d’Ivoire", "Côte d’Ivoire"),
        ("cg", "Republic of the Congo", "the Republic of the Congo"),
        ("dm", "Dominica", "Dominica"),
        ("do", "Dominican Republic", "the Dominican Republic"),
    ],
)
def test_a_sentence_has_its_article(code: str, name: str, expected: str) -> None:
    assert storefront_name(code) == name
    assert within_sentence(code) == expected
    chart = Chart(code, "iphone", "top-free", "finance")
    assert chart_words(chart) == f"App Store, {name} · iPhone · top free · Finance"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("US", ("us",)),
        ("United States", ("us",)),
        ("united states of america", ("us",)),
        ("usa", ("us",)),
        ("uk", ("gb",)),
        ("China mainland", ("cn",)),
        ("Turkiye", ("tr",)),
        ("Cote d'Ivoire", ("ci",)),
        ("Oman", ("om",)),
        ("Untied Kingdom", ("gb",)),
        ("su", ("us", "sa", "sb")),
        ("tl", ("lt", "tc", "td")),
        ("an", ("na", "ae", "af")),
        ("zz", ("za", "zm", "zw")),
        ("", ()),
        ("Atlantis", ()),
    ],
)
def test_the_nearest_are_found_by_code_and_by_name(text: str, codes: tuple[str, ...]) -> None:
    assert nearest(text) == codes


@pytest.mark.parametrize("code", ["tl", "an", "ws", "su", "zz", "aq", "en", "eu", "US", "usa", ""])
def test_a_code_outside_the_list_is_refused_with_the_nearest(code: str) -> None:
    with pytest.raises(InvalidValue, match=f"Invalid storefront '{code}': the App Store has none"):
        check_storefront(code)
    with pytest.raises(InvalidValue, match="nearest: lt .Lithuania., tc .Turks and Caicos"):
        check_storefront("tl")


def test_groups_have_storefronts_only_and_no_group_is_named_as_one() -> None:
    for name, members in GROUPS.items():
        assert list(members) == sorted(set(members)), name
        assert set(members) <= set(NAMES), name
    assert not set(GROUPS) & set(NAMES)
    sizes = {name: len(members) for name, members in GROUPS.items()}
    assert sizes == {
        "all": 175, "asean": 10, "eu": 27, "g7": 7, "g20": 19, "gcc": 6, "nordic": 5, "oecd": 38,
    }  # fmt: skip
    assert set(GROUPS["g7"]) < set(GROUPS["g20"])
    assert set(GROUPS["g7"]) < set(GROUPS["oecd"])


def test_a_group_stands_for_its_storefronts_each_once() -> None:
    assert expand_storefronts(["jp", "G7", "br"]) == (
        "jp", "ca", "de", "fr", "gb", "it", "us", "br",
    )  # fmt: skip
    assert expand_storefronts(["all"]) == tuple(NAMES)
    with pytest.raises(InvalidValue, match=r"storefront 'g8': .*; groups: all, asean, eu, g7, g20"):
        expand_storefronts(["g8"])


def test_a_group_where_one_storefront_is_wanted_is_called_a_group() -> None:
    with pytest.raises(InvalidValue, match="is a group of 7 storefronts: use one .* such as ca"):
        Chart.parse("g7/iphone/top-free/apps")


def test_a_headline_says_first_in_the_united_states() -> None:
    def headline_of(first: str, second: str, hour: int) -> str:
        early = pair({0: (2, 1), 24: (1, 2), 48: (1, 2)}, first)
        late = pair({0: (2, 1), hour: (1, 2), 48: (1, 2)}, second)
        return wave_headline((DEEPSEEK, CHATGPT), lead_days([early, late]))

    assert "in both storefronts, seen first in Japan on " in headline_of("jp", "us", 25)
    assert ", seen first in the United States on " in headline_of("us", "jp", 25)
    # Seen at the same instant, none was first.
    assert "in both storefronts, Japan and the United States on " in headline_of("us", "jp", 24)
