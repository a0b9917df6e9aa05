"""What comes in has limits of length, values of terms a form, and dates a name when refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from events import RecordedEvent, format_instant, parse_instant
from tests.support.given import REGISTRY
from tracker.entries.decoding import decode_payload, entry_of
from tracker.errors import InvalidDate, InvalidEvent
from tracker.recording.checks.limits import FAR_AHEAD, ITEMS, LINE, NAME, TEXT, check_not_far_ahead
from tracker.recording.checks.payloads import check_fields
from tracker.recording.typed_fields import typed_fields

OPEN = "2025-03-11/.."
LENGTHS: list[tuple[str, dict[str, Any], str, int]] = [
    ("PositionStated", {"text": "t", "speaker": "x"}, "speaker", NAME),
    ("PositionStated", {"text": "x"}, "text", TEXT),
    ("PositionStated", {"text": "t", "term": "scope", "value": "x"}, "value", LINE),
    ("AgreementRecorded", {"agreement": "acc", "title": "x"}, "title", LINE),
    ("CommitmentAccepted", {"commitment": "c", "terms": {"scope": "x"}}, "scope", LINE),
    ("RoundHeld", {"commitment": "c", "source": {"url": "x"}}, "url", LINE),
    ("RoundHeld", {"commitment": "c", "reported_by": ["x"]}, "reported_by", NAME),
]  # fmt: skip


def with_text(data: Any, text: str) -> Any:
    """The data with a text in place of each x."""
    if isinstance(data, dict):
        return {name: with_text(value, text) for name, value in data.items()}
    if isinstance(data, list):
        return [with_text(value, text) for value in data]
    return text if data == "x" else data


@pytest.mark.parametrize(("name", "data", "field", "limit"), LENGTHS)
def test_a_text_has_a_limit(name: str, data: dict[str, Any], field: str, limit: int) -> None:
    """The longest one is taken; of a longer one the refusal names field, length and limit."""
    check_fields(decode_payload(name, with_text(data, "n" * limit)))
    longer = decode_payload(name, with_text(data, "n" * (limit + 1)))

    with pytest.raises(InvalidEvent) as refused:
        check_fields(longer)
    assert f"{field}: {limit + 1} characters; expected at most {limit}" in refused.value.message


def test_an_entry_with_an_id_of_any_length_can_be_retracted() -> None:
    """The way out of an entry is never shorter than its id."""
    check_fields(decode_payload("EntryRetracted", {"event": "e" * 512, "reason": "r"}))


def test_a_list_has_a_limit() -> None:
    """As many parties as there are states, and not a thousand."""
    data = {"agreement": "acc", "title": "t", "parties": ["NOR"] * (ITEMS + 1)}

    with pytest.raises(InvalidEvent, match="parties: 201 items; expected at most 200"):
        check_fields(decode_payload("AgreementRecorded", data))


@pytest.mark.parametrize("value", [[], {}, {"a": 1}, True, [1], [["a"]], ["a", None]])
@pytest.mark.parametrize("name", ["PositionStated", "ReadingAsserted"])
def test_a_value_that_accounts_cannot_be_compared_by_is_refused(name: str, value: Any) -> None:
    """Objects, truth and nested lists are no values of a term."""
    data = {"commitment": "c", "term": "call_length", "value": value}
    text = {"text": "t"} if name == "PositionStated" else {}

    with pytest.raises(InvalidEvent, match="expected text, a whole number or a list of text"):
        check_fields(decode_payload(name, {**data, **text}))


@pytest.mark.parametrize(
    ("term", "value"),
    [
        ("call_length", "148 minutes"), ("call_length", 148), ("call_length", None),
        ("parties", ["NOR", "ISL"]), ("perdurant", True), ("leads", []), ("due", "soon"),
    ],
)  # fmt: skip
def test_a_value_is_text_a_number_a_list_or_of_its_term(term: str, value: Any) -> None:
    """What a field of the terms can be, an account of it can be, too; null is silence."""
    data = {"commitment": "c", "text": "t", "term": term, "value": value}

    check_fields(decode_payload("FactClaimed", data))


@pytest.mark.parametrize(("term", "value"), [("open", "true"), ("perdurant", True)])
def test_a_typed_truth_is_a_word_where_the_term_is_not_one_of_ours(term: str, value: Any) -> None:
    """Else the word could not be recorded at all."""
    assert value == typed_fields("ReadingAsserted", (f"term={term}", "value=true"))["value"]


@pytest.mark.parametrize(
    ("name", "data", "field"),
    [
        ("SuspensionDeclared", {"until": OPEN}, "until"),
        ("CommitmentProposed", {"offer_valid_until": OPEN}, "offer_valid_until"),
        ("AcceptedConditionally", {"antecedents": [{"id": "k", "deadline": OPEN}]}, "deadline"),
        ("ConditionAdded", {"antecedent": {"id": "k", "deadline": OPEN}}, "deadline"),
        ("ConditionAdded", {"antecedent": {"id": "k", "deadline": "0000"}}, "deadline"),
        ("SuspensionDeclared", {"until": "10000-01-01"}, "until"),
        ("ComplianceObserved", {"window": "2025-04-12//"}, "window"),
        ("ViolationAlleged", {"first_seen": "12 April"}, "first_seen"),
        ("ViolationAlleged", {"last_seen": "9999-12-31"}, "last_seen"),
        ("RoundHeld", {"effective_at": "0001-01-01T00:00:00+14:00"}, "effective_at"),
    ],
)
def test_a_date_is_refused_under_the_name_of_its_field(
    name: str, data: dict[str, Any], field: str
) -> None:
    """With the forms that are accepted, wherever a date becomes an instant."""
    with pytest.raises(InvalidDate) as refused:
        check_fields(decode_payload(name, {"commitment": "c", **data}))
    assert field in refused.value.message
    assert "2025-03-11" in refused.value.hint or "1000 to 8999" in refused.value.hint


def test_an_entry_takes_effect_within_a_hundred_years() -> None:
    """Up to the last instant of them; whoever folded further would be held up by it."""
    at = parse_instant("2026-03-02T08:00:00Z")
    last, later = (
        RecordedEvent(
            1, "acc", 1, "e1", "pactwatch.PositionStated.v1", "desk", at,
            {"text": "t", "occurred": "2026", "effective_at": format_instant(at + ahead)},
        )
        for ahead in (FAR_AHEAD, FAR_AHEAD + timedelta(seconds=1))
    )  # fmt: skip

    check_not_far_ahead(entry_of(last, REGISTRY, "UTC"))
    with pytest.raises(InvalidEvent, match="more than 100 years"):
        check_not_far_ahead(entry_of(later, REGISTRY, "UTC"))
