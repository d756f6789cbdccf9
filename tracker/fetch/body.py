"""A response's body: read whole and decoded, within bounds."""

from __future__ import annotations

import zlib

from urllib3.response import HTTPResponse

from tracker.fetch.failures import Failed

_PIECE = 65_536  # bytes asked of a socket at a time
_GZIP = 31  # zlib's window bits for a gzip member
_MOST_MEMBERS = 256  # of one gzip body


def read_whole(raw: HTTPResponse, most: int) -> bytes:
    """The whole body, decoded. Raises ``Failed`` where it is larger than MOST bytes."""
    body, packed = read_sent(raw, most)
    return unzipped(body, most) if packed else body


def read_sent(raw: HTTPResponse, most: int) -> tuple[bytes, bool]:
    """The whole body as it came, and whether its headers say that it is gzip."""
    if (raw.length_remaining or 0) > most:
        raise _too_large(most)
    body = bytearray()
    while piece := raw.read(_PIECE, decode_content=False):
        body += piece
        if len(body) > most:
            raise _too_large(most)
    codings = _codings(raw.headers.get("Content-Encoding"))
    if not codings:
        return bytes(body), False
    if codings not in (["gzip"], ["x-gzip"]):
        named = ", ".join(codings)[:40]
        raise Failed(f"the body came in an encoding that was not asked for: {named}")
    return bytes(body), True


def _codings(header: str | None) -> list[str]:
    """The content codings in the order they were applied, ``identity`` left out."""
    codings = (coding.strip().lower() for coding in (header or "").split(","))
    return [coding for coding in codings if coding not in ("", "identity")]


def unzipped(body: bytes, most: int) -> bytes:
    """The gzip members of BODY, one after another (RFC 1952, 2.2)."""
    plain = bytearray()
    for number in range(_MOST_MEMBERS):
        if not body:
            return bytes(plain)
        member = zlib.decompressobj(_GZIP)
        try:
            plain += member.decompress(body, most + 1 - len(plain))
        except zlib.error:
            if number and not body.startswith(b"\x1f\x8b"):
                raise Failed("the gzip body is followed by something else") from None
            raise Failed("the body is not the gzip that it claims to be", again=True) from None
        if len(plain) > most:
            raise _too_large(most)
        if not member.eof:
            raise Failed("the gzip body broke off before its end", again=True)
        body = member.unused_data
    raise Failed(f"the gzip body has more than {_MOST_MEMBERS} members")


def _too_large(most: int) -> Failed:
    return Failed(f"the body is larger than the {most} bytes allowed")
