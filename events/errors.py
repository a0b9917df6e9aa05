"""What can go wrong with the store, and the form that the errors of every package share."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote


class HintedError(Exception):
    """Base of each package's root error; `hint` is a line that a reader can run or act on.

    `typo` is the word that was given and the one that is meant, where only one can be; `more` are
    words that were left out. A command line can then be given anew, mended. Raised only through a
    subclass, so that a package catches its own errors and no other's.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        typo: tuple[str, str] | None = None,
        more: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.typo = typo
        self.more = more


class EventStoreError(HintedError):
    """Root of every error of the store."""


class WrongExpectedVersion(EventStoreError):
    """The stream has moved on since it was read; nothing was written, and a retry is safe."""

    exit_code = 3

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(
            f"stream {stream!r}: expected version {expected}, found {actual}",
            hint="read the stream again and retry",
        )


class EventIdConflict(EventStoreError):
    """An event id is taken by an event with other content; nothing was written."""

    def __init__(self, event_id: str) -> None:
        super().__init__(
            f"event id {event_id!r} is taken by an event with other content",
            hint="give the new event an id of its own",
        )


class InvalidEventData(EventStoreError):
    """Data that canonical JSON cannot carry: floats, NUL, lone surrogates, too deep, too large."""


class InvalidLine(EventStoreError):
    """A line that is not one CloudEvents 1.0 JSON object within the limits."""


class StoreNotFound(EventStoreError):
    """A database that was to be read and does not exist."""


class StoreUnavailable(EventStoreError):
    """The database is locked, full, damaged, or could not be made durable."""


class AnswerLost(StoreUnavailable):
    """The connection broke while something was written: it may be there or not."""


class ChangedMeanwhile(StoreUnavailable):
    """Another transaction has changed a row that this one was to change; nothing was written."""


class NotDurable(StoreUnavailable):
    """The server would acknowledge an append before it is safe on disk; nothing was written."""


class StoreOutdated(EventStoreError):
    """The database was made by another version of pactwatch and has to be upgraded first."""


class LogDamaged(EventStoreError):
    """A stored event, hash or text is not what it was when it was appended."""

    exit_code = 4


def outdated(actual: str, expected: str, where: str = "") -> StoreOutdated:
    """The refusal of a database of another version; only one that is older can be upgraded."""
    words = f"{where}: schema" if where else "schema"
    if actual > expected:  # migrations are named alike and end with their number
        return StoreOutdated(
            f"{words} {actual} is of a newer version of pactwatch, expected {expected}",
            hint="use the newer version, or give another database with --db",
        )
    db = f"--db {quote(where)} " if where else ""
    return StoreOutdated(f"{words} {actual}, expected {expected}", hint=f"pactwatch {db}db upgrade")


def missing_or_altered(
    kind: str, expected: Mapping[str, str], present: Mapping[str, str]
) -> list[str]:
    """Words for each object of a kind that is missing or altered; both are definitions by name."""
    return [
        f"{kind} {name} is {'altered' if name in present else 'missing'}"
        for name, definition in expected.items()
        if present.get(name) != definition
    ]


class IntegerTooLarge(EventStoreError):
    """A number that no column takes."""

    def __init__(self) -> None:
        super().__init__("an integer is too large", hint="give one below 2^63")
