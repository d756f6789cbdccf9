"""What every request to an archive has in common: when to try again, and when to stop at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tracker.errors import AlreadyRunning, StoreError
from tracker.fetch import Archive, Reply
from tracker.store.files import locked

#: Attempts after the first where the archive has trouble of its own.
RETRIES = 2
_LOCK = "backfill.lock"
INTERRUPTED = "interrupted; run it again"
#: A block lasts an hour, and requests during it prolong it.
_LATER = "wait an hour, then run it again"
#: Web archives have no copy of a chart from before the store opened.
FIRST_DAY = datetime(2008, 7, 10, tzinfo=UTC)


class StoppedEarly(Exception):
    """The archive asked us to stop, or does not let us in, or a signal came: the rest waits."""


class HostExcluded(Exception):
    """The archive has nothing of this site for us; of other sites it may."""


@dataclass(slots=True)
class Asker:
    """Asks an archive until an answer is worth judging. RECORD is called with each that is not.

    Raises ``StoppedEarly``: after status 429, once it has waited a minute; after two connections
    in a row that were refused; and where the program is stopped.
    """

    archive: Archive
    refused: int = 0

    def __call__(
        self,
        ask: Callable[[str], Reply],
        url: str,
        record: Callable[[Reply, bool], None] = lambda reply, last: None,
    ) -> Reply | None:
        """The reply to judge; None where there was none after the last attempt."""
        for attempt in range(RETRIES + 1):
            reply = ask(url)
            if reply.stopped:
                raise StoppedEarly(INTERRUPTED)
            self._count_refusals(reply, record)
            if reply.refused:
                return None
            if reply.memento is None and reply.status == 429:
                record(reply, True)
                self.archive.wait(self.archive.manners.pause)
                raise StoppedEarly(f"the archive is asked too often (HTTP 429); {_LATER}")
            if not _is_trouble(reply):
                return reply
            last = attempt == RETRIES
            record(reply, last)
            if not last and not self.archive.wait(self.archive.manners.retry_wait):
                raise StoppedEarly(INTERRUPTED)
        return None

    def _count_refusals(self, reply: Reply, record: Callable[[Reply, bool], None]) -> None:
        """A refused connection is never tried again; the second in a row ends the run."""
        self.refused = self.refused + 1 if reply.refused else 0
        if reply.refused:
            record(reply, True)
        if self.refused == 2:
            raise StoppedEarly(f"the archive refused two connections in a row; {_LATER}")


def _is_trouble(reply: Reply) -> bool:
    """Whether the archive itself failed, and may do better."""
    if reply.status is None or (reply.error and reply.again):
        return True
    return reply.memento is None and reply.status >= 500


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Hold the lock of backfills; ``AlreadyRunning`` where another process has it."""
    try:
        with locked(database, _LOCK) as lock:
            if lock is None:
                raise AlreadyRunning(f"another backfill is at work on {database}; wait for its end")
            yield
    except OSError as error:
        raise StoreError(f"{database}: cannot be locked: {error.strerror}") from None
