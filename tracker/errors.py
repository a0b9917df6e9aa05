"""What can go wrong while tracking commitments: one root, each error with a hint."""

from __future__ import annotations

import shlex
from collections.abc import Container, Iterable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Self

from events.errors import HintedError
from events.wording import did_you_mean, first_few, meant_words, nearest, plural, typo_of

if TYPE_CHECKING:
    from events import RecordedEvent


def unknown_id(what: str, name: str, known: Iterable[str], others: int = 0) -> UnknownId:
    """An id that is not on record, with the nearest that are; or how to begin, where none is.

    Of many that are on record the nearest and the first are enough, with how many `others` are.
    """
    on_record = sorted({*known})
    close = nearest(name, on_record)
    words = did_you_mean(name, close)
    if what != "event":
        words = words or which_there_are(on_record, others)
    if what == "event":
        hint = f"pactwatch event show {close[0]}" if close else "pactwatch event list"
    elif what == "document":
        hint = f"pactwatch source coverage {close[0]}" if close else "pactwatch source list"
    elif what == "commitment" and not on_record:
        own_id = shlex.quote(name)
        hint = f"pactwatch commitment add AGREEMENT {own_id} --kind achievement --debtor DEBTOR"
    elif on_record or not what.startswith("agreement"):
        hint = f"pactwatch status {close[0]}" if len(close) == 1 else "pactwatch status"
    else:
        hint = f"pactwatch agreement add {shlex.quote(name)} --title TITLE"
    return UnknownId(f"unknown {what} {name!r}{words}", hint=hint, typo=typo_of(name, close))


def on_record_words(meant: Sequence[str], on_record: Iterable[str]) -> str:
    """`; did you mean a?` with what an unknown name may stand for, else which there are."""
    return meant_words(meant) or which_there_are(sorted({*on_record}))


FIRST_SHOWN = 5


def which_there_are(known: Sequence[str], others: int = 0) -> str:
    """`; on record: a, b and 3 more`."""
    few = first_few(known, FIRST_SHOWN, others)
    return f"; on record: {few}" if known else "; none is on record"


def unknown_agreement(name: str, known: Iterable[str]) -> UnknownId:
    """An agreement to record a promise of, that is not on record: the nearest, or how to add it."""
    error = unknown_id("agreement", name, known)
    if error.typo is None:
        error.hint = f"pactwatch agreement add {shlex.quote(name)} --title TITLE"
    return error


class TrackerError(HintedError):
    """Root of every error of the tracker.

    `field` is the path of the field that it is about, `terms.due`; empty where it is about none, or
    more. `type_name` is the type of entry that the message names before it, `words` the rest.
    """

    field = ""
    type_name = ""

    @property
    def words(self) -> str:
        """The message without the type and the field that it begins with."""
        before = (f"{name}: " for name in (self.type_name, self.field) if name)
        return self.message.removeprefix("".join(before))

    def of_field(self, path: str, hint: str | None = None, *, type_name: str = "") -> Self:
        """The same refusal, with the field that it is about, and its type, before its words."""
        named = copy(self)
        named.field, named.type_name = path, type_name
        named.message = ": ".join(filter(None, (type_name, path, self.message)))
        named.args, named.hint = (named.message,), self.hint if hint is None else hint
        return named


class NoRoom(TrackerError):
    """A folder for temporary files that does not take what has to wait there."""


class InvalidDate(TrackerError):
    """A date, instant, interval or duration that is not in an accepted form."""


class AmbiguousDate(InvalidDate):
    """A date that may mean several; `readings` are those, each as a command takes it."""

    def __init__(self, message: str, readings: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint or f"write which one: {', or '.join(readings)}")
        self.readings = readings


class InvalidEvent(TrackerError):
    """An event whose type, fields or references do not fit the contract."""


class InvalidField(InvalidEvent):
    """A field that its type has not, or whose value has not its form."""


class InvalidOption(TrackerError):
    """An option or argument of a command whose value has not its form, whatever is on record."""

    exit_code = 2


class RefusedOption(TrackerError):
    """An option or argument whose value is refused, as it would be in a file."""


class ClockBehind(InvalidEvent):
    """An entry whose clock is a little behind that of the entry before; a retry is safe."""

    exit_code = 3


class UnknownId(TrackerError):
    """An agreement, commitment, incident, reading or event id that is not on record."""


class IllegalTransition(TrackerError):
    """An event that the transition table does not list for the state it meets."""


class AlreadyOnRecord(IllegalTransition):
    """An agreement or a promise (`what`) that is recorded as new a second time."""

    def __init__(self, what: str, name: str, where: str, hint: str) -> None:
        super().__init__(f"{what} {name!r} is {where}", hint=hint)
        self.what = what
        self.name = name

    def beside(self, events: Iterable[RecordedEvent], taken: Container[str]) -> AlreadyOnRecord:
        """The refusal, or another where the first of these events is `taken` of the same file.

        What stands earlier in a file may never come on record.
        """
        ids = (event.id for event in events if event.data.get(self.what) == self.name)
        if next(ids, None) not in taken:
            return self
        return AlreadyOnRecord(
            self.what,
            self.name,
            f"recorded earlier in the same file; another {self.what} needs an id of its own",
            "keep one of the two, or give one of them an id of its own",
        )


class ImportRefused(TrackerError):
    """A line of an event file that cannot be taken; nothing of the file was written."""


class UnreadableAgreement(TrackerError):
    """An agreement whose entries cannot be folded; `event` is the entry that causes it.

    `tlp` is the highest mark of its entries. `cited` is the entry as a refusal names it, and
    `argument` as a command takes it, where that is not by its id.
    """

    def __init__(
        self,
        agreement: str,
        reason: str,
        event: str,
        tlp: str,
        position: int | None = None,
        cited: str = "",
        argument: str = "",
    ) -> None:
        super().__init__(
            f"agreement {agreement!r} cannot be read because of entry {cited or repr(event)}: "
            f"{reason}",
            hint=f"pactwatch event retract {argument or event} --reason WHY",
        )
        self.position = position
        self.agreement = agreement
        self.reason = reason
        self.event = event
        self.tlp = tlp


class ProjectingFailed(TrackerError):
    """Events that are in the log for good, while what follows an append has failed."""

    exit_code = 5

    def __init__(self, recorded: int, reason: str, before: str = "") -> None:
        """`before` is what has to be done before the tables can be made anew."""
        super().__init__(
            f"{plural(recorded, 'event')} recorded; projecting failed: {reason}",
            hint=f"{before}{'; then: ' if before else ''}pactwatch projection rebuild --yes",
        )
        self.reason = reason


class CheckFailed(TrackerError):
    """A check found what it was to look for."""

    exit_code = 4


class ConfirmationNeeded(TrackerError):
    """A step that can not be undone, off a terminal and without its flag."""


class AboveCeiling(TrackerError):
    """A step that would show or need entries above the TLP ceiling that was asked for."""
