"""From a chart to bytes, by vl-convert: no browser, no network."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any
from zlib import crc32

from tracker.errors import InvalidValue
from tracker.plot.bundle import vegalite
from tracker.plot.packing import drawable
from tracker.plot.png import repacked
from tracker.plot.theme import SIZES

if TYPE_CHECKING:
    from tracker.plot.compose import Plot

#: Pictures are written at two pixels to the point, for today's screens and for paper.
SCALE = 2
SUFFIXES = (".html", ".png", ".svg", ".pdf", ".json")


def specification(chart: Any, *, validate: bool = True) -> dict[str, Any]:
    """CHART as Vega-Lite, with a mark in place of what no picture can show."""
    spec: dict[str, Any] = drawable(chart.to_dict(validate=validate))
    return spec


def saved(
    plot: Plot,
    suffix: str,
    *,
    size: tuple[int, int] = SIZES["wide"],
    table: str = "",
    data: str = "",
) -> bytes:
    """PLOT as ``.html`` (opens offline), ``.png``, ``.svg``, ``.pdf`` or ``.json`` (Vega-Lite).

    A page has any width; all others are SIZE pixels large. TABLE is HTML to stand below a page,
    DATA the command that exports its data.
    """
    if suffix == ".html":
        from tracker.plot.page import page

        return page(plot, table=table, data=data).encode()
    # The tests validate what is drawn here; to do it again takes as long as to draw small plots.
    return render(specification(plot.chart(size), validate=suffix == ".json"), suffix)


def render(spec: dict[str, Any], suffix: str) -> bytes:
    """The picture of SPEC as ``.png``, ``.svg``, ``.pdf`` or ``.json``."""
    import vl_convert

    given: dict[str, Any] = {"vl_version": vegalite(), "allowed_base_urls": []}
    # vl-convert takes a sixth longer over a dict.
    text = json.dumps(spec, ensure_ascii=False, separators=(",", ":"))
    match suffix:
        case ".png":
            # The headline and the description are in it as text, for whoever publishes it.
            words = {"Title": headline(spec), "Software": "apptrack"}
            words["Description"] = spec.get("description", "")
            picture = vl_convert.vegalite_to_png(text, scale=SCALE * _zoom(spec), ppi=72, **given)
            return repacked(picture, words)
        case ".svg":
            return _svg(spec, vl_convert.vegalite_to_svg(text, **given)).encode()
        case ".pdf":
            paper: bytes = vl_convert.vegalite_to_pdf(text, scale=_zoom(spec), **given)
            return paper
        case ".json":
            return text.encode() + b"\n"
    raise InvalidValue(f"Invalid suffix '{suffix}': use {', '.join(SUFFIXES)}")


def headline(spec: dict[str, Any]) -> str:
    return str(spec.get("usermeta", {}).get("headline", ""))


def _zoom(spec: dict[str, Any]) -> float:
    """Pixels of a point."""
    return float(spec.get("usermeta", {}).get("zoom", 1))


def _svg(spec: dict[str, Any], svg: str) -> str:
    """Text stays text; the title and description stand first, and screen readers are led there."""
    description = spec.get("description", "")
    # Of their own, should several pictures stand in one page.
    name = f"apptrack-{crc32(description.encode()):08x}"
    words = (
        f'<title id="{name}-title">{html.escape(headline(spec))}</title>'
        f'<desc id="{name}-desc">{html.escape(description)}</desc>'
    )
    role = f' role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
    return re.sub(r"(<svg\b[^>]*)>", lambda tag: _sized(tag[1], spec) + role + words, svg, count=1)


def _sized(tag: str, spec: dict[str, Any]) -> str:
    """The svg element's tag, its sides in pixels of the zoom."""
    zoom = _zoom(spec)
    if zoom == 1:
        return tag
    return re.sub(
        r'(?<= )(width|height)="([0-9.]+)"',
        lambda side: f'{side[1]}="{float(side[2]) * zoom:g}"',
        tag,
    )
