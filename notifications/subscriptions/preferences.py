"""What a subscription asks: what it follows, when it hears, whom it calls; checked as a whole."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from notifications.addresses.mailbox import recipient_address
from notifications.alerts.calendar_rules import checked_quiet
from notifications.alerts.filter_check import check_filter
from notifications.alerts.filters import Filter
from notifications.errors import InvalidSubscription
from notifications.subscriptions.cadence import CADENCES, WHEN_QUIET
from tracker.dates.zones import parse_zone

LONGEST_PAUSE = 365
"""Days between two reminders."""


class Preferences(Struct, frozen=True):
    """Everything that its reader may choose, and may choose anew."""

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


def checked(connection: Connection, terms: Preferences) -> Preferences:
    """The terms in the form they are kept in; raises for the first that cannot be kept."""
    _check_rhythm(terms)
    _check_quiet(terms)
    _check_reminders(terms)
    check_filter(connection, terms.wants)
    _check_escalation(terms)
    to = terms.escalate_to
    return replace(
        terms,
        quiet=checked_quiet(terms.quiet),
        escalate_to=recipient_address(to) if to else None,
    )


def _check_rhythm(terms: Preferences) -> None:
    if terms.cadence not in CADENCES:
        raise InvalidSubscription(
            f"unknown cadence {terms.cadence!r}", hint=f"one of {', '.join(CADENCES)}"
        )
    if not 0 <= terms.hour <= 23:
        raise InvalidSubscription(f"hour {terms.hour} is not on the clock", hint="0 to 23")
    parse_zone(terms.zone)


def _check_quiet(terms: Preferences) -> None:
    """Only what comes at an hour can come without news."""
    if terms.when_quiet not in WHEN_QUIET:
        raise InvalidSubscription(
            f"unknown choice {terms.when_quiet!r} for when there is no news",
            hint=f"one of {', '.join(WHEN_QUIET)}",
        )
    if terms.when_quiet == "send" and terms.cadence == "immediate":
        raise InvalidSubscription(
            "an immediate subscription hears news as it comes, so there is no hour to say that "
            "there is none",
            hint="--cadence daily --when-quiet send",
        )


def _check_reminders(terms: Preferences) -> None:
    if terms.remind_days is not None and not 1 <= terms.remind_days <= LONGEST_PAUSE:
        raise InvalidSubscription(
            f"reminders every {terms.remind_days} days",
            hint=f"--remind-every with 1 to {LONGEST_PAUSE} days",
        )


def _check_escalation(terms: Preferences) -> None:
    if (terms.escalate_to is None) != (terms.escalate_days is None):
        raise InvalidSubscription(
            "an escalation needs an address and a number of days",
            hint="--escalate-to chief@example.org --escalate-after 2",
        )


def columns_of(terms: Preferences) -> dict[str, Any]:
    """The terms as the table has them; agreements have a column of their own."""
    return {
        "agreements": json.dumps(terms.wants.agreements),
        "filter": msgspec.json.encode(replace(terms.wants, agreements=())).decode(),
        "cadence": terms.cadence,
        "hour": terms.hour,
        "zone": terms.zone,
        "on_day": terms.on_day,
        "quiet": json.dumps(terms.quiet),
        "escalate_to": terms.escalate_to,
        "escalate_days": terms.escalate_days,
        "when_quiet": terms.when_quiet,
        "remind_days": terms.remind_days,
    }
