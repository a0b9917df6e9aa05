"""Keeps one agreement that cannot be read from stopping the others, and names the entry behind it.

Entries are judged before they are recorded, so this is for logs of earlier rules and of other
writers. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypedDict, TypeVar

from events import RecordedEvent
from events.errors import HintedError
from tracker.entries.tlp import highest, levels
from tracker.errors import UnreadableAgreement

T = TypeVar("T")
Recorded = Sequence[RecordedEvent]


class UnreadableDocument(TypedDict):
    """An agreement that cannot be read: why, and the entry whose retraction would mend it."""

    agreement: str
    reason: str
    event: str
    tlp: str


def readable(agreement: str, recorded: Recorded, answer: Callable[[Recorded], T]) -> T:
    """Answers from the events of an agreement; raises UnreadableAgreement for whatever fails."""
    try:
        return answer(recorded)
    except UnreadableAgreement:
        raise
    except Exception as error:
        raise unreadable(agreement, recorded, answer, error) from error


def unreadable(
    agreement: str, recorded: Recorded, answer: Callable[[Recorded], object], error: Exception
) -> UnreadableAgreement:
    """The error of an agreement whose answer fails, with the entry that causes it."""
    event = _first_failing(recorded, answer)
    tlp = highest(levels(recorded).values())
    return UnreadableAgreement(agreement, reason_of(error), event, tlp)


def _first_failing(recorded: Recorded, answer: Callable[[Recorded], object]) -> str:
    """Finds by halves an event with which the answer fails, while it does not up to the one before.

    Retracting it leaves what could be read. An empty stream can always be read.
    """
    good, failing = 0, len(recorded)
    while failing - good > 1:
        middle = (good + failing) // 2
        try:
            answer(recorded[:middle])
        except Exception:
            failing = middle
        else:
            good = middle
    return recorded[failing - 1].id if recorded else ""


def reason_of(error: Exception) -> str:
    """Why an entry cannot be applied: an error of ours in its words, any other with its class."""
    if isinstance(error, UnreadableAgreement):
        return error.reason
    if isinstance(error, HintedError):
        return error.message
    return f"unexpected {type(error).__name__}: {error}"


def unreadable_document(error: UnreadableAgreement) -> UnreadableDocument:
    """The agreement as it is listed."""
    return {
        "agreement": error.agreement,
        "reason": error.reason,
        "event": error.event,
        "tlp": error.tlp,
    }
