"""Changes what a subscription follows and when it hears; checked like a new one, and due anew.

What was noticed and not told yet comes with the next digest, whenever that now is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import Connection

from events import format_instant, parse_instant
from notifications.addresses.channels import WEBHOOK
from notifications.errors import InvalidSubscription
from notifications.subscriptions import consent
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.cadence import day_words
from notifications.subscriptions.destinations import Destination, change_destination
from notifications.subscriptions.grants import expire_escalation_marks
from notifications.subscriptions.preferences import (
    Preferences,
    columns_of,
    preference_warnings,
    validated,
)
from notifications.subscriptions.subscription import Subscription

if TYPE_CHECKING:
    from notifications.settings import MailSettings

Difference = TypedDict("Difference", {"from": Any, "to": Any})
"""The value of one field before and after a change."""


class PreferenceChanges(Struct, frozen=True):
    """New values of fields of the filter, and of other preferences; what is not named stays."""

    wants: Mapping[str, Any] = {}
    chosen: Mapping[str, Any] = {}

    def of(self, preferences: Preferences) -> Preferences:
        """The preferences with these new values."""
        # The day of a week means nothing to a monthly digest, nor the other way round.
        if self.chosen.get("cadence", preferences.cadence) != preferences.cadence:
            preferences = replace(preferences, on_day=None)
        return replace(preferences, wants=replace(preferences.wants, **self.wants), **self.chosen)


class ChangeResult(Struct, frozen=True):
    """A subscription as it is now, what differs from before, and warnings for the operator."""

    subscription: Subscription
    changes: dict[str, Difference]
    warnings: list[str]


def change_subscription(
    connection: Connection,
    settings: MailSettings,
    subscription_id: int,
    changes: PreferenceChanges,
    *,
    now: datetime,
    destination: Destination | None = None,
) -> ChangeResult:
    """Changes a subscription; everything is checked before anything is stored."""
    before = subscriptions.get(connection, subscription_id)
    consent.check_not_removed(before)
    if "hook_version" in changes.chosen and before.channel != WEBHOOK:
        raise InvalidSubscription(
            f"subscription {before.id} goes by {before.channel}, and only a webhook has a document",
            hint="pactwatch subscribe list",
        )
    preferences = validated(connection, changes.of(before.preferences))
    escalate_to = preferences.escalate_to
    if escalate_to and escalate_to != before.escalate_to:
        consent.check_escalation_consent(connection, settings, escalate_to)
    if escalate_to != before.escalate_to:
        expire_escalation_marks(connection, before.id, now)
    values = columns_of(preferences)
    if destination is not None:
        change_destination(connection, before.id, before.channel, destination)
        values["email"] = destination.name
    same = {"email": before.email, "channel": before.channel, **values}
    duplicate = subscriptions.find_duplicate(connection, same)
    if duplicate is not None and duplicate.id != before.id:
        raise InvalidSubscription(
            f"subscription {duplicate.id} says the same already, so both would be told everything",
            hint=f"pactwatch subscribe remove {before.id}",
        )
    if preferences.rhythm != before.rhythm:
        # Due at the first hour of the new rhythm, but not before a pause is over.
        paused_until = parse_instant(before.paused_until) if before.paused_until else now
        due = preferences.rhythm.next_due(max(now, paused_until))
        values["next_due"] = format_instant(due) if due else None
    after = subscriptions.update_subscription(connection, before.id, **values)
    warnings = preference_warnings(connection, after.preferences)
    return ChangeResult(after, differences(before, after), warnings)


def differences(before: Subscription, after: Subscription) -> dict[str, Difference]:
    """What was and what is, by the name that an operator knows the field by."""
    old, new = _readable_fields(before), _readable_fields(after)
    changed = [name for name in new if old[name] != new[name]]
    return {name: {"from": old[name], "to": new[name]} for name in changed}


def _readable_fields(subscription: Subscription) -> dict[str, object]:
    fields = asdict(subscription)
    del fields["agreements"], fields["wants"]
    fields["on_day"] = day_words(subscription.cadence, subscription.on_day)
    recipient = fields.pop("email")
    return {"recipient": recipient, "follows": subscription.wants.words, **fields}
