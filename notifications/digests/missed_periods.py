"""Tells the missed periods of one recurring promise as one item of a digest. Pure.

"Missed on 5 of 7 days" says more than five lines, and is one thing to look into.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from events import parse_instant
from notifications.alerts.alert import Alert, CommitmentDocument

KIND = "period_missed"
LONGEST_DAY = timedelta(hours=25)
"""A day on which the clock is set back."""
NAMED = 3
"""So many longer periods are named; of more, the first and the last."""


def with_one_a_duty(
    alerts: Iterable[Alert],
    commitments: Mapping[str, CommitmentDocument],
    since: str | None,
    now: datetime,
) -> tuple[list[Alert], dict[str, str]]:
    """The alerts with the last missed period of each promise alone, and words by its key.

    `since` is when the reader's last digest was planned.
    """
    kept = list(alerts)
    missed: dict[str, list[Alert]] = {}
    for alert in kept:
        if alert.kind == KIND:
            missed.setdefault(alert.commitment, []).append(alert)
    words = {
        own[-1].key: _words(own, commitments.get(commitment, {}), since, now)
        for commitment, own in missed.items()
        if len(own) > 1
    }
    last = {own[-1].key for own in missed.values()}
    return [alert for alert in kept if alert.kind != KIND or alert.key in last], words


def _words(
    missed: list[Alert], commitment: CommitmentDocument, since: str | None, now: datetime
) -> str:
    days = sorted(str(alert.before) for alert in missed)
    if not _is_daily(commitment):
        named = days if len(days) <= NAMED else [days[0], "...", days[-1]]
        return f"missed in {len(days)} periods: {', '.join(named)}"
    span = (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days + 1
    passed = (now - parse_instant(since)).days if since else 0
    return f"missed on {len(days)} of {max(span, passed)} days, {days[0]} to {days[-1]}"


def _is_daily(commitment: CommitmentDocument) -> bool:
    periods = commitment.get("periods") or {}
    period = periods.get("current") or periods.get("next")
    if period is None:
        return False
    return parse_instant(period["due"]) - parse_instant(period["begin"]) <= LONGEST_DAY
