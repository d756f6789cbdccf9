"""Pictures from specifications, in the font that vl-convert brings along and in no other.

A machine's own version of that font may set a dot a pixel wider, and so move all that follows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tracker.plot import render

ROOT = Path(__file__).parents[1]
FONT = "Liberation Sans"
#: An empty folder in place of those of the machine.
_NO_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir></fontconfig>
"""


def rendered(specs: Mapping[str, dict[str, Any]]) -> dict[str, bytes]:
    """The PNG of each of SPECS, by its name.

    Drawn in a process of its own, for a process looks for fonts once, before its first picture.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "none").mkdir()
        fonts = folder / "fonts.conf"
        fonts.write_text(_NO_FONTS.format(folder=folder / "none"), "utf-8")
        for key, spec in specs.items():
            spec["config"]["font"] = FONT
            (folder / f"{key}.json").write_text(json.dumps(spec), "utf-8")
        subprocess.run(
            [sys.executable, "-m", "gallery.rendering", name],
            env=os.environ | {"FONTCONFIG_FILE": str(fonts)}, cwd=ROOT, check=True,
        )  # fmt: skip
        return {key: (folder / f"{key}.png").read_bytes() for key in specs}


def _render(folder: Path) -> None:
    for path in folder.glob("*.json"):
        spec = json.loads(path.read_text("utf-8"))
        path.with_suffix(".png").write_bytes(render(spec, ".png"))


if __name__ == "__main__":
    _render(Path(sys.argv[1]))
