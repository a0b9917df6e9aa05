"""What is stated of each end at some instant, as the content of an entry of the calendar. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from notifications.feeds.due_days import due_days
from notifications.prose.promises import headline as headline_of
from notifications.prose.reader import Reader
from tracker.dates.zones import day_ended_at
from tracker.documents.ends import do_accounts_differ
from tracker.entries.parties import Registry
from tracker.model.commitment import Commitment
from tracker.model.parts import Withdrawal
from tracker.model.readings import Reading
from tracker.model.vocabulary import Compliance, Kind, State
from tracker.rules.agreement import AgreementState
from tracker.rules.terms.pending import pending_deadlines

DONE_STATES = frozenset({State.DISCHARGED})
CANCELLED_STATES = frozenset(
    {State.CANCELLED, State.RELEASED, State.REJECTED, State.SUPERSEDED, State.EXPIRED}
)
COUNTED = {
    "inclusive": "if the first day counts",
    "exclusive": "if the first day does not count",
}
PERIODS = "periods"
SMALLEST_STEP = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Content(Struct, frozen=True):
    """The content of an entry; when any of it changes, SEQUENCE goes up by one.

    Its `headline` is the promise with its parties by name, `what` is what comes then. That of a
    recurring promise is a `rule`, with the first and the last day of its first period. What has
    `days` and no rule lasts these days; what `is_ahead` is worth an alarm.
    """

    title: str
    headline: str
    what: str
    end: datetime
    status: str
    categories: tuple[str, ...]
    days: tuple[date, date] | None = None
    rule: str | None = None
    is_ahead: bool = True


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


def names_in(registry: Registry) -> Reader:
    """For whom entries are written: anybody, with the names of these parties."""
    names = {party.id: party.name for party in registry.parties.values()}
    return Reader("UTC", EPOCH, names)


class StatedReadings:
    """What is stated at some instant, worked out only for commitments that have changed."""

    def __init__(self, names: Reader) -> None:
        self._names = names
        self._last: dict[str, tuple[Commitment, str, list[Stated]]] = {}
        self._headlines: dict[tuple[str, ...], str] = {}

    def of(self, state: AgreementState) -> list[Stated]:
        return [stated for c in state.commitments.values() for stated in self._of(c, state.title)]

    def _of(self, c: Commitment, title: str) -> list[Stated]:
        before = self._last.get(c.id)
        if before is not None and before[0] is c and before[1] == title:
            return before[2]
        stated = list(CommitmentEntries(c, title, self._headline(c), self._names).all())
        self._last[c.id] = (c, title, stated)
        return stated

    def _headline(self, c: Commitment) -> str:
        """The promise with its parties by name, which hardly an entry changes."""
        promised = (c.promise, *c.debtor, "", *c.creditor)
        if promised not in self._headlines:
            named = {"debtor": c.debtor, "creditor": c.creditor, "promise": c.promise}
            self._headlines[promised] = headline_of(named, self._names)
        return self._headlines[promised]


class CommitmentEntries:
    """Writes what is stated of one commitment: its readings, its periods, and what is pending."""

    def __init__(self, commitment: Commitment, title: str, headline: str, names: Reader) -> None:
        self.commitment = commitment
        self.title = title
        self.headline = headline
        self.names = names
        # Who differs on another term says nothing of when it is over.
        self.is_disputed = do_accounts_differ(
            (each.by, each.last_day or each.at.date()) for each in commitment.readings
        )

    def all(self) -> Iterator[Stated]:
        yield from map(self.of_reading, self.commitment.readings)
        yield from self.of_periods()
        yield from self.of_pending()
        yield from self.of_notices()

    def of_reading(self, reading: Reading) -> Stated:
        """The entry of an end: at its instant, of the day that it is the end of."""
        c = self.commitment
        is_done = c.state in DONE_STATES
        categories = {
            c.kind.value: True,
            "disputed": self.is_disputed,
            "compliance disputed": c.compliance is Compliance.DISPUTED,
            "governing": c.governing_reading == reading,
            "done": is_done,
        }
        content = Content(
            title=self.title,
            headline=self.headline,
            what=_what(c, reading, self.names, is_disputed=self.is_disputed),
            end=reading.at,
            status=_status(c),
            categories=tuple(word for word, applies in categories.items() if applies),
            days=(reading.last_day, reading.last_day) if reading.last_day else None,
            is_ahead=not is_done,
        )
        return Stated(c.id, reading.id, (reading.by, reading.rule, reading.zone), content)

    def of_periods(self) -> Iterator[Stated]:
        """One entry for all the periods of a recurring promise, under the name of no reading."""
        c, schedule = self.commitment, self.commitment.schedule
        first = schedule.period(schedule.first) if schedule else None
        if schedule is None or first is None:
            return
        last_day = (first.due - SMALLEST_STEP).astimezone(ZoneInfo(schedule.zone)).date()
        # A bar of a year would hide the day that matters.
        due = due_days(schedule)
        content = Content(
            title=self.title,
            headline=self.headline,
            what=f"due {due.words}" if due else "due",
            end=first.due,
            status=_status(c),
            categories=(c.kind.value,),
            days=(due.first, due.first) if due else (first.day, last_day),
            rule=due.rule if due else schedule.rule_by_days(),
            # An alarm a day would be one that nobody heeds.
            is_ahead=False,
        )
        yield Stated(c.id, PERIODS, (None, PERIODS, schedule.zone), content)

    def of_pending(self) -> Iterator[Stated]:
        """The end of an offer, and the deadlines of conditions."""
        zone = self.commitment.zone
        for deadline in pending_deadlines(self.commitment):
            is_offer = deadline.axis == "offer"
            name = "offer ends" if is_offer else f"condition {deadline.id} is due"
            what = "offer runs out" if is_offer else f"condition to be met by then ({deadline.id})"
            yield self._moment(name, what, deadline.axis, deadline.at, zone)

    def of_notices(self) -> Iterator[Stated]:
        """The end of each party's first notice of withdrawal."""
        c = self.commitment
        first_of_each: dict[tuple[str, ...], Withdrawal] = {}
        for notice in sorted(c.withdrawals if c.is_open else (), key=lambda each: each.ends_at):
            first_of_each.setdefault(tuple(notice.by), notice)
        for by, notice in first_of_each.items():
            name = f"notice of {' and '.join(by)} ends"
            what = f"ends by withdrawal of {self.names.all_of(by)}"
            yield self._moment(name, what, "withdrawal", notice.ends_at, notice.zone)

    def _moment(self, name: str, what: str, category: str, at: datetime, zone: str) -> Stated:
        """An entry of a whole day where it counts to the end of one, or readers see it a day late.

        `name` tells it from the other entries of its commitment.
        """
        day = day_ended_at(at, zone)
        content = Content(
            title=self.title,
            headline=self.headline,
            what=what,
            end=at,
            status="CONFIRMED",
            categories=(self.commitment.kind.value, category),
            days=(day, day) if day else None,
        )
        return Stated(self.commitment.id, name, (None, name, zone), content, name)


def _what(c: Commitment, reading: Reading, names: Reader, *, is_disputed: bool) -> str:
    """`due`, or `ends if the first day counts, as read by Russia (disputed)`."""
    verb = "due" if c.kind is Kind.ACHIEVEMENT else "ends"
    # An account that does not say how it counts, or in which zone, has an end by either way.
    own = [each for each in c.readings if each.by == reading.by]
    counting = COUNTED.get(reading.rule, "") if {*COUNTED} <= {each.rule for each in own} else ""
    zones = {each.zone for each in own if each.rule == reading.rule}
    clock = f"by the clock in {names.city(reading.zone)}" if len(zones) > 1 else ""
    whose = f"as read by {names.name(reading.by)}" if reading.by and is_disputed else ""
    read = ", ".join(filter(None, (clock, counting, whose)))
    remark = "done" if c.state in DONE_STATES else "disputed" if is_disputed else ""
    return f"{verb} {read}".rstrip() + (f" ({remark})" if remark else "")


def _status(c: Commitment) -> str:
    """Confirmed unless it waits or was called off; a window that ran out has ended as it said."""
    ran_out = {State.EXPIRED} if c.kind is not Kind.ACHIEVEMENT else set()
    waiting = c.state in (State.PROPOSED, State.CONDITIONAL)
    off = c.state in CANCELLED_STATES - ran_out
    return "CANCELLED" if off else "TENTATIVE" if waiting else "CONFIRMED"
