"""Alerts as rows: which are stored, storing and numbering new ones, reading them back."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import structs
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    bindparam,
    delete,
    func,
    select,
    true,
    update,
)

from events import format_instant
from events.batches import batches
from events.database.engine import read_snapshot
from events.database.owned_tables import table_of
from events.database.table_writer import ConnectionTableWriter
from events.wording import did_you_mean, first_few
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.errors import UnknownAlert
from notifications.tables import AlertRow, has_table
from tracker.documents.periods import has_cap
from tracker.projections.tables import CommitmentRow

ALERTS = table_of(AlertRow)
IS_NOT_WITHDRAWN = ALERTS.c.withdrawn_at.is_(None)
IS_UNNUMBERED = ALERTS.c.seq < 0
"""Of a turn that is not over, or was cut off: nobody is sent it yet."""
PAGE = 1000


COMMITMENTS = table_of(CommitmentRow)
DETAILS = select(COMMITMENTS.c.id, COMMITMENTS.c.detail).where(
    COMMITMENTS.c.id.in_(bindparam("names", expanding=True))
)
NUMBERED = select(ALERTS).where(~IS_UNNUMBERED).order_by(ALERTS.c.at, ALERTS.c.seq)


def read_alerts(connection: Connection, *conditions: Any) -> list[Alert]:
    """The alerts on record that meet all of these conditions, in order of their instants."""
    return alerts_of_rows(connection, connection.execute(NUMBERED.where(*conditions)).all())


def alerts_of_rows(connection: Connection, rows: Iterable[Any]) -> list[Alert]:
    """The alerts of stored rows; those about a period know by which rule it is one, of what."""
    alerts = [alert_of(row) for row in rows]
    names = sorted({alert.commitment for alert in alerts if _is_about_period(alert)})
    details = {
        row.id: json.loads(row.detail)
        for some in batches(names)
        for row in connection.execute(DETAILS, {"names": some})
    }
    return [_with_its_rule(a, details[a.commitment]) if a.commitment in details else a
            for a in alerts]  # fmt: skip


def _is_about_period(alert: Alert) -> bool:
    axis, _, day = alert.axis.partition(" ")
    return axis == "period" or (axis == "performance" and bool(day))


def _with_its_rule(alert: Alert, commitment: CommitmentDocument) -> Alert:
    # Periods in rows of an earlier edition do not say whether they have a cap.
    periods = {**(commitment.get("periods") or {}), "cap": has_cap(commitment)}
    return structs.replace(alert, periods=periods)


def is_of_agreements(agreements: Collection[str]) -> ColumnElement[bool]:
    """The condition that an alert is of one of these agreements; met by all when none is named."""
    return ALERTS.c.agreement_id.in_(agreements) if agreements else true()


def whole_key(connection: Connection, start: str) -> str:
    """The key of the alert on record that this names: whole, or by the start that only it has.

    Raises UnknownAlert where none or several begin so.
    """
    every: Sequence[str] = ()
    if has_table(connection, AlertRow):
        query = select(ALERTS.c.key).where(~IS_UNNUMBERED).order_by(ALERTS.c.seq)
        begins_so = ALERTS.c.key.startswith(start, autoescape=True)
        keys = connection.execute(query.where(begins_so)).scalars().all()
        if start in keys or len(keys) == 1:
            return start if start in keys else keys[0]
        if keys:
            several = f"{len(keys)} alerts begin with {start!r}: {first_few(keys, 3)}"
            raise UnknownAlert(several, hint="give the whole key of one of them")
        every = connection.execute(query).scalars().all()
    raise UnknownAlert(
        f"unknown alert {start!r}{did_you_mean(start, every)}", hint="pactwatch alert list"
    )


def alert_of(row: Any) -> Alert:
    """The alert of a stored row."""
    return Alert(
        kind=row.kind,
        agreement=row.agreement_id,
        commitment=row.commitment_id,
        at=row.at,
        key=row.key,
        axis=row.axis,
        before=row.before,
        after=row.after,
        rule=row.rule,
        events=tuple(json.loads(row.events)),
        severity=row.severity,
        lead=row.lead,
        origin=json.loads(row.origin) if row.origin else {},
        historical=bool(row.historical),
    )


IS_AMONG = ALERTS.c.key.in_(bindparam("keys", expanding=True))
STORED_AMONG = select(ALERTS.c.key).where(IS_NOT_WITHDRAWN, IS_AMONG)
REPLACE = delete(ALERTS).where(ALERTS.c.withdrawn_at.is_not(None), IS_AMONG)


def not_stored(connection: Connection, current: Mapping[str, Alert]) -> list[Alert]:
    """Alerts never stored, or stored and withdrawn: what is true again is new again."""
    stored: set[str] = set()
    for keys in batches(list(current)):
        stored |= set(connection.execute(STORED_AMONG, {"keys": keys}).scalars())
    return [alert for alert in current.values() if alert.key not in stored]


LOWEST_NUMBER = select(func.coalesce(func.min(ALERTS.c.seq), 0)).where(IS_UNNUMBERED)


def insert_unnumbered(connection: Connection, new: Sequence[Alert], now: datetime) -> None:
    """Stores alerts that wait for their numbers, in place of those withdrawn before."""
    for keys in batches([alert.key for alert in new]):
        connection.execute(REPLACE, {"keys": keys})
    last = int(connection.execute(LOWEST_NUMBER).scalar_one())
    rows = [
        {
            "seq": last - number,
            "key": alert.key,
            "kind": alert.kind,
            "severity": alert.severity,
            "agreement_id": alert.agreement,
            "commitment_id": alert.commitment,
            "at": alert.at,
            "axis": alert.axis,
            "before": alert.before,
            "after": alert.after,
            "rule": alert.rule,
            "events": json.dumps(alert.events),
            "lead": alert.lead,
            "origin": json.dumps(alert.origin) if alert.origin else None,
            "historical": int(alert.historical),
            "noticed_at": format_instant(now),
        }
        for number, alert in enumerate(new, start=1)
    ]
    ConnectionTableWriter(connection).insert_many(ALERTS.name, rows)


DELETE_AHEAD = delete(ALERTS).where(IS_UNNUMBERED, ALERTS.c.at > bindparam("instant"))
COUNT_UNNUMBERED = select(func.count()).where(IS_UNNUMBERED)
IN_ORDER = func.row_number().over(order_by=(ALERTS.c.at, ALERTS.c.commitment_id, ALERTS.c.key))
PLACES = select(ALERTS.c.key, IN_ORDER.label("place")).where(IS_UNNUMBERED).subquery()
NUMBER = (
    update(ALERTS)
    .where(ALERTS.c.key == PLACES.c.key)
    .values(
        seq=bindparam("last", type_=BigInteger) + PLACES.c.place, noticed_at=bindparam("instant")
    )
)


def number_alerts(connection: Connection, after: int, now: datetime) -> int:
    """Gives those without a number the numbers after one, by their instants; returns how many.

    They are noticed by this turn, whichever stored them. What one by a wrong clock has left, and
    lies ahead of `now`, is not so yet.
    """
    at = format_instant(now)
    connection.execute(DELETE_AHEAD, {"instant": at})
    count = connection.execute(COUNT_UNNUMBERED).scalar_one()
    if count:
        connection.execute(NUMBER, {"last": after, "instant": at})
    return int(count)


ANY_OF_NUMBER = (
    select(ALERTS.c.key)
    .where(
        (ALERTS.c.withdrawn_seq == bindparam("number"))
        | (ALERTS.c.resolved_seq == bindparam("number"))
    )
    .limit(1)
)


def is_any_of_number(connection: Connection, seq: int) -> bool:
    """Whether the turn of this number has withdrawn or resolved anything, or opened it again."""
    return connection.execute(ANY_OF_NUMBER, {"number": seq}).first() is not None


class NewAlerts:
    """The alerts of these numbers that are news, read from the database as they are asked for."""

    def __init__(self, engine: Engine, numbers: range) -> None:
        self._engine = engine
        self._numbers = numbers

    def __len__(self) -> int:
        return self._count(historical=False)

    def __iter__(self) -> Iterator[Alert]:
        after, last = self._numbers.start - 1, self._numbers.stop - 1
        while after < last:
            until = min(after + PAGE, last)
            is_on_page = (ALERTS.c.seq > after, ALERTS.c.seq <= until, ALERTS.c.historical == 0)
            with read_snapshot(self._engine) as connection:
                page = connection.execute(select(ALERTS).where(*is_on_page).order_by(ALERTS.c.seq))
                alerts = alerts_of_rows(connection, page)
            yield from alerts
            after = until

    @property
    def historical(self) -> int:
        """How many more are history, and no news."""
        return self._count(historical=True)

    def _count(self, *, historical: bool) -> int:
        is_ours = ALERTS.c.seq.between(self._numbers.start, self._numbers.stop - 1)
        query = select(func.count()).where(is_ours, ALERTS.c.historical == int(historical))
        with read_snapshot(self._engine) as connection:
            return int(connection.execute(query).scalar_one())
