"""Which changes the page of changes tells, and how it says them."""

from __future__ import annotations

from typing import Any

import pytest

from events import parse_instant
from tracker.queries.comparison.differences import DiffRow
from web.pages.changes_page import change_sentence, newsworthy

NOW = parse_instant("2025-03-20T12:00:00Z")


def row(axis: str, before: Any, after: Any, commitment: str = "c") -> DiffRow:
    change: Any = {
        "agreement": "a",
        "commitment": commitment,
        "axis": axis,
        "before": before,
        "after": after,
        "tlp": "CLEAR",
        "how": "happened",
        "at": "2025-03-19T10:00:00Z",
        "events": [],
    }
    return change  # type: ignore[no-any-return]


FIRST_END = ("end", None, "2025-05-01T00:00:00Z")
NEW_FLAG = ("flag terms_disputed", None, "raised")


def test_a_first_end_is_news_of_a_promise_that_was_there_before() -> None:
    """And so is a new flag; of a new promise both only say how it begins."""
    old = [row(*FIRST_END), row(*NEW_FLAG)]
    begun = row("state", None, "in_force", "new")
    new = [begun, row(*FIRST_END, "new"), row(*NEW_FLAG, "new")]

    assert [*old, begun] == list(newsworthy([*old, *new]))


def test_a_flag_of_missed_periods_is_told_by_the_periods() -> None:
    """Which say how many."""
    assert [] == list(newsworthy([row("flag periods_missed", None, "raised")]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (FIRST_END, "gets an end: 30 Apr"),
        (("end", "2025-05-01T00:00:00Z", None), "has no end any more, was 30 Apr"),
        (
            ("end", "2025-05-01T00:00:00Z", "2025-06-01T00:00:00Z"),
            "end moved to 31 May, was 30 Apr",
        ),
        (NEW_FLAG, "now flagged as terms disputed"),
        (("flag late", "raised", None), "no longer flagged as late"),
        (("state", "in_force", "overdue"), "overdue, was in force"),
    ],
)
def test_a_change_is_said_as_one_would(change: tuple[str, Any, Any], words: str) -> None:
    """An end that closes a day by that day."""
    assert words == change_sentence(row(*change), NOW, "UTC")
