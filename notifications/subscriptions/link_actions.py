"""What the link in a mail may do, for the web board and the command: look up a token, act on it.

Looking up writes nothing, so a scanner that follows every link does no harm. Acting is idempotent.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Engine

from events.database.engine import read_snapshot, write_transaction
from notifications.addresses.mailbox import masked
from notifications.errors import UnknownToken
from notifications.subscriptions import consent
from notifications.subscriptions.description import preference_lines, subscription_row
from notifications.subscriptions.grants import (
    CONFIRM,
    UNESCALATE,
    UNSUBSCRIBE,
    TokenGrant,
    find_grant,
)

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
    follows: str = ""
    cadence: str = ""


class LinkPreferences(Struct, frozen=True):
    """What the mails that carry this token are set to; the address is masked."""

    address: str
    state: str
    choices: tuple[tuple[str, str], ...]


def preferences(engine: Engine, token: str, now: datetime) -> LinkPreferences | None:
    """For the reader alone: None for a token that ends something else or was never given out."""
    with read_snapshot(engine) as connection:
        grant = find_grant(connection, token, now)
        if grant is None or grant.purpose != UNSUBSCRIBE:
            return None
        row = subscription_row(connection, grant.subscription, now)
        address = masked(grant.subscription.email)
        return LinkPreferences(address, row["state"], tuple(preference_lines(row)))


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
    outcome = EXPIRED if grant.is_expired or is_removed else DONE
    return LinkOutcome(
        outcome=ALREADY if is_done[grant.purpose] else outcome,
        purpose=grant.purpose,
        address=masked(subscription.email),
        follows=subscription.wants.words,
        cadence=subscription.cadence,
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
