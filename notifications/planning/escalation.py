"""Escalates what nobody has acknowledged for days to the next address, once."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from msgspec.structs import replace
from sqlalchemy import Connection, select

from events import format_instant
from notifications.addresses.channels import MAIL
from notifications.addresses.mailbox import same_mailbox
from notifications.alerts.alert import Alert
from notifications.alerts.stored import ALERTS
from notifications.digests.digest import Digest, News
from notifications.digests.items import Section
from notifications.outbox.enqueue import enqueue
from notifications.planning import notification_log
from notifications.planning.composer import Composer
from notifications.planning.context import DigestContext
from notifications.planning.decisions import ESCALATED, TOLD, NotificationDecision
from notifications.planning.reminders import unacknowledged
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.grants import UNESCALATE
from notifications.subscriptions.outgoing import outgoing_message
from notifications.subscriptions.subscription import Subscription
from notifications.subscriptions.suppression import suppressed
from notifications.tables import NotificationLogRow, table_of

LOG = table_of(NotificationLogRow)


def escalate(composer: Composer) -> int:
    """Enqueues what has waited too long, one message a subscription; returns how many."""
    stopped = suppressed(composer.connection)
    return sum(
        _escalate_one(composer, subscription)
        for subscription in subscriptions.escalating_subscriptions(
            composer.connection, composer.now
        )
        if same_mailbox(str(subscription.escalate_to)) not in stopped
    )


def _escalate_one(composer: Composer, subscription: Subscription) -> int:
    connection, now = composer.connection, composer.now
    alerts = untaken(connection, subscription, composer.briefing)
    if not alerts:
        return 0
    window = f"escalation-{_digest_of(alerts)}"
    upward = replace(subscription, email=str(subscription.escalate_to), channel=MAIL)
    digest = _message(composer, subscription, alerts)
    rendered = composer.rendered(upward, digest, window, purpose=UNESCALATE)
    key = f"escalation/{subscription.id}/{window}"
    if not enqueue(connection, outgoing_message(composer.settings, upward, key, rendered), now):
        return 0
    why = f"not acknowledged for {subscription.escalate_days} days, to {subscription.escalate_to}"
    decisions = [NotificationDecision(alert, ESCALATED, why) for alert in alerts]
    notification_log.record(connection, subscription.id, decisions, now, key)
    return 1


def untaken(
    connection: Connection, subscription: Subscription, briefing: DigestContext
) -> list[Alert]:
    """Grave alerts sent long enough ago that are still open and that nobody has acknowledged."""
    before = format_instant(briefing.now - timedelta(days=subscription.escalate_days or 0))
    notified = select(LOG.c.key).where(
        LOG.c.subscription_id == subscription.id,
        LOG.c.outcome == TOLD,
        LOG.c.at <= before,
    )
    done = notification_log.escalated_keys(connection, subscription.id)
    alerts = unacknowledged(briefing, ALERTS.c.key.in_(notified))
    return [alert for alert in alerts if alert.key not in done]


def _digest_of(alerts: list[Alert]) -> str:
    return sha256(" ".join(alert.key for alert in alerts).encode()).hexdigest()[:16]


def _message(composer: Composer, subscription: Subscription, alerts: list[Alert]) -> Digest:
    digest = composer.digest(subscription, News(tuple(alerts)), _heading(subscription))
    assert digest is not None, "alerts always fill a section"
    sections = tuple(_escalated(section) for section in digest.sections)
    headline = f"escalated, {digest.headline}"
    return replace(digest, since="", sections=sections, headline=headline)


def _heading(subscription: Subscription) -> str:
    return (
        f"Escalated to you: {subscription.email} was told of this, and for "
        f"{subscription.escalate_days} days nobody has acknowledged it "
        "(pactwatch ack KEY --reason TEXT)."
    )


def _escalated(section: Section) -> Section:
    items = (replace(item, what=f"{item.what}, not acknowledged") for item in section.items)
    return replace(section, items=tuple(items))
