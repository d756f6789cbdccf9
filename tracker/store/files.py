"""Where a database is: the file behind its name, the files beside it, and on which disk."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from tracker.errors import NothingToShow, StoreError

#: SQLite's application_id of an apptrack file: the letters "appt".
APPLICATION_ID = 0x61707074
#: File systems of other machines, or of a virtual machine's host. SQLite's write-ahead log needs
#: memory that all who have the file open share: https://www.sqlite.org/wal.html, "Overview".
NETWORK = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "fuse.sshfs", "fuse.s3fs",
    "fuse.rclone", "fuse.glusterfs", "davfs", "fuse.davfs2", "ceph", "fuse.cephfs", "lustre",
    "beegfs", "vboxsf", "virtiofs", "fuse.gvfsd-fuse",
}  # fmt: skip
_MOUNTS = Path("/proc/self/mounts")


def real(database: Path) -> Path:
    """The file that DATABASE leads to, through links and dots; SQLite uses the same.

    Raises ``StoreError`` for a name that no file can have.
    """
    try:
        return Path(os.path.realpath(database, strict=False))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreError(f"{shortened(database)}: no file can have this name: {reason}") from None


def refuse_long_name(database: Path) -> None:
    """Raise ``StoreError`` where the files beside DATABASE could not have their longer names."""
    try:
        beside(database, ".import-journal").lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise StoreError(
                f"{shortened(database)}: the name is too long; use a shorter one with --db"
            ) from None


def beside(database: Path, ending: str) -> Path:
    """The file beside DATABASE whose name ends so: one for all names that lead to the file."""
    path = real(database)
    return path.with_name(path.name + ending)


def shortened(path: Path, most: int = 100) -> str:
    """PATH as text of at most MOST letters, its end first."""
    text = str(path)
    return text if len(text) <= most else f"…{text[1 - most :]}"


@contextmanager
def locked(database: Path, what: str) -> Iterator[IO[str] | None]:
    """Hold the lock WHAT of DATABASE, as the open file of it; None where another process has it.

    The lock is the kernel's and ends with its process, however that ends. ``OSError`` where the
    file of the lock cannot be written.
    """
    with beside(database, f".{what}").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
            return
        yield file


def file_system(path: Path, mounts: str) -> str:
    """The kind of file system that PATH is on, by the lines of /proc/mounts; "" if not known."""
    longest, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[1])
        within = point == "/" or str(path) == point or str(path).startswith(f"{point}/")
        if within and len(point) >= len(longest):  # of two mounts on a folder the later one counts
            longest, kind = point, fields[2]
    return kind


def network_drive(database: Path) -> str:
    """The kind of file system of another machine that DATABASE is on; "" on a local disk."""
    mounts = ""
    with suppress(OSError):  # no Linux
        mounts = _MOUNTS.read_text("utf-8", "replace")
    kind = file_system(real(database), mounts)
    return kind if kind in NETWORK else ""


def refuse_network_drive(database: Path) -> None:
    """Raise ``StoreError`` where DATABASE is on a file system of another machine."""
    if kind := network_drive(database):
        raise StoreError(
            f"{database} is on a network drive ({kind}), where SQLite's write-ahead log does not "
            "work; put it on a local disk and copy it there with 'apptrack backup'"
        )


def refuse_hard_links(database: Path) -> None:
    """Raise ``StoreError`` where the file of DATABASE has a second name (a hard link).

    SQLite has a write-ahead log beside each name: writes by one are lost to those by another.
    """
    names = 1
    with suppress(OSError):  # there is none yet, or SQLite says why it cannot be opened
        status = real(database).stat()
        if stat.S_ISREG(status.st_mode):  # a folder has a link for each folder in it
            names = status.st_nlink
    if names > 1:
        raise StoreError(
            f"{shortened(database)} has {names} names (hard links), and writing by more than one "
            "loses data; remove all but one, and keep the one with a -wal file beside it"
        )


def existing_file(database: Path) -> Path:
    """DATABASE; ``NothingToShow`` without one, ``StoreError`` for a name that cannot be."""
    try:
        there = database.exists()
    except OSError as error:  # such as a name that is too long
        raise StoreError(f"{shortened(database)}: {error.strerror}") from None
    if not there:
        raise NothingToShow(
            f"there is no database at {shortened(database)} yet; "
            "run 'apptrack collect', 'apptrack backfill plan' or 'apptrack import FILE', "
            "or name one with --db"
        )
    return database


def make_folder(db: Path) -> None:
    """Make the folder of the database DB, if it is not there."""
    try:
        db.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{db.parent}: cannot be made: {error.strerror}") from None


def sync_folder(folder: Path) -> None:
    """Put the names in FOLDER on the disk, as fsync of a file does not."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
