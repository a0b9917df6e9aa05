"""A sample digest, sent now on request: what the subscription is about as it stands today.

Nothing counts as told by it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from sqlalchemy import Connection

from events import format_instant
from notifications import sifting, subscriptions
from notifications.bodies import renderer_of
from notifications.briefing import Briefing
from notifications.digests import Digest, build, local
from notifications.errors import InvalidSubscription
from notifications.planning import Planned, last_told, news_of, rulings_of
from notifications.posting import post
from notifications.rights import unsubscribe_url
from notifications.subscriptions import Subscription
from notifications.suppression import suppression_of

if TYPE_CHECKING:
    from notifications.settings import MailSettings

SAMPLE = "This is a sample, asked for just now; nothing counts as told by it."


def put_sample(
    connection: Connection,
    settings: MailSettings,
    held: Subscription,
    now: datetime,
    checkpoint: str = "",
) -> str:
    """Put a sample into the outbox; returns its Message-ID. Who has not agreed gets none either."""
    _check(connection, held, now)
    digest = _digest(connection, held, Briefing(connection, now), checkpoint)
    window = f"sample-{format_instant(now)}"
    rendered = renderer_of(held.channel)(
        digest,
        recipient=held.email,
        subscription=str(held.id),
        window=window,
        settings=settings,
        now=now,
        unsubscribe_url=unsubscribe_url(connection, settings, held, now),
    )
    planned = Planned(f"sample/{held.id}/{format_instant(now)}", held.told_until, rendered)
    post(connection, settings, held, planned, now)
    return rendered.message_id


def _check(connection: Connection, held: Subscription, now: datetime) -> None:
    stopped = suppression_of(connection, held.email)
    state = subscriptions.state_of(held, now, stopped.reason if stopped else None)
    if state not in ("active", "paused"):
        raise InvalidSubscription(
            f"subscription {held.id} is {state}, so nothing is sent to {held.email}",
            hint=f"pactwatch subscribe show {held.id}",
        )


def _digest(
    connection: Connection, held: Subscription, briefing: Briefing, checkpoint: str
) -> Digest:
    newly = replace(held, told_until=0)
    rulings = rulings_of(news_of(connection, newly, set()), newly, briefing)
    position = briefing.cursor.position if briefing.cursor else 0
    digest = build(
        sifting.of(rulings, sifting.TOLD),
        [],
        briefing.commitments,
        briefing.titles,
        zone=held.zone,
        now=briefing.now,
        since=last_told(connection, held),
        position=position,
        checkpoint=checkpoint,
        gap=SAMPLE,
    )
    if digest is None:
        digest = _empty(held, briefing.now, position, checkpoint)
    return replace(digest, headline=f"sample, {digest.headline}")


def _empty(held: Subscription, now: datetime, position: int, checkpoint: str) -> Digest:
    """There is nothing to tell yet, and mail still has to be seen to arrive."""
    shown = local(now, held.zone)
    headline = "nothing to tell so far"
    return Digest(
        format_instant(now), shown, held.zone, None, position, (), headline, checkpoint, SAMPLE
    )
