"""The walk of docs/backfill.md on a loopback archive of January 2025, printed again and compared.

``python -m tests.proof_backfill_walk`` writes what the program prints into the page.
"""

from __future__ import annotations

import os
import re
import shlex
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.january import january
from tests.support.shop import apptrack
from tracker.loopback.server import LoopbackStore
from tracker.model import Provenance
from tracker.words import PROVENANCES

PAGE = Path(__file__).parents[1] / "docs" / "backfill.md"
STEP = re.compile(r"```text\n\$ (apptrack [^\n]*)\n[^`]*```")
NO_PACE = {
    "APPTRACK_BACKFILL_INDEX_PER_MINUTE": "0", "APPTRACK_BACKFILL_COPIES_PER_MINUTE": "0",
    "APPTRACK_DB": "walk.db",
}  # fmt: skip


#: How many lines of a long output the page shows, before the last one.
SHOWN = 6


def walked(text: str, base: str) -> str:
    """TEXT with the output of each step printed again, in the folder this is called in."""

    def printed(match: re.Match[str]) -> str:
        lines = said(match[1], base).rstrip().splitlines()
        if len(lines) > 24:
            lines = [*lines[:SHOWN], "…", lines[-1]]
        output = "\n".join(line.rstrip() for line in lines)
        # One second for a copy is what the page says, and no test waits for.
        output = output.replace("26 left to read", "26 left to read: at least 26 s")
        return f"```text\n$ {match[1]}\n{output}\n```"

    return STEP.sub(printed, text)


def said(call: str, base: str) -> str:
    """What a call of the program prints, with the archive's real address."""
    done = apptrack(*shlex.split(call)[1:], APPTRACK_BASE_WAYBACK=base, **NO_PACE)
    assert done.returncode == 0, done.stderr
    return done.stdout.replace(base, "https://web.archive.org")


def test_the_walk_prints_what_the_page_shows() -> None:
    text, archive = PAGE.read_text("utf-8"), january()
    with LoopbackStore(archive) as served:
        assert walked(text, served.base) == text, "if meant: python -m tests.proof_backfill_walk"
        assert (archive.count("index"), archive.count("copy")) == (4, 25)
        assert max(request.together for request in archive.asked) == 1
        (block,) = [
            block for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "cite" in block
        ]
        outputs = {
            line.split()[1]: said(line.replace(".html", ".vl.json"), served.base)
            for line in block.splitlines()
        }
    assert "19 snapshots, at most 16.9 h apart" in outputs["overtakes"]
    assert outputs["overtakes"].count("confirmed") == 1
    assert outputs["brief"].count("19 snapshots in 6 days, at most 16.9 h apart") == 3
    for name in ("overtakes", "brief", "cite"):
        assert PROVENANCES[Provenance.ARCHIVED] in outputs[name].replace("From", "from")
    assert outputs["cite"].count("https://web.archive.org/web/20250126") == 3
    assert outputs["verify"].startswith("21 snapshots proved from their payloads, 0 have none")
    assert "0 findings" in outputs["verify"]
    (picture,) = Path().glob("january*")
    text = picture.read_text("utf-8")
    assert "archived-web-charts" in text
    assert "at most 16.9 h apart" in text


if __name__ == "__main__":
    with TemporaryDirectory() as name, chdir(name), LoopbackStore(january()) as loopback:
        os.environ["XDG_CACHE_HOME"] = name
        PAGE.write_text(walked(PAGE.read_text("utf-8"), loopback.base), "utf-8")
