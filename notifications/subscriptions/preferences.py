"""What a reader may choose: what to follow, when to hear, whom to escalate to; checked as one."""

from __future__ import annotations

import json

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import Connection

from notifications.addresses.mailbox import recipient_address
from notifications.alerts.calendar_rules import checked_quiet
from notifications.alerts.filter_check import check_filter, filter_warnings
from notifications.alerts.filters import Filter
from notifications.errors import InvalidSubscription
from notifications.language import ENGLISH
from notifications.subscriptions.cadence import CADENCES, WHEN_QUIET, Rhythm
from tracker.dates.zones import sign_warning, zone_named

MAX_REMINDER_DAYS = 365


class Preferences(Struct, frozen=True):
    """Everything that a reader may choose, and may choose anew; `wants` is what they follow."""

    wants: Filter = Filter()
    cadence: str = "daily"
    hour: int = 8
    zone: str = "UTC"
    on_day: int | None = None
    quiet: tuple[str, ...] = ()
    escalate_to: str | None = None
    escalate_days: int | None = None
    when_quiet: str = "skip"
    remind_days: int | None = None
    language: str = ENGLISH
    clock: int = 24
    hook_version: int = 1

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.cadence, self.hour, self.zone, self.on_day)


def validated(connection: Connection, preferences: Preferences) -> Preferences:
    """The preferences in the form they are stored in; raises for the first that is invalid."""
    _check_rhythm(preferences)
    check_filter(connection, preferences.wants)
    address = preferences.escalate_to
    if (address is None) != (preferences.escalate_days is None):
        raise InvalidSubscription(
            "an escalation needs an address and a number of days",
            hint="--escalate-to chief@example.org --escalate-after 2",
        )
    return replace(
        preferences,
        zone=zone_named(preferences.zone),
        quiet=checked_quiet(preferences.quiet),
        escalate_to=recipient_address(address) if address else None,
    )


def preference_warnings(connection: Connection, preferences: Preferences) -> list[str]:
    """What a reader may not have meant: a filter that matches nothing, a zone of a turned sign."""
    sign = sign_warning(preferences.zone)
    return [*filter_warnings(connection, preferences.wants), *([sign] if sign else [])]


def _check_rhythm(preferences: Preferences) -> None:
    """Checks when digests and reminders come."""
    if preferences.cadence not in CADENCES:
        raise InvalidSubscription(
            f"unknown cadence {preferences.cadence!r}", hint=f"one of {', '.join(CADENCES)}"
        )
    if not 0 <= preferences.hour <= 23:
        raise InvalidSubscription(f"hour {preferences.hour} is not on the clock", hint="0 to 23")
    if preferences.when_quiet not in WHEN_QUIET:
        raise InvalidSubscription(
            f"unknown choice {preferences.when_quiet!r} for when there is no news",
            hint=f"one of {', '.join(WHEN_QUIET)}",
        )
    if preferences.when_quiet == "send" and preferences.cadence == "immediate":
        raise InvalidSubscription(
            "an immediate subscription hears news as it comes, so there is no hour to say that "
            "there is none",
            hint="--cadence daily --when-quiet send",
        )
    days = preferences.remind_days
    if days is not None and not 1 <= days <= MAX_REMINDER_DAYS:
        raise InvalidSubscription(
            f"reminders every {days} days",
            hint=f"--remind-every with 1 to {MAX_REMINDER_DAYS} days",
        )


def columns_of(preferences: Preferences) -> dict[str, str | int | None]:
    """The preferences as columns of the table; agreements have one of their own."""
    return {
        "agreements": json.dumps(preferences.wants.agreements),
        "filter": _filter_text(replace(preferences.wants, agreements=())),
        "cadence": preferences.cadence,
        "hour": preferences.hour,
        "zone": preferences.zone,
        "on_day": preferences.on_day,
        "quiet": json.dumps(preferences.quiet),
        "escalate_to": preferences.escalate_to,
        "escalate_days": preferences.escalate_days,
        "when_quiet": preferences.when_quiet,
        "remind_days": preferences.remind_days,
        "language": preferences.language,
        "clock": preferences.clock,
        "hook_version": preferences.hook_version,
    }


def _filter_text(wants: Filter) -> str:
    """A filter as JSON, the same text for equal ones: msgspec leaves out only a default itself."""
    anything = Filter()
    parts = {
        name: value for name, value in asdict(wants).items() if value != getattr(anything, name)
    }
    return msgspec.json.encode(parts).decode()
