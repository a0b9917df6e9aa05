"""Changing a subscription that is there: checked like a new one, and due anew.

What was noticed and not told yet comes with the next digest, whenever that now is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import Connection

from events import parse_instant
from notifications.alerts.filter_check import warnings_about
from notifications.errors import InvalidSubscription
from notifications.subscriptions import consent, destinations
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.cadence import day_words
from notifications.subscriptions.destinations import Destination
from notifications.subscriptions.preferences import Preferences, checked, columns_of
from notifications.subscriptions.subscription import Subscription

if TYPE_CHECKING:
    from notifications.settings import MailSettings

RHYTHM = ("cadence", "hour", "zone", "on_day")


class ChangeResult(Struct, frozen=True):
    """A subscription as it now stands, what it said before, and what its reader should hear."""

    subscription: Subscription
    changes: dict[str, dict[str, Any]]
    warnings: list[str]


def changed_preferences(
    terms: Preferences, parts: Mapping[str, Any], rest: Mapping[str, Any]
) -> Preferences:
    """The terms with these parts of the filter, and the rest, said anew.

    The day of another cadence means nothing to a new one.
    """
    days_off = rest.get("cadence", terms.cadence) != terms.cadence
    kept = replace(terms, on_day=None) if days_off else terms
    return replace(kept, wants=replace(terms.wants, **parts), **rest)


def change_subscription(
    connection: Connection,
    settings: MailSettings,
    subscription_id: int,
    *,
    parts: Mapping[str, Any],
    rest: Mapping[str, Any],
    now: datetime,
    destination: Destination | None = None,
) -> ChangeResult:
    """Change a subscription; everything is checked before anything is stored."""
    before = subscriptions.get(connection, subscription_id)
    consent.check_not_removed(before)
    terms = checked(connection, changed_preferences(before.terms, parts, rest))
    if terms.escalate_to and terms.escalate_to != before.escalate_to:
        consent.check_escalation_consent(connection, settings, terms.escalate_to)
    values = columns_of(terms)
    if destination is not None:
        values |= destinations.change_destination(
            connection, before.id, before.channel, destination
        )
    _check_twin(connection, before, values)
    if any(getattr(terms, name) != getattr(before, name) for name in RHYTHM):
        values["next_due"] = _due(before, terms, now)
    after = subscriptions.update_subscription(connection, before.id, **values)
    return ChangeResult(after, differences(before, after), warnings_about(connection, after.wants))


def _due(before: Subscription, terms: Preferences, now: datetime) -> str | None:
    """The first hour of the new rhythm after now, or after the pause."""
    rhythm = {name: getattr(terms, name) for name in RHYTHM}
    until = parse_instant(before.paused_until) if before.paused_until else now
    return replace(before, **rhythm).due_after(max(now, until))


def _check_twin(connection: Connection, before: Subscription, values: dict[str, Any]) -> None:
    same = {"email": before.email, "channel": before.channel, **values}
    twin = subscriptions.find_duplicate(connection, same)
    if twin is not None and twin.id != before.id:
        raise InvalidSubscription(
            f"subscription {twin.id} says the same already, so both would be told everything",
            hint=f"pactwatch subscribe remove {before.id}",
        )


def differences(before: Subscription, after: Subscription) -> dict[str, dict[str, Any]]:
    """What was and what is, by name."""
    was, now = _said(before), _said(after)
    return {name: {"from": was[name], "to": now[name]} for name in now if was[name] != now[name]}


def _said(held: Subscription) -> dict[str, Any]:
    said = asdict(held)
    del said["agreements"], said["wants"]
    said["on_day"] = day_words(held.cadence, held.on_day)
    return {"recipient": said.pop("email"), "follows": held.wants.words, **said}
