"""Deliberate faults in the room ``fetch``, for ``tests/mutations.py``."""

from __future__ import annotations

from tests.support.analysis_faults import Fault

ANSWERS = ("tests/test_fetch.py",)
POLITENESS = ("tests/test_fetch_politeness.py",)
BOUNDS = ("tests/test_fetch_faults.py",)
RAW = ("tests/test_raw_answers.py",)
DELIVERY = ("tests/test_delivery.py",)
MESSENGERS = ("tests/test_messengers.py",)


def _wire(old: str, new: str, why: str, tests: tuple[str, ...] = ANSWERS) -> Fault:
    return Fault("tracker/fetch/client.py", old, new, why, tests)


def _fetcher(old: str, new: str, why: str, tests: tuple[str, ...] = ANSWERS) -> Fault:
    return Fault("tracker/fetch/fetcher.py", old, new, why, tests)


def _body(old: str, new: str, why: str, tests: tuple[str, ...] = RAW) -> Fault:
    return Fault("tracker/fetch/body.py", old, new, why, tests)


FETCH_FAULTS = (
    _wire("again=wait <= longest", "again=wait < longest", "the longest wait is not waited",
          POLITENESS),
    _wire("if wait > longest:", "if wait >= longest:", "the longest wait is called too long",
          POLITENESS),
    _wire("if host not in allowed:", "if False:", "a redirect leads anywhere"),
    _wire("if len(seen) > MOST_REDIRECTS:", "if len(seen) >= MOST_REDIRECTS:",
          "the last redirect allowed is not followed"),
    _wire("<= _LONGEST_VALIDATOR and", "< _LONGEST_VALIDATOR and",
          "the longest validator is dropped"),
    _wire("text.isascii() and text.isprintable()", "text.isprintable()",
          "a validator that no header holds is sent"),
    _wire("except Exception as bug:", "except ValueError as bug:",
          "an unexpected error within an attempt ends the pass", ("tests/test_collect.py",)),
    _fetcher("400 <= attempt.status < 500", "400 < attempt.status < 500",
             "a 400 to validators shuts the chart out"),
    _fetcher("and attempt.status != 429", "and attempt.status != 428",
             "a 429 is asked again at once without validators"),
    _fetcher("retries < self._settings.retries", "retries <= self._settings.retries",
             "one retry too many", POLITENESS),
    _fetcher("if attempt.status == 429:", "if attempt.status == 428:",
             "a 429 holds back its own chart only", POLITENESS),
    _fetcher("Outcome.INTERRUPTED if attempt.stopped", "Outcome.FAILED if attempt.stopped",
             "a stop is the store's failure", POLITENESS),
    _fetcher("attempt.etag or (wanted.etag if unchanged else None)", "attempt.etag",
             "a 304 loses the validator"),
    _body("if len(body) > most:", "if len(body) >= most:", "a body of just the limit is refused",
          BOUNDS),
    _body("if len(plain) > most:", "if len(plain) >= most:",
          "a body that unpacks to just the limit is refused", BOUNDS),
    _body("if not member.eof:", "if False:", "half a gzip body is whole"),
    _body("body = member.unused_data", 'body = b""', "what follows a gzip member is lost"),
    _body('if coding not in ("", "identity")', 'if coding not in ("identity",)',
          "an empty coding is unknown"),
    Fault("tracker/fetch/connections.py", "if amt < 0:", "if amt < -1:",
          "a chunk size of -1 reads without a bound", RAW),
    Fault("tracker/fetch/connections.py", "range(_MOST_INTERIM + 1)", "range(_MOST_INTERIM)",
          "the last interim response allowed ends the attempt", RAW),
    Fault("tracker/fetch/timing.py", "self._last = monotonic() + GRACE", "self._last = monotonic()",
          "a stop cuts off at once what would come whole", POLITENESS),
    Fault("tracker/fetch/timing.py", "self._next[host] = now + spacing",
          "self._next[host] = now", "there is no pace", POLITENESS),
    Fault("tracker/fetch/timing.py",
          "self._next[host] = max(self._next.get(host, 0.0), monotonic() + seconds)",
          "self._next[host] = monotonic() + seconds",
          "a shorter wait asked for later cuts a longer one short", POLITENESS),
    Fault("tracker/notify/webhook.py",
          "if not 200 <= status < 300:", "if not 200 <= status <= 300:",
          "a message answered with 300 was taken", DELIVERY),
    Fault("tracker/notify/webhook.py", "if len(body) > MOST:", "if len(body) >= MOST:",
          "the largest message is not sent", DELIVERY),
    Fault("tracker/notify/apprise.py", "if any(service.redirects for service in notifier):",
          "if False:", "an address may ask for redirects", MESSENGERS),
    Fault("tracker/notify/apprise.py", "service.overflow_mode = OverflowMode.SPLIT", "pass",
          "what is longer than a messenger takes is refused for ever", DELIVERY),
)  # fmt: skip
