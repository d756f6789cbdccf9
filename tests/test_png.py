"""A picture compressed again is the same picture."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from vl_convert import svg_to_png

from tracker.plot.png import repacked

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><rect width="300" '
    'height="200" fill="#fff"/><path d="M9 180L90 20L290 150" stroke="#059" fill="none"/></svg>'
)


def test_not_a_pixel_differs_and_it_is_smaller() -> None:
    before = svg_to_png(SVG, scale=2, ppi=72)
    after = repacked(before)
    assert len(after) < 0.7 * len(before)
    pictures = [Image.open(io.BytesIO(png)) for png in (before, after)]
    assert pictures[0].mode == pictures[1].mode
    assert pictures[0].info.get("dpi") == pictures[1].info.get("dpi")
    assert pictures[0].tobytes() == pictures[1].tobytes()
    assert repacked(after) == after


def test_a_damaged_checksum_would_be_seen() -> None:
    """Pillow checks them, so the test above does too."""
    png = bytearray(repacked(svg_to_png(SVG)))
    png[-6] ^= 1
    png[40] ^= 1
    with pytest.raises((OSError, SyntaxError)):
        Image.open(io.BytesIO(bytes(png))).load()
