"""What becomes of a promise by the clock and by entries, in words that follow its name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.given import History
from tracker.documents.changes import step_json, stored_change
from tracker.documents.news_words import change_words

START = "2026-02-01T12:00:00Z"
END = "2026-03-20T12:00:00Z"


def news_of(given: History) -> list[str]:
    return list(
        filter(None, (change_words(step_json(stored_change(c))) for c in given.state(END).changes))
    )


def test_an_offer_runs_out() -> None:
    """Each lead with its length in words."""
    given = History().promise(
        "CommitmentProposed", at=START, speaker="NOR", offer_valid_until="2026-03-09"
    )

    assert [f"is an offer that runs out within {n}" for n in ("7 days", "3 days", "1 day")] == (
        news_of(given)
    )


def test_a_promise_waits_past_its_own_due_date() -> None:
    """And its condition comes due."""
    hall = {"id": "hall", "text": "the hall is repaired", "deadline": "2026-03-09"}
    given = History().promise(
        "AcceptedConditionally", at=START, speaker="NOR", terms={"due": "2026-03-03"},
        antecedents=[hall],
    )  # fmt: skip
    words = news_of(given)

    assert "has reached its own end while its conditions are not met" in words
    assert "needs its condition hall to be met within 3 days" in words


def test_a_period_is_missed_or_waived() -> None:
    """By the day on which it begins."""
    terms: dict[str, Any] = {"start": "2026-03-17", "recurrence": "FREQ=DAILY", "grace": "PT0S"}
    given = History().promise(at=START, kind="recurring", speaker="NOR", terms=terms)
    given.on("PeriodWaived", at="2026-03-19T12:00:00Z", speaker="ISL", period="2026-03-17")

    becoming = ["17: missed", "18: missed", "17: waived", "19: missed"]

    assert [f"period of 2026-03-{each}" for each in becoming] == news_of(given)


def test_only_news_of_a_period_names_it() -> None:
    """Among all that becomes of a recurring promise, a breach with a name of its own too."""
    terms: dict[str, Any] = {"start": "2026-03-17", "recurrence": "FREQ=DAILY", "grace": "PT0S"}
    given = History().promise(at=START, kind="recurring", speaker="NOR", terms=terms)
    given.on(
        "ViolationAlleged",
        at="2026-03-17T14:00:00Z",
        speaker="ISL",
        incident="i1",
        text="none came",
    )
    changes = given.state(END).changes
    words = [
        change_words(step_json(stored_change(c)), {"recurrence": "FREQ=DAILY"}) for c in changes
    ]

    assert "" in words
    assert "breach i1 alleged, by ISL" in words
    assert "for 17 March 2026: missed" in words


@pytest.mark.parametrize(
    ("revoked", "words"),
    [
        (False, ["ends when a notice of withdrawal has run out, by NOR",
                 "ends by withdrawal within 7 days"]),
        (True, ["ends when a notice of withdrawal has run out, by NOR",
                "has its notice of withdrawal taken back, by NOR"]),
    ],
)  # fmt: skip
def test_a_notice_of_withdrawal_is_given(revoked: bool, words: list[str]) -> None:
    """By whom, and told again before it ends, or taken back."""
    given = History().promise(at=START, kind="maintenance", speaker="NOR",
                              terms={"start": "2026-02-01", "end": "2026-09-01"})  # fmt: skip
    notice = {"speaker": "NOR", "notice": "P30D", "basis": "clause"}
    given.on("WithdrawalNotified", at="2026-02-24T12:00:00Z", **notice)
    if revoked:
        given.on("WithdrawalRevoked", at="2026-03-01T12:00:00Z", speaker="NOR")

    assert words == news_of(given)
