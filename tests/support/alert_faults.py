"""Deliberate faults in the room ``alerts`` and its outbox, for ``tests/mutations.py``."""

from __future__ import annotations

from tests.support.analysis_faults import Fault

RULES = ("tests/test_alerts.py",)
OUTBOX = ("tests/test_outbox.py",)
DELIVERY = ("tests/test_delivery.py",)


def _rule(name: str, old: str, new: str, why: str) -> Fault:
    return Fault(f"tracker/alerts/rules/{name}.py", old, new, why, RULES)


def _turns(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/alerts/transitions.py", old, new, why, RULES)


def _delivery(old: str, new: str, why: str, tests: tuple[str, ...] = OUTBOX) -> Fault:
    return Fault("tracker/alerts/delivery.py", old, new, why, tests)


ALERT_FAULTS = (
    _rule("move", "if times[index] - times[past] > within:",
          "if times[index] - times[past] >= within:",
           "a move over exactly the time is missed"),
    _rule("move", "if abs(widest) < least:", "if abs(widest) <= least:",
           "a move just wide enough is none"),
    _rule("top", "if reaches(depth, top)", "if reaches(depth, top + 1)",
           "a snapshot of just the top cannot show that an app left it"),
    _rule("top", "News.ENTERS if rank <= top else", "News.ENTERS if rank < top else",
           "the last rank of the top is outside"),
    _rule("stale", "if following - last <= self.after:", "if following - last < self.after:",
           "a chart is stale at exactly its limit"),
    _rule("peak", "and change.state <= least)", "and change.state < least)",
          "a peak at its limit is none"),
    _rule("move", "(depths[past] or 0) + 1 - now", "(depths[past] or 0) - now",
           "a rise from below the snapshot is a rank too small"),
    _rule("move", 'return (News.UP if widest > 0', 'return (News.UP if widest < 0',
          "a rise is a fall"),
    _turns("if len(indices) < confirm:", "if len(indices) <= confirm:",
           "one snapshot more than asked confirms"),
    _turns("Verdict.BACK if state == settled else Verdict.SENT", "Verdict.SENT",
           "a return that nobody was told of is news"),
    _turns("if best is not None and rank < best:", "if best is not None and rank <= best:",
           "the same peak again is a new one"),
    _turns("following = ranks[index + 1 : index + confirm]",
           "following = ranks[index + 1 : index + confirm + 1]", "a peak is held too long"),
    _delivery("if now < due <= now + LONGEST_WAIT:", "if now <= due <= now + LONGEST_WAIT:",
              "what is due now waits"),
    _delivery("if now < due <= now + LONGEST_WAIT:", "if now < due < now + LONGEST_WAIT:",
              "after an hour's wait it is sent at once"),
    _delivery("if len(pending) > over:", "if len(pending) >= over:", "a digest of one too few"),
    _delivery("now - oldest > after:", "now - oldest >= after:", "a digest a moment too soon"),
    _delivery("FIRST_WAIT * 2 ** min(tries, 10)", "FIRST_WAIT * 2 ** min(tries + 1, 10)",
              "the first wait is twice as long"),
    _delivery("batch[0].attempts < TRIES_WITH_PICTURE", "batch[0].attempts <= TRIES_WITH_PICTURE",
              "the fourth try has the picture that may be refused"),
    _delivery("return False  # the target did not fail, and keeps its wait",
              'return _failed(store, target, batch, "", clock(), on_result)',
              "a stop counts as the target's failure", DELIVERY),
    _delivery('words.replace("@", "(at)")', 'words.replace("@", "@")',
              "an id calls somebody", ("tests/test_messengers.py",)),
    Fault("tracker/alerts/messages.py", "plain if len(plain) <= _LONGEST_NAME else",
          "plain if len(plain) < _LONGEST_NAME else", "a name of just 60 letters is cut", RULES),
    Fault("tracker/alerts/messages.py", '        "@": "(at)",\n', "",
          "a name calls somebody", RULES),
    Fault("tracker/alerts/signing.py", "if len(text) < _SHORTEST:", "if len(text) <= _SHORTEST:",
          "the shortest secret is refused", DELIVERY),
    Fault("tracker/alerts/signing.py", 'stamp.encode() + b"." + body', "body",
          "the time is not signed", DELIVERY),
    Fault("tracker/store/outbox.py",
          "SET target = ?, attempts = 0, next_at = NULL, error = NULL", "SET target = ?",
          "what is redirected keeps the old wait", ("tests/test_alerting.py",)),
    Fault("tracker/store/outbox.py", "delivered_at IS NULL ORDER BY alert\"",
          "delivered_at IS NULL ORDER BY alert DESC\"", "the newest alert goes first", OUTBOX),
    Fault("tracker/store/outbox.py", "ON CONFLICT (event) DO NOTHING\",",
          "ON CONFLICT (event) DO UPDATE SET raised_at = raised_at\",",
          "an event is told twice", OUTBOX),
)  # fmt: skip
