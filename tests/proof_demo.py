"""The whole demo as a person runs it: played, collected, drawn, and called a reconstruction."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.shop import as_process, environment
from tracker.demo.script import facts
from tracker.model import Provenance
from tracker.store import Store
from tracker.verify import verify


def test_the_demo_is_the_main_job_and_says_what_it_is() -> None:
    done = as_process("demo", "--db", "made/demo.db", "--out", "pictures")
    assert done.returncode == 0, done.stderr
    assert "reconstructed, not recorded" in done.stdout
    assert "a reconstruction" in done.stderr
    headline = done.stdout.splitlines()[-1]
    assert re.search(
        r"^Reconstruction: DeepSeek took number one from ChatGPT on 26 January 2025$",
        headline,
    )
    assert sorted(path.name for path in Path("pictures").iterdir()) == ["demo.html", "demo.png"]
    page = Path("pictures/demo.html").read_text("utf-8")
    assert "econstruction" in page
    assert "Filler 001" not in page
    assert [path.name for path in Path("made").iterdir()] == ["demo.db"]
    with Store(Path("made/demo.db")) as store:
        assert store.provenances() == {Provenance.RECONSTRUCTED, Provenance.REPORTED}
        (outcomes,) = store.db.execute(
            "SELECT sum(outcome = 'saved'), sum(outcome = 'failed'), sum(url LIKE 'http://127.0.0.1:%'),"
            " count(*) FROM fetches"
        ).fetchall()
        saved, failed, loopback, every = outcomes
        assert loopback == every
        assert saved > 100
        assert failed >= 3
        checked = verify(store)
        assert (checked.proved, checked.findings) == (saved, ())
        assert store.counts()["events"] == len(facts())


def test_ctrl_c_leaves_nothing_behind() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "demo", "--db", "made/demo.db", "--out", "pictures"],
        env=environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "23 January" in line:
            break
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 1
    assert out == ""
    assert list(Path("made").iterdir()) == []
    assert not Path("pictures").exists()
