"""The files of ``deploy/``: checked by systemd's own reader, and their commands run for real.

Needs ``systemd-analyze``, which Debian has in the package ``systemd``.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.shop import Shop, environment, ranked
from tracker.errors import StoreError
from tracker.loopback.server import LoopbackStore
from tracker.model import Chart
from tracker.settings.shards import read_shard
from tracker.store import Reader

DEPLOY = Path(__file__).parents[1] / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("apptrack*.*") if path.suffix != ".yaml")
PROGRAM = "/opt/apptrack/bin/apptrack"
CHARTS = [Chart.parse(f"{code}/iphone/top-free/apps") for code in ("us", "jp", "de", "fr")]
SHOP = Shop({chart: ranked(*range(1, 21)) for chart in CHARTS})


def installed(folder: Path) -> str:
    """A program that is this one, at a path of its own."""
    program = folder / "apptrack"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tracker "$@"\n')
    program.chmod(0o755)
    return str(program)


def values(name: str, key: str) -> list[str]:
    text = (DEPLOY / name).read_text("utf-8")
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def instance(name: str, shard: str) -> dict[str, str]:
    """The environment of an instance such as ``1-2``, as systemd expands it."""
    lines = " ".join(values(name, "Environment"))
    text = lines.replace("%I", shard.replace("-", "/")).replace("%i", shard)
    return dict(part.split("=", 1) for part in shlex.split(text))


def composed(name: str) -> Mapping[str, Any]:
    return yaml.safe_load((DEPLOY / name).read_text("utf-8"))["services"]  # type: ignore[no-any-return]


def collected(base: str, command: Sequence[str], more: Mapping[str, str]) -> None:
    """Run a collector as a daemon until its first pass is over, and end it as systemd does."""
    variables = environment(base) | {"APPTRACK_CHARTS": ",".join(map(str, CHARTS))}
    variables |= more
    db = Path(variables["APPTRACK_DB"])
    wanted = sum(read_shard(more["APPTRACK_SHARD"]).has(chart) for chart in CHARTS)
    process = subprocess.Popen(command, env=variables, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while len(snapshots(db)) < wanted:
            assert time.monotonic() < end
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def snapshots(db: Path) -> list[int]:
    try:
        with Reader(db) as reader:
            return reader.snapshot_ids()
    except StoreError:  # it is not there yet, or has no tables yet
        return []


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    """Of a copy that names a program which is there."""
    program = installed(tmp_path)
    for name in UNITS:
        text = (DEPLOY / name).read_text("utf-8")
        assert PROGRAM in text or name.endswith(".timer")
        (tmp_path / name).write_text(text.replace(PROGRAM, program))
    done = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / name for name in UNITS)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_fault_in_a_unit_would_be_found(tmp_path: Path) -> None:
    text = (DEPLOY / "apptrack.service").read_text("utf-8").replace(PROGRAM, installed(tmp_path))
    (tmp_path / "apptrack.service").write_text(text.replace("ProtectHome=yes", "ProtectHuis=yes"))
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "apptrack.service"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "ProtectHuis" in done.stderr


@pytest.mark.parametrize("conflict", [False, True])
def test_the_units_collect_merge_and_export(conflict: bool, tmp_path: Path) -> None:
    """Two collectors, the merge, the export: each as its unit has it, without systemd itself.

    A snapshot that cannot be merged keeps nothing else back.
    """
    program = installed(tmp_path)
    (run,) = values("apptrack@.service", "ExecStart")
    with LoopbackStore(SHOP) as store:
        for shard in ("1-2", "2-2"):
            there = instance("apptrack@.service", shard)
            collected(store.base, shlex.split(run.replace(PROGRAM, program)), there)
    if conflict:
        shutil.copy("shards/1-2.db", "shards/3.db")
        with closing(sqlite3.connect("shards/3.db")) as damaged, damaged:
            damaged.execute("DELETE FROM entries WHERE rank = 2")
    failed = []
    for line in values("apptrack-merge.service", "ExecStart"):
        command = shlex.split(line.removeprefix("-").replace(PROGRAM, program))
        done = subprocess.run(
            command, env=environment(), capture_output=True, text=True, check=False
        )
        failed += [done.stderr] if done.returncode else []
        if done.returncode and not line.startswith("-"):
            break  # as systemd does
    assert len(failed) == conflict, failed
    assert_all_is_there()


@pytest.mark.parametrize("service", ["first", "second", "merge"])
def test_each_service_has_what_it_needs(service: str) -> None:
    service_unit = composed("compose.yaml")[service]
    assert service_unit["build"]["dockerfile"] == "Containerfile"
    assert (DEPLOY / service_unit["build"]["context"] / "Containerfile").is_file()
    assert {"alerts", "metrics", "parquet"} == set(
        service_unit["build"]["args"]["EXTRAS"].split(",")
    )
    assert service_unit["volumes"][0] == "data:/var/lib/apptrack"
    assert service_unit["volumes"][1].endswith(":/var/lib/apptrack/apptrack.toml:ro")


def test_the_services_collect_merge_and_export(tmp_path: Path) -> None:
    """What the containers run, without a container."""
    program = installed(tmp_path)
    services = composed("compose.yaml")
    with LoopbackStore(SHOP) as store:
        for name in ("first", "second"):
            service = services[name]
            collected(store.base, [program, *service["command"]], service["environment"])
    merge = services["merge"]
    *shell, script = merge["entrypoint"]
    once = script.replace("sleep 3600", "test ! -e parquet/README.md")
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        [*shell, once], env=environment(**merge["environment"]) | path, capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip
    assert "apptrack:" not in done.stderr, done.stderr
    assert_all_is_there()


def assert_all_is_there() -> None:
    """Every chart of both shards is in the merged database, and in the Parquet files."""
    with Reader(Path("apptrack.db")) as reader:
        assert set(reader.charts()) == set(CHARTS)
    assert len(list(Path("parquet/snapshots").rglob("*.parquet"))) == len(CHARTS)


def test_the_cluster_is_a_master_and_two_workers_that_find_it() -> None:
    services = composed("spark/compose.yaml")
    master, first, second = (services[name] for name in ("master", "first", "second"))
    port = re.search(r"-p (\d+)", master["command"])[1]  # type: ignore[index]
    assert first["command"].endswith(f" spark://localhost:{port}")
    assert second["command"] == first["command"]
    for container in (master, first, second):
        assert container["network_mode"] == "host"
        assert container["volumes"] == ["${DATA:?the folder of Parquet files}:${DATA}:ro"]
