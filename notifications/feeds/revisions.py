"""The entries of a calendar for every end that is or was stated, and how often each has changed.

Pure. One entry a commitment and reading, with a UID that never changes. Its number of changes is
worked out from the log alone: the agreement is told again as it was known after each recording and
just before the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from events import RecordedEvent
from notifications.feeds.stated import SMALLEST_STEP, Content, Stated, StatedReadings
from notifications.prose.reader import Reader
from tracker.entries.parties import Registry
from tracker.errors import UnreadableAgreement
from tracker.rules.agreement import AgreementState
from tracker.rules.clock_moments import next_moment
from tracker.rules.replay import Replay
from tracker.rules.terms.anchors import Outside, nowhere

DATING = frozenset(
    {"terms", "value", "replacement", "clauses", "offer_valid_until", "antecedents", "antecedent",
     "notice"}
)  # fmt: skip
"""Fields that say, themselves or as corrected, when something begins or ends."""


class Revision(Struct, frozen=True):
    """An entry as it is now, how often it has changed, and when it last did."""

    commitment: str
    reading: str
    content: Content
    sequence: int
    revised_at: datetime


class Revisions(Struct, frozen=True):
    """The entries of an agreement, and the instant until which they stay as they are."""

    entries: list[Revision]
    until: datetime | None


def revisions(
    agreement: str,
    recorded: Sequence[RecordedEvent],
    now: datetime,
    registry: Registry,
    names: Reader,
    outside: Outside = nowhere,
) -> Revisions:
    """Every entry that this agreement has or had by `now`; one that is gone is cancelled."""
    entries, stated_readings = _Entries(), StatedReadings(names)
    # Without an event that says, itself or as corrected, when something begins or ends.
    if not any(event.data[field] for event in recorded for field in DATING & event.data.keys()):
        return Revisions([], None)
    coming = [event.recorded_at for event in recorded if event.recorded_at > now]
    for at, state in _known_states(agreement, recorded, now, registry, outside):
        entries.update(stated_readings.of(state), at)
        if at == now:
            # When the clock, or an event of the future, next matters.
            instants = [next_moment(c, now) for c in state.commitments.values()]
            coming += [at for at in (*instants, state.next_event_at) if at is not None]
            # News of other agreements comes at any time.
            coming += [now] if state.hangs_on else []
    return Revisions(entries.all, min(coming, default=None))


class _Entries:
    """The entries of an agreement as its record grows.

    A new reading that takes the place of one that is gone goes on under its UID: an extension
    moves an entry, and does not cancel one to make another.
    """

    def __init__(self) -> None:
        self._revisions: dict[tuple[str, str], Revision] = {}
        self._current: dict[tuple[str, str], Stated] = {}
        self._last: list[Stated] = []

    @property
    def all(self) -> list[Revision]:
        return list(self._revisions.values())

    def update(self, current: list[Stated], at: datetime) -> None:
        """Takes what is stated from `at` on."""
        if current == self._last:
            return
        self._last = current
        ids = {(stated.commitment, stated.reading) for stated in current}
        gone = {k: v for k, v in self._current.items() if (v.commitment, v.reading) not in ids}
        known = {(v.commitment, v.reading): k for k, v in self._current.items()}
        for stated in current:
            reading = (stated.commitment, stated.reading)
            ours = [key for key in gone if stated.continues(gone[key])]
            # It continues one that is gone and was counted alike, else the next one.
            alike = [key for key in ours if gone[key].shape == stated.shape]
            key = known.get(reading) or next(iter(alike or ours), reading)
            gone.pop(key, None)
            self._current[key] = stated
            self._revise(key, stated.content, at)
        for key, stated in gone.items():
            del self._current[key]
            if stated.moment and stated.content.end <= at:
                continue
            self._revise(key, replace(stated.content, status="CANCELLED"), at)

    def _revise(self, key: tuple[str, str], content: Content, at: datetime) -> None:
        before = self._revisions.get(key)
        if before is None:
            self._revisions[key] = Revision(*key, content, 0, at)
        elif before.content != content:
            self._revisions[key] = Revision(*key, content, before.sequence + 1, at)


def _promises(event: RecordedEvent) -> bool:
    """Whether an event names a promise: before the first of them nothing has an end."""
    return event.data.get("commitment") is not None


def _known_states(
    agreement: str,
    recorded: Sequence[RecordedEvent],
    now: datetime,
    registry: Registry,
    outside: Outside,
) -> Iterator[tuple[datetime, AgreementState]]:
    """The agreement as known after each recording, and just before the next one.

    What was recorded before the first promise is folded with it: until then nothing has an end.
    While it cannot be read, nothing new is stated of it.
    """
    known = [event for event in recorded if event.recorded_at <= now]
    # Desks that merge bring entries that were recorded before others on record.
    known.sort(key=lambda event: event.recorded_at)
    batches = [(at, list(batch)) for at, batch in groupby(known, lambda event: event.recorded_at)]
    first = next((n for n, (_, batch) in enumerate(batches) if any(map(_promises, batch))), 0)
    begun = [event for _, batch in batches[: first + 1] for event in batch]
    replay = Replay(agreement, registry, begun, outside, lists_changes=False)
    for n, (at, batch) in enumerate(batches[first:], start=first):
        replay.learn(batch if n > first else ())
        until = batches[n + 1][0] - SMALLEST_STEP if n + 1 < len(batches) else now
        for instant in dict.fromkeys((at, max(at, until))):
            with suppress(UnreadableAgreement):
                yield instant, replay.at(instant)
