"""Which deadline an alert is about: of a period its due, by the days of its own zone."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from notifications.alerts.alert import Alert
from notifications.alerts.deadlines import deadline_of

PERIODS: dict[str, Any] = {"periods": {"zone": "Asia/Tehran", "grace": "P2D"}}
NOTICE: dict[str, Any] = {"withdrawals": [{"zone": "Asia/Tehran"}]}


def alert(kind: str, axis: str, at: str, lead: str | None = None) -> Alert:
    return Alert(kind, "accord", "visits", at, f"visits/{kind}/{at}", axis, "2024-02-01",
                 "missed", "T14", (), "warning", lead=lead)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "at", "rule"),
    [
        ("condition_due_soon", "list", "2024-03-06T11:00:00Z", "instant"),
        ("condition_due_soon", "map", "2024-03-05T20:30:00Z", "end_of_day"),
        ("offer_expires_soon", None, "2024-03-06T20:30:00Z", "end_of_day"),
    ],
)
def test_a_condition_or_an_offer_that_is_settled_has_the_end_that_was_warned_of(
    kind: str, name: str | None, at: str, rule: str
) -> None:
    """A feed tells the warning of then: its own instant is no deadline."""
    ends = [{"id": "r", "term": "due", "at": "2024-05-01T20:30:00Z", "zone": "Asia/Tehran"}]
    conditions = [
        {"id": "list", "deadline": "2024-03-06T11:00:00Z"},
        {"id": "map", "deadline": "2024-03-05T20:30:00Z"},
    ]
    commitment = {"readings": ends, "pending": [], "conditions": conditions}
    warned = structs.replace(alert(kind, "x", "2024-03-03T20:30:00Z", "P3D"), before=name)

    assert {"at": at, "rule": rule, "zone": "Asia/Tehran"} == deadline_of(warned, commitment)


@pytest.mark.parametrize(
    ("notice", "commitment", "due"),
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
    notice: Alert, commitment: dict[str, Any], due: str
) -> None:
    """A period is missed when its grace is over, and was due before."""
    assert {"at": due, "rule": "end_of_day", "zone": "Asia/Tehran"} == deadline_of(
        notice, commitment
    )


@pytest.mark.parametrize("at", ["2024-02-29T20:30:00Z", "2024-03-02T20:30:00Z"])
def test_a_recurring_promise_ended_when_its_last_period_did(at: str) -> None:
    """Kept, it is over at once; else it is judged two days later, when the grace is over."""
    commitment = {"periods": {**PERIODS["periods"], "last_due": "2024-02-29T20:30:00Z"}}
    ended = deadline_of(alert("ended", "state", at), commitment)

    assert ended is not None
    assert ("2024-02-29T20:30:00Z", "end_of_day") == (ended["at"], ended["rule"])
