"""An export to a bucket of an object store: a real server on loopback, moto's.

Needs ``moto[server]``; ``.ci/run`` gives it the environment of the Spark cluster.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError

import pytest

from benchmarks.cluster import free_port
from benchmarks.fiveyears import make
from tests.support.market import market
from tests.support.shop import as_process, environment
from tests.support.stored import snapshot
from tracker.store import Store

pytestmark = pytest.mark.skipif(not find_spec("moto"), reason="moto is not installed")
DB, HERE, THERE = Path("some.db"), Path("here"), "s3://charts/years"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an object store with the bucket ``charts``, in the environment."""
    from pyarrow import fs

    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "word", "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": address, "AWS_EC2_METADATA_DISABLED": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with Path("moto.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 60
        while not answers(address):
            assert time.monotonic() < end
            time.sleep(0.2)
        fs.S3FileSystem(endpoint_override=address, allow_bucket_creation=True).create_dir("charts")
        yield address
    finally:
        process.terminate()
        process.wait(30)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1):
            return True
    except (URLError, OSError):
        return False


def exported(place: object) -> subprocess.CompletedProcess[str]:
    return as_process("export", "parquet", place, "--db", DB)


def in_bucket(address: str) -> dict[str, bytes]:
    from pyarrow import fs

    files = fs.S3FileSystem(endpoint_override=address)
    root = THERE.removeprefix("s3://")
    listed = files.get_file_info(fs.FileSelector(root, recursive=True, allow_not_found=True))
    return {
        info.path[len(root) + 1 :]: files.open_input_stream(info.path).read()
        for info in listed
        if info.type == fs.FileType.File
    }


def in_folder() -> dict[str, bytes]:
    return {
        file.relative_to(HERE).as_posix(): file.read_bytes()
        for file in HERE.rglob("*")
        if file.is_file() and file.name != ".lock"
    }


def test_a_bucket_gets_the_files_of_a_folder_and_only_what_changed(store: str) -> None:
    market(DB, 100)
    for place in (HERE, THERE):
        assert exported(place).returncode == 0
    assert in_bucket(store) == in_folder()
    again = exported(THERE)
    assert again.stdout.startswith(f"{THERE}: 0 chart months written, 2 unchanged;"), again
    with Store(DB) as database:
        database.save(snapshot(5000, (1, 2, 3)))
    for place in (HERE, THERE):
        assert exported(place).stdout.startswith(f"{place}: 1 chart month written, 2 unchanged;")
    assert in_bucket(store) == in_folder()


def test_a_killed_export_leaves_whole_files_and_is_resumed(store: str) -> None:
    """Every entry is there before the snapshot that it belongs to."""
    make(DB, 0.4, 2)
    begun = time.monotonic()
    assert exported(HERE).returncode == 0
    usual, whole, dice, killed = 3 * (time.monotonic() - begun), in_folder(), random.Random(1), 0
    for _ in range(4):
        command = [sys.executable, "-m", "tracker", "export", "parquet", THERE, "--db", str(DB)]
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.2, 0.6) * usual)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        for name, content in in_bucket(store).items():
            assert content == whole[name]
            if name.startswith("snapshots/"):
                assert name.replace("snapshots/", "entries/", 1) in in_bucket(store)
    assert killed
    assert exported(THERE).returncode == 0
    assert in_bucket(store) == whole


def test_what_cannot_be_used_is_refused_in_a_line(store: str) -> None:
    market(DB, 20)
    for place, words in (
        ("s3://", "write s3://BUCKET or s3://BUCKET/FOLDER"),
        ("s3://a b/c", "write s3://BUCKET or s3://BUCKET/FOLDER"),
        ("s3://no-such-bucket/x", "The specified bucket does not exist"),
    ):
        said = exported(place)
        assert (said.returncode, said.stdout) == (1, ""), said
        assert words in said.stderr
        assert said.stderr.count("\n") == 1
    assert exported(THERE).returncode == 0
    before = in_bucket(store)
    DB.unlink()
    market(DB, 20)
    said = exported(THERE)
    assert said.stderr.startswith(f"apptrack: {THERE}: is of another database;"), said
    said = exported("s3://charts")
    assert "is not empty, and no folder of 'apptrack export parquet'" in said.stderr
    assert in_bucket(store) == before


def test_a_store_that_does_not_answer_is_named_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    market(DB, 20)
    said = exported(THERE)
    assert (said.returncode, said.stdout) == (1, "")
    assert "Could not connect to server" in said.stderr
    assert said.stderr.count("\n") == 1
    assert os.environ["AWS_ENDPOINT_URL"] not in said.stdout
