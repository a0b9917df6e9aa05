"""How a promise stands, in sentences: since when, what is said of keeping it, when it ends."""

from __future__ import annotations

from typing import Any

import pytest

from events import parse_instant
from web.pages.sentences import cell_words, next_changes, of_agreement, rule_words, standing

NOW = parse_instant("2025-11-28T12:00:00Z")
NAMES = {"RUS": "Russia", "UKR": "Ukraine", "un": "The UN"}


def promise(**more: Any) -> dict[str, Any]:
    end = {"term": "end", "at": "2025-12-04T00:00:00Z", "rule": "end_of_day", "zone": "UTC"}
    return {
        "kind": "maintenance", "state": "in_force", "since": "2025-08-30T08:00:00Z",
        "compliance": "unassessed", "incidents": [], "conditions": [], "debtor": ["RUS"],
        "creditor": ["UKR"], "readings": [{**end, "by": None, "id": "r"}],
        "earliest": "2025-12-04T00:00:00Z", "because": {"state": {"rule": "4"}}, **more,
    }  # fmt: skip


def incident(status: str, name: str = "i1") -> dict[str, Any]:
    return {"id": name, "status": status}


def step(rule: str, day: str, *by: str) -> dict[str, Any]:
    return {"axis": "incident i1", "rule": rule, "at": f"{day}T09:00:00Z", "by": [*by]}


ALLEGED, DENIED = step("15", "2025-11-20", "UKR"), step("16", "2025-11-21", "RUS")
CONFIRMED = step("17", "2025-11-27", "un")


@pytest.mark.parametrize(("compliance", "steps", "words"), [
    ("unassessed", [], "Nobody has assessed whether it is kept."),
    ("clear", [], "Kept so far."),
    ("alleged", [ALLEGED], "Ukraine alleged a breach on 20 Nov; nobody has answered."),
    ("alleged", [step("15", "2024-11-20")],
     "Somebody alleged a breach on 20 Nov 2024; nobody has answered."),
    ("disputed", [ALLEGED, DENIED],
     "Ukraine alleged a breach on 20 Nov; Russia denied it on 21 Nov."),
    ("confirmed", [ALLEGED, DENIED, CONFIRMED], "The UN confirmed a breach on 27 Nov."),
])  # fmt: skip
def test_what_is_said_of_keeping_it(compliance: str, steps: list[Any], words: str) -> None:
    """Between since when it binds and when it ends."""
    incidents = [incident(compliance)] if steps else []
    sentence = standing(
        promise(compliance=compliance, incidents=incidents), steps, NOW, "UTC", NAMES.__getitem__
    )

    assert f"In force since 30 Aug. {words} Ends 3 December 2025." == sentence


def test_other_incidents_are_counted() -> None:
    """The one with the newest news is told."""
    c = promise(compliance="alleged", incidents=[incident("alleged", "i2"), incident("alleged")])

    assert "20 Nov; nobody has answered. 1 more is alleged." in standing(
        c, [ALLEGED], NOW, "UTC", NAMES.__getitem__
    )


@pytest.mark.parametrize(("state", "more", "words"), [
    ("lapsed", {"kind": "achievement"},
     "Counts as missed since 30 Aug. It was due 3 December 2025."),
    ("in_force", {"kind": "achievement", "compliance": "clear"},
     "In force since 30 Aug. Kept so far. Due 3 December 2025."),
    ("in_force", {"readings": [], "compliance": "clear"},
     "In force since 30 Aug. Kept so far. No end is set."),
    ("in_force", {"readings": [], "compliance": "clear", "kind": "recurring",
                  "periods": {"last_due": "2025-12-31T00:00:00Z", "zone": "UTC", "of": 0}},
     "In force since 30 Aug. No period has begun. Ends 30 December 2025."),
    ("in_force", {"compliance": "clear", "withdrawals": [
        {"by": ["UKR"], "ends_at": "2025-12-02T00:00:00Z", "zone": "UTC"}]},
     "In force since 30 Aug. Kept so far. Ends 1 December 2025, by the notice of Ukraine."),
    ("in_force", {"compliance": "clear", "withdrawals": [
        {"by": ["UKR"], "ends_at": "2025-12-05T00:00:00Z", "zone": "UTC"}]},
     "In force since 30 Aug. Kept so far. Ends 3 December 2025."),
    ("rejected", {}, "Rejected on 30 Aug."),
    ("violated", {"compliance": "clear", "because": {"state": {"rule": "14"}}},
     "Broken, as found on 30 Aug. It had been kept until then."),
    ("violated", {"compliance": "clear", "because": {"state": {"rule": "25b"}}},
     "Given up by its debtor on 30 Aug, with no clause that allows it: broken. It had been kept "
     "until then."),
])  # fmt: skip
def test_a_state_decides_what_is_told_of_its_end(
    state: str, more: dict[str, Any], words: str
) -> None:
    """What is closed ends no more."""
    assert words == standing(promise(state=state, **more), [], NOW, "UTC", NAMES.__getitem__)


def test_an_agreement_counts_its_promises() -> None:
    """By state and breach, with the last day of the next end."""
    two = [promise(), promise(state="conditional", compliance="confirmed")]

    assert (
        "2 promises: 1 in force, 1 conditional. With a breach: 1 confirmed. "
        "The next end is on 3 Dec." == of_agreement({"commitments": two}, NOW, "UTC")
    )


@pytest.mark.parametrize(("zone", "at"), [
    ("America/Bogota", "2025-12-04T05:00:00Z"),
    ("UTC", "2025-12-04T00:00:00Z"),
    ("Asia/Tokyo", "2025-12-03T15:00:00Z"),
])  # fmt: skip
def test_an_end_is_told_by_the_day_that_it_closes(zone: str, at: str) -> None:
    """Where the promise is counted, whatever the day is by the clock of the board."""
    end = {"term": "end", "at": at, "rule": "end_of_day", "zone": zone, "by": None, "id": "r"}
    c, later = promise(readings=[end], earliest=at), parse_instant("2025-12-09T12:00:00Z")
    over = {**c, "state": "expired", "since": at}
    words = standing(over, [], later, "UTC", NAMES.__getitem__)

    assert of_agreement({"commitments": [c]}, NOW, "UTC").endswith("The next end is on 3 Dec.")
    assert words.startswith("Ran out on 3 Dec.")


def test_what_would_change_it_names_whose_word_it_is() -> None:
    """An allegation waits for its debtor, an offer for its addressee."""
    alleged = promise(compliance="alleged", incidents=[incident("alleged")])

    assert ["Russia answers the allegation, or somebody neutral finds what happened."] == list(
        next_changes(alleged, NAMES.__getitem__, str)
    )
    assert ["An answer: Ukraine accepts it or rejects it, or Russia takes it back."] == list(
        next_changes(promise(state="proposed"), NAMES.__getitem__, str)
    )


def test_a_rule_is_read_out() -> None:
    """Types in words; what is no type stays."""
    meaning = "CommitmentAccepted from none -> in_force; Kyiv"

    assert "promise accepted from none → in force; Kyiv" == rule_words(meaning)


def test_a_cell_of_a_readout_names_parties_promises_and_days() -> None:
    """An id is for programs."""
    names = {"RUS": "Russia", "UKR": "Ukraine"}.__getitem__

    assert "Russia to Ukraine" == cell_words("parties", "RUS -> UKR", names, str)
    assert "1 Mar 2025" == cell_words("end", "2025-03-01", names, str)
    assert "end of 16 Apr 2025 in Kyiv, start day counted" == cell_words(
        "end (reckoned)", "end of 2025-04-16, inclusive, Europe/Kyiv", names, str
    )
    assert "end of 16 Apr 2025 in UTC" == cell_words(
        "end (reckoned)", "end of 2025-04-16, UTC", names, str
    )
    assert "14 days after “Do it” is discharged" == cell_words(
        "due", "14 days after c is discharged", names, {"c": "Do it"}.__getitem__
    )
    assert "33" == cell_words("quantity", "33", names, str)


def test_what_waits_for_another_promise_names_it() -> None:
    """By its text: from then on its date is counted."""
    awaiting = {"after": "c", "words": "14 days after c is discharged"}

    assert ["“Do it” is discharged: its date is counted from then."] == list(
        next_changes(promise(awaiting=awaiting), NAMES.__getitem__, {"c": "Do it"}.__getitem__)
    )
