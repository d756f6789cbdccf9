"""Where Parquet files are written: a folder, or a bucket of an object store. Each file at once."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tracker.errors import StoreError
from tracker.parquet.layout import (
    MARKER,
    NOT_OURS,
    README,
    TOP,
    footer,
    is_address,
    is_ours,
    names_in,
    need_pyarrow,
)
from tracker.store.files import sync_folder

_UNFINISHED = ".unfinished"
_LOCK = ".lock"
#: What an export killed at its start leaves.
_BEGUN = {_LOCK, MARKER + _UNFINISHED, README + _UNFINISHED}
#: Seconds until a bucket must answer, and how often it is asked.
_PATIENCE, _ATTEMPTS = 20, 3


class Place(ABC):
    """Files by their names, such as ``entries/storefront=us/...``. ``str`` names it to people."""

    @abstractmethod
    def names(self) -> list[str]:
        """The names of all files below ``entries`` and ``snapshots`` at least."""

    @abstractmethod
    def read(self, name: str) -> bytes | None:
        """A small file; None where it is not there."""

    @abstractmethod
    def about(self, name: str) -> dict[bytes, bytes]:
        """What the footer of a Parquet file says; nothing where it is missing or damaged."""

    @abstractmethod
    def put(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all."""

    @abstractmethod
    def need_room(self, size: int) -> None:
        """Raise ``OSError`` where there is no room for so many bytes."""

    @abstractmethod
    def held(self) -> AbstractContextManager[None]:
        """Hold the place for one export; ``StoreError`` where it has files of others."""

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Make one line of what the disk or the bucket says."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error).partition(" (Request ID")[0][-300:]
            raise StoreError(
                f"{self}: cannot be written: {reason}; the next export goes on from here"
            ) from None


class Folder(Place):
    """A folder of this machine, locked during an export."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def names(self) -> list[str]:
        return names_in(self.path)

    def read(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def about(self, name: str) -> dict[bytes, bytes]:
        try:
            return dict(footer(self.path / name).metadata or {})
        except StoreError:
            return {}

    def put(self, name: str, content: bytes) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(file.name + _UNFINISHED)
        try:
            with unfinished.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(unfinished, file)  # noqa: PTH105 - the step that a test makes fail
        finally:
            unfinished.unlink(missing_ok=True)
        sync_folder(file.parent)

    def need_room(self, size: int) -> None:
        if shutil.disk_usage(self.path).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @contextmanager
    def held(self) -> Iterator[None]:
        path = self.path
        if path.is_symlink() and not path.exists():
            raise StoreError(f"{path}: is a link to a folder that is not there; make that one")
        if path.exists() and not path.is_dir():
            raise StoreError(f"{path}: is a file; name a folder")
        if not (path / MARKER).exists():
            if path.is_dir() and not _BEGUN.issuperset(inner.name for inner in path.iterdir()):
                raise StoreError(f"{path}: {NOT_OURS}")
            path.mkdir(parents=True, exist_ok=True)
        with (path / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StoreError(f"{path}: another export is running; wait until it ends") from None
            for name in (*TOP, *self.names()):
                whole = name.removesuffix(_UNFINISHED)
                if is_ours(whole):
                    (path / (whole + _UNFINISHED)).unlink(missing_ok=True)
            yield


class Bucket(Place):
    """A bucket of an object store, ``s3://bucket/folder``: no lock, and no file is ever half there.

    Who may write and where the store is comes from the environment: AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL.
    """

    def __init__(self, url: str) -> None:
        from pyarrow import fs

        self.url = url.rstrip("/")
        self._root = self.url.removeprefix("s3://")
        self._files = fs.S3FileSystem(
            endpoint_override=os.environ.get("AWS_ENDPOINT_URL") or None,
            connect_timeout=_PATIENCE,
            request_timeout=_PATIENCE,
            retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
        )

    def __str__(self) -> str:
        return self.url

    def names(self) -> list[str]:
        from pyarrow import fs

        listed = self._files.get_file_info(
            fs.FileSelector(self._root, recursive=True, allow_not_found=True)
        )
        inner = len(self._root) + 1
        return [info.path[inner:] for info in listed if info.type == fs.FileType.File]

    def read(self, name: str) -> bytes | None:
        try:
            with self._files.open_input_stream(f"{self._root}/{name}") as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None

    def about(self, name: str) -> dict[bytes, bytes]:
        from pyarrow import ArrowInvalid
        from pyarrow.parquet import read_metadata

        try:
            with self._files.open_input_file(f"{self._root}/{name}") as file:
                return dict(read_metadata(file).metadata or {})
        except (FileNotFoundError, ArrowInvalid):
            return {}

    def put(self, name: str, content: bytes) -> None:
        with self._files.open_output_stream(f"{self._root}/{name}") as stream:
            stream.write(content)

    def need_room(self, size: int) -> None:
        """A bucket has room."""

    @contextmanager
    def held(self) -> Iterator[None]:
        if self.read(MARKER) is None and self.names():
            raise StoreError(f"{self}: {NOT_OURS}")
        yield


def place_of(text: str) -> Place:
    """The folder or the bucket that TEXT names."""
    need_pyarrow()
    if not is_address(text):
        return Folder(Path(text))
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s/]+)*/?", text):
        raise StoreError(f"{text}: write s3://BUCKET or s3://BUCKET/FOLDER, or a folder's path")
    return Bucket(text)
