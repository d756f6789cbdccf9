"""The file behind a name: one lock for all names that lead to it, and the disk it is on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.shop import apptrack
from tests.support.stored import snapshot
from tracker.daemon import alone, turn
from tracker.errors import AlreadyRunning, StoreError
from tracker.status import holder_of
from tracker.store import Reader, Store
from tracker.store.files import file_system, real, refuse_network_drive

MOUNTS = """\
/dev/vda / ext4 rw 0 0
tmpfs /dev/shm tmpfs rw 0 0
server:/export /mnt/far nfs4 rw 0 0
//server/share /mnt/with\\040space cifs rw 0 0
/dev/vdb /mnt/far/near ext4 rw 0 0
tmpfs /mnt/twice tmpfs rw 0 0
server:/twice /mnt/twice nfs rw 0 0
nonsense
"""


def other_names(database: Path) -> list[Path]:
    """Other ways to spell DATABASE, and links that lead to it."""
    folder = database.absolute().parent
    Path("link.db").symlink_to(database.absolute())
    Path("folder").symlink_to(folder)
    Path("sub").mkdir()
    return [
        Path("link.db"),
        Path("folder") / database.name,
        Path("sub") / ".." / database.name,
        database.absolute(),
    ]


def test_one_daemon_by_whatever_name(tmp_path: Path) -> None:
    database = Path("apptrack.db")
    database.touch()
    for other in other_names(database):
        with alone(database):
            with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}, since"), alone(other):
                pass
            holder = holder_of(other)
            assert holder is not None
            assert holder.pid == os.getpid()
        with alone(other), pytest.raises(AlreadyRunning), alone(database):
            pass


def test_one_turn_by_whatever_name() -> None:
    database = Path("apptrack.db")
    database.touch()
    for other in other_names(database):
        with turn(database, "delivery") as first, turn(other, "delivery") as second:
            assert (first, second) == (True, False)


def test_a_file_that_is_not_there_yet_has_a_lock_by_its_target() -> None:
    Path("link.db").symlink_to("apptrack.db")
    with alone(Path("link.db")), pytest.raises(AlreadyRunning), alone(Path("apptrack.db")):
        pass


def test_a_file_with_two_names_is_read_and_never_written() -> None:
    with Store(Path("apptrack.db")) as store:
        store.save(snapshot(0, [1]))
    os.link("apptrack.db", "second.db")
    for name in ("apptrack.db", "second.db"):
        for command in ("collect", "run", "migrate", "reparse", "import charts.csv"):
            Path("charts.csv").touch()
            done = apptrack(*command.split(), "--db", name)
            assert done.returncode == 1, done
            assert done.stderr.startswith(f"apptrack: {name} has 2 names (hard links)")
            assert "remove all but one" in done.stderr
            assert done.stderr.count("\n") == 1
        assert apptrack("top", "--db", name).returncode == 0
    Path("second.db").unlink()
    Store(Path("apptrack.db")).close()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/apptrack.db", "ext4"),
        ("/mnt/far/apptrack.db", "nfs4"),
        ("/mnt/far/near/apptrack.db", "ext4"),
        ("/mnt/farther/apptrack.db", "ext4"),
        ("/mnt/with space/apptrack.db", "cifs"),
        ("/mnt/twice/apptrack.db", "nfs"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    assert file_system(Path(path), MOUNTS) == kind


def test_a_network_drive_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mounts").write_text(f"server:/x {real(Path())} nfs4 rw 0 0\n", "utf-8")
    monkeypatch.setattr("tracker.store.files._MOUNTS", Path("mounts"))
    with pytest.raises(StoreError, match=r"on a network drive \(nfs4\).*'apptrack backup'"):
        refuse_network_drive(Path("apptrack.db"))
    refuse_network_drive(Path("/elsewhere/apptrack.db"))


@pytest.mark.parametrize(
    "kind",
    ["ceph", "fuse.cephfs", "lustre", "beegfs", "vboxsf", "virtiofs", "fuse.gvfsd-fuse"],
)
def test_every_drive_of_another_machine_is_refused(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("mounts").write_text(f"far {real(Path())} {kind} rw 0 0\n", "utf-8")
    monkeypatch.setattr("tracker.store.files._MOUNTS", Path("mounts"))
    with pytest.raises(StoreError, match=f"on a network drive .{kind}."):
        Store(Path("apptrack.db"))


def test_a_database_on_a_network_drive_is_read_as_immutable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = Path("apptrack.db")
    with Store(path) as store:
        store.save(snapshot())
        store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for ending in ("-wal", "-shm"):
        Path(f"apptrack.db{ending}").unlink(missing_ok=True)
    Path("mounts").write_text(f"server:/x {real(Path())} nfs4 rw 0 0\n", "utf-8")
    monkeypatch.setattr("tracker.store.files._MOUNTS", Path("mounts"))
    with Reader(path) as reader:
        assert reader.counts()["snapshots"] == 1
        assert not Path("apptrack.db-shm").exists()
        path.touch()  # another machine writes
        with pytest.raises(StoreError, match="changed while it was read"):
            reader.counts()
    Path("apptrack.db-wal").write_bytes(b"what another machine has written")
    with pytest.raises(StoreError, match=r"apptrack.db-wal beside it.*network drive"):
        Reader(path)


def test_nothing_is_known_where_there_are_no_mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.store.files._MOUNTS", Path("none"))
    refuse_network_drive(Path("apptrack.db"))
