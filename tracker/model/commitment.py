"""A commitment as folded so far: the value that every rule reads and every effect returns anew."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Literal

from msgspec import Struct

from tracker.dates.durations import NOTHING, Duration, parse_duration
from tracker.model.clauses import Package
from tracker.model.parts import Cause, Claim, Condition, Incident, Suspension, Withdrawal
from tracker.model.payload import is_set
from tracker.model.readings import Reading, earliest, latest
from tracker.model.relative import Anchor, Moment, Relative
from tracker.model.schedule import PeriodRecord, Schedule
from tracker.model.sources import Chain
from tracker.model.terms import Terms
from tracker.model.vocabulary import CLOSED_STATES, Breach, Compliance, Grade, Kind, State

DEFAULT_GRACE = "P2D"
DEFAULT_LEADS = ("P7D", "P3D", "P1D")
STALE_PROCESS = timedelta(days=21)
STALE_WITHOUT_DEADLINE = timedelta(days=30)
RELEASABLE = (State.IN_FORCE, State.SUSPENDED)
PROCESS, RECURRING = Kind.PROCESS, Kind.RECURRING
GRAVEST_FIRST = (
    ("confirmed", Compliance.CONFIRMED),
    ("disputed", Compliance.DISPUTED),
    ("alleged", Compliance.ALLEGED),
)


class Account(Struct, frozen=True, gc=False):
    """What one account says of the terms; `terms` holds only the terms that it names.

    `by` is the party or source whose account it is, `root` the primary source it goes back to.
    `period` is the period of the window that it speaks of, `extended` what its end was moved by.
    One `of_agreement` speaks of all the promises that do not state these terms themselves.
    Where it hangs on an end that is only counted in several ways, each is an account by itself, and
    `counted` the one that says so.
    """

    id: str
    by: str | None
    root: str
    terms: Terms
    event: str
    other: dict[str, object] = {}
    source: Chain | None = None
    period: int = 0
    extended: Duration = NOTHING
    of_agreement: bool = False
    counted: str = ""

    @property
    def terms_of_end(self) -> tuple[Any, ...]:
        """What this account says of when it is over."""
        terms = self.terms
        return (terms.due, terms.end, terms.duration, terms.extend_by)

    @property
    def named(self) -> set[str]:
        """The terms that this account speaks of, those that it is silent on included."""
        terms = self.terms
        return {n for n in terms.__struct_fields__ if is_set(getattr(terms, n))} | {*self.other}

    @property
    def content(self) -> tuple[object, ...]:
        """All that this account says, whenever and by which entry it was said."""
        return self.terms, self.other, self.period, self.extended


class Boundary(Struct, frozen=True):
    """Where the current period of a window begins: the ends of the one before, by each reading.

    `lengths` say how long each lasts from there, none where all parties have set the end anew.
    `extended` is what the ends were moved by since. `governed` are the readings that an analyst
    had chosen, `account` is the account of who renewed it, which gives the lengths. `before` is
    the commitment as it stood in the period before.
    """

    number: int
    ends: tuple[Reading, ...]
    lengths: tuple[Duration, ...] = ()
    extended: Duration = NOTHING
    governed: frozenset[str] = frozenset()
    account: str = ""
    before: Commitment | None = None

    def is_read_by(self, account: Account) -> bool:
        """Whether an account gives a reading of its own of this period."""
        return account.period == self.number and account.id != self.account


class Commitment(Struct, frozen=True, gc=False):
    """One debtor's promise to its creditors, and all that the rules need to know of it.

    `start` and `latest_start` are the earliest and the latest reading of when the window opens.
    Alerts are timed from `alert_end`, the state changes at `state_end`, and grace is over at
    `grace_end`; `leads` are the lead times before `alert_end` with their instants, longest first.
    These follow from the readings, and a process has none of them. `renewals` are the periods of
    the same length that have followed since the start or the `boundary`, `renewed` the tacit ones.
    `moments` are those that others may hang on, `anchored` those that its own deadlines hang on,
    as far as they are known, and `awaiting` is the term whose moment is not. `renewal_notice`
    and `withdrawal_clause` are what clauses on record ask for, `withdrawals` the notices given; a
    `late_notice` that it is not renewed counts from the next period on; `notices` are the entries
    of those that stand.
    `withdrawn` are the findings that were revised (row 34), `unapplied` what no longer fits.
    A recurring promise has a `schedule`, what is on record of its periods by number, and the times
    for which it rested. What was observed is clear up to `clear_until`, on days up to and including
    `clear_through`. `closed_past_end` says whether its end had passed when it closed.
    `package` is what it has of its agreement, `own_terms` are the terms that it has not from there.
    """

    id: str
    agreement: str
    kind: Kind
    debtor: tuple[str, ...]
    creditor: tuple[str, ...]
    promise: str
    zone: str
    state: State
    since: datetime
    state_cause: Cause
    deontic: str = "obligation"
    proposed_by: str | None = None
    reciprocal_with: str | None = None
    responsible: tuple[str, ...] = ()
    waived_by: tuple[str, ...] = ()
    phase: str | None = None
    package: Package = Package()
    own_terms: frozenset[str] = frozenset()
    terms: Terms = Terms()
    accounts: tuple[Account, ...] = ()
    readings: tuple[Reading, ...] = ()
    governed: tuple[Reading, ...] = ()
    start: datetime | None = None
    latest_start: datetime | None = None
    ends_disputed: bool = False
    alert_end: datetime | None = None
    state_end: datetime | None = None
    grace_end: datetime | None = None
    leads: tuple[tuple[str, datetime], ...] = ()
    governing: dict[str, str] = {}
    agreed: frozenset[str] = frozenset()
    entered_at: datetime | None = None
    offer_until: datetime | None = None
    conditions: tuple[Condition, ...] = ()
    require: Literal["all", "any"] = "all"
    added_conditions: bool = False
    suspension: Suspension | None = None
    tolled: Duration = NOTHING
    boundary: Boundary | None = None
    renewals: int = 0
    renewed: int = 0
    non_renewal: bool = False
    late_notice: bool = False
    notices: tuple[str, ...] = ()
    schedule: Schedule | None = None
    period_records: dict[int, PeriodRecord] = {}
    rests: tuple[tuple[datetime, datetime], ...] = ()
    renewal_notice: str | None = None
    withdrawal_clause: str | None = None
    withdrawals: tuple[Withdrawal, ...] = ()
    incidents: tuple[Incident, ...] = ()
    clear_until: datetime | None = None
    clear_through: date | None = None
    compliance_cause: Cause | None = None
    release_on: Literal["alleged", "confirmed"] | None = None
    other_side: Breach = Breach.NONE
    release_available: bool = False
    grade: Grade = Grade.NONE
    delivered: int | None = None
    promised: int | None = None
    fulfilment_cause: Cause | None = None
    late: bool = False
    closed_past_end: bool = False
    claims: tuple[Claim, ...] = ()
    roots: frozenset[str] = frozenset()
    root_parties: dict[str, str] = {}
    moments: dict[str, Moment] = {}
    anchored: dict[Anchor, tuple[Moment, ...]] = {}
    awaiting: Relative | None = None
    successor: str | None = None
    children: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    recorded_at: datetime | None = None
    last_activity: datetime | None = None
    events: tuple[str, ...] = ()
    unapplied: tuple[str, ...] = ()
    tlp: str = "CLEAR"

    @property
    def is_open(self) -> bool:
        return self.state not in CLOSED_STATES

    @property
    def owed_to(self) -> tuple[str, ...]:
        """The creditors that have not waived it (row 26)."""
        return tuple(party for party in self.creditor if party not in self.waived_by)

    @property
    def end_term(self) -> str:
        return "due" if self.kind is Kind.ACHIEVEMENT else "end"

    @property
    def governing_readings(self) -> tuple[Reading, ...]:
        """The readings of the end that the analyst's choices leave, term by term."""
        return self.governed or self.readings

    @property
    def governing_reading(self) -> Reading | None:
        """The reading chosen to decide the end; the latest, where a choice leaves two."""
        return max(self.governed, key=lambda reading: reading.at, default=None)

    @property
    def earliest(self) -> datetime | None:
        """The earliest standing reading of the end; alerts are timed from it."""
        return earliest(self.readings)

    @property
    def latest(self) -> datetime | None:
        """The latest standing reading of the end; states change at it."""
        return latest(self.readings)

    @property
    def stale_after(self) -> timedelta | None:
        """How long silence may last; None where a deadline decides instead."""
        stated = self.terms.stale_after
        if isinstance(stated, str):
            return parse_duration(stated).elapsed()
        if self.kind is PROCESS:
            return None if self.waits_for_a_date else STALE_PROCESS
        is_due_later = self.readings or self.awaiting is not None or self.kind is RECURRING
        return None if is_due_later or self.waits_for_a_date else STALE_WITHOUT_DEADLINE

    @property
    def waits_for_a_date(self) -> bool:
        """Whether a date on record ends its waiting: of an offer, a condition, a rest, a notice."""
        if self.state is State.PROPOSED:
            return self.offer_until is not None
        if self.state is State.CONDITIONAL:
            dated = [c.deadline is not None for c in self.conditions if c.status == "open"]
            return all(dated) if self.require == "any" and dated else any(dated)
        return self.suspended_until is not None or bool(self.withdrawals)

    @property
    def perdurant(self) -> bool:
        return self.terms.perdurant is not False

    @property
    def preemptive(self) -> bool:
        return self.terms.preemptive is not False

    @property
    def renews_tacitly(self) -> bool:
        return bool(self.terms.tacit_renewal is True or isinstance(self.terms.tacit_renewal, str))

    @property
    def compliance(self) -> Compliance:
        """The gravest status of the incidents in force, else what was observed."""
        statuses = [incident.status for incident in self.incidents if incident.counted]
        for status, compliance in GRAVEST_FIRST:
            if status in statuses:
                return compliance
        is_observed = self.clear_until is not None
        return Compliance.CLEAR if is_observed or statuses else Compliance.UNASSESSED

    @property
    def last_active(self) -> tuple[str, ...]:
        """The entry that was its last activity."""
        applied = (event for event in reversed(self.events) if event not in self.unapplied)
        return tuple(islice(applied, 1))

    @property
    def clock_is_tolled(self) -> bool:
        suspension = self.suspension
        return suspension is not None and suspension.tolls and self.state is State.SUSPENDED

    @property
    def suspension_contested(self) -> bool:
        """Whether one side alone suspended it: then its duties are judged as in force."""
        suspension = self.suspension
        return suspension is not None and suspension.contested and self.state is State.SUSPENDED

    @property
    def suspended_until(self) -> datetime | None:
        return self.suspension.until if self.suspension else None

    def incident(self, incident_id: str) -> Incident | None:
        for incident in self.incidents:
            if incident.id == incident_id:
                return incident
        return None
