"""The parts of a commitment beside its terms: conditions, rests, notices, incidents, claims."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.dates.durations import Duration
from tracker.dates.zones import midnight
from tracker.model.payload import ClaimedCount
from tracker.model.vocabulary import Grade, State


class Cause(Struct, frozen=True, gc=False):
    """Why an axis has its value: a rule row and the events behind it."""

    rule: str
    events: tuple[str, ...] = ()


class Condition(Struct, frozen=True, gc=False):
    id: str
    text: str
    deadline: datetime | None = None
    status: Literal["open", "satisfied", "failed", "waived"] = "open"
    by: str | None = None
    on: str | None = None
    awaits: State | None = None
    of_agreement: bool = False


class Suspension(Struct, frozen=True):
    """Since when and until when the promise rests; the days where no hour is known of them.

    One that is `contested` was declared `by` some of the parties alone, and shields nobody.
    """

    since: datetime
    until: datetime | None
    tolls: bool
    since_day: date | None = None
    until_day: date | None = None
    by: tuple[str, ...] = ()
    contested: bool = False
    reason: str | None = None

    def begins(self, zone: str) -> datetime:
        """The first instant of it: where no hour is known, the beginning of its day."""
        return midnight(self.since_day, zone) if self.since_day else self.since

    def length(self, at: datetime, day: date | None, zone: str) -> Duration:
        """How long it lasted when it ends: in days of the zone, or exact between two instants."""
        if self.since_day is None and day is None:
            seconds = round((at - self.since).total_seconds())
            return Duration("", 0, 0, seconds)
        local = ZoneInfo(zone)
        first = self.since_day or self.since.astimezone(local).date()
        last = day or at.astimezone(local).date()
        return Duration("", 0, (last - first).days, 0)


class Withdrawal(Struct, frozen=True):
    """A party's notice that it withdraws, and when that notice ends, by the days of a zone."""

    by: tuple[str, ...]
    notice: str
    ends_at: datetime
    event: str
    zone: str


class Count(Struct, frozen=True):
    """A number as claimed by one party; later numbers never overwrite it.

    `covers` is the time that it counts, where that is told apart from the date it is given at.
    """

    by: str | None
    claimed: ClaimedCount
    given_at: str
    covers: str | None = None


class Incident(Struct, frozen=True, gc=False):
    """An alleged breach. `counted` says whether it fell while the promise was in force.

    `cause` is the entry that gave it its status; who said so is named as they speak.
    """

    id: str
    status: Literal["alleged", "disputed", "confirmed", "refuted"]
    at: datetime
    occurred: str
    counted: bool
    tags: tuple[str, ...] = ()
    text: str = ""
    where: str | None = None
    claimed_counts: tuple[Count, ...] = ()
    events: tuple[str, ...] = ()
    cause: Cause | None = None
    alleged_by: tuple[str, ...] = ()
    denied_by: tuple[str, ...] = ()
    confirmed_by: tuple[str, ...] = ()


class Claim(Struct, frozen=True, gc=False):
    """A report that moved nothing: who said what was done, and how much.

    `incident` and `count` belong to an allegation against a promise that has no incidents.
    """

    event: str
    type: str
    by: str | None
    occurred: str
    quantity: int | None = None
    of: int | None = None
    incident: str | None = None
    count: Count | None = None
    fulfilment: Grade | None = None
    given_at: str | None = None
    period: str | None = None
