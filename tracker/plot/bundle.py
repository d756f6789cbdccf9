"""The JavaScript that draws on a screen: made once by vl-convert, stored in the user's cache."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from importlib.metadata import version as package_version
from pathlib import Path

#: What the bundled script offers to the page.
_GLOBALS = "window.vegaEmbed = vegaEmbed;"


def library(version: str) -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, stored in the user's cache once bundled.

    Bundling takes about two seconds in each process.
    """
    cached = cache() / f"vega-{package_version('vl-convert-python')}-{version}.js"
    with suppress(OSError):
        return cached.read_text(encoding="utf-8")
    import vl_convert

    script: str = vl_convert.javascript_bundle(_GLOBALS, vl_version=version)
    with suppress(OSError):
        cached.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when whole, so that another process never reads half of it.
        part = cached.with_suffix(f".{secrets.token_hex(4)}")
        part.write_text(script, encoding="utf-8")
        part.replace(cached)
    return script


def vegalite() -> str:
    """Altair's version of Vega-Lite, or the newest that vl-convert has of the same major one."""
    import altair
    import vl_convert

    major, minor = altair.SCHEMA_VERSION.removeprefix("v").split(".")[:2]
    known: list[str] = vl_convert.get_vegalite_versions()
    exact = f"{major}.{minor}"
    return exact if exact in known else [v for v in known if v.split(".")[0] == major][-1]


def cache() -> Path:
    """Where apptrack keeps what it can make again."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "apptrack"
