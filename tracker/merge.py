"""Merge other databases into this one: check them, refuse what would mislead, copy the rest."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from tracker.errors import InvalidValue, NothingToShow, StoreError
from tracker.model import Scope
from tracker.store import Reader
from tracker.store.files import existing_file, make_folder
from tracker.store.merging import Key, Merging, Other, Tally, Target, keys_of, times_of
from tracker.verify import verify

#: How many findings or series are named in a refusal.
_NAMED = 3


def merge(
    db: Path,
    others: Sequence[Path],
    *,
    dry: bool = False,
    interleave: bool = False,
    verified: bool = True,
) -> Iterable[Tally]:
    """Merge OTHERS into DB, one after the other, and yield what each merge did.

    Before anything is made or written, all of OTHERS are opened and, where VERIFIED, verified;
    unless INTERLEAVE, two watches of one chart and source whose times overlap are refused: they
    would be one series with another cadence and other gaps. DRY changes nothing.
    """
    _refuse_same([db, *others])
    for path in others:
        if not path.is_file():
            raise NothingToShow(f"{path}: there is no such file")
    with ExitStack() as stack:
        opened = [stack.enter_context(Other(path)) for path in others]
        for other in opened if verified else ():
            _refuse_unverified(other)
        there = dry or os.path.exists(db)  # noqa: PTH110 - False for a name that cannot be
        ours = [stack.enter_context(Target(existing_file(db)))] if there else []
        if not interleave:
            _refuse_overlaps([*ours, *opened])
        if not ours:
            make_folder(db)
            ours = [stack.enter_context(Target(db))]
        for other in opened:
            yield Merging(ours[0], other, dry=dry).run()


def _refuse_same(paths: Sequence[Path]) -> None:
    seen: dict[Path, Path] = {}
    for path in paths:
        if path.resolve() in seen:
            raise InvalidValue(f"{path} and {seen[path.resolve()]} are the same file")
        seen[path.resolve()] = path


def _refuse_unverified(other: Reader) -> None:
    findings = verify(other).findings
    if findings:
        listed = "; ".join(f"{finding.where}: {finding.what}" for finding in findings[:_NAMED])
        more = f"; … ({len(findings)} findings)" if len(findings) > _NAMED else ""
        raise StoreError(
            f"{other.path} does not pass 'apptrack verify': {listed}{more}. "
            "--unverified merges it all the same"
        )


def _refuse_overlaps(readers: Sequence[Reader]) -> None:
    """Raise where two of READERS watched one chart by one source in the same time."""
    holders: dict[Key, list[Reader]] = {}
    for reader in readers:
        for key in keys_of(reader):
            holders.setdefault(key, []).append(reader)
    overlapping = []
    for key, some in holders.items():
        times = [times_of(reader, key) for reader in some] if len(some) > 1 else []
        if any(overlap(a, b) for place, a in enumerate(times) for b in times[place + 1 :]):
            overlapping.append(key)
    if overlapping:
        listed = ", ".join(
            f"{key.slug} from {key.source}" + (" (single apps)" * (key.scope == Scope.SPARSE))
            for key in overlapping[:_NAMED]
        )
        more = f", … ({len(overlapping)} series)" if len(overlapping) > _NAMED else ""
        raise StoreError(
            f"two databases watched {listed}{more} in the same time: merged, they are one series "
            "with another cadence and other gaps. --interleave merges them all the same"
        )


def overlap(a: set[str], b: set[str]) -> bool:
    """Whether times that only A has and times that only B has lie among each other.

    >>> overlap({"1", "2"}, {"1", "2", "3"}), overlap({"1", "3"}, {"2", "4"})
    (False, True)
    """
    only_a, only_b = a - b, b - a
    return bool(only_a and only_b) and min(only_a) < max(only_b) and min(only_b) < max(only_a)
