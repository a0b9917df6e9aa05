"""Keeps one agreement that cannot be read from stopping the others, and names the entry behind it.

Entries are judged before they are recorded, so this is for logs of earlier rules and of other
writers. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import TypedDict, TypeVar

from events import RecordedEvent
from events.errors import HintedError
from tracker.entries.amendments import CORRECTED, Amendments, amended_id, short_type
from tracker.entries.lookup import GENERATED_ID, Citation, citation, known_as
from tracker.entries.tlp import highest, levels
from tracker.errors import UnreadableAgreement

T = TypeVar("T")
Recorded = Sequence[RecordedEvent]


class UnreadableDocument(TypedDict):
    """An agreement that cannot be read: why, and the entry whose retraction would mend it."""

    agreement: str
    reason: str
    event: str
    position: int | None
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
    numbers = {each.id: each.position for each in recorded}
    reason = GENERATED_ID.sub(
        lambda match: known_as(match[0], numbers.get(match[0])), reason_of(error)
    )
    cited = citation(event, numbers.get(event))
    return UnreadableAgreement(agreement, reason, event, tlp, numbers.get(event), *cited)


def entry_of_unreadable(document: UnreadableDocument) -> Citation:
    """Cites the entry because of which an agreement cannot be read, as lists name entries."""
    event, position = document["event"], document["position"]
    return Citation(known_as(event, position), citation(event, position).argument)


def _first_failing(recorded: Recorded, answer: Callable[[Recorded], object]) -> str:
    """Finds an entry with which the answer fails, while it does not up to the one before.

    What was retracted is left out, and an entry comes with its corrections: the last of them is
    named where the entry alone can be read.
    """
    units = _with_corrections(recorded)
    if not units:
        return recorded[-1].id if recorded else ""
    number = _number_until_it_fails(units, answer)
    before, (entry, *corrections) = units[: number - 1], units[number - 1]
    if corrections and not _fails(answer, [*before, [entry]]):
        return corrections[-1].id
    return entry.id


def _number_until_it_fails(
    units: Sequence[list[RecordedEvent]], answer: Callable[[Recorded], object]
) -> int:
    """How many of the units it takes for the answer to fail, as it does with all of them.

    Most often one of the newest is the cause, so they are left out in steps that double, until
    the answer does not fail or half of what remains is left; then the rest is halved.
    """
    good, failing, step = 0, len(units), 1
    while failing - good > 1:
        middle = max(failing - step, (good + failing) // 2)
        if _fails(answer, units[:middle]):
            failing, step = middle, 2 * step
        else:
            good = middle
    return failing


def _fails(answer: Callable[[Recorded], object], units: Iterable[list[RecordedEvent]]) -> bool:
    events = (event for unit in units for event in unit)
    try:
        answer(sorted(events, key=attrgetter("position")))
    except Exception:
        return True
    return False


def _with_corrections(recorded: Recorded) -> list[list[RecordedEvent]]:
    """Every entry that was not retracted, each with the corrections of it."""
    amended = Amendments(recorded)
    units: dict[str, list[RecordedEvent]] = {}
    for event in filter(amended.standing, recorded):
        target = amended_id(event) if short_type(event) == CORRECTED else None
        unit = None if target is None else units.get(target)
        units[event.id] = [] if unit is None else unit
        units[event.id].append(event)
    return list({id(unit): unit for unit in units.values()}.values())


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
        "position": error.position,
        "tlp": error.tlp,
    }
