"""Plan: from a due subscription to a rendered message in the outbox, in one transaction.

Whoever loses the unique key did nothing; nothing to say is nothing sent.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection, and_, or_, select, update

from events import parse_instant
from notifications import sifting, subscriptions, tellings
from notifications.alerts import Alert
from notifications.bodies import renderer_of
from notifications.briefing import Briefing
from notifications.cadence import missed, window_key
from notifications.digests import build
from notifications.filters import highest
from notifications.known_alerts import ALERTS, alert_of
from notifications.posting import post
from notifications.render import Rendered
from notifications.rights import unsubscribe_url
from notifications.sifting import TOLD, Ruling
from notifications.subscriptions import Subscription
from notifications.tables import OutboxRow, SubscriptionRow, table_of

if TYPE_CHECKING:
    from notifications.settings import MailSettings

OUTBOX, SUBSCRIPTIONS = table_of(OutboxRow), table_of(SubscriptionRow)


class Planned(Struct, frozen=True):
    """A digest for one subscription: the key that makes it the only one, and its message."""

    dedup_key: str
    told_until: int
    rendered: Rendered


class Draft(Struct, frozen=True):
    """What is ruled on each news of one subscription, and the digest, if there is one to send."""

    rulings: tuple[Ruling, ...]
    told_until: int
    planned: Planned | None


def plan(
    connection: Connection, settings: MailSettings, now: datetime, checkpoint: str = ""
) -> int:
    """Put every due digest into the outbox; returns how many were new.

    News counts as told only once it is in the outbox.
    """
    from notifications.escalation import escalate

    planned, briefing = 0, Briefing(connection, now)
    for subscription in subscriptions.waiting(connection, now):
        planned += _plan_one(connection, subscription, settings, briefing, checkpoint)
    return planned + escalate(connection, settings, briefing, checkpoint)


def _plan_one(
    connection: Connection,
    subscription: Subscription,
    settings: MailSettings,
    briefing: Briefing,
    checkpoint: str,
) -> int:
    drafted = draft(connection, subscription, settings, briefing, checkpoint)
    digest, now = drafted.planned, briefing.now
    put = digest is not None and post(connection, settings, subscription, digest, now)
    settled = put or digest is None
    if settled:
        key = digest.dedup_key if digest else None
        tellings.record(connection, subscription.id, drafted.rulings, now, key)
    _advance(connection, subscription, drafted.told_until if settled else None, now)
    return int(put)


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
    briefing = Briefing(connection, now)
    return draft(connection, subscription, settings, briefing, checkpoint).planned


def draft(
    connection: Connection,
    subscription: Subscription,
    settings: MailSettings,
    briefing: Briefing,
    checkpoint: str = "",
) -> Draft:
    """Rule on everything new to this reader, and render what there is to tell."""
    cursor, now = briefing.cursor, briefing.now
    if cursor is None:
        return Draft((), subscription.told_until, None)
    released = tellings.held_keys(connection, subscription.id)
    rulings = rulings_of(news_of(connection, subscription, released), subscription, briefing)
    told = sifting.of(rulings, TOLD)
    corrected = _corrected(connection, subscription, briefing)
    shown = [*told, *corrected]
    digest = build(
        told,
        corrected,
        briefing.commitments,
        briefing.titles,
        zone=subscription.zone,
        now=now,
        since=last_told(connection, subscription),
        position=cursor.position,
        checkpoint=checkpoint,
        gap=gap(subscription, now),
        tlp=_mark(highest(briefing.tlp_of(alert) for alert in shown)),
    )
    if digest is None:
        return Draft(tuple(rulings), cursor.seq, None)
    window = _window(subscription, cursor.seq, released & {alert.key for alert in told})
    rendered = renderer_of(subscription.channel)(
        digest,
        recipient=subscription.email,
        subscription=str(subscription.id),
        window=window,
        settings=settings,
        now=now,
        unsubscribe_url=unsubscribe_url(connection, settings, subscription, now),
    )
    planned = Planned(f"{subscription.id}/{window}", cursor.seq, rendered)
    return Draft(tuple(rulings), cursor.seq, planned)


def rulings_of(alerts: list[Alert], subscription: Subscription, briefing: Briefing) -> list[Ruling]:
    briefing.read(alerts)
    return sifting.sift(
        alerts,
        subscription.wants,
        briefing.commitments,
        tlp_of=briefing.tlp_of,
        muted_by=briefing.muted_by,
        held_by=briefing.held_by,
    )


def _mark(tlp: str) -> str:
    """The mark of a digest; what is CLEAR needs none."""
    return "" if tlp == "CLEAR" else tlp


def _window(subscription: Subscription, last: int, released: set[str]) -> str:
    """The window of this digest; a released snooze is news without a number of its own."""
    due = parse_instant(subscription.next_due) if subscription.next_due else None
    window = window_key(subscription.zone, due, last)
    if due is not None or not released:
        return window
    return f"{window}-{sha256(' '.join(sorted(released)).encode()).hexdigest()[:12]}"


def gap(subscription: Subscription, now: datetime) -> str:
    """What to say when several digests have come due since the last turn; else nothing."""
    if subscription.next_due is None:
        return ""
    held, due = subscription, parse_instant(subscription.next_due)
    late = missed(held.cadence, held.hour, held.zone, due, now, held.on_day)
    if not late:
        return ""
    return (
        f"This is {late + 1} {held.cadence} digests in one: those due from {held.next_due} on "
        "could not be sent in their time. Each item has its true date."
    )


def news_of(connection: Connection, subscription: Subscription, released: set[str]) -> list[Alert]:
    """Alerts not yet told that still stand, and those that a snooze has kept back."""
    new = or_(ALERTS.c.seq > subscription.told_until, ALERTS.c.key.in_(sorted(released)))
    return _alerts(connection, subscription, and_(new, ALERTS.c.withdrawn_seq.is_(None)))


def _corrected(
    connection: Connection, subscription: Subscription, briefing: Briefing
) -> list[Alert]:
    """Alerts told and undone since.

    What was noticed before the reader came, or was kept from them, needs no correction.
    """
    theirs = ALERTS.c.noticed_at >= subscription.created_at
    told = ALERTS.c.seq <= subscription.told_until
    since = ALERTS.c.withdrawn_seq > subscription.told_until
    found = _alerts(connection, subscription, and_(told, theirs, since))
    briefing.read(found)
    untold = tellings.untold(connection, subscription.id, [alert.key for alert in found])
    return [
        alert
        for alert in found
        if alert.key not in untold
        and subscription.wants.takes(alert, briefing.held(alert), briefing.tlp_of(alert))
    ]


def _alerts(connection: Connection, subscription: Subscription, wanted: Any) -> list[Alert]:
    query = select(ALERTS).where(wanted)
    if subscription.agreements:
        query = query.where(ALERTS.c.agreement_id.in_(subscription.agreements))
    rows = connection.execute(query.order_by(ALERTS.c.at, ALERTS.c.seq))
    return [alert_of(row) for row in rows]


def last_told(connection: Connection, subscription: Subscription) -> str | None:
    """When the last digest was planned, for the reader's sense of the gap."""
    first, beyond = f"{subscription.id}/", f"{subscription.id}0"  # "0" comes next after "/"
    mine = (OUTBOX.c.dedup_key > first, OUTBOX.c.dedup_key < beyond)
    query = select(OUTBOX.c.planned_at).where(*mine).order_by(OUTBOX.c.id.desc())
    return connection.execute(query).scalar()


def _advance(
    connection: Connection, subscription: Subscription, told_until: int | None, now: datetime
) -> None:
    values = {
        "next_due": subscription.due_after(now),
        "told_until": subscription.told_until if told_until is None else told_until,
    }
    mine = SUBSCRIPTIONS.c.id == subscription.id
    connection.execute(update(SUBSCRIPTIONS).where(mine).values(values))
