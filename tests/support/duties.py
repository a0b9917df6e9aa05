"""A duty of so much a day: what was delivered of it, and how its periods stand and change."""

from __future__ import annotations

from typing import Any

from events import format_instant, parse_instant
from tests.support.given import History
from tracker.rules.recurring.standing import Standing, standing, state_of

MADE = "2025-01-18T12:00:00Z"
DAILY = {"recurrence": "FREQ=DAILY;COUNT=42", "start": "2025-01-19", "zone": "Asia/Jerusalem"}
MONITOR = {"basis": "neutral_body"}


def duty(**terms: Any) -> History:
    """Six hundred lorries a day, for 42 days."""
    stated = {**DAILY, "quantity": 600, **terms}
    return History().promise(at=MADE, kind="recurring", terms=stated)


def delivered(given: History, day: str, quantity: int | None = 600, **data: Any) -> History:
    own = {} if quantity is None else {"quantity": quantity}
    return given.on("PerformanceConfirmed", at=f"{day}T12:00:00Z", **own, **MONITOR, **data)


def counted(given: History, at: str) -> Standing:
    return standing(given.commitment(at), parse_instant(at))


def periods(given: History, at: str, days: int = 8) -> list[str]:
    """How the first periods stand at an instant."""
    commitment = given.commitment(at)
    assert commitment.schedule is not None
    some = [p for p, _ in zip(commitment.schedule.periods(0), range(days), strict=False)]
    return [state_of(commitment, period, parse_instant(at)).value for period in some]


def changes(given: History, at: str) -> list[tuple[str, str | None, str, str | None]]:
    return [
        (format_instant(c.at), c.before, c.after, c.lead)
        for c in given.state(at).changes
        if c.axis == "period"
    ]
