"""Finds new alerts in `status_changes`, in the transaction that projected them.

Looked at are the changes that the clock has reached since the last turn, and everything of the
agreements that have news. An alert that late news has undone is withdrawn, and so corrected.

A turn earlier than the last one shows that one of the two had a wrong clock. Everything is then
looked at anew: alerts that lie ahead of the turn are withdrawn, and are news again in their time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Select, insert, or_, select, true, update

from events import format_instant, parse_instant
from events.batches import batches
from events.database.owned_tables import table_of
from events.tables import EventRow
from notifications.alerts.alert import Alert, alerts_among, is_history
from notifications.alerts.kinds import KINDS
from notifications.alerts.resolution import CONDITIONS, Outcome, outcome_of
from notifications.alerts.stored import (
    ALERTS,
    IS_NOT_WITHDRAWN,
    alert_of,
    insert_alerts,
    not_stored,
)
from notifications.tables import AlertCursorRow
from tracker.documents.changes import StoredChange, change_of_row
from tracker.projections.tables import AgreementRow, StatusChangeRow, UnreadableAgreementRow

CURSOR, EVENTS = table_of(AlertCursorRow), table_of(EventRow)
CHANGES, AGREEMENTS = table_of(StatusChangeRow), table_of(AgreementRow)
UNREADABLE = select(table_of(UnreadableAgreementRow).c.agreement_id)
LONGEST_LEAD = timedelta(days=1)
"""How far a clock may be ahead for its entries to be waited for; further ahead none is taken."""
IS_ENDING = or_(
    CHANGES.c.axis.in_(("state", "timing", "compliance", "flag", "due", "withdrawal")),
    CHANGES.c.axis.startswith("incident "),
)
"""Of an axis on which an alert can end."""
IS_CONDITION = or_(
    ALERTS.c.kind.in_(CONDITIONS),
    ALERTS.c.axis == "compliance",
    ALERTS.c.axis.startswith("incident "),
)
"""Of something that lasts, and so can be over."""
CLOCK_SLACK = timedelta(minutes=1)
"""How far clocks of several machines may differ, and turns wait for each other, before one counts
as having been set back."""


def record_alerts(connection: Connection, now: datetime, position: int) -> list[Alert]:
    """Stores the alerts that are new up to `now`; the same turn again stores nothing.

    Alerts that are no longer true are withdrawn, those whose condition is over marked as resolved.
    A turn that is a little earlier than the last one leaves everything to the next.
    """
    last = connection.execute(select(CURSOR)).first()
    set_back = last is not None and is_set_back(last, now)
    if last is not None and not set_back and now < parse_instant(last.instant):
        return []
    since = None if set_back else last
    # Those that cannot be read are left out: their alerts are neither true nor undone.
    has_events = AGREEMENTS.c.last_position > (since.position if since else 0)
    is_readable = AGREEMENTS.c.id.not_in(UNREADABLE)
    with_events = select(AGREEMENTS.c.id).where(has_events, is_readable)
    current = {alert.key: alert for alert in _current_alerts(connection, since, with_events, now)}
    new = _with_history(connection, not_stored(connection, current), since)
    seq = (last.seq if last else 0) + 1
    withdrawn = _withdraw(connection, with_events, current, now, seq)
    insert_alerts(connection, new, now, seq)
    by_clock = select(CHANGES.c.agreement_id).where(_is_reached(now), _is_since(since))
    changed = _mark_resolved(connection, with_events.union(by_clock), now, seq)
    last_seq = seq + len(new) if new or withdrawn or changed else seq - 1
    _advance(connection, last, now, position, last_seq)
    return new


def _with_history(connection: Connection, new: list[Alert], cursor: Any) -> list[Alert]:
    """Marks as history what lies far before the last turn, and was on record by no turn.

    An agreement that the last turn did not have came with entries of an earlier date, as an import
    brings them. What an entry says was noticed when it came, unless it is only now seen as news.
    """
    if cursor is None or not new:
        return new
    first = AGREEMENTS.c.first_position > cursor.position
    names = set(connection.execute(select(AGREEMENTS.c.id).where(first)).scalars())
    return [
        replace(alert, historical=True)
        if is_history(alert.at, cursor.instant)
        and (alert.agreement in names or KINDS[alert.kind].per_entry)
        else alert
        for alert in new
    ]


def is_set_back(cursor: Any, now: datetime) -> bool:
    """Whether a turn is so much earlier than the last one that one of the two clocks was wrong."""
    return now < parse_instant(cursor.instant) - CLOCK_SLACK


def outcomes_of(
    connection: Connection, alerts: Iterable[Alert], now: datetime
) -> dict[str, Outcome]:
    """How those of these alerts ended that have ended by `now`, by key."""
    all_alerts = list(alerts)
    history: dict[str, list[StoredChange]] = {}
    for some in batches(sorted({alert.commitment for alert in all_alerts})):
        is_theirs = CHANGES.c.commitment_id.in_(some)
        query = select(CHANGES).where(is_theirs, IS_ENDING, _is_reached(now))
        rows = connection.execute(query.order_by(CHANGES.c.commitment_id, CHANGES.c.ordinal))
        for row in rows:
            history.setdefault(row.commitment_id, []).append(change_of_row(row._mapping))
    outcomes = {a.key: outcome_of(a, history.get(a.commitment, ())) for a in all_alerts}
    return {key: outcome for key, outcome in outcomes.items() if outcome is not None}


def _is_reached(now: datetime) -> ColumnElement[bool]:
    is_reached: ColumnElement[bool] = CHANGES.c.at <= format_instant(now)
    return is_reached


def _is_since(cursor: Any) -> ColumnElement[bool]:
    """The condition that the clock has reached a change since the last turn."""
    is_since: ColumnElement[bool] = CHANGES.c.at > cursor.instant if cursor else true()
    return is_since


def _current_alerts(
    connection: Connection, cursor: Any, with_events: Select[Any], now: datetime
) -> Iterator[Alert]:
    """Alerts of what the clock has reached since the last turn, and of agreements with events."""
    # Two index ranges, so that what is neither new nor due costs nothing.
    by_clock = select(CHANGES).where(_is_reached(now), _is_since(cursor))
    by_events = select(CHANGES).where(_is_reached(now), CHANGES.c.agreement_id.in_(with_events))
    both = by_clock.union(by_events)
    columns = both.selected_columns
    rows = connection.execute(both.order_by(columns.commitment_id, columns.ordinal))
    yield from alerts_among([change_of_row(row._mapping) for row in rows])


def _withdraw(
    connection: Connection,
    with_events: Select[Any],
    current: Mapping[str, Alert],
    now: datetime,
    seq: int,
) -> int:
    """Withdraws alerts of agreements with events that are not true at `now`; returns how many."""
    is_ours = ALERTS.c.agreement_id.in_(with_events)
    stored = connection.execute(select(ALERTS.c.key).where(is_ours, IS_NOT_WITHDRAWN)).scalars()
    gone = [key for key in stored if key not in current]
    values = {"withdrawn_at": format_instant(now), "withdrawn_seq": seq}
    for keys in batches(gone):
        connection.execute(update(ALERTS).where(ALERTS.c.key.in_(keys)).values(values))
    return len(gone)


def _mark_resolved(connection: Connection, agreements: Any, now: datetime, seq: int) -> int:
    """Marks and unmarks the alerts of these agreements (a query); returns how many changed."""
    is_ours = ALERTS.c.agreement_id.in_(agreements)
    rows = connection.execute(select(ALERTS).where(IS_NOT_WITHDRAWN, IS_CONDITION, is_ours)).all()
    outcomes = outcomes_of(connection, map(alert_of, rows), now)
    resolved = {key for key, outcome in outcomes.items() if not outcome.came_true}
    marked = {row.key for row in rows if row.resolved_at is not None}
    for keys, at in ((resolved - marked, format_instant(now)), (marked - resolved, None)):
        values = {"resolved_at": at, "resolved_seq": seq}
        for some in batches(sorted(keys)):
            connection.execute(update(ALERTS).where(ALERTS.c.key.in_(some)).values(values))
    return len(resolved ^ marked)


def _advance(connection: Connection, cursor: Any, now: datetime, position: int, seq: int) -> None:
    """Stores how far alerts have been looked for.

    The position stops before an entry that is recorded later than `now`, by a clock that is ahead:
    it is news when it is known. The instant follows the clock: what is looked at twice is stored
    once by its key, while what a turn in the past left out must be looked at again.
    """
    last_position = cursor.position if cursor else 0
    this_second = now.replace(microsecond=0)
    # Two comparisons, since PostgreSQL takes no collation within BETWEEN.
    coming = (
        EVENTS.c.position > last_position,
        EVENTS.c.recorded_at >= format_instant(this_second).removesuffix("Z"),
        EVENTS.c.recorded_at <= format_instant(this_second + LONGEST_LEAD),
    )
    rows = connection.execute(select(EVENTS.c.position, EVENTS.c.recorded_at).where(*coming))
    unknown = (row.position for row in rows if parse_instant(row.recorded_at) > now)
    known_position = min(unknown, default=position + 1) - 1
    values = {
        "position": max(last_position, min(position, known_position)),
        "instant": format_instant(now),
        "seq": seq,
    }
    if cursor is None:
        connection.execute(insert(CURSOR).values(id=1, **values))
    else:
        connection.execute(update(CURSOR).values(values))
