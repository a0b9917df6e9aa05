"""The alerts on record, with how each stands now and to whom it was sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypedDict

from sqlalchemy import ColumnElement, Connection, func, select, true

from notifications.alerts import marks
from notifications.alerts.alert import Alert, AlertDocument, as_json
from notifications.alerts.outcomes import outcomes_of
from notifications.alerts.resolution import Outcome, state_of
from notifications.alerts.stored import (
    ALERTS,
    IS_UNNUMBERED,
    PAGE,
    alerts_of_rows,
    is_of_agreements,
    whole_key,
)
from notifications.alerts.wording import what_happened
from notifications.planning import notification_log
from notifications.planning.notification_log import LogEntry
from notifications.tables import AlertRow, has_table
from tracker.spool import on_disk, sorted_on_disk

if TYPE_CHECKING:
    from notifications.planning.context import DigestContext


class AlertRecord(AlertDocument):
    """An alert on record, as `alert list` prints it: `state` is one of `resolution.STATES`.

    `what` happened follows the id of its commitment. `came_true` is the instant at which what it
    warned of came, `muted_by` why it is not worth a message now; both null where that is not so.
    """

    state: str
    what: str
    noticed_at: str
    withdrawn_at: str | None
    muted_by: str | None
    came_true: str | None


class MarkDocument(TypedDict):
    """A mark as commands print it."""

    id: int
    mark: str
    about: str
    calendar: list[str]
    zone: str
    reason: str
    by: str
    at: str
    until: str | None
    ended_at: str | None
    ended_because: str | None


class AlertDetails(AlertRecord):
    """An alert on record with its marks and its entries of the notification log."""

    marks: list[MarkDocument]
    told: list[LogEntry]


def alert_rows(
    connection: Connection, now: datetime, *conditions: ColumnElement[bool]
) -> list[AlertRecord]:
    """The alerts noticed that meet these conditions, oldest first, each with its state."""
    return [record for _, record in _numbered(connection, now, *conditions)]


def _numbered(
    connection: Connection, now: datetime, *conditions: ColumnElement[bool]
) -> Iterator[tuple[int, AlertRecord]]:
    """The same, each behind the number that orders them."""
    from notifications.planning.context import DigestContext

    if not has_table(connection, AlertRow):
        return
    query = select(ALERTS).where(~IS_UNNUMBERED, *conditions).order_by(ALERTS.c.seq)
    rows = list(connection.execute(query))
    alerts = alerts_of_rows(connection, rows)
    context = DigestContext(connection, now)
    context.read(alerts)
    outcomes = outcomes_of(connection, alerts, now)
    for row, alert in zip(rows, alerts, strict=True):
        yield row.seq, _record(row, alert, context, outcomes.get(alert.key))


def every_alert_row(
    connection: Connection,
    now: datetime,
    *conditions: ColumnElement[bool],
    state: str | None = None,
) -> Sequence[AlertRecord]:
    """The alerts of this state (None: of any) that meet these conditions, oldest first, on disk.

    They are made by agreement, since what became of one is read once for all of its alerts.
    """
    numbered = (
        (seq, row)
        for agreements in _agreements(connection, *conditions)
        for seq, row in _numbered(connection, now, is_of_agreements(agreements), *conditions)
        if state in (None, row["state"])
    )
    return on_disk(row for _, row in sorted_on_disk(numbered, itemgetter(0)))


def _agreements(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[list[str]]:
    """The agreements with alerts that meet these conditions: some with a page of them at a time."""
    if not has_table(connection, AlertRow):
        return
    name = ALERTS.c.agreement_id
    query = select(name, func.count()).where(*conditions).group_by(name).order_by(name)
    some, alerts = list[str](), 0
    for agreement, count in connection.execute(query).all():
        some.append(agreement)
        alerts += count
        if alerts >= PAGE:
            yield some
            some, alerts = [], 0
    if some:
        yield some


def newest_alert_rows(
    connection: Connection,
    now: datetime,
    limit: int,
    state: str | None = None,
    *conditions: ColumnElement[bool],
) -> Sequence[AlertRecord]:
    """The newest alerts of this state (None: of any) that meet these conditions, oldest first.

    They wait on disk, since the limit may be any.
    """
    pages = newest_pages(connection, now, *conditions)
    rows = (row for page in pages for row in reversed(page) if state in (None, row["state"]))
    newest_first = on_disk(islice(rows, limit))
    return on_disk(map(newest_first.__getitem__, reversed(range(len(newest_first)))))


def newest_pages(
    connection: Connection, now: datetime, *conditions: ColumnElement[bool]
) -> Iterator[list[AlertRecord]]:
    """The alerts that meet these conditions by pages, the newest page first, each oldest first.

    Each page reads what became of the agreements that it is about, so a long list costs more by
    pages than by agreement.
    """
    if not has_table(connection, AlertRow):
        return
    seq = ALERTS.c.seq
    numbers = select(seq).where(~IS_UNNUMBERED, *conditions).order_by(seq.desc())
    is_left = true()
    while page := connection.execute(numbers.where(is_left).limit(PAGE)).scalars().all():
        is_left = seq < page[-1]
        yield alert_rows(connection, now, seq.between(min(page), max(page)), *conditions)


def _record(row: Any, alert: Alert, context: DigestContext, outcome: Outcome | None) -> AlertRecord:
    came_true = outcome.change.at if outcome and outcome.came_true else None
    state = state_of(
        withdrawn=row.withdrawn_at is not None,
        historical=alert.historical,
        resolved=outcome is not None and not outcome.came_true,
        came_true=came_true is not None,
        snoozed=context.mark_of(marks.SNOOZE, alert) is not None,
        acknowledged=context.mark_of(marks.ACK, alert) is not None,
    )
    return {
        "state": state,
        "what": what_happened(alert),
        **as_json(alert),
        "noticed_at": row.noticed_at,
        "withdrawn_at": row.withdrawn_at,
        "muted_by": context.muted_by(alert),
        "came_true": came_true,
    }


def alert_details(connection: Connection, key: str, now: datetime) -> AlertDetails:
    """Reads an alert with its marks, and to whom it was sent and why, or why not."""
    key = whole_key(connection, key)
    (record,) = alert_rows(connection, now, ALERTS.c.key == key)
    own_marks = [mark_row(mark) for mark in marks.all_of(connection) if mark.key == key]
    log_entries = notification_log.of_alert(connection, key)
    return {**record, "marks": own_marks, "told": log_entries}


def mark_row(mark: marks.Mark) -> MarkDocument:
    return {
        "id": mark.id,
        "mark": mark.mark,
        "about": mark.key or mark.wants.words,
        "calendar": list(mark.calendar),
        "zone": mark.zone,
        "reason": mark.reason,
        "by": mark.by,
        "at": mark.at,
        "until": mark.until,
        "ended_at": mark.ended_at,
        "ended_because": mark.ended_because,
    }
