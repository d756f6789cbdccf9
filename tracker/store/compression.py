"""Compress payloads, each against an earlier one, and expand and check them.

Two feeds of one chart differ by little more than an order and a date, so the earlier payload
serves as zstandard's dictionary (``benchmarks/payloads.py`` prints what that saves).
"""

from __future__ import annotations

from tracker.errors import StoreError

#: How many payloads may depend on one another before one is stored whole again. More saves little
#: (a whole v2 feed costs 9 kB, a dependent one 0.4 kB) and makes the last one slower to read.
LONGEST_CHAIN = 50
#: Above this level zstandard takes ten times as long for two bytes in a hundred; at level 3 a
#: legacy feed takes 4.3 kB instead of 0.9.
_LEVEL = 9
#: The smallest logarithm of the sizes of zstandard's tables. Its own choice is a megabyte for each
#: payload, allocated anew each time: three times the work for a feed, for a tenth of the bytes.
#: Tables much smaller than the base find nothing in it: an answer of Google Play, 0.5 MB, takes
#: 199 kB with tables of 2^15 and 4.5 kB with 2^19. Payloads stored whole use its own choice.
_SMALLEST_TABLE = 15
#: No payload is larger than what ``fetch`` lets through; a corrupt row must not ask for more.
_LARGEST = 64 * 1024 * 1024


def compress(body: bytes, base: bytes | None = None) -> bytes:
    """BODY as a zstandard frame that needs BASE, byte for byte, to be read again."""
    import zstandard

    if base is None:
        return zstandard.ZstdCompressor(level=_LEVEL).compress(body)
    table = max(_SMALLEST_TABLE, len(base).bit_length() - 1)
    how = zstandard.ZstdCompressionParameters.from_level(
        _LEVEL, source_size=len(body), dict_size=len(base), hash_log=table, chain_log=table
    )
    dictionary = _dictionary(base)
    return zstandard.ZstdCompressor(compression_params=how, dict_data=dictionary).compress(body)


def expand(frame: bytes, sha256: str, base: bytes | None = None) -> bytes:
    """The body again. Raises ``StoreError`` where its SHA-256 is not SHA256 (64 hex digits)."""
    import hashlib

    import zstandard

    try:
        if zstandard.frame_content_size(frame) > _LARGEST:
            raise StoreError(f"stored payload {sha256} is damaged: it claims an impossible size")
        dictionary = None if base is None else _dictionary(base)
        body = zstandard.ZstdDecompressor(dict_data=dictionary).decompress(frame)
    except zstandard.ZstdError as error:
        raise StoreError(f"stored payload {sha256} is damaged: {error}") from error
    if hashlib.sha256(body).hexdigest() != sha256:
        raise StoreError(f"stored payload {sha256} is damaged: its bytes have another SHA-256")
    return body


def _dictionary(base: bytes):  # type: ignore[no-untyped-def]  # zstandard is imported late
    import zstandard

    return zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
