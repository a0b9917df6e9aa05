"""Plans digests: from a due subscription to a rendered message in the outbox, in one transaction.

Whoever loses the unique key did nothing; nothing to say is nothing sent.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, and_, or_, select, update

from events import parse_instant
from notifications.alerts.alert import Alert
from notifications.alerts.resolution import one_each
from notifications.alerts.stored import ALERTS, alert_of
from notifications.digests.digest import Digest, News
from notifications.outbox.enqueue import OutgoingMessage, enqueue
from notifications.planning import followups, notification_log, reminders
from notifications.planning.composer import Composer
from notifications.planning.context import DigestContext
from notifications.planning.decisions import HELD, TOLD, NotificationDecision, alerts_with, decide
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.cadence import missed_count, window_key
from notifications.subscriptions.outgoing import outgoing_message
from notifications.subscriptions.subscription import Subscription
from notifications.tables import SubscriptionRow, table_of

SUBSCRIPTIONS = table_of(SubscriptionRow)


class Draft(Struct, frozen=True):
    """The decision on each news of one subscription, and the digest, if there is one to send.

    `told_until` is the last alert that its reader has then been told.
    """

    decisions: tuple[NotificationDecision, ...]
    told_until: int
    message: OutgoingMessage | None


def plan(composer: Composer) -> int:
    """Puts every due digest into the outbox; returns how many were new.

    News counts as told only once it is in the outbox.
    """
    waiting = subscriptions.due_subscriptions(composer.connection, composer.now)
    return sum(_plan_one(composer, subscription) for subscription in waiting)


def _plan_one(composer: Composer, subscription: Subscription) -> int:
    connection, now = composer.connection, composer.now
    drafted = draft(composer, subscription)
    message = drafted.message
    is_new = message is not None and enqueue(connection, message, now)
    if is_new or message is None:
        key = message.dedup_key if message else None
        notification_log.record(connection, subscription.id, drafted.decisions, now, key)
        _advance(connection, subscription, drafted.told_until, now)
    else:
        _advance(connection, subscription, None, now)
    return int(is_new)


def draft(composer: Composer, subscription: Subscription) -> Draft:
    """Decides on everything new to this reader, and renders what there is to send."""
    connection, briefing = composer.connection, composer.briefing
    if briefing.cursor is None:
        return Draft((), subscription.told_until, None)
    last, released = briefing.cursor.seq, notification_log.held_keys(connection, subscription.id)
    decisions = decisions_of(news_of(connection, subscription, released), subscription, briefing)
    news = _news(composer, subscription, decisions)
    digest = _digest(composer, subscription, news)
    if digest is None:
        return Draft(tuple(decisions), last, None)
    window = _window(subscription, last, _without_number(news, released, composer.now))
    rendered = composer.rendered(subscription, digest, window)
    message = outgoing_message(
        composer.settings, subscription, f"{subscription.id}/{window}", rendered
    )
    return Draft(tuple(decisions), last, message)


def _news(
    composer: Composer, subscription: Subscription, decisions: list[NotificationDecision]
) -> News:
    """What is sent of the decisions; decides here as well on what follows earlier digests."""
    over = followups.resolutions(subscription, composer.briefing)
    wrong = followups.corrections(subscription, composer.briefing)
    telling, snoozed = alerts_with(decisions, TOLD), alerts_with(decisions, HELD)
    again = reminders.reminders(subscription, composer.briefing)
    noted = {alert.key: reminders.words(subscription, alert) for alert in again}
    decisions += [*followups.decisions(over, wrong), *reminders.decisions(subscription, again)]
    held_back = composer.held_back(subscription, snoozed)
    return News((*telling, *again), tuple(one_each(over)), tuple(wrong), noted, held_back)


def _without_number(news: News, released: set[str], now: datetime) -> set[str]:
    """News without a number of its own: what a snooze released, and what is sent again today."""
    again = {f"{key} {now:%Y-%m-%d}" for key in news.noted}
    return again | (released & {alert.key for alert in news.fresh})


def _digest(composer: Composer, subscription: Subscription, news: News) -> Digest | None:
    """The digest of the news; without news, the quiet one for those who asked for it."""
    made_up_for = gap(subscription, composer.now)
    dated = f"{made_up_for} Each item has its true date." if made_up_for else ""
    digest = composer.digest(subscription, news, dated)
    if digest is None and subscription.when_quiet == "send":
        return composer.quiet(subscription, news.snoozed, made_up_for)
    return digest


def decisions_of(
    alerts: list[Alert], subscription: Subscription, briefing: DigestContext
) -> list[NotificationDecision]:
    briefing.read(alerts)
    return decide(
        alerts,
        subscription.wants,
        briefing.commitments,
        tlp_of=briefing.tlp_of,
        muted_by=briefing.muted_by,
        held_by=briefing.held_by,
    )


def _window(subscription: Subscription, last: int, released: set[str]) -> str:
    """The window of this digest, made unique by news without a number of its own."""
    due = parse_instant(subscription.next_due) if subscription.next_due else None
    window = window_key(subscription.zone, due, last)
    if due is not None or not released:
        return window
    return f"{window}-{sha256(' '.join(sorted(released)).encode()).hexdigest()[:12]}"


def gap(subscription: Subscription, now: datetime) -> str:
    """Says that several digests have come due since the last turn; else empty."""
    if subscription.next_due is None:
        return ""
    held, due = subscription, parse_instant(subscription.next_due)
    late = missed_count(held.cadence, held.hour, held.zone, due, now, held.on_day)
    if not late:
        return ""
    return (
        f"This is {late + 1} {held.cadence} digests in one: those due from {held.next_due} on "
        "could not be sent in their time."
    )


def news_of(connection: Connection, subscription: Subscription, released: set[str]) -> list[Alert]:
    """Open alerts not yet sent, and those that a snooze has delayed."""
    new = or_(ALERTS.c.seq > subscription.told_until, ALERTS.c.key.in_(sorted(released)))
    return _alerts(connection, subscription, and_(new, ALERTS.c.withdrawn_seq.is_(None)))


def _alerts(connection: Connection, subscription: Subscription, condition: Any) -> list[Alert]:
    query = select(ALERTS).where(condition)
    if subscription.agreements:
        query = query.where(ALERTS.c.agreement_id.in_(subscription.agreements))
    rows = connection.execute(query.order_by(ALERTS.c.at, ALERTS.c.seq))
    return [alert_of(row) for row in rows]


def _advance(
    connection: Connection, subscription: Subscription, told_until: int | None, now: datetime
) -> None:
    values = {
        "next_due": subscription.due_after(now),
        "told_until": subscription.told_until if told_until is None else told_until,
    }
    mine = SUBSCRIPTIONS.c.id == subscription.id
    connection.execute(update(SUBSCRIPTIONS).where(mine).values(values))
