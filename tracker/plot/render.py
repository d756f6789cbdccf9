"""From a specification to bytes, by vl-convert: no browser, no network, no file of the caller's."""

from __future__ import annotations

import html
import json
import os
import re
import secrets
from contextlib import suppress
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from tracker.errors import InvalidValue

#: Pictures are written at two pixels to the point, for today's screens and for paper.
SCALE = 2
SUFFIXES = (".html", ".png", ".svg", ".json")
#: What the bundled script offers to the page.
_GLOBALS = "window.vegaEmbed = vegaEmbed;"
#: Nothing may be loaded from anywhere; Vega compiles its expressions, hence 'unsafe-eval'.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="apptrack">
<title>{title}</title>
<style>
body {{ margin: 0; background: {background}; }}
figure {{ margin: 0 auto; max-width: {width}px; }}
#plot, #plot svg {{ display: block; width: 100%; height: auto; overflow: visible; }}
#vg-tooltip-element {{ font-family: {font}; }}
</style>
</head>
<body>
<figure role="img" aria-label="{description}"><div id="plot"></div></figure>
<noscript><p>{description}</p></noscript>
<script>{library}</script>
<script type="application/json" id="specification">{specification}</script>
<script>
const specification = JSON.parse(document.getElementById("specification").textContent);
vegaEmbed("#plot", specification, {{ renderer: "svg", actions: false }});
</script>
</body>
</html>
"""


def render(spec: dict[str, Any], suffix: str) -> bytes:
    """The picture as ``.html`` (opens offline), ``.png``, ``.svg`` or ``.json``."""
    match suffix:
        case ".html":
            return _html(spec).encode()
        case ".png":
            return _png(spec)
        case ".svg":
            return _svg(spec).encode()
        case ".json":
            return json.dumps(spec, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    raise InvalidValue(f"'{suffix}' is no kind of picture (one of {', '.join(SUFFIXES)})")


def _version(spec: dict[str, Any]) -> str:
    """``6.4`` of ``https://vega.github.io/schema/vega-lite/v6.4.0.json``, as vl-convert asks."""
    import vl_convert

    found = re.search(r"/v(\d+)(?:\.(\d+))?", spec["$schema"])
    major, minor = found.groups() if found else ("6", None)
    known: list[str] = vl_convert.get_vegalite_versions()
    exact = f"{major}.{minor}"
    return exact if exact in known else [v for v in known if v.split(".")[0] == major][-1]


def _png(spec: dict[str, Any]) -> bytes:
    import vl_convert

    picture: bytes = vl_convert.vegalite_to_png(
        spec, vl_version=_version(spec), scale=SCALE, ppi=72, allowed_base_urls=[]
    )
    return picture


def _svg(spec: dict[str, Any]) -> str:
    """Text stays text; the title and description stand first, where screen readers look."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=_version(spec), allowed_base_urls=[])
    words = f"<title>{html.escape(title(spec))}</title><desc>{_escaped(spec)}</desc>"
    return re.sub(r"(<svg\b[^>]*>)", lambda tag: tag[1] + words, svg, count=1)


def _html(spec: dict[str, Any]) -> str:
    padding = spec["padding"]
    return _PAGE.format(
        policy=_POLICY,
        title=html.escape(title(spec)),
        description=_escaped(spec),
        background=spec["background"],
        width=round(spec["width"] + padding["left"] + padding["right"]),
        font=spec["config"]["font"],
        library=library(_version(spec)),
        specification=inert(json.dumps(spec, ensure_ascii=False, separators=(",", ":"))),
    )


def title(spec: dict[str, Any]) -> str:
    """The headline in one line."""
    return " ".join(spec["title"]["text"])


def _escaped(spec: dict[str, Any]) -> str:
    return html.escape(spec["description"])


def inert(text: str) -> str:
    """JSON in which no name can end the script element or start a comment in it."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def library(version: str) -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, kept in the user's cache once bundled.

    Bundling takes about two seconds in each process.
    """
    import vl_convert

    kept = cache() / f"vega-{package_version('vl-convert-python')}-{version}.js"
    with suppress(OSError):
        return kept.read_text(encoding="utf-8")
    script: str = vl_convert.javascript_bundle(_GLOBALS, vl_version=version)
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when whole, so that another process never reads half of it.
        part = kept.with_suffix(f".{secrets.token_hex(4)}")
        part.write_text(script, encoding="utf-8")
        part.replace(kept)
    return script


def cache() -> Path:
    """Where apptrack keeps what it can make again."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "apptrack"
