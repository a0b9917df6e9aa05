"""What is alleged, by whom and since when; and how much was kept of what was assessed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from events import parse_instant
from web.model.rows.disputes import Act, disputes
from web.pages.party_page import record_of

NOW = parse_instant("2025-11-28T12:00:00Z")


def change(incident: str, rule: str, day: int, after: str, *by: str) -> Any:
    return {"commitment": "c", "agreement": "a", "axis": f"incident {incident}", "rule": rule,
            "at": f"2025-11-{day:02}T09:00:00Z", "after": after, "by": [*by]}  # fmt: skip


def test_an_allegation_that_nobody_answers_is_counted_in_days() -> None:
    """From the first allegation on, also where it is repeated."""
    (one,) = disputes([change("i", "15", 20, "alleged", "UKR"), change("i", "15", 27, "alleged")])

    assert (Act(("UKR",), "2025-11-20T09:00:00Z"), 8) == (
        one.alleged,
        one.days_unanswered(NOW, "UTC"),
    )


@pytest.mark.parametrize(
    ("now", "zone", "days"),
    [
        ("2025-11-20T23:59:00Z", "UTC", 0),
        ("2025-11-21T00:00:00Z", "UTC", 0),
        ("2025-11-21T00:01:00Z", "UTC", 1),
        ("2025-11-20T22:30:00Z", "Europe/Kyiv", 1),
        ("2025-11-21T02:00:00Z", "America/New_York", 0),
        ("2025-11-19T00:00:00Z", "UTC", 0),
    ],
)
def test_days_without_an_answer_are_those_of_the_calendar(now: str, zone: str, days: int) -> None:
    """As every other count of days on the board: the next morning is a day later."""
    (one,) = disputes([change("i", "15", 20, "alleged", "UKR")])

    assert days == one.days_unanswered(parse_instant(now), zone)


def test_what_is_answered_waits_no_more_and_newer_news_come_first() -> None:
    """Denied, then confirmed: whose word each is."""
    newer, older = disputes(
        [
            change("i", "15", 20, "alleged", "UKR"),
            change("j", "15", 21, "alleged", "UKR"),
            change("i", "16", 22, "disputed", "RUS"),
            change("i", "17", 25, "confirmed", "un"),
        ]
    )

    assert ("i", "j") == (newer.incident, older.incident)
    assert newer.days_unanswered(NOW, "UTC") is None
    assert (("RUS",), ("un",)) == (
        newer.denied and newer.denied.by, newer.finding and newer.finding.by
    )  # fmt: skip


@pytest.mark.parametrize(("standings", "words"), [
    ([], "there are none"),
    ([("in_force", "alleged"), ("lapsed", "unassessed")], "nobody has assessed any of them"),
    ([("discharged", "unassessed"), ("in_force", "clear"), ("violated", "clear"),
      ("in_force", "confirmed")], "kept 2 of 4 assessed"),
    ([("discharged", "clear"), ("in_force", "disputed")],
     "kept 1 of 1 assessed; nobody has assessed 1 more"),
])  # fmt: skip
def test_what_was_kept_has_its_whole(standings: list[tuple[str, str]], words: str) -> None:
    """An allegation is no finding, and being late is none."""
    assert words == record_of(Counter(standings)).words
