"""By whose word a reader hears: theirs, given by mail, or one that is on record elsewhere.

A new recipient whose mail leaves the machine is pending until they use the code that only their
mailbox received. Leaving needs no more than the token of any message.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection

from events import format_instant
from notifications.addresses.mailbox import same_mailbox
from notifications.alerts.filter_check import warnings_about
from notifications.errors import InvalidSubscription, UnknownToken
from notifications.mail import tokens
from notifications.outbox.enqueue import enqueue
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.grants import (
    CONFIRM,
    UNESCALATE,
    find_grant,
    issue_token,
    mark_used,
)
from notifications.subscriptions.opt_in import opt_in_message
from notifications.subscriptions.subscription import Subscription
from notifications.subscriptions.suppression import cancel_messages

if TYPE_CHECKING:
    from notifications.settings import MailSettings

OPT_IN_LASTS = timedelta(days=7)
BY_MAIL = "confirmed by mail"


class SignUpResult(Struct, frozen=True):
    """A subscription as it now stands; `is_new` unless it was on record, `asked` when a code went
    out, `warnings` what its reader should hear."""

    subscription: Subscription
    is_new: bool
    asked: bool
    warnings: list[str]


def sign_up(
    connection: Connection,
    settings: MailSettings,
    *,
    consent: str | None,
    now: datetime,
    **options: Any,
) -> SignUpResult:
    """Add a subscription by the leave that there is; without any, its reader is asked by mail.

    Whoever names an address outside mail answers for it: there is nobody there to ask.
    """
    asks = settings.asks_for_opt_in and not consent
    pending = asks and options.get("destination") is None
    if options.get("escalate_to") and not consent:
        check_escalation_consent(connection, settings, options["escalate_to"])
    before = {held.id for held in subscriptions.all_subscriptions(connection)}
    said = f"on record: {consent}" if consent else subscriptions.BY_OPERATOR
    held = subscriptions.add(connection, now=now, pending=pending, consent=said, **options)
    if not pending and held.confirmed_at is None:
        held = _confirmed(connection, held, said, now)
    if pending and held.confirmed_at is None:
        request_opt_in(connection, settings, held, now)
    asked = held.confirmed_at is None
    return SignUpResult(held, held.id not in before, asked, warnings_about(connection, held.wants))


def check_escalation_consent(connection: Connection, settings: MailSettings, address: str) -> None:
    """Nobody is written to without leave, as a third party either."""
    if not settings.asks_for_opt_in:
        return
    wanted = same_mailbox(address)
    heard = (held for held in subscriptions.all_subscriptions(connection) if held.confirmed_at)
    if wanted not in {same_mailbox(held.email) for held in heard}:
        raise InvalidSubscription(
            f"{address} has not agreed to mail, so nothing can be escalated to it",
            hint=f"pactwatch subscribe add {address}, or --consent TEXT where it is on record",
        )


def request_opt_in(
    connection: Connection, settings: MailSettings, held: Subscription, now: datetime
) -> str:
    """Put the opt-in mail into the outbox; returns its code, which is kept nowhere else."""
    token = tokens.fresh()
    issue_token(connection, token, CONFIRM, held.id, now, now + OPT_IN_LASTS)
    message = opt_in_message(settings, held, token, now, now + OPT_IN_LASTS)
    enqueue(connection, message, now)
    return token


def request_opt_in_again(
    connection: Connection, settings: MailSettings, subscription_id: int, now: datetime
) -> Subscription:
    """A new code for one who has not confirmed."""
    held = subscriptions.get(connection, subscription_id)
    check_not_removed(held)
    if held.confirmed_at is not None:
        raise InvalidSubscription(
            f"subscription {held.id} is confirmed already: {held.consent}",
            hint=f"pactwatch subscribe show {held.id}",
        )
    request_opt_in(connection, settings, held, now)
    return held


def confirm(connection: Connection, token: str, now: datetime) -> Subscription:
    """Take the reader's word; a second time answers as the first did."""
    right = find_grant(connection, token, now)
    if right is None or right.purpose != CONFIRM:
        raise UnknownToken("no subscription has this code", hint="copy it whole from the mail")
    held = right.subscription
    if held.removed_at is not None:
        raise UnknownToken(
            f"subscription {held.id} was removed at {held.removed_at}",
            hint=f"pactwatch subscribe add {held.email}",
        )
    if held.confirmed_at is not None:
        return held
    if right.is_expired:
        raise UnknownToken(
            f"the code of subscription {held.id} has expired",
            hint=f"pactwatch subscribe resend {held.id}",
        )
    mark_used(connection, token, now)
    return _confirmed(connection, held, BY_MAIL, now)


def _confirmed(
    connection: Connection, held: Subscription, consent: str, now: datetime
) -> Subscription:
    at, due = format_instant(now), held.due_after(now)
    return subscriptions.update_subscription(
        connection, held.id, confirmed_at=at, consent=consent, next_due=due
    )


def unsubscribe(
    connection: Connection, token: str, now: datetime, by: str = "one click"
) -> Subscription | None:
    """Stop what the token stands for; the same again changes nothing and answers the same.

    None only for a token that was never given out.
    """
    right = find_grant(connection, token, now)
    if right is None or right.purpose == CONFIRM:
        return None
    held = right.subscription
    if right.purpose == UNESCALATE:
        return subscriptions.update_subscription(
            connection, held.id, escalate_to=None, escalate_days=None
        )
    if held.removed_at is None:
        mark_used(connection, token, now)
        return remove(connection, held.id, now, by)
    return held


def remove(connection: Connection, subscription_id: int, now: datetime, by: str) -> Subscription:
    """End a subscription, and what waits for it; the record of it stays."""
    held = subscriptions.get(connection, subscription_id)
    if held.removed_at is not None:
        return held
    cancel_messages(connection, held.id, f"removed by {by}", now)
    return subscriptions.update_subscription(
        connection, held.id, removed_at=format_instant(now), removed_by=by
    )


def pause(
    connection: Connection, subscription_id: int, now: datetime, until: datetime | None
) -> Subscription:
    """Send nothing for a while; what is noticed meanwhile comes in the first digest after."""
    held = subscriptions.get(connection, subscription_id)
    check_not_removed(held)
    if until is not None and until <= now:
        raise InvalidSubscription(
            f"the pause ends at {format_instant(until)}, which is not after now",
            hint="--until +14d",
        )
    return subscriptions.update_subscription(
        connection,
        held.id,
        paused_at=format_instant(now),
        paused_until=format_instant(until) if until else None,
        next_due=held.due_after(until or now),
    )


def resume(connection: Connection, subscription_id: int, now: datetime) -> Subscription:
    """Go on at the next usual hour."""
    held = subscriptions.get(connection, subscription_id)
    check_not_removed(held)
    due = held.due_after(now)
    return subscriptions.update_subscription(
        connection, held.id, paused_at=None, paused_until=None, next_due=due
    )


def check_not_removed(held: Subscription) -> None:
    """What was removed is not changed any more."""
    if held.removed_at is not None:
        raise InvalidSubscription(
            f"subscription {held.id} was removed at {held.removed_at} by {held.removed_by}",
            hint=f"pactwatch subscribe add {held.email}",
        )
