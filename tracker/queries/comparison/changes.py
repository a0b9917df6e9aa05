"""What changed in one agreement from one instant to another, and how each change came about.

Four answers are compared: as of each instant, from what was known at each. What the later
knowledge says of the first instant was learned, and where it contradicts the answer of then it is
a correction; what lies between the two instants, as now known, happened. What was answered in
between and no longer holds is a correction as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from events import RecordedEvent, format_instant
from tracker.dates.instants import Clocks, both_clocks
from tracker.entries.decoding import entries
from tracker.entries.entry import Entry
from tracker.entries.unreadable import Recorded
from tracker.model.event_types import Promise
from tracker.projections.elsewhere import Surroundings
from tracker.queries.comparison.differences import (
    Difference,
    DiffRow,
    Origin,
    axes_in_words,
    differences,
    first_values,
    steps_between,
)
from tracker.rules.agreement import AgreementState
from tracker.rules.fold import fold_events
from tracker.rules.news.change import Change
from tracker.rules.replay import Replay

TICK = timedelta(microseconds=1)
EARLIEST = datetime.min.replace(tzinfo=UTC)
HAPPENED, LEARNED, CORRECTED, AHEAD = "happened", "learned", "corrected", "ahead"


class ClockPair(Struct, frozen=True):
    """One of the two sides of a comparison: where each clock stands."""

    as_of: datetime
    known_at: datetime

    def as_json(self) -> Clocks:
        return both_clocks(self.as_of, self.known_at)


def changes_of_agreement(
    agreement: str,
    around: Surroundings,
    before: ClockPair,
    after: ClockPair,
    now: datetime,
    recorded: Recorded,
) -> list[DiffRow]:
    """The rows of one agreement: corrections of what was answered in between come first."""
    parties, outside = around.parties(after.known_at), around.outside(after.known_at)
    # One fold is carried on from instant to instant, where they come in their order.
    known_by_then = [event for event in recorded if event.recorded_at <= after.known_at]
    known = Replay(agreement, parties, known_by_then, outside)
    present = min(max(now, before.as_of), after.as_of)
    now_known = _kept(known.at(before.as_of))
    standing = entries(recorded, parties, after.known_at)
    made_by_now = _as_made(known, now_known, present, standing)
    by_now = _kept(known.at(present))
    made_ahead = _as_made(known, by_now, after.as_of, standing)
    last = known.at(after.as_of) if present < after.as_of else by_now
    new = [e for e in recorded if before.known_at < e.recorded_at <= after.known_at]
    is_known_alike = not new and before.known_at <= after.known_at and not now_known.hangs_on
    if is_known_alike and around.parties(before.known_at) is parties:
        first = now_known
    else:
        first = _folded(agreement, recorded, around, before.as_of, before.known_at)
    news = sorted({event.recorded_at for event in new}) if before.as_of < after.as_of else []
    answers = _answers_before(news, agreement, around, recorded)
    recorded_at = {entry.id: entry.recorded_at for entry in standing}
    return [
        *_withdrawn(answers, new, before, after, last),
        *(_learned(first, now_known, new) if first is not now_known else ()),
        *sorted(steps_between(now_known, by_now, HAPPENED, recorded_at, made_by_now), key=_by_time),
        *(
            sorted(steps_between(by_now, last, AHEAD, recorded_at, made_ahead), key=_by_time)
            if by_now is not last
            else ()
        ),
    ]


def _as_made(
    known: Replay, one: AgreementState, until: datetime, standing: Iterable[Entry]
) -> dict[str, list[Difference]]:
    """How each promise that is made between `one` and an instant stands when it is made."""
    instants = {
        entry.effective_at
        for entry in standing
        if isinstance(entry.payload, Promise) and one.as_of < entry.effective_at <= until
    }
    made: dict[str, list[Difference]] = {}
    for instant in sorted(instants):
        state = known.at(instant)
        for row in first_values(one, state):
            made.setdefault(str(row["commitment"]), []).append(row)
        one = state
    return made


def _kept(state: AgreementState) -> AgreementState:
    """The state with changes of its own, since those of a fold that is carried on grow."""
    return replace(state, changes=tuple(state.changes))


def _folded(
    agreement: str,
    recorded: Recorded,
    around: Surroundings,
    as_of: datetime,
    known_at: datetime,
) -> AgreementState:
    parties, outside = around.parties(known_at), around.outside(known_at)
    return fold_events(agreement, recorded, as_of, parties, outside, known_at).state


def _learned(
    first: AgreementState, now_known: AgreementState, new: list[RecordedEvent]
) -> Iterator[DiffRow]:
    """What is now known of the first instant; a correction if the answer was another.

    The roll-up comes of what was learned of the promises.
    """
    recorded_at = {event.id: event.recorded_at for event in new}
    newest_first = now_known.changes[::-1]
    rows = list(differences(first, now_known))
    causes: dict[tuple[str | None, str], list[str]] = {
        (row["commitment"], row["axis"]): _newly_known(row, newest_first, new)
        for row in rows
        if row["commitment"] is not None
    }
    of_all = dict.fromkeys(event for events in causes.values() for event in events)
    for row in rows:
        events = causes.get((row["commitment"], row["axis"])) or [*(of_all or recorded_at)]
        origin: Origin = {
            "how": LEARNED if row["before"] is None else CORRECTED,
            "at": format_instant(now_known.as_of),
            "recorded_at": format_instant(max(map(recorded_at.__getitem__, events)))
            if events
            else None,
            "rule": None,
            "events": events,
        }
        yield {**row, **origin}


def _newly_known(
    row: Difference, newest_first: tuple[Change, ...], new: list[RecordedEvent]
) -> list[str]:
    """The new entries by which an axis is what it is known to be now.

    Where none of them set it, as after a retraction, all that may concern the promise: amendments
    and entries of the whole agreement may concern any.
    """
    ids = {event.id for event in new}
    place = (row["commitment"], row["axis"])
    cause = next((c for c in newest_first if (c.commitment, c.axis) == place), None)
    events = [event for event in cause.events if event in ids] if cause else []
    return events or _concerning(row["commitment"], new)


def _concerning(commitment: str | None, recorded: list[RecordedEvent]) -> list[str]:
    """The events that may concern a promise: its own, and those that name none."""
    named = ((event.id, event.data.get("commitment", commitment)) for event in recorded)
    return [event for event, name in named if name == commitment]


def _by_time(row: DiffRow) -> str:
    """Where a change stands: what came about at no one instant, like a roll-up, comes last."""
    return row["at"] or "~"


def _answers_before(
    instants: Iterable[datetime], agreement: str, around: Surroundings, recorded: Recorded
) -> Iterator[tuple[datetime, AgreementState]]:
    """What was answered just before each instant; one fold is carried on from one to the next."""
    replay, since = None, EARLIEST
    for at in instants:
        parties, outside = around.parties(at - TICK), around.outside(at - TICK)
        if replay is None or replay.registry is not parties or replay.hangs_on:
            replay, since = Replay(agreement, parties, outside=outside), EARLIEST
        replay.learn(event for event in recorded if since <= event.recorded_at < at)
        since = at
        yield at, replay.at(at - TICK)


def _withdrawn(
    answers: Iterable[tuple[datetime, AgreementState]],
    new: list[RecordedEvent],
    before: ClockPair,
    after: ClockPair,
    last: AgreementState,
) -> list[DiffRow]:
    """What was answered between the instants and is no longer so, with when it ceased."""
    valid = set(map(_identity, last.changes))
    withdrawn: dict[Identity, tuple[Change, datetime]] = {}
    for at, answer in answers:
        for change in answer.changes:
            is_between = before.as_of < change.at <= after.as_of
            if is_between and (identity := _identity(change)) not in valid:
                withdrawn[identity] = change, at
    return [_correction(change, at, new, last) for change, at in withdrawn.values()]


Identity = tuple[str, str, datetime, str, str | None]


def _identity(change: Change) -> Identity:
    return (change.commitment, change.axis, change.at, change.after, change.lead)


def _correction(
    change: Change, at: datetime, new: list[RecordedEvent], last: AgreementState
) -> DiffRow:
    commitment = last.commitments.get(change.commitment)
    after = axes_in_words(commitment, last.as_of).get(change.axis) if commitment else None
    place = (change.commitment, change.axis)
    latest = next((c for c in last.changes[::-1] if (c.commitment, c.axis) == place), None)
    if latest is not None and latest.after == after == change.after:
        # It is so all the same, and only since another instant.
        after = f"{after} since {format_instant(latest.at)}"
    recorded = [event for event in new if event.recorded_at == at]
    return {
        "agreement": change.agreement,
        "commitment": change.commitment,
        "axis": change.axis,
        "before": f"{change.after} since {format_instant(change.at)}",
        "after": after,
        "unmet": [],
        "how": CORRECTED,
        "at": format_instant(change.at),
        "recorded_at": format_instant(at),
        "rule": change.rule,
        "events": _concerning(change.commitment, recorded) or [event.id for event in recorded],
        "tlp": last.tlp,
    }
