"""Quiet hours and calendar rules: what the reader's wall clock says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import format_instant, parse_instant
from notifications.alerts.calendar_rules import (
    WEEK,
    WEEKDAYS,
    checked_quiet,
    ends_at,
    is_covered,
    parse_rule,
)
from notifications.errors import InvalidSubscription


@pytest.mark.parametrize(
    ("rule", "at", "expected"),
    [
        ("22:00-07:00", "2025-03-18T21:59:00Z", False),
        ("22:00-07:00", "2025-03-18T22:00:00Z", True),
        ("22:00-07:00", "2025-03-19T06:59:59Z", True),
        ("22:00-07:00", "2025-03-19T07:00:00Z", False),
        ("sat-sun", "2025-03-21T23:59:00Z", False),
        ("sat-sun", "2025-03-22T00:00:00Z", True),
        ("sat-sun", "2025-03-23T23:59:00Z", True),
        ("sat-sun", "2025-03-24T00:00:00Z", False),
        ("fri", "2025-03-21T12:00:00Z", True),
        ("sun-mon", "2025-03-24T12:00:00Z", True),
        ("sun-mon", "2025-03-25T12:00:00Z", False),
        ("fri 18:00-08:00", "2025-03-22T07:00:00Z", True),
        ("sun 18:00-08:00", "2025-03-24T07:00:00Z", True),
        ("mon 18:00-08:00", "2025-03-24T07:00:00Z", False),
    ],
)
def test_a_rule_covers_its_hours_and_no_others(rule: str, at: str, expected: bool) -> None:
    """A night belongs to the day it begins on, over the end of the week as well."""
    assert expected is is_covered((rule,), "UTC", parse_instant(at))


def test_the_wall_clock_of_the_zone_decides() -> None:
    """22:30 in Kyiv is 20:30 in UTC."""
    at = parse_instant("2025-03-18T20:30:00Z")

    assert (True, False) == tuple(
        is_covered(("22:00-07:00",), zone, at) for zone in ("Europe/Kyiv", "UTC")
    )


@pytest.mark.parametrize("text", ["", "22:00", "25:00-07:00", "22:60-07:00", "08:00-08:00", "xyz",
                                  "sat-xyz", "22-7", "sat sun", "24:01-02:00"])  # fmt: skip
def test_what_is_no_rule_is_refused_with_the_accepted_forms(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(InvalidSubscription) as caught:
        parse_rule(text)

    assert "22:00-07:00" in caught.value.hint


@pytest.mark.parametrize("texts", [("mon-sun",), ("mon-fri", "sat-sun"),
                                   ("00:00-12:00", "12:00-24:00")])  # fmt: skip
def test_quiet_hours_that_never_end_are_refused(texts: tuple[str, ...]) -> None:
    """They would swallow what they are to delay."""
    with pytest.raises(InvalidSubscription, match="never end"):
        checked_quiet(texts)


RULES = st.builds(
    lambda first, last, begin, length: (
        f"{first}-{last} {begin // 60:02d}:{begin % 60:02d}-"
        f"{(begin + length) % 1440 // 60:02d}:{(begin + length) % 60:02d}"
    ),
    st.sampled_from(WEEKDAYS),
    st.sampled_from(WEEKDAYS),
    st.integers(0, 1439),
    st.integers(1, 1439),
)


@given(rule=RULES, minutes=st.integers(0, WEEK), zone=st.sampled_from(["UTC", "Europe/Kyiv"]))
def test_every_quiet_hour_ends(rule: str, minutes: int, zone: str) -> None:
    """Delayed, never swallowed: within nine days of any instant there is time to hear."""
    start = parse_instant("2025-10-20T00:00:00Z") + timedelta(minutes=minutes)
    end = ends_at((rule,), zone, start)

    assert not is_covered((rule,), zone, end), format_instant(end)
    assert end - start < timedelta(days=9)
