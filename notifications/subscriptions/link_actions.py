"""What a link in a mail may do: look a token up, and act on it. For the web board and the command.

Looking up writes nothing, so a scanner that follows every link does no harm. Acting is idempotent.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Engine

from events.database.engine import read_snapshot, write_transaction
from notifications.addresses.mailbox import masked
from notifications.errors import UnknownToken
from notifications.subscriptions import consent, description
from notifications.subscriptions import grants as rights

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
        right = rights.find_grant(connection, token, now)
        if right is None or right.purpose != rights.UNSUBSCRIBE:
            return None
        held = right.subscription
        state = description.subscription_row(connection, held, now)["state"]
        chosen = description.preference_lines(connection, held, now)
        return LinkPreferences(masked(held.email), state, chosen)


def look_up(engine: Engine, token: str, now: datetime) -> LinkOutcome:
    """What acting on this token would do: `done` where something is left to do. Writes nothing."""
    with read_snapshot(engine) as connection:
        return _answer(rights.find_grant(connection, token, now))


def _answer(right: rights.TokenGrant | None, *, acted: bool = False) -> LinkOutcome:
    if right is None:
        return LinkOutcome(UNKNOWN)
    held = right.subscription
    outcome = DONE if acted else _left_to_do(right)
    about = (masked(held.email), held.wants.words, held.cadence)
    return LinkOutcome(outcome, right.purpose, *about)


def _left_to_do(right: rights.TokenGrant) -> str:
    held = right.subscription
    over = {
        rights.CONFIRM: held.confirmed_at is not None,
        rights.UNSUBSCRIBE: held.removed_at is not None,
        rights.UNESCALATE: held.escalate_to is None,
    }
    if over[right.purpose]:
        return ALREADY
    is_gone = right.purpose == rights.CONFIRM and held.removed_at is not None
    return EXPIRED if right.is_expired or is_gone else DONE


def unsubscribe(engine: Engine, token: str, now: datetime) -> LinkOutcome:
    """Stop the mail that carried this token; the same again answers `already`."""
    with write_transaction(engine) as connection:
        right = rights.find_grant(connection, token, now)
        if right is None or right.purpose == rights.CONFIRM:
            return LinkOutcome(UNKNOWN)
        before = _answer(right)
        consent.unsubscribe(connection, token, now)
        return before


def confirm(engine: Engine, token: str, now: datetime) -> LinkOutcome:
    """Take a reader's word; the same again answers `already`."""
    with write_transaction(engine) as connection:
        right = rights.find_grant(connection, token, now)
        if right is None or right.purpose != rights.CONFIRM:
            return LinkOutcome(UNKNOWN)
        before = _answer(right)
        if before.outcome != DONE:
            return before
        try:
            consent.confirm(connection, token, now)
        except UnknownToken:
            return LinkOutcome(EXPIRED, right.purpose)
        return before
