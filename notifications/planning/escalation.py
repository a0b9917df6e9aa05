"""Escalates what nobody has acknowledged for days to the next address, once."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from msgspec.structs import replace

from notifications.addresses.channels import MAIL
from notifications.addresses.mailbox import same_mailbox
from notifications.alerts.alert import Alert
from notifications.alerts.stored import ALERTS
from notifications.digests.digest import Digest, ReaderNews
from notifications.language import N_
from notifications.outbox.enqueue import enqueue
from notifications.planning import notification_log
from notifications.planning.context import DigestContext
from notifications.planning.decisions import ESCALATED, SENT, NotificationDecision
from notifications.planning.digest_writer import DigestSetup, DigestWriter
from notifications.planning.reminders import unacknowledged
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.grants import UNESCALATE, has_mark_links
from notifications.subscriptions.subscription import Subscription
from notifications.subscriptions.suppression import suppressed


def escalate(setup: DigestSetup) -> int:
    """Enqueues what has waited too long, one message a subscription; returns how many."""
    connection, now = setup.connection, setup.now
    no_mail, count = suppressed(connection), 0
    for subscription in subscriptions.escalating_subscriptions(connection, now):
        if same_mailbox(str(subscription.escalate_to)) in no_mail:
            continue
        alerts = escalation_candidates(subscription, setup.context)
        if not alerts:
            continue
        keys = [alert.key for alert in alerts]
        window = f"escalation-{sha256(' '.join(keys).encode()).hexdigest()[:16]}"
        # What was escalated, corrected and is so again has a key of its own.
        if times := notification_log.escalation_count(connection, subscription.id, keys):
            window = f"{window}-{times}"
        upward = replace(subscription, email=str(subscription.escalate_to), channel=MAIL)
        digest = _escalation_digest(setup, subscription, upward, alerts)
        key = f"escalation/{subscription.id}/{window}"
        message = DigestWriter(setup, upward).message(digest, window, key, purpose=UNESCALATE)
        if enqueue(connection, message, now):
            days, to = subscription.escalate_days, subscription.escalate_to
            why = f"not acknowledged for {days} days, to {to}"
            decisions = [NotificationDecision(alert, ESCALATED, why) for alert in alerts]
            notification_log.record(connection, subscription.id, decisions, now, key)
            count += 1
    return count


def escalation_candidates(subscription: Subscription, context: DigestContext) -> list[Alert]:
    """Grave alerts sent long enough ago that are still open and that nobody has acknowledged."""
    before = context.now - timedelta(days=subscription.escalate_days or 0)
    sent_long_ago = notification_log.last_sent_before(subscription.id, (SENT,), before)
    escalated = notification_log.escalated_keys(context.connection, subscription.id)
    alerts = unacknowledged(context, ALERTS.c.key.in_(sent_long_ago))
    return [alert for alert in alerts if alert.key not in escalated]


def _escalation_digest(
    setup: DigestSetup, subscription: Subscription, upward: Subscription, alerts: list[Alert]
) -> Digest:
    writer, days = DigestWriter(setup, subscription), subscription.escalate_days or 0
    reader = writer.reader
    notice = reader.language.count(
        "This comes to you because nobody has acknowledged it: {email} was told more than {n} day "
        "ago.",
        "This comes to you because nobody has acknowledged it: {email} was told more than {n} days "
        "ago.",
        days,
        email=subscription.email,
    )
    nobody = N_("Nobody has acknowledged it.")
    if has_mark_links(setup.settings, upward):
        notice += f" {reader.text('Whoever takes it on says so by the link beside it.')}"
    else:
        nobody = N_(
            "Nobody has acknowledged it. Whoever takes it on says so with: pactwatch ack {key} "
            "--reason TEXT"
        )
    digest = writer.digest(ReaderNews(tuple(alerts)), notice)
    assert digest is not None, "alerts always fill a section"
    sections = tuple(
        replace(
            section,
            items=tuple(
                replace(
                    item,
                    what=f"{item.what}, not acknowledged",
                    sentence=f"{item.sentence} {reader.text(nobody, key=item.key)}",
                )
                for item in section.items
            ),
        )
        for section in digest.sections
    )
    headline = reader.text("Escalated to you: {headline}", headline=digest.headline)
    return replace(digest, since="", local_since="", sections=sections, headline=headline)
