"""App ids are text: which text is an id of the App Store, and what another seems to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import InvalidValue
from tracker.ids import check_app_ids, check_app_store_id, has_app_store_ids, is_app_store_id
from tracker.model import DEVICES


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


def test_every_device_but_android_has_ids_of_the_app_store() -> None:
    assert all(map(has_app_store_ids, DEVICES))
    assert has_app_store_ids("mac")
    assert not has_app_store_ids("android")
    check_app_ids("android", ["com.openai.chatgpt"])
    with pytest.raises(InvalidValue, match="bundle id"):
        check_app_ids("mac", ["1", "com.openai.chatgpt"])
