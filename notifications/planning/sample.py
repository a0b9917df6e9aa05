"""A sample digest, sent now on request: what the subscription covers as it stands today.

Nothing counts as told by it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from sqlalchemy import Connection

from events import format_instant
from notifications.digests.digest import Digest, ReaderNews
from notifications.language import N_
from notifications.outbox.enqueue import enqueue
from notifications.planning.context import DigestContext
from notifications.planning.decisions import SENT, alerts_with
from notifications.planning.digest_writer import DigestSetup, DigestWriter
from notifications.planning.plan import decide_for, new_alerts
from notifications.subscriptions.consent import check_receiving
from notifications.subscriptions.subscription import Subscription

if TYPE_CHECKING:
    from notifications.settings import MailSettings

SAMPLE = N_("This is a sample, asked for just now; nothing counts as told by it.")


def enqueue_sample(
    connection: Connection,
    settings: MailSettings,
    subscription: Subscription,
    now: datetime,
) -> str:
    """Puts a sample into the outbox; returns its Message-ID. Nobody gets one without consent."""
    check_receiving(connection, subscription, now, "active", "paused")
    setup = DigestSetup(settings, DigestContext(connection, now), checkpoint="")
    window = f"sample-{format_instant(now)}"
    writer = DigestWriter(setup, subscription)
    key = f"sample/{subscription.id}/{format_instant(now)}"
    message = writer.message(_digest(writer), window, key)
    enqueue(connection, message, now)
    return message.rendered.message_id


def _digest(writer: DigestWriter) -> Digest:
    """All news as if none had been sent; without any, how things stand."""
    as_new, context = replace(writer.subscription, told_until=0), writer.context
    alerts = new_alerts(context.connection, as_new, set())
    decisions = decide_for(alerts, as_new, context)
    news = ReaderNews(tuple(alerts_with(decisions, SENT)))
    gap = writer.reader.text(SAMPLE)
    digest = writer.digest(news, gap) or writer.quiet(gap=gap)
    headline = writer.reader.text("Sample: {headline}", headline=digest.headline)
    return replace(digest, headline=headline)
