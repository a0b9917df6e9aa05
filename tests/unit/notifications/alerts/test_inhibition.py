"""What mutes a milestone, and when an alert is over."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from events import parse_instant
from notifications.alerts.alert import Alert
from notifications.alerts.filters import lapsed_agreements, muted_by, muted_by_its_period
from notifications.alerts.resolution import STATES, state_of

ALERT = Alert(
    "due_soon", "accord", "pay", "2026-01-01T00:00:00Z", "k", "timing", None, "due_soon", "T4", (),
    "warning",
)  # fmt: skip


def alert(kind: str, **more: Any) -> Alert:
    return structs.replace(ALERT, kind=kind, **more)


@pytest.mark.parametrize(
    ("kind", "state", "expected"),
    [
        ("due_soon", "in_force", None),
        ("due_soon", "overdue", "pay is overdue"),
        ("due_soon", "discharged", "pay is discharged"),
        ("stale", "lapsed", "pay is lapsed"),
        ("suggestion", "cancelled", "pay is cancelled"),
        ("overdue", "lapsed", None),
        ("ended", "violated", None),
        ("state_changed", "lapsed", None),
    ],
)
def test_what_has_come_mutes_the_warnings_of_it(
    kind: str, state: str, expected: str | None
) -> None:
    """Milestones only: what happened is told whatever else stands."""
    assert expected == muted_by(alert(kind), state, set())


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("lapsed", "proposed"), True),
        (("violated", "suspended", "conditional"), True),
        (("lapsed", "in_force"), False),
        (("lapsed", "overdue"), False),
        (("discharged", "proposed"), False),
        ((), False),
    ],
)
def test_an_agreement_has_lapsed_when_nothing_of_it_is_in_force(
    states: tuple[str, ...], expected: bool
) -> None:
    """Something lapsed, the rest closed or waiting: then its milestones are muted, too."""
    commitments = [{"agreement": "accord", "state": state} for state in states]
    lapsed = lapsed_agreements(commitments)

    assert expected is ("accord" in lapsed)
    assert expected is (muted_by(alert("due_soon"), "proposed", lapsed) is not None)


def test_the_most_final_state_is_named() -> None:
    """Withdrawn before history, resolved, come true, snoozed and acknowledged."""
    facts = dict.fromkeys(STATES[:-1], True)
    seen = []
    for name in (*facts, "open"):
        seen.append(state_of(**facts))
        facts |= {name: False} if name in facts else {}

    assert ["withdrawn", "historical", *STATES[2:]] == seen


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-02-02T23:59:59Z", None),
        ("2026-02-03T00:00:00Z", "the period of 2026-01-01 is over"),
    ],
)
def test_a_period_whose_grace_is_over_mutes_its_warning(now: str, expected: str | None) -> None:
    """Until then it may be told late; after it the period was met or missed."""
    duty = {"periods": {"grace": "P2D", "zone": "UTC", "recurrence": "FREQ=MONTHLY"}}
    warning = alert("period_due_soon", axis="period", before="2026-01-01", lead="P1D",
                    at="2026-01-31T00:00:00Z")  # fmt: skip

    assert expected == muted_by_its_period(warning, duty, parse_instant(now))


@pytest.mark.parametrize(
    ("current", "in_grace", "is_muted"),
    [
        ({"period": "2026-01-01", "state": "open"}, None, False),
        ({"period": "2026-01-01", "state": "met"}, None, True),
        ({"period": "2026-02-01", "state": "open"}, {"period": "2026-01-01"}, False),
        ({"period": "2026-02-01", "state": "open"}, {"period": "2025-12-01"}, False),
        ({"period": "2026-02-01", "state": "open"}, None, True),
    ],
)
def test_a_period_of_which_nothing_is_owed_mutes_its_warning(
    current: Any, in_grace: Any, is_muted: bool
) -> None:
    """Met or waived before its digest; of several in their grace only the first is known."""
    periods = {"grace": "P60D", "zone": "UTC", "recurrence": "FREQ=MONTHLY"}
    duty = {"periods": {**periods, "current": current, "in_grace": in_grace}}
    warning = alert("period_due_soon", axis="period", before="2026-01-01", lead="P1D",
                    at="2026-01-31T00:00:00Z")  # fmt: skip
    muted = muted_by_its_period(warning, duty, parse_instant("2026-02-02T00:00:00Z"))

    assert is_muted == (muted is not None)
