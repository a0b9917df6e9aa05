"""Plans digests: from a due subscription to a rendered message in the outbox, in one transaction.

A transaction takes some subscriptions, and passes over those that another worker has taken. Whoever
loses the unique key did nothing; nothing to say is nothing sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, bindparam, or_, update

from events import parse_instant
from events.database.engine import snapshot_transaction
from events.database.owned_tables import table_of
from events.errors import ChangedMeanwhile
from notifications.alerts.alert import Alert
from notifications.alerts.resolution import last_of_each_commitment
from notifications.alerts.stored import ALERTS, is_of_agreements, read_alerts
from notifications.delivery.worker import never
from notifications.digests.digest import Digest, ReaderNews
from notifications.outbox.enqueue import OutgoingMessage, enqueue
from notifications.planning import notification_log, reminders
from notifications.planning.context import DigestContext
from notifications.planning.decisions import (
    SENT,
    SNOOZED,
    NotificationDecision,
    alerts_with,
    decide,
)
from notifications.planning.digest_writer import DigestSetup, DigestWriter
from notifications.planning.followups import Followups
from notifications.planning.standing import covered_by_overview, history_until, standing_alerts
from notifications.prose.ends import moment_words
from notifications.prose.reader import Reader
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.cadence import CADENCE_WORDS, window_key
from notifications.subscriptions.grants import has_mark_links
from notifications.subscriptions.subscription import Subscription
from notifications.tables import SubscriptionRow

SUBSCRIPTIONS = table_of(SubscriptionRow)
PART = 100
"""How many subscriptions are planned in a first transaction; the next ones go by its time."""
FEWEST, MOST = 10, 3200
SHORT_SECONDS, LONG_SECONDS = 0.5, 2.0
TRIES = 3
"""How often a part is planned again when somebody has changed one of its subscriptions."""
SetUp = Callable[[Connection], DigestSetup]
"""What digests are written with in one transaction, by its connection."""


class DigestPlan(Struct, frozen=True):
    """The decision on each news of one subscription, and the message, if there is one to send.

    `told_until` is the last alert that its reader has then been sent.
    """

    decisions: tuple[NotificationDecision, ...]
    told_until: int
    message: OutgoingMessage | None


def plan_in_parts(engine: Engine, set_up: SetUp, stop: Callable[[], bool] = never) -> int:
    """Puts every due digest into the outbox, in transactions that hold up nobody for long.

    Any number of workers share them out; returns how many were new by this one. Once `stop` says
    so, the digests of the other subscriptions stay due.
    """
    count = after = tries = 0
    limit = PART
    while True:
        started = time.monotonic()
        try:
            with snapshot_transaction(engine) as connection:
                part = plan_part(set_up(connection), after, limit)
        except ChangedMeanwhile:
            tries += 1
            if tries == TRIES:
                raise
            continue
        count, after, tries = count + part.count, part.last_id, 0
        if part.is_end or stop():
            return count
        seconds = time.monotonic() - started
        if seconds < SHORT_SECONDS:
            limit = min(limit * 2, MOST)
        elif seconds > LONG_SECONDS:
            limit = max(limit // 2, FEWEST)


class PlannedPart(Struct, frozen=True):
    """How many digests were new, the last subscription looked at, and whether none is left."""

    count: int
    last_id: int
    is_end: bool


def plan_part(setup: DigestSetup, after: int = 0, limit: int = PART) -> PlannedPart:
    """Puts due digests of so many subscriptions after one into the outbox.

    What another worker plans just now is that worker's. News counts as sent only once it is in the
    outbox.
    """
    due = subscriptions.due_subscriptions(setup.connection, setup.now, after, limit)
    count = 0
    for subscription in due.subscriptions:
        next_due = subscription.due_after(setup.now)
        digest = plan_digest(setup, subscription)
        count += put_into_outbox(setup, subscription, digest, next_due)
    return PlannedPart(count, due.last_id, due.is_end)


UPDATE_ONE = update(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.id == bindparam("number"))


def put_into_outbox(
    setup: DigestSetup, subscription: Subscription, digest_plan: DigestPlan, next_due: str | None
) -> bool:
    """Puts a planned digest into the outbox, and records what its reader has then been told.

    `next_due` is when the next one is due. Returns whether this one is new there.
    """
    connection, now, message = setup.connection, setup.now, digest_plan.message
    is_new = message is not None and enqueue(connection, message, now)
    values: dict[str, object] = {"next_due": next_due}
    # Where another turn has this digest in the outbox, what it says is that turn's to record.
    if is_new or message is None:
        key = message.dedup_key if message else None
        notification_log.record(connection, subscription.id, digest_plan.decisions, now, key)
        values |= {"told_until": digest_plan.told_until, "awaits_overview": 0}
    connection.execute(UPDATE_ONE, values | {"number": subscription.id})
    return is_new


def plan_digest(setup: DigestSetup, subscription: Subscription) -> DigestPlan:
    """Decides on everything new to this reader, and renders what there is to send."""
    connection, context = setup.connection, setup.context
    if context.cursor is None:
        return DigestPlan((), subscription.told_until, None)
    last_alert = context.cursor.seq
    snoozed_before = notification_log.snoozed_keys(connection, subscription.id)
    since = history_until(subscription, setup.now)
    alerts = new_alerts(connection, subscription, snoozed_before, since)
    decisions = decide_for(alerts, subscription, context)
    standing = decide_standing(alerts, subscription, context)
    followups = Followups(subscription, context)
    sent_early = followups.sent_early(alerts_with(decisions, SENT))
    reminded = reminders.reminders(subscription, context)

    writer = DigestWriter(setup, subscription)
    news = ReaderNews(
        fresh=(*alerts_with(decisions, SENT), *reminded),
        resolved=tuple(last_of_each_commitment(followups.resolutions)),
        corrected=tuple(followups.corrections),
        noted=_notes(writer, reminded, sent_early),
        snoozed=writer.snooze_notes(alerts_with(decisions, SNOOZED)),
        standing=tuple(alerts_with(standing, SENT)),
    )
    record = (*sent_early, *decisions, *standing, *followups.decisions())
    record += tuple(reminders.decisions(subscription, reminded))
    digest = _digest(writer, news)
    if digest is None:
        return DigestPlan(record, last_alert, None)
    window = _window(subscription, last_alert, news, snoozed_before, setup.now)
    message = writer.message(digest, window, f"{subscription.id}/{window}")
    return DigestPlan(record, last_alert, message)


def _notes(
    writer: DigestWriter, reminded: list[Alert], sent_early: list[NotificationDecision]
) -> dict[str, str]:
    """What is said of reminders, and of what was sent before its time, by the key of the alert."""
    subscription, reader = writer.subscription, writer.reader
    has_link = has_mark_links(writer.settings, subscription)
    notes = {
        alert.key: reminders.words(subscription, alert, reader.language, has_link=has_link)
        for alert in reminded
    }
    return notes | {each.alert.key: reader.text(each.why) for each in sent_early}


def new_alerts(
    connection: Connection, subscription: Subscription, snoozed_before: set[str], since: str = ""
) -> list[Alert]:
    """Alerts not yet sent to this reader and not withdrawn, and those that a snooze has delayed.

    What is history, of itself or as it came about before `since`, is none of them.
    """
    is_later = (ALERTS.c.seq > subscription.told_until) & (ALERTS.c.at >= since)
    is_new = or_(is_later & (ALERTS.c.historical == 0), ALERTS.c.key.in_(sorted(snoozed_before)))
    is_ours = is_of_agreements(subscription.agreements)
    return read_alerts(connection, is_new, ALERTS.c.withdrawn_seq.is_(None), is_ours)


def decide_standing(
    fresh: list[Alert], subscription: Subscription, context: DigestContext
) -> list[NotificationDecision]:
    """A decision on what stands already, for a reader whose first digest it is."""
    if not subscription.awaits_overview:
        return []
    decisions = decide_for(standing_alerts(subscription, context, fresh), subscription, context)
    return [replace(each, why=f"stands; {each.why}") for each in decisions]


def decide_for(
    alerts: list[Alert], subscription: Subscription, context: DigestContext
) -> list[NotificationDecision]:
    """A decision for each of these alerts that the reader's filter takes."""
    context.read(alerts)
    over = context.over_warnings(alerts)

    def muted_by(alert: Alert) -> str | None:
        is_muted = context.muted_by(alert) or covered_by_overview(subscription, alert)
        return is_muted or (f"over since {over[alert.key]}" if alert.key in over else None)

    return decide(
        alerts,
        subscription.wants,
        context.commitments,
        tlp_of=context.tlp_of,
        muted_by=muted_by,
        snoozed_by=context.snoozed_by,
    )


def _digest(writer: DigestWriter, news: ReaderNews) -> Digest | None:
    """The digest of the news; without news, the quiet one for those who asked for it."""
    missed = missed_digests(writer.subscription, writer.reader)
    dates = writer.reader.text("Each item has its true date.")
    digest = writer.digest(news, f"{missed} {dates}" if missed else "")
    if digest is None and writer.subscription.when_quiet == "send":
        return writer.quiet(news.snoozed, missed)
    return digest


def missed_digests(subscription: Subscription, reader: Reader) -> str:
    """Says that several digests have come due since the last turn; else empty."""
    if subscription.next_due is None:
        return ""
    first = parse_instant(subscription.next_due)
    late = subscription.rhythm.missed_count(first, reader.now)
    if not late:
        return ""
    return reader.text(
        "This is {n} {cadence} digests in one: those due from {first} on could not be sent "
        "in their time.",
        n=late + 1,
        cadence=reader.text(CADENCE_WORDS[subscription.cadence]),
        first=moment_words(first, reader, subscription.zone),
    )


def _window(
    subscription: Subscription,
    last_alert: int,
    news: ReaderNews,
    snoozed_before: set[str],
    now: datetime,
) -> str:
    """The window of this digest, made unique by news without a number of its own.

    That is what a snooze released, and what is sent again today.
    """
    due = parse_instant(subscription.next_due) if subscription.next_due else None
    window = window_key(subscription.zone, due, last_alert)
    released = snoozed_before & {alert.key for alert in news.fresh}
    unnumbered = released | {f"{key} {now:%Y-%m-%d}" for key in news.noted}
    if due is not None or not unnumbered:
        return window
    return f"{window}-{sha256(' '.join(sorted(unnumbered)).encode()).hexdigest()[:12]}"
