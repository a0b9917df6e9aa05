"""Plan: from a due subscription to a rendered message in the outbox, in one transaction.

Whoever loses the unique key did nothing; nothing to say is nothing sent.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection, and_, select, update

from events import format_instant, parse_instant
from notifications import outbox, subscriptions
from notifications.alerts import Alert
from notifications.cadence import next_due, window_key
from notifications.digests import build
from notifications.render import Rendered, render
from notifications.subscriptions import Subscription
from notifications.tables import AlertCursorRow, AlertRow, OutboxRow, SubscriptionRow, table_of
from tracker.tables import AgreementRow, CommitmentRow

if TYPE_CHECKING:
    from notifications.settings import MailSettings

ALERTS, CURSOR, OUTBOX = table_of(AlertRow), table_of(AlertCursorRow), table_of(OutboxRow)
SUBSCRIPTIONS = table_of(SubscriptionRow)
AGREEMENTS, COMMITMENTS = table_of(AgreementRow), table_of(CommitmentRow)


class Planned(Struct, frozen=True):
    """A digest for one subscription: the key that makes it the only one, and its message."""

    dedup_key: str
    told_until: int
    rendered: Rendered


def plan(
    connection: Connection, settings: MailSettings, now: datetime, checkpoint: str = ""
) -> int:
    """Put every due digest into the outbox; returns how many were new.

    News counts as told only once it is in the outbox.
    """
    planned = 0
    for subscription in subscriptions.waiting(connection, now):
        digest = prepare(connection, subscription, settings, now, checkpoint)
        put = digest is not None and outbox.put(connection, subscription, digest, now) == 1
        _advance(connection, subscription, digest if put else None, now)
        planned += put
    return planned


def prepare(
    connection: Connection,
    subscription: Subscription,
    settings: MailSettings,
    now: datetime,
    checkpoint: str = "",
) -> Planned | None:
    """The digest that would be sent now; None when there is nothing to say.

    `checkpoint` is the line that makes each reader's mailbox a witness of the log.
    """
    cursor = connection.execute(select(CURSOR)).first()
    if cursor is None:
        return None
    digest = build(
        _alerts(connection, subscription, withdrawn=False),
        _alerts(connection, subscription, withdrawn=True),
        _commitments(connection, subscription),
        _titles(connection),
        zone=subscription.zone,
        now=now,
        since=_last_told(connection, subscription),
        position=cursor.position,
        checkpoint=checkpoint,
    )
    if digest is None:
        return None
    due = parse_instant(subscription.next_due) if subscription.next_due else None
    window = window_key(subscription.zone, due, cursor.seq)
    rendered = render(
        digest,
        recipient=subscription.email,
        subscription=str(subscription.id),
        window=window,
        settings=settings,
        now=now,
    )
    return Planned(f"{subscription.id}/{window}", cursor.seq, rendered)


def _alerts(connection: Connection, subscription: Subscription, *, withdrawn: bool) -> list[Alert]:
    """News: alerts not yet told that still stand. Corrections: alerts told and undone since.

    What was noticed before the reader came was never told to them, so it needs no correction.
    """
    told = ALERTS.c.seq <= subscription.told_until
    if withdrawn:
        theirs = ALERTS.c.noticed_at >= subscription.created_at
        wanted = and_(told, theirs, ALERTS.c.withdrawn_seq > subscription.told_until)
    else:
        wanted = and_(~told, ALERTS.c.withdrawn_seq.is_(None))
    query = select(ALERTS).where(wanted)
    if subscription.agreements:
        query = query.where(ALERTS.c.agreement_id.in_(subscription.agreements))
    rows = connection.execute(query.order_by(ALERTS.c.at, ALERTS.c.seq))
    return [_alert(row) for row in rows]


def _alert(row: Any) -> Alert:
    return Alert(
        row.kind,
        row.agreement_id,
        row.commitment_id,
        row.at,
        row.key,
        row.axis,
        row.before,
        row.after,
        row.rule,
        tuple(json.loads(row.events)),
        row.severity,
        row.lead,
    )


def _commitments(connection: Connection, subscription: Subscription) -> dict[str, Any]:
    query = select(COMMITMENTS.c.id, COMMITMENTS.c.detail)
    if subscription.agreements:
        query = query.where(COMMITMENTS.c.agreement_id.in_(subscription.agreements))
    return {row.id: json.loads(row.detail) for row in connection.execute(query)}


def _titles(connection: Connection) -> dict[str, str]:
    return {
        row.id: row.title for row in connection.execute(select(AGREEMENTS.c.id, AGREEMENTS.c.title))
    }


def _last_told(connection: Connection, subscription: Subscription) -> str | None:
    """When the last digest was planned, for the reader's sense of the gap."""
    mine = OUTBOX.c.subscription_id == subscription.id
    query = select(OUTBOX.c.planned_at).where(mine).order_by(OUTBOX.c.id.desc())
    return connection.execute(query).scalar()


def _advance(
    connection: Connection, subscription: Subscription, planned: Planned | None, now: datetime
) -> None:
    due = next_due(subscription.cadence, subscription.hour, subscription.zone, now)
    values = {
        "next_due": format_instant(due) if due else None,
        "told_until": planned.told_until if planned else subscription.told_until,
    }
    mine = SUBSCRIPTIONS.c.id == subscription.id
    connection.execute(update(SUBSCRIPTIONS).where(mine).values(values))
