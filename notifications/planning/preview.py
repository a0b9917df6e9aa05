"""The digest of one subscription now, whenever it is due: previewed, or put into the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from sqlalchemy import Connection, Engine

from events import EventStore, parse_instant
from events.database.engine import write_transaction
from events.transparency.checkpoints import checkpoint_line
from notifications.digests.render import Rendered
from notifications.outbox.enqueue import OutgoingMessage
from notifications.planning.context import DigestContext
from notifications.planning.digest_writer import DigestSetup
from notifications.planning.plan import DigestPlan, plan_digest, put_into_outbox
from notifications.planning.set_back import begin_noticing
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.consent import check_receiving
from notifications.subscriptions.subscription import Subscription
from notifications.tables import create_tables
from tracker.projections import catch_up as projections

if TYPE_CHECKING:
    from events.transparency.notes import Signer
    from notifications.settings import MailSettings


def preview(
    store: EventStore,
    engine: Engine,
    settings: MailSettings,
    subscription_id: int | None,
    now: datetime,
    zone: str = "UTC",
    signer: Signer | None = None,
) -> Rendered | None:
    """The message of a digest at `now`, in a transaction that is rolled back; None for no news.

    Without a subscription it is what a newcomer who follows everything would be told.
    """
    with write_transaction(engine) as connection, connection.begin_nested() as savepoint:
        create_tables(connection)
        subscription = (
            subscriptions.preview_subscription(zone, now)
            if subscription_id is None
            else subscriptions.get(connection, subscription_id)
        )
        setup = _up_to_date(store, connection, settings, now, signer)
        message = _plan_now(setup, subscription).message
        savepoint.rollback()
    return message.rendered if message else None


def send_now(
    store: EventStore,
    engine: Engine,
    settings: MailSettings,
    subscription_id: int,
    now: datetime,
    signer: Signer | None = None,
) -> OutgoingMessage | None:
    """Puts the digest that `preview` shows into the outbox; None where it has nothing to say.

    What it says counts as told, and the next digest is due when it was. Raises
    InvalidSubscription where the subscription is not active.
    """
    with write_transaction(engine) as connection:
        create_tables(connection)
        subscription = subscriptions.get(connection, subscription_id, lock=True)
        check_receiving(connection, subscription, now, "active")
        setup = _up_to_date(store, connection, settings, now, signer)
        digest_plan = _plan_now(setup, subscription)
        next_due = subscription.next_due
        if _is_due(subscription, now):
            next_due = subscription.due_after(now)
        is_new = put_into_outbox(setup, subscription, digest_plan, next_due)
    return digest_plan.message if is_new else None


def _up_to_date(
    store: EventStore,
    connection: Connection,
    settings: MailSettings,
    now: datetime,
    signer: Signer | None,
) -> DigestSetup:
    """Projects what is new and notices its alerts; returns what writes digests of them."""
    done = projections.catch_up(store, connection, now)
    begin_noticing(connection, now, done.position).take_all(connection)
    line = checkpoint_line(store, done.position, signer)
    return DigestSetup(settings, DigestContext(connection, now), line)


def _plan_now(setup: DigestSetup, subscription: Subscription) -> DigestPlan:
    """Plans the digest; one before its time leaves the key of its date to the one that is due."""
    if not _is_due(subscription, setup.now):
        subscription = replace(subscription, next_due=None)
    return plan_digest(setup, subscription)


def _is_due(subscription: Subscription, now: datetime) -> bool:
    return subscription.next_due is not None and parse_instant(subscription.next_due) <= now
