"""The entries of a calendar for every end that is or was stated, and how often each has changed.

Pure. One entry a commitment and reading, with a UID that never changes. Its number of changes is
worked out from the log alone: the agreement is told again as it was known after each recording and
just before the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from events import RecordedEvent
from tracker.dates.zones import midnight
from tracker.entries.parties import Registry
from tracker.errors import UnreadableAgreement
from tracker.model.commitment import Commitment, Withdrawal
from tracker.model.readings import Reading
from tracker.model.vocabulary import Compliance, Kind, State
from tracker.rules.agreement import AgreementState
from tracker.rules.clock_moments import next_moment
from tracker.rules.replay import Replay
from tracker.rules.terms.anchors import Outside, nowhere
from tracker.rules.terms.disputes import terms_disputed
from tracker.rules.terms.pending import pending_deadlines

DONE_STATES = frozenset({State.DISCHARGED})
CANCELLED_STATES = frozenset(
    {State.CANCELLED, State.RELEASED, State.REJECTED, State.SUPERSEDED, State.EXPIRED}
)
PERIODS = "periods"
DATING = frozenset(
    {"terms", "value", "replacement", "clauses", "offer_valid_until", "antecedents", "antecedent",
     "notice"}
)  # fmt: skip
"""Fields that say, themselves or as corrected, when something begins or ends."""
SMALLEST_STEP = timedelta(microseconds=1)


class Content(Struct, frozen=True):
    """The content of an entry; when any of it changes, SEQUENCE goes up by one.

    That of a recurring promise is a `rule`, with the first and the last day of its first period.
    What has `days` and no rule lasts these days.
    """

    kind: str
    title: str
    promise: str
    start: datetime | None
    end: datetime
    status: str
    categories: tuple[str, ...]
    days: tuple[date, date] | None = None
    rule: str | None = None


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
    outside: Outside = nowhere,
) -> Revisions:
    """Every entry that this agreement has or had by `now`; one that is gone is cancelled."""
    entries, stated_readings = _Entries(), _StatedReadings()
    # Without an event that says, itself or as corrected, when something begins or ends.
    if DATING.isdisjoint(field for event in recorded for field in event.data):
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


class Stated(Struct, frozen=True):
    """A reading at some instant: whose it is, how it counts, and what its entry contains.

    A `moment` is no reading: the end of an offer, of a notice, or the deadline of a condition. When
    it has come, nothing is left to call off.
    """

    commitment: str
    reading: str
    shape: tuple[str | None, str, str]
    content: Content
    moment: str = ""

    def continues(self, gone: Stated) -> bool:
        """Whether it may go on under the UID of one that is gone."""
        return (self.commitment, self.moment) == (gone.commitment, gone.moment)


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


def _known_states(
    agreement: str,
    recorded: Sequence[RecordedEvent],
    now: datetime,
    registry: Registry,
    outside: Outside,
) -> Iterator[tuple[datetime, AgreementState]]:
    """The agreement as known after each recording, and just before the next one.

    While it cannot be read, nothing new is stated of it.
    """
    known = [event for event in recorded if event.recorded_at <= now]
    # Desks that merge bring entries that were recorded before others on record.
    known.sort(key=lambda event: event.recorded_at)
    batches = [(at, list(batch)) for at, batch in groupby(known, lambda event: event.recorded_at)]
    replay = Replay(agreement, registry, outside=outside)
    for n, (at, batch) in enumerate(batches):
        replay.learn(batch)
        until = batches[n + 1][0] - SMALLEST_STEP if n + 1 < len(batches) else now
        for instant in dict.fromkeys((at, max(at, until))):
            with suppress(UnreadableAgreement):
                yield instant, replay.at(instant)


class _StatedReadings:
    """What is stated at some instant, worked out only for commitments that have changed."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[Commitment, str, list[Stated]]] = {}

    def of(self, state: AgreementState) -> list[Stated]:
        return [stated for c in state.commitments.values() for stated in self._of(c, state.title)]

    def _of(self, c: Commitment, title: str) -> list[Stated]:
        before = self._last.get(c.id)
        if before is not None and before[0] is c and before[1] == title:
            return before[2]
        made = [_stated(c, reading, title) for reading in c.readings]
        made += _stated_periods(c, title)
        made += _stated_moments(c, title)
        self._last[c.id] = (c, title, made)
        return made


def _stated(c: Commitment, reading: Reading, title: str) -> Stated:
    shape = (reading.by, reading.rule, reading.zone)
    return Stated(c.id, reading.id, shape, _content(title, c, reading))


def _stated_periods(c: Commitment, title: str) -> Iterator[Stated]:
    """One entry for all the periods of a recurring promise, under the name of no reading."""
    schedule = c.schedule
    first = schedule.period(schedule.first) if schedule else None
    if schedule is None or first is None:
        return
    last_day = (first.due - SMALLEST_STEP).astimezone(ZoneInfo(schedule.zone)).date()
    content = Content(
        "VEVENT",
        title,
        _promise(c),
        first.begin,
        first.due,
        _status(c, achievement=False),
        (c.kind.value,),
        (first.day, last_day),
        schedule.rule_by_days(),
    )
    yield Stated(c.id, PERIODS, (None, PERIODS, schedule.zone), content)


def _stated_moments(c: Commitment, title: str) -> Iterator[Stated]:
    """The end of an offer and of each party's notice, and the deadlines of conditions."""
    for deadline in pending_deadlines(c):
        of = "offer" if deadline.axis == "offer" else f"condition {deadline.id}"
        verb = "ends" if deadline.axis == "offer" else "is due"
        yield _stated_moment(c, title, deadline.axis, f"{of} {verb}", deadline.at, c.zone)
    first_of_each: dict[tuple[str, ...], Withdrawal] = {}
    for notice in sorted(c.withdrawals if c.is_open else (), key=lambda notice: notice.ends_at):
        first_of_each.setdefault(tuple(notice.by), notice)
    for by, notice in first_of_each.items():
        name = f"notice of {' and '.join(by)} ends"
        yield _stated_moment(c, title, "withdrawal", name, notice.ends_at, notice.zone)


def _stated_moment(
    c: Commitment, title: str, moment: str, name: str, at: datetime, zone: str
) -> Stated:
    """An entry of a whole day where it counts to the end of one, or readers see it a day late."""
    last_day = (at - SMALLEST_STEP).astimezone(ZoneInfo(zone)).date()
    is_day = midnight(last_day + timedelta(days=1), zone) == at
    content = Content(
        "VEVENT",
        title,
        _promise(c),
        None,
        at,
        "CONFIRMED",
        (c.kind.value, moment),
        (last_day, last_day) if is_day else None,
    )
    return Stated(c.id, name, (None, name, zone), content, name)


def _promise(c: Commitment) -> str:
    return f"{', '.join(c.debtor)} to {', '.join(c.creditor) or 'nobody named'}: {c.promise}"


def _content(title: str, c: Commitment, reading: Reading) -> Content:
    achievement = c.kind is Kind.ACHIEVEMENT
    is_disputed = len({r.at for r in c.readings}) > 1 or terms_disputed(c)
    categories = {
        c.kind.value: True,
        "disputed": is_disputed,
        "compliance disputed": c.compliance is Compliance.DISPUTED,
        "governing": c.governing_reading == reading,
    }
    return Content(
        "VTODO" if achievement else "VEVENT",
        title,
        _promise(c),
        None if achievement else c.start or c.entered_at or c.since,
        reading.at,
        _status(c, achievement=achievement),
        tuple(word for word, applies in categories.items() if applies),
    )


def _status(c: Commitment, *, achievement: bool) -> str:
    """An achievement is done when discharged; a window is confirmed unless it was called off."""
    if achievement:
        done = "COMPLETED" if c.state in DONE_STATES else "NEEDS-ACTION"
        return "CANCELLED" if c.state in CANCELLED_STATES else done
    waiting = c.state in (State.PROPOSED, State.CONDITIONAL)
    off = c.state in CANCELLED_STATES - {State.EXPIRED}
    return "CANCELLED" if off else "TENTATIVE" if waiting else "CONFIRMED"
