"""A setting that is shown nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that only ``reveal`` returns: an address is enough to post to it."""

    _text: str

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    @property
    def mark(self) -> str:
        """Eight hexadecimal digits that differ between secrets and reveal none."""
        from hashlib import sha256

        return sha256(self._text.encode()).hexdigest()[:8]

    @property
    def parts(self) -> tuple[str, ...]:
        """The text, and parts of it that a library may repeat: an address without its host."""
        address = urlsplit(self._text)
        inner = self._text.partition("://")[2].partition("/")[2]
        parts = (self._text, inner, address.path, address.query, address.netloc)
        return tuple(dict.fromkeys(part for part in parts if len(part) >= 6))
