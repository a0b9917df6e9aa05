"""The digest that would be sent now, without sending or storing anything."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from events import EventStore
from events.database.engine import write_transaction
from events.transparency.checkpoints import checkpoint_line
from notifications.digests.render import Rendered
from notifications.planning.composer import Composer
from notifications.planning.context import DigestContext
from notifications.planning.plan import plan_digest
from notifications.planning.set_back import begin_noticing
from notifications.subscriptions import subscription as subscriptions
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
    """The message of a turn at `now`, in a transaction that is rolled back; None for no news.

    Without a subscription it is what a newcomer who follows everything would be told.
    """
    with write_transaction(engine) as connection, connection.begin_nested() as savepoint:
        create_tables(connection)
        subscription = (
            subscriptions.preview_subscription(zone, now)
            if subscription_id is None
            else subscriptions.get(connection, subscription_id)
        )
        done = projections.catch_up(store, connection, now)
        begin_noticing(connection, now, done.position).take_all(connection)
        line = checkpoint_line(store, done.position, signer)
        composer = Composer(settings, DigestContext(connection, now), line)
        message = plan_digest(composer, subscription).message
        savepoint.rollback()
    return message.rendered if message else None
