"""What renews itself for ever has a next change in bounded time, or none up to a horizon."""

from __future__ import annotations

from typing import Any

import pytest

from events import format_instant, parse_instant
from tests.support.given import History
from tracker.rules.timing import looked_ahead_to, next_change_at

NOW = "2026-01-02T12:00:00Z"
ENDLESS = {"start": "2026-01-01", "duration": "P1D", "count": "exclusive", "zone": "UTC",
           "tacit_renewal": True, "leads": []}  # fmt: skip


def endless(**terms: Any) -> History:
    return History().promise(
        at="2026-01-01T12:00:00Z", kind="maintenance", terms={**ENDLESS, **terms}
    )


def outlook(given: History) -> tuple[str | None, str | None]:
    """The next change, and up to when nothing changes."""
    commitment, now = given.commitment(NOW), parse_instant(NOW)
    pair = next_change_at(commitment, now), looked_ahead_to(commitment, now)
    return tuple(format_instant(at) if at else None for at in pair)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("terms", "horizon"),
    [
        ({}, "2026-03-08T00:00:00Z"),
        ({"duration": "P12M"}, "2091-01-02T00:00:00Z"),
        ({"duration": "PT36H", "start": "2026-01-01T12:00:00Z"}, "2026-04-09T00:00:00Z"),
    ],
)
def test_an_endless_renewal_has_a_horizon(terms: dict[str, Any], horizon: str) -> None:
    """No change is found, and the answer says how far it looked."""
    assert (None, horizon) == outlook(endless(**terms))


def test_what_hangs_on_no_period_is_found_beyond() -> None:
    """A suspension that ends in a year, and a notice of half a year."""
    resting = endless().on("SuspensionDeclared", at="2026-01-02T00:00:00Z", by=["NOR", "ISL"],
                           until="2027-01-01")  # fmt: skip
    leaving = endless().on("WithdrawalNotified", at="2026-01-02T00:00:00Z", speaker="NOR",
                           basis="clause", notice="P6M")  # fmt: skip

    assert ("2027-01-02T00:00:00Z", None) == outlook(resting)
    assert ("2026-07-03T00:00:00Z", None) == outlook(leaving)


def test_what_ends_has_no_horizon() -> None:
    """Nothing was followed in vain."""
    assert ("2026-01-03T00:00:00Z", None) == outlook(endless(tacit_renewal=False))
