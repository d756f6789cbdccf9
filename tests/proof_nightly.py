"""The nightly run counts what passed and what failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.nightly import BY_NAME, TRIALS, main, suite

TEST = """from pathlib import Path


def test_every_second_time():
    seen = Path("seen")
    seen.write_text(seen.read_text() + "." if seen.exists() else ".")
    assert len(seen.read_text()) % 2
"""


def test_the_suite_is_run_again_and_again_and_each_outcome_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "test_some.py").write_text(TEST, "utf-8")
    with pytest.raises(AssertionError, match="2 of 3 runs passed"):
        suite(3, tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert [line[:7] for line in lines if line.startswith("run")] == [
        "run   1",
        "run   2",
        "run   3",
    ]
    assert "1 failed" in lines[1]
    assert "FAILED test_some.py::test_every_second_time" in lines[2]
    (tmp_path / "seen").unlink()
    assert suite(1, tmp_path) == "1 of 1 runs passed"


def test_the_suite_is_run_only_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert not set(BY_NAME) & set(TRIALS)
    with pytest.raises(SystemExit):
        main(["no-such-trial"])
    assert "suite" in capsys.readouterr().err
