"""Under which heading an end that comes soon stands, and whether it is disputed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from events import parse_instant
from web.model.ends import GROUPS, IN_DISPUTE, group_of_days, words_of

NOW = parse_instant("2026-11-26T12:00:00Z")
"""A Thursday."""


@pytest.mark.parametrize(
    ("days", "heading"),
    [((26,), "Today"), ((29,), "This week"), ((30,), "Next week"),
     ((24, 26), "Today"), ((24, 29), "This week"), ((24, 30), IN_DISPUTE)],
)  # fmt: skip
def test_an_end_stands_under_its_next_day_unless_that_is_far_and_another_has_passed(
    days: tuple[int, ...], heading: str
) -> None:
    """What ends this week by any reading stands there; what may be over since stands first."""
    assert heading == group_of_days((date(2026, 11, day) for day in days), NOW, "UTC")


def test_what_may_be_over_already_stands_first() -> None:
    """Before today, as what is in dispute now."""
    far = group_of_days([date(2026, 11, 1), date(2027, 4, 20)], NOW, "UTC")
    later = group_of_days([date(2027, 4, 20)], NOW, "UTC")

    assert (0, len(GROUPS) - 1) == (GROUPS.index(far), GROUPS.index(later))


def reading(by: str, day: int, rule: str = "end_of_day") -> dict[str, Any]:
    return {
        "term": "end", "by": by, "rule": rule, "zone": "UTC", "at": f"2026-11-{day:02}T00:00:00Z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("readings", "near", "is_disputed"),
    [
        ([reading("RUS", 26, "inclusive"), reading("RUS", 27, "exclusive")],
         "over by one reading", False),
        ([reading("RUS", 26), reading("UKR", 28)], "disputed now", True),
        ([reading("RUS", 26), reading("RUS", 28), reading("UKR", 28)],
         "over by one reading", False),
        ([reading("RUS", 28), reading("UKR", 30)], "tomorrow", True),
    ],
)  # fmt: skip
def test_an_end_is_disputed_where_two_accounts_have_no_day_in_common(
    readings: list[dict[str, Any]], near: str, is_disputed: bool
) -> None:
    """That nobody says whether the first day counts is no dispute."""
    words = words_of(readings, "in_force", NOW, "UTC")

    assert (near, is_disputed) == (words.near, words.is_disputed)
