"""Acknowledging and snoozing by the link in a mail: what is open of a promise, and marking it.

The link leads to the news of one promise that its reader was sent and that is not over. A mark
holds for everybody, as by the command; looking writes nothing, and the same mark again is one.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, Engine, select

from events import format_instant
from events.database.engine import read_snapshot, write_transaction
from notifications.addresses.mailbox import masked
from notifications.alerts import marks
from notifications.alerts.alert import Alert
from notifications.alerts.marks import ACK, SNOOZE
from notifications.alerts.stored import ALERTS
from notifications.mail.headers import clean_text
from notifications.planning.context import DigestContext
from notifications.planning.decisions import SENT_OUTCOMES
from notifications.planning.notification_log import LOG
from notifications.prose.followups import mark_note
from notifications.prose.news import sentence
from notifications.prose.promises import headline
from notifications.prose.reader import Reader
from notifications.subscriptions.grants import MARK, MARK_ESCALATED, TokenGrant, find_grant

LONGEST_NAME = 60
LONGEST_REASON = 300


class OpenNews(Struct, frozen=True):
    """News that is not over: its sentence, and who has acknowledged or snoozed it, in words."""

    key: str
    sentence: str
    notes: tuple[str, ...]


class LinkedNews(Struct, frozen=True):
    """What the link of a promise leads to; `news` is empty where nothing is open any more.

    `is_over` where the subscription of the mail has ended: then nothing may be marked.
    """

    reader: Reader
    headline: str
    title: str
    news: tuple[OpenNews, ...]
    is_over: bool


class NewMark(Struct, frozen=True):
    """What a reader says of news: ACK or SNOOZE, why, who they are, and until when."""

    mark: str
    keys: tuple[str, ...]
    reason: str
    name: str = ""
    until: datetime | None = None


def linked_news(engine: Engine, token: str, commitment: str, now: datetime) -> LinkedNews | None:
    """What may be marked by this token; None for one that was never given out for it."""
    with read_snapshot(engine) as connection:
        grant = _grant(connection, token, now)
        return _linked_news(connection, grant, commitment, now) if grant else None


def mark_news(
    engine: Engine, token: str, commitment: str, new: NewMark, now: datetime
) -> LinkedNews | None:
    """Marks those of the open news that are named and not marked so yet; returns how it is then."""
    with write_transaction(engine) as connection:
        grant = _grant(connection, token, now)
        if grant is None:
            return None
        before = _linked_news(connection, grant, commitment, now)
        keys = {each.key for each in before.news if not before.is_over} & set(new.keys)
        keys -= _marked(connection, new, now)
        if keys:
            act = marks.acknowledge if new.mark == ACK else marks.snooze
            author = _author(grant, new.name)
            grounds = marks.MarkGrounds(new.reason, author, now, new.until)
            act(connection, sorted(keys), grounds)
        return _linked_news(connection, grant, commitment, now)


def _grant(connection: Connection, token: str, now: datetime) -> TokenGrant | None:
    grant = find_grant(connection, token, now)
    is_theirs = grant is not None and grant.purpose in (MARK, MARK_ESCALATED)
    return grant if is_theirs and grant is not None and not grant.is_expired else None


def _linked_news(
    connection: Connection, grant: TokenGrant, commitment: str, now: datetime
) -> LinkedNews:
    subscription = grant.subscription
    was_sent = (LOG.c.subscription_id == subscription.id, LOG.c.outcome.in_(SENT_OUTCOMES))
    is_sent = ALERTS.c.key.in_(select(LOG.c.key).where(*was_sent))
    context = DigestContext(connection, now)
    alerts = context.open_alerts(ALERTS.c.commitment_id == commitment, is_sent)
    reader = subscription.reader(now, context.names)
    news = tuple(_open_news(alert, context, reader) for alert in alerts)
    words = headline(context.commitments.get(commitment, {}), reader)
    # No other agreement than that of the promise was read.
    title = next(iter(context.titles.values()), "")
    is_over = subscription.removed_at is not None
    return LinkedNews(reader, words, title, news, is_over)


def _open_news(alert: Alert, context: DigestContext, reader: Reader) -> OpenNews:
    both = (context.mark_of(mark, alert) for mark in (ACK, SNOOZE))
    notes = tuple(mark_note(mark, reader) for mark in both if mark)
    return OpenNews(alert.key, sentence(alert, context.commitment_of(alert), reader), notes)


def _marked(connection: Connection, new: NewMark, now: datetime) -> set[str]:
    """The alerts that a mark of this kind and end, or a longer one, is about already."""
    until = format_instant(new.until) if new.until else None
    return {
        mark.key
        for mark in marks.active(connection, now)
        if mark.key and mark.mark == new.mark and (mark.until is None or mark.until == until)
    }


def _author(grant: TokenGrant, name: str) -> str:
    """Who marks: other readers see the name, and of the address no more than its owner needs."""
    subscription = grant.subscription
    is_escalated = grant.purpose == MARK_ESCALATED
    address = (subscription.escalate_to if is_escalated else None) or subscription.email
    own = clean_text(name, LONGEST_NAME)
    return f"{own} ({masked(address)})" if own else masked(address)
