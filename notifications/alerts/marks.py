"""Marks that people put on alerts: acknowledged, or snoozed, and until when.

A mark names one alert by its key, or all that a filter takes. It always has a reason. What is
snoozed is held back and told when the snooze is over, unless it has been withdrawn by then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import Connection, insert, or_, select, update

from events import format_instant
from events.database.owned_tables import table_of
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.calendar_rules import (
    covers_always,
    ends_at,
    is_covered,
    parse_rules,
    rule_texts,
)
from notifications.alerts.filter_check import check_filter
from notifications.alerts.filters import Filter
from notifications.alerts.stored import whole_key
from notifications.errors import InvalidMark, UnknownAlert
from notifications.tables import AlertMarkRow, create_tables, has_table
from tracker.dates.zones import zone_named

MARKS = table_of(AlertMarkRow)
ACK, SNOOZE = "ack", "snooze"


class Mark(Struct, frozen=True):
    """One mark; `calendar` are the hours and days it applies, all of them when empty."""

    id: int
    mark: str
    key: str | None
    wants: Filter
    calendar: tuple[str, ...]
    zone: str
    reason: str
    by: str
    at: str
    until: str | None
    ended_at: str | None
    ended_because: str | None

    def is_about(self, alert: Alert, commitment: CommitmentDocument) -> bool:
        return alert.key == self.key if self.key else self.wants.takes(alert, commitment)

    def holds_at(self, now: datetime) -> bool:
        return not self.calendar or is_covered(self.calendar, self.zone, now)

    def holds_until(self, now: datetime) -> str | None:
        """When it ends by itself: at its end, or with the hours of its calendar; None for never."""
        rests = ends_at(self.calendar, self.zone, now) if self.calendar else None
        ends = [end for end in (self.until, rests and format_instant(rests)) if end]
        return min(ends, default=None)

    @property
    def words(self) -> str:
        until = f" until {self.until}" if self.until else ""
        hours = f" on {', '.join(self.calendar)} ({self.zone})" if self.calendar else ""
        verb = "acknowledged" if self.mark == ACK else "snoozed"
        return f"{verb} by {self.by}{until}{hours}: {self.reason}"


class MarkGrounds(Struct, frozen=True):
    """Why a mark is put on alerts, who does so, and from when until when; None for no end."""

    reason: str
    by: str
    now: datetime
    until: datetime | None = None

    def checked(self, mark: str) -> Mark:
        """The mark, about nothing yet and without a number; raises InvalidMark for none."""
        if not self.reason.strip():
            raise InvalidMark("a reason is needed", hint='--reason "the ministry was asked"')
        if self.until is not None and self.until <= self.now:
            raise InvalidMark(
                f"ends at {format_instant(self.until)}, which is not after "
                f"{format_instant(self.now)}",
                hint="--until +7d",
            )
        return Mark(
            id=0,
            mark=mark,
            key=None,
            wants=Filter(),
            calendar=(),
            zone="UTC",
            reason=self.reason.strip(),
            by=self.by,
            at=format_instant(self.now),
            until=format_instant(self.until) if self.until else None,
            ended_at=None,
            ended_because=None,
        )


def acknowledge(connection: Connection, keys: Iterable[str], grounds: MarkGrounds) -> list[Mark]:
    """Acknowledges alerts: they are not escalated while the mark applies."""
    create_tables(connection)
    mark = grounds.checked(ACK)
    names = [whole_key(connection, key) for key in keys]
    return [_add(connection, replace(mark, key=key)) for key in names]


def snooze(
    connection: Connection,
    keys: Iterable[str],
    grounds: MarkGrounds,
    *,
    wants: Filter | None = None,
    calendar: Iterable[str] = (),
    zone: str = "UTC",
) -> list[Mark]:
    """Delays alerts, by key or by filter; a snooze must end, or apply at some hours only."""
    names, rules = tuple(keys), rule_texts(calendar)
    if bool(names) == (wants is not None):
        raise InvalidMark(
            "a snooze is of alert keys or of a filter, one of the two",
            hint="pactwatch snooze --agreement ID --until +7d --reason TEXT",
        )
    if grounds.until is None and (not rules or covers_always(parse_rules(rules))):
        raise InvalidMark("a snooze needs an end", hint="--until +7d, or --calendar sat-sun")
    create_tables(connection)
    mark = replace(grounds.checked(SNOOZE), calendar=rules, zone=zone_named(zone))
    if wants is None:
        return [_add(connection, replace(mark, key=whole_key(connection, key))) for key in names]
    check_filter(connection, wants)
    return [_add(connection, replace(mark, wants=wants))]


def end(
    connection: Connection, which: str, *, reason: str, now: datetime, mark: str | None = None
) -> list[Mark]:
    """Ends the marks of an alert, named by its key or its start, or the one with this number."""
    is_number = which.isascii() and which.isdigit()
    same = MARKS.c.id == int(which) if is_number else MARKS.c.key == whole_key(connection, which)
    marks = active(connection, now, same) if has_table(connection, AlertMarkRow) else []
    ended = [each for each in marks if mark in (None, each.mark)]
    if not ended:
        raise UnknownAlert(f"nothing to end for {which!r}", hint="pactwatch alert marks")
    values = {"ended_at": format_instant(now), "ended_because": reason}
    for each in ended:
        connection.execute(update(MARKS).where(MARKS.c.id == each.id).values(values))
    return [get(connection, each.id) for each in ended]


def get(connection: Connection, number: int) -> Mark:
    return _mark(connection.execute(select(MARKS).where(MARKS.c.id == number)).one())


def active(connection: Connection, now: datetime, *more: Any) -> list[Mark]:
    """Marks that have not ended; a calendar may still leave them without effect at this hour."""
    open_ = (MARKS.c.ended_at.is_(None), MARKS.c.at <= format_instant(now))
    runs = or_(MARKS.c.until.is_(None), MARKS.c.until > format_instant(now))
    query = select(MARKS).where(*open_, runs, *more).order_by(MARKS.c.id)
    return [_mark(row) for row in connection.execute(query)]


def all_of(connection: Connection) -> list[Mark]:
    if not has_table(connection, AlertMarkRow):
        return []
    return [_mark(row) for row in connection.execute(select(MARKS).order_by(MARKS.c.id))]


def first_about(
    marks: Iterable[Mark], mark: str, alert: Alert, commitment: CommitmentDocument, now: datetime
) -> Mark | None:
    """The mark of this kind that applies to an alert now."""
    about = (
        m for m in marks if m.mark == mark and m.holds_at(now) and m.is_about(alert, commitment)
    )
    return next(about, None)


def _add(connection: Connection, mark: Mark) -> Mark:
    """Stores a mark; returns it with its number."""
    values = asdict(mark) | {
        "filter": msgspec.json.encode(mark.wants).decode(),
        "calendar": json.dumps(mark.calendar),
    }
    del values["id"], values["wants"]
    added = insert(MARKS).values(values).returning(MARKS.c.id)
    return get(connection, connection.execute(added).scalar_one())


def _mark(row: Any) -> Mark:
    fields = dict(row._mapping)
    fields["wants"] = msgspec.json.decode(fields.pop("filter"), type=Filter)
    fields["calendar"] = tuple(json.loads(fields["calendar"]))
    return Mark(**fields)
