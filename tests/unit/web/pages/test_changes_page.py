"""Which changes the page of changes tells, and how it says them."""

from __future__ import annotations

from typing import Any

import pytest

from events import parse_instant
from notifications.prose.reader import Reader
from tracker.queries.comparison.differences import DiffRow
from web.pages.changes_page import change_sentence, flag_sentence, newsworthy, told_as_in_mail

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
    """And so is a new flag; of a new promise both only say how it begins, which no notice does."""
    old = [row(*FIRST_END), row(*NEW_FLAG)]
    begun = row("state", None, "in_force", "new")
    notices = [row("withdrawal", None, "notified", "new"), row("renewal", None, "none", "new")]
    new = [begun, row(*FIRST_END, "new"), row(*NEW_FLAG, "new"), *notices]

    assert [*old, begun, *notices] == list(newsworthy([*old, *new]))


def test_what_a_new_promise_got_later_is_news_of_its_own() -> None:
    """A second account of its end, or a dispute, is not how it began."""
    begun, later = row("state", None, "in_force"), {"at": "2025-03-20T10:00:00Z"}
    reading: Any = {**row("end b", None, "2025-05-02T00:00:00Z"), **later, "ends": [{}]}
    flag: Any = {**row(*NEW_FLAG), "at": None}

    assert [begun, reading, flag] == list(newsworthy([begun, row(*FIRST_END), reading, flag]))


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
        (("flag late", "raised", None), "no longer flagged as late"),
        (("state", "in_force", "overdue"), "overdue, was in force"),
    ],
)
def test_a_change_is_said_as_one_would(change: tuple[str, Any, Any], words: str) -> None:
    """An end that closes a day by that day."""
    assert words == change_sentence(row(*change), NOW, "UTC")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (NEW_FLAG, "its terms are disputed now"),
        (("flag single_source", "raised", None), "it no longer rests on a single source"),
        (("condition", None, "soon"), "a condition of it is to be met soon"),
        (("state", "in_force", "overdue"), ""),
    ],
)
def test_a_flag_has_words_of_its_own(change: tuple[str, Any, Any], words: str) -> None:
    """What came and what went; of another change nothing."""
    assert words == flag_sentence(row(*change))


AUDIENCE = Reader("UTC", NOW, {"RSF": "Rapid Support Forces"}, is_anybody=True)


def test_a_breach_is_told_with_who_alleges_it_and_of_what() -> None:
    """As a mail tells it; what was only learned of earlier days is not."""
    alleged: Any = {**row("incident i", None, "alleged"), "rule": "15", "by": ["RSF"]}
    promise = {"incidents": [{"id": "i", "text": "A strike on the water works"}]}
    words = (
        "A breach on Wed 19 March is alleged by Rapid Support Forces: A strike on the water works."
    )

    assert words == told_as_in_mail(alleged, promise, AUDIENCE)
    assert "" == told_as_in_mail({**alleged, "how": "learned"}, promise, AUDIENCE)
