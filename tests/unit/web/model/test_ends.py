"""Under which heading an end that comes soon stands."""

from __future__ import annotations

from datetime import date

import pytest

from events import parse_instant
from web.model.ends import GROUPS, IN_DISPUTE, group_of_days

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
