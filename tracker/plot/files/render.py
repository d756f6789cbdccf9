"""From a specification to bytes, by vl-convert: no browser, no network, no file of the caller's."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from typing import Any
from zlib import crc32

from tracker.errors import InvalidValue
from tracker.plot.files.bundle import library
from tracker.plot.files.columns import by_column
from tracker.plot.files.packing import packed_all, packed_params
from tracker.plot.files.page import page
from tracker.plot.files.png import repacked

#: Pictures are written at two pixels to the point, for today's screens and for paper.
SCALE = 2
SUFFIXES = (".html", ".png", ".svg", ".json")
#: What XML cannot hold: vl-convert draws by way of SVG, and one of these in a name, which comes
#: from strangers, makes it end the whole process.
_UNDRAWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_NUMBERS = (int, float, type(None))


def render(
    spec: dict[str, Any],
    suffix: str,
    *,
    narrower: Sequence[dict[str, Any]] = (),
    table: str = "",
) -> bytes:
    """The picture as ``.html`` (opens offline), ``.png``, ``.svg`` or ``.json``.

    A ``.html`` has the NARROWER of it as well, widest first, for windows that are too narrow for
    its type; TABLE is HTML to stand beneath it.
    """
    if suffix == ".html":
        return _page([spec, *narrower], table).encode()
    spec = _drawable(spec)
    match suffix:
        case ".png":
            return _png(spec)
        case ".svg":
            return _svg(spec).encode()
        case ".json":
            return json.dumps(spec, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    raise InvalidValue(f"'{suffix}' is no kind of picture (one of {', '.join(SUFFIXES)})")


def _page(specs: Sequence[dict[str, Any]], table: str) -> str:
    told = [_drawable({**spec, "datasets": {}}) for spec in specs]
    # Packed first: of words that come again and again, one is observed.
    rows = packed_all([spec.get("datasets", {}) for spec in specs])
    sheets = [
        {**spec, **packed_params(spec), "datasets": _drawable(own)}
        for spec, own in zip(told, rows, strict=True)
    ]
    return page(
        sheets,
        library(_version(specs[0])),
        title=title(told[0]),
        sizes=[_size(spec) for spec in specs],
        table=table,
    )


def _drawable(value: Any) -> Any:
    """VALUE with a mark in place of what no picture can show."""
    if isinstance(value, str):
        return value if value.isprintable() else _UNDRAWABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        # Rows by the ten thousand are numbers, mostly.
        return {key: one if type(one) in _NUMBERS else _drawable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [one if type(one) in _NUMBERS else _drawable(one) for one in value]
    return value


def _version(spec: dict[str, Any]) -> str:
    """``6.4`` of ``https://vega.github.io/schema/vega-lite/v6.4.0.json``, as vl-convert asks."""
    import vl_convert

    found = re.search(r"/v(\d+)(?:\.(\d+))?", spec["$schema"])
    major, minor = found.groups() if found else ("6", None)
    known: list[str] = vl_convert.get_vegalite_versions()
    exact = f"{major}.{minor}"
    return exact if exact in known else [v for v in known if v.split(".")[0] == major][-1]


def _zoom(spec: dict[str, Any]) -> float:
    """How many pixels a point of the specification has."""
    return float(spec.get("usermeta", {}).get("zoom", 1))


def _size(spec: dict[str, Any]) -> tuple[float, float]:
    """The width and height of the picture, in pixels."""
    if "size" in spec.get("usermeta", {}):
        wide, high = spec["usermeta"]["size"]
        return wide, high
    padding = spec["padding"]
    return (
        spec["width"] + padding["left"] + padding["right"],
        spec["height"] + padding["top"] + padding["bottom"],
    )


def _png(spec: dict[str, Any]) -> bytes:
    """The headline and the description are in it as text, for whoever publishes the picture."""
    import vl_convert

    picture: bytes = vl_convert.vegalite_to_png(
        by_column(spec),
        vl_version=_version(spec),
        scale=SCALE * _zoom(spec),
        ppi=72,
        allowed_base_urls=[],
    )
    told = {"Title": title(spec), "Description": spec["description"], "Software": "apptrack"}
    return repacked(picture, told)


def _svg(spec: dict[str, Any]) -> str:
    """Text stays text; the title and description stand first, and screen readers are led there."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(
        by_column(spec), vl_version=_version(spec), allowed_base_urls=[]
    )
    # Of their own, should several pictures stand in one page.
    name = f"apptrack-{crc32(spec['description'].encode()):08x}"
    words = (
        f'<title id="{name}-title">{html.escape(title(spec))}</title>'
        f'<desc id="{name}-desc">{html.escape(spec["description"])}</desc>'
    )
    told = f' role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
    return re.sub(r"(<svg\b[^>]*)>", lambda tag: _sized(tag[1] + told, spec) + words, svg, count=1)


def _sized(tag: str, spec: dict[str, Any]) -> str:
    """The svg element's tag, for a picture magnified to its full size."""
    if _zoom(spec) == 1:
        return tag
    for side, pixels in zip(("width", "height"), _size(spec), strict=True):
        tag = re.sub(rf'(?<= ){side}="[^"]*"', f'{side}="{pixels:g}"', tag, count=1)
    return tag


def title(spec: dict[str, Any]) -> str:
    """The headline in one line."""
    told = spec.get("usermeta", {}).get("title")
    return str(told) if told else " ".join(spec["title"]["text"])
