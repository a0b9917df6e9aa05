"""Which deadline an alert is about: of a period its due, by the days of its own zone."""

from __future__ import annotations

from typing import Any

import pytest

from notifications.alerts.alert import Alert
from notifications.alerts.deadlines import deadline_of

PERIODS: dict[str, Any] = {"periods": {"zone": "Asia/Tehran", "grace": "P2D"}}
NOTICE: dict[str, Any] = {"withdrawals": [{"zone": "Asia/Tehran"}]}


def alert(kind: str, axis: str, at: str, lead: str | None = None) -> Alert:
    return Alert(kind, "accord", "visits", at, f"visits/{kind}/{at}", axis, "2024-02-01",
                 "missed", "T14", (), "warning", lead=lead)  # fmt: skip


@pytest.mark.parametrize(
    ("told", "commitment", "due"),
    [
        (alert("period_missed", "period", "2024-03-02T20:30:00Z"), PERIODS, "2024-02-29T20:30:00Z"),
        (
            alert("period_due_soon", "period", "2024-02-28T20:30:00Z", "P1D"),
            PERIODS,
            "2024-02-29T20:30:00Z",
        ),
        (
            alert("withdrawal_soon", "withdrawal", "2024-02-28T20:30:00Z", "P1D"),
            NOTICE,
            "2024-02-29T20:30:00Z",
        ),
    ],
)
def test_a_period_and_a_notice_end_with_a_day_of_their_own_zone(
    told: Alert, commitment: dict[str, Any], due: str
) -> None:
    """A period is missed when its grace is over, and was due before."""
    assert {"at": due, "rule": "end_of_day", "zone": "Asia/Tehran"} == deadline_of(told, commitment)
