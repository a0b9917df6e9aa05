"""The digest that would be sent now, without sending or keeping anything."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from events import EventStore
from events.checkpoints import checkpoint_line
from events.engine import writing
from notifications import subscriptions
from notifications.alert_log import record_alerts
from notifications.briefing import Briefing
from notifications.composing import Composer
from notifications.planning import draft
from notifications.render import Rendered
from notifications.tables import create_tables
from tracker import projections

if TYPE_CHECKING:
    from events.notes import Signer
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
    with writing(engine) as connection, connection.begin_nested() as looked_at:
        create_tables(connection)
        subscription = (
            subscriptions.newcomer(zone, now)
            if subscription_id is None
            else subscriptions.get(connection, subscription_id)
        )
        done = projections.catch_up(store, connection, now)
        record_alerts(connection, now, done.position)
        line = checkpoint_line(store, done.position, signer)
        composer = Composer(settings, Briefing(connection, now), line)
        planned = draft(composer, subscription).planned
        looked_at.rollback()
    return planned.rendered if planned else None
