"""How nearly a promise was met, with a number and without, and numbers as they were claimed."""

from __future__ import annotations

from typing import Any

import pytest

from events import parse_instant
from tests.support.given import History, dossier
from tracker.analysis.ledger import ledger
from tracker.analysis.ledger_rows import ledger_rows
from tracker.documents.commitments import commitment_json
from tracker.errors import InvalidEvent
from tracker.model.vocabulary import Grade, State
from tracker.recording.checks.payloads import check_fields

BODY = {"basis": "neutral_body"}
LATER = "2026-01-15T00:00:00Z"


def delivery(**terms: Any) -> History:
    terms = {"due": "2026-01-20", "zone": "UTC", **terms}
    return History().promise(at="2026-01-01T12:00:00Z", terms=terms)


def confirmed(given: History, *confirmations: dict[str, Any]) -> tuple[State, Grade, int | None]:
    for n, data in enumerate(confirmations):
        given.on("PerformanceConfirmed", at=f"2026-01-{n + 2:02}T12:00:00Z", **BODY, **data)
    commitment = given.commitment(LATER)
    return commitment.state, commitment.grade, commitment.delivered


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        (["partial"], (State.IN_FORCE, Grade.PARTIAL)),
        (["partial", "substantial"], (State.IN_FORCE, Grade.SUBSTANTIAL)),
        (["substantial", "partial"], (State.IN_FORCE, Grade.PARTIAL)),
        (["none"], (State.IN_FORCE, Grade.NONE)),
        (["partial", "full"], (State.DISCHARGED, Grade.FULL)),
    ],
)
def test_rows_11_12_without_a_number_the_word_decides(
    grades: list[str], expected: tuple[State, Grade]
) -> None:
    """All but five points is partial; only what is full discharges."""
    assert (*expected, None) == confirmed(delivery(), *({"fulfilment": g} for g in grades))


def test_row_12_counts_add_up_as_before() -> None:
    """A word between two counts adds nothing, and what was substantial stays so."""
    given = delivery(quantity=175)
    counts = [{"quantity": 80}, {"fulfilment": "substantial"}, {"quantity": 20}]

    assert (State.IN_FORCE, Grade.SUBSTANTIAL, 100) == confirmed(given, *counts)


@pytest.mark.parametrize("terms", [{"quantity": 175}, {}])
def test_row_12_a_count_of_nothing_is_no_part(terms: dict[str, Any]) -> None:
    """That nothing was delivered is on record as a number; it is not the whole, either."""
    assert (State.IN_FORCE, Grade.NONE, 0) == confirmed(delivery(**terms), {"quantity": 0})


def test_row_12_a_count_of_nothing_takes_no_part_away() -> None:
    """What was partial before it stays so."""
    given = delivery(quantity=175)

    assert (State.IN_FORCE, Grade.PARTIAL, 80) == confirmed(
        given, {"quantity": 80}, {"quantity": 0}
    )


def test_row_10_a_claim_of_partial_delivery_keeps_its_word() -> None:
    """It moves nothing, and is shown with who says so."""
    given = delivery().on(
        "PerformanceReported", at="2026-01-05T12:00:00Z", speaker="NOR", fulfilment="partial"
    )
    done = commitment_json(given.commitment(LATER), parse_instant(LATER))["fulfilment"]

    assert ("none", [("NOR", "partial", None)]) == (
        done["grade"],
        [(c["by"], c["fulfilment"], c["quantity"]) for c in done["claimed"]],
    )


@pytest.mark.parametrize(("quantity", "word"), [(23, "partial"), (22, "full")])
def test_a_number_and_a_word_that_contradict_each_other_are_refused(
    quantity: int, word: str
) -> None:
    """The refusal names both, and the hint leaves the word out."""
    with pytest.raises(InvalidEvent, match=rf"quantity {quantity} after 0 of 23 is not {word}"):
        delivery(quantity=23).judged("PerformanceConfirmed", at="2026-01-05T12:00:00Z",
                                     quantity=quantity, fulfilment=word, **BODY)  # fmt: skip


def counted(*counts: dict[str, Any], **data: Any) -> History:
    """One incident, counted by its creditor day after day."""
    given = History().promise(
        at="2026-01-01T12:00:00Z", kind="maintenance", terms={"end": "2026-03-01"}
    )
    for n, count in enumerate(counts):
        own = {name: count.pop(name) for name in ("said", "occurred", "first_seen", "last_seen")
               if name in count}  # fmt: skip
        given.on("ViolationAlleged", at=f"2026-01-{n + 2:02}T12:00:00Z", incident="i",
                 speaker="ISL", claimed_count=count, **own, **data)  # fmt: skip
    return given


@pytest.mark.parametrize(
    ("count", "words"),
    [
        ({"text": "several hundred"}, '"several hundred"'),
        ({"value": 300, "at_least": True}, "at least 300"),
        ({"value": 300, "about": True, "text": "some 300"}, 'about 300 ("some 300")'),
        ({"at_least": 200, "at_most": 300}, "200 to 300"),
        ({"at_most": 40, "text": "no more than forty"}, 'at most 40 ("no more than forty")'),
        ({"value": 5}, "5"),
    ],
)
def test_a_claimed_number_is_shown_as_it_was_said(count: dict[str, Any], words: str) -> None:
    """With its text, and with its bound; a text alone is a count, too."""
    rows = ledger_rows(ledger(dossier(counted(count), LATER)))

    assert [words] == [row["number"] for row in rows if row["number"]]


def test_what_is_only_a_text_has_no_value() -> None:
    """The key is there, and null: unknown is a value."""
    commitment = counted({"text": "several hundred"}).commitment(LATER)
    (count,) = commitment_json(commitment, parse_instant(LATER))["incidents"][0]["claimed_counts"]

    assert (None, False, "several hundred", "2026-01-02", None) == (
        count["value"], count["at_least"], count["text"], count["said"], count["covers"]
    )  # fmt: skip


def drifts(given: History) -> list[Any]:
    (commitment,) = ledger(dossier(given, LATER))["commitments"]
    drifts = [claimant["drift"] for claimant in commitment["incidents"][0]["claims"]]
    return [drift and drift["values"] for drift in drifts]


def test_a_tally_over_a_longer_time_is_not_drift() -> None:
    """Five in a day and sixty in a month contradict nothing; five and seven of one day do."""
    day = {"value": 5, "occurred": "2026-01-02", "said": "2026-01-03"}
    month = {"value": 60, "first_seen": "2026-01-02", "last_seen": "2026-02-01"}

    assert [None] == drifts(counted({**day}, {**month}))
    assert [[5, 7]] == drifts(counted({**day}, {**month}, {**day, "value": 7}))
    assert [[5, 7]] == drifts(counted({"value": 5}, {"value": 7}))


@pytest.mark.parametrize(
    "count",
    [{}, {"at_least": True}, {"at_least": True, "text": "many"}, {"at_least": 9, "at_most": 4},
     {"value": 4, "at_least": True, "at_most": True}],
)  # fmt: skip
def test_a_count_without_a_number_or_words_is_refused(count: dict[str, Any]) -> None:
    """A bound needs a number, and two bounds need one between them."""
    from tracker.entries.decoding import decode_payload

    data = {"commitment": "c", "occurred": "2026-01-02", "claimed_count": count}
    with pytest.raises(InvalidEvent, match="claimed_count"):
        check_fields(decode_payload("ViolationAlleged", data))
