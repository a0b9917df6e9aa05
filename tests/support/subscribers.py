"""Subscriptions for tests, each preference by its name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection

from notifications.settings import MailSettings
from notifications.subscriptions import consent as consents
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.consent import SignUpResult
from notifications.subscriptions.destinations import Destination
from notifications.subscriptions.preferences import Preferences
from notifications.subscriptions.subscription import BY_OPERATOR, Subscription


def preferences_of(agreements: tuple[str, ...] = (), **named: Any) -> Preferences:
    """The preferences that are named, all others as they are by default."""
    preferences = Preferences(**{"hook_version": 2, **named})
    followed = (*agreements, *preferences.wants.agreements)
    return replace(preferences, wants=replace(preferences.wants, agreements=followed))


def add_reader(
    connection: Connection,
    *,
    now: datetime,
    email: str | None = None,
    destination: Destination | None = None,
    consent: str = BY_OPERATOR,
    pending: bool = False,
    **preferences: Any,
) -> Subscription:
    """Adds a subscription to a mail address or to a destination outside mail."""
    recipient, chosen = destination or str(email), preferences_of(**preferences)
    return subscriptions.add(connection, recipient, chosen, now, consent=consent, pending=pending)


def sign_up_reader(
    connection: Connection,
    settings: MailSettings,
    *,
    consent: str | None,
    now: datetime,
    email: str | None = None,
    destination: Destination | None = None,
    **preferences: Any,
) -> SignUpResult:
    """Signs up a reader, who is asked to confirm where no consent is on record."""
    recipient, chosen = destination or str(email), preferences_of(**preferences)
    return consents.sign_up(connection, settings, recipient, chosen, now, consent=consent)
