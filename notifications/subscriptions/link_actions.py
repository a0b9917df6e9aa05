"""What the link in a mail may do, for the web board and the command: look up a token, act on it.

Looking up writes nothing, so a scanner that follows every link does no harm. Acting is idempotent.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Connection, Engine

from events.database.engine import read_snapshot, write_transaction
from notifications.addresses.mailbox import masked
from notifications.errors import UnknownToken
from notifications.language import Language, language_of
from notifications.subscriptions import consent
from notifications.subscriptions.change import PreferenceChanges, change_subscription
from notifications.subscriptions.grants import (
    CONFIRM,
    UNESCALATE,
    UNSUBSCRIBE,
    TokenGrant,
    find_grant,
)
from notifications.subscriptions.subscription import Subscription, state_of
from notifications.subscriptions.suppression import suppression_of

if TYPE_CHECKING:
    from notifications.settings import MailSettings

DONE, ALREADY, UNKNOWN, EXPIRED = "done", "already", "unknown", "expired"


class LinkOutcome(Struct, frozen=True):
    """What to show: `outcome` is done, already, unknown or expired; the address is masked.

    `purpose` is confirm, unsubscribe or unescalate; empty for a token that was never given out.
    `done` and `already` are both success (200); `unknown` is 404 on a page and still 200 to a
    one-click POST, so that nobody can probe for tokens; `expired` is 410.
    """

    outcome: str
    purpose: str = ""
    address: str = ""
    subscription: Subscription | None = None
    language: Language = Language()


class LinkPreferences(Struct, frozen=True):
    """The subscription whose mails carry a token, and its state: a word of STATES."""

    subscription: Subscription
    state: str


def preferences(engine: Engine, token: str, now: datetime) -> LinkPreferences | None:
    """The preferences of a token's reader; None for one of another purpose, or unknown."""
    with read_snapshot(engine) as connection:
        return _preferences(connection, token, now)


def _preferences(connection: Connection, token: str, now: datetime) -> LinkPreferences | None:
    grant = find_grant(connection, token, now)
    if grant is None or grant.purpose != UNSUBSCRIBE:
        return None
    subscription = grant.subscription
    suppression = suppression_of(connection, subscription.email)
    return LinkPreferences(subscription, state_of(subscription, now, suppression))


def change_preferences(
    engine: Engine, token: str, settings: MailSettings, changes: PreferenceChanges, now: datetime
) -> LinkPreferences | None:
    """Changes the subscription whose mails carry this token; returns it as it then is.

    Raises InvalidSubscription where it has ended, or would say the same as another one.
    """
    with write_transaction(engine) as connection:
        known = _preferences(connection, token, now)
        if known is None:
            return None
        id_ = known.subscription.id
        change_subscription(connection, settings, id_, changes, now=now)
        return _preferences(connection, token, now)


def pause(
    engine: Engine, token: str, until: datetime | None, now: datetime
) -> LinkPreferences | None:
    """Pauses it until an instant, or with None until it is resumed."""
    with write_transaction(engine) as connection:
        known = _preferences(connection, token, now)
        if known is not None:
            consent.pause(connection, known.subscription.id, now, until)
        return _preferences(connection, token, now)


def resume(engine: Engine, token: str, now: datetime) -> LinkPreferences | None:
    """Ends its pause; the next digest comes at the next usual hour."""
    with write_transaction(engine) as connection:
        known = _preferences(connection, token, now)
        if known is not None and known.state == "paused":
            consent.resume(connection, known.subscription.id, now)
        return _preferences(connection, token, now)


def look_up(engine: Engine, token: str, now: datetime) -> LinkOutcome:
    """What acting on this token would do: `done` where something is left to do. Writes nothing."""
    with read_snapshot(engine) as connection:
        grant = find_grant(connection, token, now)
        return LinkOutcome(UNKNOWN) if grant is None else _outcome(grant)


def _outcome(grant: TokenGrant) -> LinkOutcome:
    subscription = grant.subscription
    is_done = {
        CONFIRM: subscription.confirmed_at is not None,
        UNSUBSCRIBE: subscription.removed_at is not None,
        UNESCALATE: subscription.escalate_to is None,
    }
    is_removed = grant.purpose == CONFIRM and subscription.removed_at is not None
    language = language_of(subscription.language, subscription.clock)
    outcome = EXPIRED if grant.is_expired or is_removed else DONE
    return LinkOutcome(
        outcome=ALREADY if is_done[grant.purpose] else outcome,
        purpose=grant.purpose,
        address=masked(subscription.email),
        subscription=subscription,
        language=language,
    )


def unsubscribe(engine: Engine, token: str, now: datetime) -> LinkOutcome:
    """Stops the mail that carried this token; the same again answers `already`."""
    with write_transaction(engine) as connection:
        grant = find_grant(connection, token, now)
        if grant is None or grant.purpose == CONFIRM:
            return LinkOutcome(UNKNOWN)
        outcome = _outcome(grant)
        consent.unsubscribe(connection, token, now)
        return outcome


def confirm(engine: Engine, token: str, now: datetime) -> LinkOutcome:
    """Confirms a subscription; the same again answers `already`."""
    with write_transaction(engine) as connection:
        grant = find_grant(connection, token, now)
        if grant is None or grant.purpose != CONFIRM:
            return LinkOutcome(UNKNOWN)
        outcome = _outcome(grant)
        if outcome.outcome != DONE:
            return outcome
        try:
            consent.confirm(connection, token, now)
        except UnknownToken:
            return LinkOutcome(EXPIRED, grant.purpose)
        return outcome
