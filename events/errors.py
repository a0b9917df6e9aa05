"""What can go wrong with the store, and the form that the errors of every package share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


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
    db = f"--db {where} " if where else ""
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


def integer_too_large() -> IntegerTooLarge:
    return IntegerTooLarge("an integer is too large", hint="give one below 2^63")


SHORTEST_PREFIX = 3
"""Fewer letters begin too many names."""


def nearest(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The names that begin with an unknown one, then those spelt like it, the nearest first.

    Capitals make no difference.
    """
    from difflib import get_close_matches

    names = {each.casefold(): each for each in known}
    begun = name.casefold()
    longer = [each for each in names if len(name) >= SHORTEST_PREFIX and each.startswith(begun)]
    close = dict.fromkeys([*longer, *get_close_matches(begun, names, n=most)])
    return [names[each] for each in close][:most]


ALIKE, NEARLY_SAME = 0.75, 0.9
"""How much of two names has to be the same, for one to be a slip of the other."""


def is_slip(given: str, meant: str, least: float = ALIKE) -> bool:
    """Whether a name is spelt so much like another that it can stand for it."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, given.casefold(), meant.casefold()).ratio() >= least


def typo_of(name: str, close: Sequence[str]) -> tuple[str, str] | None:
    """The name with the only one that it begins, else is spelt like; None where several are."""
    begun = [each for each in close if each.casefold().startswith(name.casefold())]
    alike, same = ([each for each in close if is_slip(name, each, n)] for n in (ALIKE, NEARLY_SAME))
    meant = begun or (alike if len(alike) == 1 else same)
    return (name, meant[0]) if len(meant) == 1 else None


def did_you_mean(name: str, known: Iterable[str], most: int = 3) -> str:
    """`; did you mean a, b?` with the names nearest to one that is unknown; empty without any."""
    close = nearest(name, known, most)
    return f"; did you mean {', '.join(close)}?" if close else ""
