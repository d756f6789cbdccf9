"""The catalogue, and how what a person types becomes one app."""

from __future__ import annotations

import re

import pytest

from tracker.catalog import Catalog, assistants
from tracker.errors import UnknownName
from tracker.model import App

#: Ids that circulate in public code and are wrong.
WRONG = {
    "6477489726", "1514817865", "6741262930", "6737534691", "6714467650", "1607772904",
}  # fmt: skip


def test_every_assistant_is_whole_and_no_two_are_alike() -> None:
    known = [assistant.app for assistant in assistants()]
    assert len(known) >= 22
    for attribute in ("alias", "app_id", "name", "colour"):
        result = [getattr(app, attribute) for app in known]
        assert len(set(result)) == len(result), attribute
    assert all(re.fullmatch(r"\d+", app.app_id) for app in known)
    assert all(re.fullmatch(r"#[0-9a-f]{6}", app.colour or "") for app in known)
    assert {assistant.evidence for assistant in assistants()} == {"several", "one"}
    assert not WRONG & {app.app_id for app in known}


@pytest.mark.parametrize(
    "text", ["deepseek", "DeepSeek", " deepseek ", "DEEPSEEK", "6737597349", "deepse"]
)
def test_an_app_is_found_by_alias_name_or_id(text: str) -> None:
    assert Catalog().find(text).app_id == "6737597349"


def test_an_unknown_id_stands_for_itself() -> None:
    assert Catalog().find("42") == App("42", "42")
    assert Catalog(seen=lambda text: [App("42", "Filler 42")]).find("42").name == "Filler 42"


def test_an_unknown_alias_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean deepseek"):
        Catalog().find("depseek")
    with pytest.raises(UnknownName, match="apptrack apps search"):
        Catalog().find("zzzzzz")
    with pytest.raises(UnknownName, match="no app is called ''"):
        Catalog().find("")


def test_an_ambiguous_name_lists_the_candidates_with_their_ids() -> None:
    with pytest.raises(UnknownName, match=r"fits 2 apps: .*6472538445.*541164041.*by its id"):
        Catalog().find("Microsoft")
    many = [App(str(number), f"Filler {number}") for number in range(20)]
    with pytest.raises(UnknownName, match=r"fits 20 apps: .*and 12 more"):
        Catalog(seen=lambda text: many).find("Filler")


def test_a_name_in_the_database_serves_where_it_fits_one_app_only() -> None:
    catalog = Catalog(seen=lambda text: [App("1", "Filler One"), App("2", "Filler One Pro")])
    assert catalog.find("filler one").app_id == "1"
    assert (
        Catalog(seen=lambda text: [App("6737597349", "DeepSeek - AI Assistant")])
        .find("DeepSeek - AI")
        .alias
        == "deepseek"
    )


def test_own_apps_come_before_the_assistants() -> None:
    own = App("7", "My DeepSeek", "deepseek")
    assert Catalog([own]).find("deepseek") is own
    assert len(Catalog([own]).apps) == len(Catalog().apps)
