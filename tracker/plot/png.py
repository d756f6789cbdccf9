"""A PNG made smaller without touching a pixel, with words about what it shows.

vl-convert compresses for speed alone.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: A picture of a curve becomes a quarter as large, one of storefronts by day a tenth.
_LEVEL = 6


def repacked(png: bytes, words: Mapping[str, str] | None = None) -> bytes:
    """The same picture, its pixels compressed again, with WORDS about it by keyword."""
    chunks = list(_chunks(png))
    pixels = b"".join(data for kind, data in chunks if kind == b"IDAT")
    packed = zlib.compress(zlib.decompress(pixels), _LEVEL)
    first = next(number for number, (kind, _) in enumerate(chunks) if kind == b"IDAT")
    others = [chunk for chunk in chunks if chunk[0] != b"IDAT"]
    texts = [(b"iTXt", _text(keyword, text)) for keyword, text in (words or {}).items()]
    whole = [*others[:first], *texts, (b"IDAT", packed), *others[first:]]
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in whole)


def _text(keyword: str, text: str) -> bytes:
    """Uncompressed, of no language and without a translated keyword (PNG, section 11.3.4.5)."""
    return keyword.encode("latin-1") + bytes(5) + text.encode()


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk's kind and data: after the length, before the checksum (PNG, section 5.3)."""
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
