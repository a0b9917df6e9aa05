"""What the token in a mail's link grants: a purpose for one subscription, looked up by hash."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from events import format_instant
from events.database.owned_tables import table_of
from notifications.addresses.channels import MAIL
from notifications.mail import tokens
from notifications.mail.secret_file import secret_of
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.subscription import Subscription
from notifications.tables import TokenRow

if TYPE_CHECKING:
    from notifications.settings import MailSettings

TOKENS = table_of(TokenRow)
CONFIRM, UNSUBSCRIBE, UNESCALATE = "confirm", "unsubscribe", "unescalate"
MARK, MARK_ESCALATED = "mark", "mark escalated"
"""To acknowledge and snooze: for the reader, and for whom alerts are escalated to."""


class TokenGrant(Struct, frozen=True):
    """What a token grants: a purpose, for one subscription; `used_at` when it was used."""

    purpose: str
    subscription: Subscription
    used_at: str | None
    is_expired: bool


class MailLinks(Struct, frozen=True):
    """Where a reader ends what brought a message, and where they see what it is set to.

    `token` ends it as well, in the subject of a mail; `marks`, with a slash and a commitment behind
    it, is where its news is acknowledged. All are None where nothing is signed.
    """

    unsubscribe: str | None
    preferences: str | None
    token: str | None = None
    marks: str | None = None


def find_grant(connection: Connection, token: str, now: datetime) -> TokenGrant | None:
    """What a token grants, without using it; None for one that was never given out."""
    is_token = TOKENS.c.hash == tokens.hash_of(token)
    row = connection.execute(select(TOKENS).where(is_token)).first()
    if row is None or not tokens.is_same(token, row.hash):
        return None
    is_expired = row.expires_at is not None and row.expires_at <= format_instant(now)
    subscription = subscriptions.get(connection, row.subscription_id)
    return TokenGrant(row.purpose, subscription, row.used_at, is_expired)


def issue_token(
    connection: Connection,
    token: str,
    purpose: str,
    subscription_id: int,
    now: datetime,
    expires: datetime | None,
) -> None:
    """Makes a token valid by storing its hash; one that is stored already stays as it is."""
    token_hash = tokens.hash_of(token)
    if connection.execute(select(TOKENS.c.hash).where(TOKENS.c.hash == token_hash)).first():
        return
    values = {
        "hash": token_hash,
        "purpose": purpose,
        "subscription_id": subscription_id,
        "issued_at": format_instant(now),
        "expires_at": format_instant(expires) if expires else None,
    }
    connection.execute(insert(TOKENS).values(values))


def mark_used(connection: Connection, token: str, now: datetime) -> None:
    is_token = TOKENS.c.hash == tokens.hash_of(token)
    connection.execute(update(TOKENS).where(is_token).values(used_at=format_instant(now)))


def reader_token(
    connection: Connection,
    settings: MailSettings,
    subscription: Subscription,
    now: datetime,
    purpose: str,
) -> str:
    """The token that every message of a subscription carries; derived, so it never changes."""
    parts = (str(subscription.id), subscription.created_at, subscription.email)
    token = tokens.derived(secret_of(settings), purpose, *parts)
    issue_token(connection, token, purpose, subscription.id, now, None)
    return token


def mail_links(
    connection: Connection,
    settings: MailSettings,
    subscription: Subscription,
    now: datetime,
    purpose: str,
) -> MailLinks:
    """The links that a message carries: none where readers can reach no board.

    A token stands in the address to unsubscribe at wherever mail leaves this machine.

    A third party that alerts are escalated to may stop that, and has no say in the subscription.
    """
    if not (settings.public_url or settings.bounce_domain or settings.smtp_url):
        return MailLinks(None, None)
    token = reader_token(connection, settings, subscription, now, purpose)
    if not settings.public_url:
        return MailLinks(None, None, token)
    board = settings.public_url.rstrip("/")
    preferences = f"{board}/p/{token}" if purpose == UNSUBSCRIBE else None
    marks = None
    if has_mark_links(settings, subscription):
        right = MARK if purpose == UNSUBSCRIBE else MARK_ESCALATED
        marks = f"{board}/a/{reader_token(connection, settings, subscription, now, right)}"
    return MailLinks(f"{board}/u/{token}", preferences, token, marks)


def has_mark_links(settings: MailSettings, subscription: Subscription) -> bool:
    """Whether its messages have links to acknowledge news; a chat is read by who knows whom."""
    return bool(settings.public_url) and settings.mark_links and subscription.channel == MAIL


def expire_escalation_marks(connection: Connection, subscription_id: int, now: datetime) -> None:
    """Takes the right to acknowledge from whom alerts were escalated to so far."""
    is_theirs = (
        TOKENS.c.subscription_id == subscription_id,
        TOKENS.c.purpose == MARK_ESCALATED,
        TOKENS.c.expires_at.is_(None),
    )
    values = {"expires_at": format_instant(now)}
    connection.execute(update(TOKENS).where(*is_theirs).values(values))
