"""Every error apptrack expects, in one tree; each class says what the caller can do.

::

    ApptrackError               one line for the person, and an exit code
    ├── InvalidValue            a value that cannot be true; correct it            (exit 2)
    ├── SettingsError           apptrack.toml or the environment; correct the key  (exit 2)
    ├── UnknownName             no such app, chart or source; the line names similar ones
    │   └── NotInStore          the app is known, and has no id in that store: NothingToShow, too
    ├── FetchError              the store did not answer with a body; try again later
    ├── ParseError              the payload is not a whole chart; no snapshot is stored
    │   └── EmptyChart          the store itself says that the chart has no entries; no failure
    ├── StoreError              the database cannot be used as it is; the line says why
    │   └── Conflict            another snapshot is stored for that chart, source and instant
    ├── ImportRefused           a file's row is bad; nothing of that file is stored
    ├── AlreadyRunning          another daemon holds this database
    ├── MissingExtra            an optional package is not installed; the line says which
    └── NothingToShow           too little was observed to answer; the line says how to get more

Exit code 1, but 2 where what was typed or set cannot be valid whatever the database holds.

An expected error becomes one line and an exit code in exactly one place, ``tracker.cli.main``.
Anything else is a bug and keeps its traceback.
"""


def unexpected(bug: Exception) -> str:
    """Return one printable line for a bug: its class and the start of its text."""
    words = " ".join(f"unexpected {type(bug).__name__}: {bug}".split())
    return "".join(letter if letter.isprintable() else "?" for letter in words[:200])


#: Letters of a value that are repeated in a message.
LONGEST_ECHO = 60


def echo(value: object, most: int = LONGEST_ECHO) -> str:
    """VALUE as Python writes it, on one line of MOST letters at most."""
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 2]}…{text[-1]}"


class ApptrackError(Exception):
    """An expected failure. ``str(error)`` is one line that says what is wrong and what to do."""

    exit_code = 1


class InvalidValue(ApptrackError, ValueError):
    """A value cannot be read or cannot be true; the line says what to write instead."""

    exit_code = 2


class SettingsError(ApptrackError):
    """A setting is wrong; the line names the file or variable, the key and the reason."""

    exit_code = 2


class UnknownName(ApptrackError):
    """No app, chart or source has that name, or several have; the line names similar ones."""


class FetchError(ApptrackError):
    """The store could not be reached or gave no usable body. Try again later."""


class ParseError(ApptrackError):
    """A payload says less than a whole chart, or something else; it is refused, not guessed at."""


class EmptyChart(ParseError):
    """A whole answer for the chart asked for, without entries. There is no snapshot of it."""


class StoreError(ApptrackError):
    """The database cannot be used as it is; the line says why and what to do."""


class Conflict(StoreError):
    """A different snapshot of the same chart, source and instant is stored already."""


class ImportRefused(ApptrackError):
    """A file to import has a bad row; the line names it. Nothing of the file is stored."""


class AlreadyRunning(ApptrackError):
    """A daemon already works on this database."""


class MissingExtra(ApptrackError):
    """An optional package is not installed; the line says which, and how to install it."""


class NothingToShow(ApptrackError):
    """The database has no answer; the line says what is missing and how to get it."""


class NotInStore(UnknownName, NothingToShow):
    """The app is known, and has no id in the store of the chart: nothing is known of it there."""
