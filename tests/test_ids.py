"""App ids are text: which text is an id of the App Store, and what another seems to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import InvalidValue
from tracker.ids import (
    check_app_ids,
    check_app_store_id,
    check_package,
    is_app_store_id,
    is_package,
    store_of_id,
)
from tracker.model import DEVICES
from tracker.stores import APP_STORE, PLAY, store_of

FORMS = {APP_STORE: is_app_store_id, PLAY: is_package}


@pytest.mark.parametrize("text", ["1", "281796108", "6448311069", "9" * 19])
def test_an_id_of_the_app_store_is_digits(text: str) -> None:
    check_app_store_id(text)
    assert is_app_store_id(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "it is empty"),
        ("0", "it is zero"),
        ("000", "it is zero"),
        ("06448311069", "it has leading zeros"),
        ("id6448311069", "it has the prefix 'id'"),
        ("ID6448311069", "it has the prefix 'id'"),
        ("https://apps.apple.com/us/app/chatgpt/id6448311069", "it is an address"),
        ("6.44831E+09", "it is in scientific notation, its last digits are lost"),
        ("6,44831e9", "it is in scientific notation, its last digits are lost"),
        ("6448311069.0", "it is a decimal number"),
        ("6448311069.5", "it is a number with a fraction"),
        ("6448311069,5", "it is a number with a fraction"),
        ("6,448,311,069", "it has thousands separators"),
        ("6 448 311 069", "it has thousands separators"),
        ('="6448311069"', "it is a spreadsheet's formula"),
        ("com.openai.chat", "it is a bundle id"),
        ("ChatGPT", "it is not a number"),
        ("-6448311069", "it is not a number"),
        ("6448311069\n", "it is not a number"),
        ("٦٤٤٨٣١١٠٦٩", "it is not a number"),
        ("1" * 20, "it is longer than any id"),
        ("#REF!", "it is not a number"),
    ],
)
def test_what_is_no_id_is_named_by_what_it_seems_to_be(text: str, what: str) -> None:
    assert not is_app_store_id(text)
    with pytest.raises(InvalidValue) as caught:
        check_app_store_id(text)
    assert f": {what}; use the number in the app's App Store address" in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text())
def test_any_text_is_an_id_or_refused_in_one_short_line(text: str) -> None:
    if is_app_store_id(text):
        assert text == str(int(text))
        assert int(text) > 0
        return
    with pytest.raises(InvalidValue) as caught:
        check_app_store_id(text)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 800


@pytest.mark.parametrize(
    "text", ["com.openai.chatgpt", "ai.x.grok", "a.b", "com.example.a_b1", "Com.Example.App"]
)
def test_an_id_of_google_play_is_a_package_name(text: str) -> None:
    check_package(text)
    assert is_package(text)
    assert store_of_id(text) == PLAY


@pytest.mark.parametrize(
    "text",
    ["", "com", "6448311069", "com.", ".com", "com..x", "com.1x", "1com.x", "com.open-ai",
     "com.x\n", "com.é", "https://play.google.com/store/apps/details?id=com.x", "a." + "b" * 149],
)  # fmt: skip
def test_what_is_no_package_name_is_refused_in_one_line(text: str) -> None:
    assert not is_package(text)
    with pytest.raises(InvalidValue, match="Google Play address") as caught:
        check_package(text)
    assert len(str(caught.value).splitlines()) == 1


@given(st.text() | st.from_regex(r"[A-Za-z0-9._]{1,20}", fullmatch=True))
def test_no_text_is_an_id_in_both_stores(text: str) -> None:
    """So an app id alone says which store it is of, and two stores never share one."""
    stores = [store for store, is_id in FORMS.items() if is_id(text)]
    assert store_of_id(text) == (stores[0] if stores else None)
    assert len(stores) < 2


def test_the_device_says_which_store_the_ids_are_of() -> None:
    assert {store_of(device) for device in DEVICES if device != "android"} == {APP_STORE}
    assert store_of("android") == PLAY
    check_app_ids("android", ["com.openai.chatgpt"])
    with pytest.raises(InvalidValue, match="bundle id"):
        check_app_ids("mac", ["1", "com.openai.chatgpt"])
    with pytest.raises(InvalidValue, match="is an id of the App Store"):
        check_app_ids("android", ["com.openai.chatgpt", "1"])
