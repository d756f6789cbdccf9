"""The file behind a name: one lock for all names that lead to it, and the disk it is on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tracker.daemon import alone, turn
from tracker.errors import AlreadyRunning, StoreError
from tracker.status import holder_of
from tracker.store.place import file_system, real, refuse_network_drive

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


def test_a_hard_link_is_refused_because_each_name_has_its_own_log() -> None:
    Path("apptrack.db").touch()
    os.link("apptrack.db", "second.db")
    with pytest.raises(StoreError, match=r"has 2 names \(hard links\)"), alone(Path("second.db")):
        pass


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
    monkeypatch.setattr("tracker.store.place._MOUNTS", Path("mounts"))
    with pytest.raises(StoreError, match=r"on a network drive \(nfs4\).*'apptrack backup'"):
        refuse_network_drive(Path("apptrack.db"))
    refuse_network_drive(Path("/elsewhere/apptrack.db"))


def test_nothing_is_known_where_there_are_no_mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.store.place._MOUNTS", Path("none"))
    refuse_network_drive(Path("apptrack.db"))
