"""Dates as said, durations, and what people type for an instant."""

from __future__ import annotations

import pytest

from events import format_instant, parse_instant
from tracker.dates.durations import parse_duration
from tracker.dates.edtf import fold_instant, parse_edtf
from tracker.dates.instants import parse_when
from tracker.dates.zones import parse_zone
from tracker.errors import InvalidDate
from tracker.model.event_types import ViolationAlleged
from tracker.recording.checks.payloads import check_fields

RECORDED = parse_instant("2025-03-20T08:00:00Z")
NOW = parse_instant("2025-03-18T12:00:00Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-18", "2025-03-18T09:00:00Z"),
        ("2025-03~", "2025-03-01T09:00:00Z"),
        ("2024", "2024-01-01T09:00:00Z"),
        ("2024-21", "2024-03-01T09:00:00Z"),
        ("2025-03-08/2025-03-11", "2025-03-11T09:00:00Z"),
        ("../2025-03-18", "2025-03-18T09:00:00Z"),
        ("2024-12/2025-02", "2025-02-28T09:00:00Z"),
        ("2025-03-11/..", "2025-03-20T08:00:00Z"),
        ("2025-03-18T17:30:00+03:00", "2025-03-18T14:30:00Z"),
    ],
)
def test_a_date_folds_at_the_instant_the_rule_gives(text: str, expected: str) -> None:
    """Days fold at noon in the zone, longer spans on their first day, intervals at their end."""
    assert expected == format_instant(fold_instant(parse_edtf(text), "Europe/Moscow", RECORDED))


@pytest.mark.parametrize(
    "text",
    [
        "10",
        "March",
        "01/02/2026",
        "2025-13",
        "2025-02-30",
        "2025-03-18T10:00",
        "../..",
        "",
        "a/b",
        "2025-03-19/2025-03-18",
        "2025-1-1",
        "２０２５",
    ],
)
def test_what_is_no_date_is_refused_with_the_accepted_forms(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(InvalidDate) as caught:
        parse_edtf(text)

    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-18T22:00:00Z", "2025-03-18T22:00:00Z"),
        ("2025-03-18", "2025-03-18T22:00:00Z"),
        ("today", "2025-03-18T22:00:00Z"),
        ("now", "2025-03-18T12:00:00Z"),
        ("+14d", "2025-04-01T11:00:00Z"),
        ("-2w", "2025-03-04T12:00:00Z"),
        ("+3h", "2025-03-18T15:00:00Z"),
    ],
)
def test_an_instant_typed_is_resolved_in_the_zone(text: str, expected: str) -> None:
    """A day means its end; relative days keep the wall clock over a change of the clock."""
    assert expected == format_instant(parse_when(text, NOW, "Europe/Kyiv"))


@pytest.mark.parametrize("text", ["2025-03-18T22:00:00", "10", "next friday", "2025-03", "+5", ""])
def test_an_instant_that_could_be_misread_is_refused(text: str) -> None:
    """No offset or no accepted form is an error that lists the forms; two days are both told."""
    with pytest.raises(InvalidDate) as caught:
        parse_when(text, NOW, "UTC")

    assert ("accepted forms" in caught.value.hint) != (text == "next friday")


@pytest.mark.parametrize("text", ["P", "PT", "30D", "P1.5D", "-P1D", "P1DT", "P1H", "p1d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Fractions, signs and empty parts are no durations here."""
    with pytest.raises(InvalidDate):
        parse_duration(text)


def test_a_month_has_no_fixed_length() -> None:
    """P1M cannot be counted as elapsed time."""
    with pytest.raises(InvalidDate, match="no fixed length"):
        parse_duration("P1M").elapsed()


def test_an_unknown_zone_is_refused_with_the_nearest_names() -> None:
    """A typing error in a zone is told with what was probably meant."""
    with pytest.raises(InvalidDate) as caught:
        parse_zone("Europe/Kiyv")

    assert "Europe/Kyiv" in caught.value.hint


@pytest.mark.parametrize("name", ["first_seen", "last_seen"])
def test_when_an_incident_was_seen_must_be_a_date(name: str) -> None:
    """What could not be read later is refused on the way in."""
    with pytest.raises(InvalidDate, match="last week"):
        check_fields(ViolationAlleged(commitment="c", **{name: "last week"}))
