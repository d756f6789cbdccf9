"""A file's text, line by line: plain, gzip or zip; UTF-8 or UTF-16; within bounds."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from tracker.errors import ImportRefused, InvalidValue

#: No row is longer.
LONGEST_LINE = 20_000
#: Charts shrink to about a tenth; what unpacks to more than so many times its size is a bomb, as
#: soon as it has unpacked to so many letters.
_BOMB, _BOMB_FROM = 200, 1_000_000
_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
_WORKBOOK = "is a workbook; save its sheet as CSV (UTF-8)"
#: Longest first: the mark of UTF-32 begins with one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_encoding(text: str) -> str:
    """The name of an encoding of text, as Python writes it; ``InvalidValue`` for what is none."""
    try:
        name = codecs.lookup(text).name
        "".encode(name)  # raises LookupError for what Python knows and is not an encoding of text
    except (LookupError, ValueError):
        raise InvalidValue(
            f"Invalid encoding {text[:60]!r}: use utf-8, utf-16, cp1252 or what else Python knows"
        ) from None
    return name


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what can go wrong while PATH is read into one line."""
    try:
        yield
    except InvalidValue as error:
        raise ImportRefused(f"{path}: {error}") from None
    except OSError as error:  # gzip.BadGzipFile is one, without a strerror
        raise ImportRefused(f"{path}: cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise ImportRefused(f"{path}: is a zip file that cannot be read: {error}") from None
    except (EOFError, zlib.error) as error:
        raise ImportRefused(f"{path}: is damaged: {error}") from None


def lines(file: IO[bytes], encoding: str | None) -> Iterator[str]:
    """The lines of the text in FILE; one that never ends is refused before it fills the memory."""
    head = file.read(4)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    packed = head.startswith((_GZIP, *_ZIP))
    most = max(_BOMB_FROM, _BOMB * size) if packed else None
    with _unpacked(file, head) as raw, _decoded(raw, encoding) as text:
        try:
            yield from _bounded(text, most)
        except UnicodeError:
            name = text.encoding.removesuffix("-sig").upper()
            raise InvalidValue(
                f"is not {name} text; name its encoding, such as --encoding cp1252 "
                "where Excel on Windows wrote it"
            ) from None


def _bounded(text: IO[str], most: int | None) -> Iterator[str]:
    """The lines of TEXT, MOST letters at most."""
    letters = 0
    for number, line in enumerate(iter(lambda: text.readline(LONGEST_LINE), ""), 1):
        if len(line) == LONGEST_LINE:
            raise InvalidValue(f"line {number}: is longer than any row")
        letters += len(line)
        if most and letters > most:
            raise InvalidValue(f"unpacks to more than {_BOMB} times its size")
        yield line


@contextmanager
def _unpacked(file: IO[bytes], head: bytes) -> Iterator[IO[bytes]]:
    if head.startswith(_GZIP):
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield cast(IO[bytes], unpacked)
    elif head.startswith(_ZIP):
        with zipfile.ZipFile(file) as archive, archive.open(_only_file(archive)) as member:
            yield member
    else:
        yield file


def _only_file(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    names = archive.namelist()
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise InvalidValue(_WORKBOOK)
    inside = [member for member in archive.infolist() if not member.is_dir()]
    # macOS adds a folder of its own to what it packs.
    inside = [member for member in inside if not member.filename.startswith("__MACOSX/")]
    if len(inside) != 1:
        raise InvalidValue(f"is a zip file of {len(inside)} files; unpack it and import each CSV")
    (member,) = inside
    if member.flag_bits & 1:
        raise InvalidValue("is an encrypted zip file; unpack it first")
    return member


@contextmanager
def _decoded(raw: IO[bytes], encoding: str | None) -> Iterator[io.TextIOWrapper]:
    head = raw.peek(4)[:4]  # type: ignore[attr-defined]  # every file here is buffered
    kind = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidValue(_WORKBOOK)
    if kind and encoding and not encoding.startswith(kind.removesuffix("-sig")):
        raise InvalidValue(f"begins with the mark of {kind}; leave --encoding {encoding} out")
    if not kind and not encoding and b"\0" in head:
        name = "utf-16-be" if head.startswith(b"\0") else "utf-16-le"
        raise InvalidValue(f"seems to be UTF-16 without a mark; name it with --encoding {name}")
    with io.TextIOWrapper(raw, encoding=kind or encoding or "utf-8", newline="") as text:
        yield text
