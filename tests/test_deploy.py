"""The files for systemd and for containers say what the program does and needs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from tracker.cli import main
from tracker.settings import FetchSettings, parse_duration

ROOT = Path(__file__).parents[1]
UNIT = (ROOT / "deploy" / "apptrack.service").read_text("utf-8")
IMAGE = (ROOT / "Containerfile").read_text("utf-8")


def unit(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE)


def image(word: str) -> list[str]:
    return re.findall(rf"^{word} (.*)$", IMAGE.replace("\\\n", ""), re.MULTILINE)


def test_the_watchdog_waits_longer_than_an_attempt_may_last() -> None:
    assert unit("Type") == ["notify"]
    (patience,) = unit("WatchdogSec")
    longest = FetchSettings().total_timeout + FetchSettings().longest_wait
    assert parse_duration(patience.removesuffix("in")).total_seconds() > 2 * longest


def test_nothing_that_runs_for_years_has_rights() -> None:
    assert unit("User") == ["apptrack"]
    assert unit("CapabilityBoundingSet") == [""]
    assert unit("NoNewPrivileges") == ["yes"]
    (user,) = image("USER")
    assert user.split(":")[0] in image("RUN")[1]
    assert int(user.split(":")[0]) > 0


@pytest.mark.parametrize(
    "command",
    [
        shlex.split(unit("ExecStart")[0])[1:],
        re.findall(r'"(\S+?)"', image("CMD")[0]),
        re.findall(r'"(\S+?)"', image("HEALTHCHECK")[0])[1:],
    ],
)
def test_the_commands_are_the_programs(command: list[str]) -> None:
    assert command
    assert CliRunner().invoke(main, [*command, "--help"]).exit_code == 0


def test_what_is_left_out_of_the_image_is_left_out_by_every_engine() -> None:
    ignored = (ROOT / ".containerignore").read_text("utf-8")
    assert (ROOT / ".dockerignore").read_text("utf-8") == ignored
    taken = re.findall(r"^!(\S+)$", ignored, re.MULTILINE)
    assert all((ROOT / name).exists() for name in taken)
    needed = re.findall(
        r"(?:file: |license_files = )(\S+)", (ROOT / "setup.cfg").read_text("utf-8")
    )
    assert {*needed, "share", "setup.cfg", "pyproject.toml", "tracker"} == set(taken)
