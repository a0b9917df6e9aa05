"""Consent of readers: given by mail, or on record elsewhere; and how it is withdrawn.

A new recipient whose mail leaves the machine is pending until they use the code that only their
mailbox received. Leaving needs no more than the token of any message.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Connection

from events import format_instant
from notifications.addresses.mailbox import same_mailbox
from notifications.errors import InvalidSubscription, UnknownToken
from notifications.mail import tokens
from notifications.outbox.enqueue import enqueue
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.destinations import Destination
from notifications.subscriptions.grants import (
    CONFIRM,
    UNESCALATE,
    find_grant,
    issue_token,
    mark_used,
)
from notifications.subscriptions.opt_in import opt_in_message
from notifications.subscriptions.preferences import Preferences, preference_warnings
from notifications.subscriptions.subscription import Subscription, update_subscription
from notifications.subscriptions.suppression import cancel_messages, suppression_of

if TYPE_CHECKING:
    from notifications.settings import MailSettings

OPT_IN_LASTS = timedelta(days=7)
BY_MAIL = "confirmed by mail"


class SignUpResult(Struct, frozen=True):
    """A subscription as it is now.

    `is_new` unless it was on record, `opt_in_requested` when its reader has to confirm, `warnings`
    for the operator.
    """

    subscription: Subscription
    is_new: bool
    opt_in_requested: bool
    warnings: list[str]


def sign_up(
    connection: Connection,
    settings: MailSettings,
    recipient: str | Destination,
    preferences: Preferences,
    now: datetime,
    *,
    consent: str | None,
) -> SignUpResult:
    """Adds a subscription; without consent on record, its reader is asked by mail to confirm.

    Whoever names an address outside mail answers for it: there is nobody there to ask.
    """
    needs_opt_in = settings.asks_for_opt_in and not consent
    pending = needs_opt_in and isinstance(recipient, str)
    if preferences.escalate_to and not consent:
        check_escalation_consent(connection, settings, preferences.escalate_to)
    known_ids = {known.id for known in subscriptions.all_subscriptions(connection)}
    basis = f"on record: {consent}" if consent else subscriptions.BY_OPERATOR
    subscription = subscriptions.add(
        connection, recipient, preferences, now, pending=pending, consent=basis
    )
    # What is on record already may still be pending: consent confirms it, its lack asks again.
    if subscription.confirmed_at is None:
        if pending:
            request_opt_in(connection, settings, subscription, now)
        else:
            subscription = _confirmed(connection, subscription, basis, now)
    return SignUpResult(
        subscription=subscription,
        is_new=subscription.id not in known_ids,
        opt_in_requested=subscription.confirmed_at is None,
        warnings=preference_warnings(connection, subscription.preferences),
    )


def check_escalation_consent(connection: Connection, settings: MailSettings, address: str) -> None:
    """Raises InvalidSubscription unless this third party has confirmed a subscription of theirs."""
    if not settings.asks_for_opt_in:
        return
    known = subscriptions.all_subscriptions(connection)
    confirmed = {same_mailbox(reader.email) for reader in known if reader.confirmed_at}
    if same_mailbox(address) not in confirmed:
        raise InvalidSubscription(
            f"{address} has not agreed to mail, so nothing can be escalated to it",
            hint=f"pactwatch subscribe add {address}, or --consent TEXT where it is on record",
        )


def request_opt_in(
    connection: Connection, settings: MailSettings, subscription: Subscription, now: datetime
) -> str:
    """Enqueues the opt-in mail; returns its code, of which only the hash is stored."""
    token, expires = tokens.fresh(), now + OPT_IN_LASTS
    issue_token(connection, token, CONFIRM, subscription.id, now, expires)
    enqueue(connection, opt_in_message(settings, subscription, token, now, expires), now)
    return token


def request_opt_in_again(
    connection: Connection, settings: MailSettings, subscription_id: int, now: datetime
) -> Subscription:
    """Sends a new code to a reader who has not confirmed."""
    subscription = _subscription_in_force(connection, subscription_id)
    if subscription.confirmed_at is not None:
        raise InvalidSubscription(
            f"subscription {subscription.id} is confirmed already: {subscription.consent}",
            hint=f"pactwatch subscribe show {subscription.id}",
        )
    request_opt_in(connection, settings, subscription, now)
    return subscription


def confirm(connection: Connection, token: str, now: datetime) -> Subscription:
    """Confirms a subscription by its code; a second time answers as the first did."""
    grant = find_grant(connection, token, now)
    if grant is None or grant.purpose != CONFIRM:
        raise UnknownToken("no subscription has this code", hint="copy it whole from the mail")
    subscription = grant.subscription
    if subscription.removed_at is not None:
        raise UnknownToken(
            f"subscription {subscription.id} was removed at {subscription.removed_at}",
            hint=f"pactwatch subscribe add {subscription.email}",
        )
    if subscription.confirmed_at is not None:
        return subscription
    if grant.is_expired:
        raise UnknownToken(
            f"the code of subscription {subscription.id} has expired",
            hint=f"pactwatch subscribe resend {subscription.id}",
        )
    mark_used(connection, token, now)
    return _confirmed(connection, subscription, BY_MAIL, now)


def _confirmed(
    connection: Connection, subscription: Subscription, consent: str, now: datetime
) -> Subscription:
    return update_subscription(
        connection,
        subscription.id,
        confirmed_at=format_instant(now),
        consent=consent,
        next_due=subscription.due_after(now),
    )


def unsubscribe(
    connection: Connection, token: str, now: datetime, by: str = "one click"
) -> Subscription | None:
    """Stops what the token was issued for; the same again changes nothing and answers the same.

    None only for a token that was never given out.
    """
    grant = find_grant(connection, token, now)
    if grant is None or grant.purpose == CONFIRM:
        return None
    subscription = grant.subscription
    if grant.purpose == UNESCALATE:
        return update_subscription(
            connection, subscription.id, escalate_to=None, escalate_days=None
        )
    if subscription.removed_at is not None:
        return subscription
    mark_used(connection, token, now)
    return remove(connection, subscription.id, now, by)


def remove(connection: Connection, subscription_id: int, now: datetime, by: str) -> Subscription:
    """Ends a subscription and cancels what waits for it; the record of it stays."""
    subscription = subscriptions.get(connection, subscription_id)
    if subscription.removed_at is not None:
        return subscription
    cancel_messages(connection, subscription.id, f"removed by {by}", now)
    removed_at = format_instant(now)
    return update_subscription(connection, subscription.id, removed_at=removed_at, removed_by=by)


def pause(
    connection: Connection, subscription_id: int, now: datetime, until: datetime | None
) -> Subscription:
    """Sends nothing for a while; what is noticed meanwhile comes in the first digest after."""
    subscription = _subscription_in_force(connection, subscription_id)
    if until is not None and until <= now:
        raise InvalidSubscription(
            f"the pause ends at {format_instant(until)}, which is not after now",
            hint="--until +14d",
        )
    return update_subscription(
        connection,
        subscription.id,
        paused_at=format_instant(now),
        paused_until=format_instant(until) if until else None,
        next_due=subscription.due_after(until or now),
    )


def resume(connection: Connection, subscription_id: int, now: datetime) -> Subscription:
    """Ends a pause; the next digest comes at the next usual hour."""
    subscription = _subscription_in_force(connection, subscription_id)
    due = subscription.due_after(now)
    return update_subscription(
        connection, subscription.id, paused_at=None, paused_until=None, next_due=due
    )


def _subscription_in_force(connection: Connection, subscription_id: int) -> Subscription:
    subscription = subscriptions.get(connection, subscription_id)
    check_not_removed(subscription)
    return subscription


def check_not_removed(subscription: Subscription) -> None:
    """Raises InvalidSubscription for one that was removed: it is not changed any more."""
    if subscription.removed_at is not None:
        raise InvalidSubscription(
            f"subscription {subscription.id} was removed at {subscription.removed_at} "
            f"by {subscription.removed_by}",
            hint=f"pactwatch subscribe add {subscription.email}",
        )


def check_receiving(
    connection: Connection, subscription: Subscription, now: datetime, *states: str
) -> None:
    """Raises InvalidSubscription unless the subscription is in one of these states."""
    suppression = suppression_of(connection, subscription.email)
    state = subscriptions.state_of(subscription, now, suppression)
    if state not in states:
        raise InvalidSubscription(
            f"subscription {subscription.id} is {state}, "
            f"so nothing is sent to {subscription.email}",
            hint=f"pactwatch subscribe show {subscription.id}",
        )
