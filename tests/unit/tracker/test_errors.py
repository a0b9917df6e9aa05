"""A refusal knows the field that it is about, and keeps what else it knows when it is given one."""

from __future__ import annotations

import pytest

from tracker.entries.decoding import decode_payload, stated_date
from tracker.errors import AmbiguousDate, InvalidDate, InvalidField, TrackerError
from tracker.model.terms import Terms, check_terms


def test_a_refusal_of_a_field_keeps_what_it_knows() -> None:
    """The readings of a date, and its hint unless another is given; the first stays as it is."""
    plain = AmbiguousDate("two days", ("2025-03-04", "2025-04-03"))
    named, hinted = plain.of_field("occurred"), plain.of_field("said", "ask")

    assert ("two days", "") == (str(plain), plain.field)
    assert ("occurred: two days", "occurred", plain.readings, plain.hint) == (
        str(named), named.field, named.readings, named.hint
    )  # fmt: skip
    assert ("said: two days", "ask") == (hinted.message, hinted.hint)


def test_whoever_refuses_a_value_names_its_field() -> None:
    """A date, a term, and what has not the form of its type."""
    with pytest.raises(InvalidDate, match=r"^occurred: not a date") as of_date:
        stated_date("occurred", "someday")
    with pytest.raises(TrackerError, match=r"^terms\.duration: not a duration") as of_term:
        check_terms(Terms(duration="long"))
    with pytest.raises(
        InvalidField, match=r"^ViolationAlleged: reliability: expected A"
    ) as of_form:
        decode_payload("ViolationAlleged", {"reliability": "Z"})

    assert ["occurred", "terms.duration", "reliability"] == [
        caught.value.field for caught in (of_date, of_term, of_form)
    ]
