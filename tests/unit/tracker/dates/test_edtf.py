"""What an EDTF date spans, and how sure it is; `test_dates` covers folding and refusals."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import parse_instant
from tracker.dates.edtf import fold_instant, parse_edtf
from tracker.errors import InvalidDate

RECORDED = parse_instant("2025-03-20T08:00:00Z")


@pytest.mark.parametrize(
    ("text", "precision", "first", "last"),
    [
        ("2024-02-29", "day", date(2024, 2, 29), date(2024, 2, 29)),
        ("2024-02", "month", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025", "year", date(2025, 1, 1), date(2025, 12, 31)),
        ("2024-21", "season", date(2024, 3, 1), date(2024, 5, 31)),
        ("2024-22", "season", date(2024, 6, 1), date(2024, 8, 31)),
        ("2024-23", "season", date(2024, 9, 1), date(2024, 11, 30)),
        ("2023-24", "season", date(2023, 12, 1), date(2024, 2, 29)),
        ("2024-12/2025-02", "interval", date(2024, 12, 1), date(2025, 2, 28)),
        ("../2025-03", "interval", None, date(2025, 3, 31)),
        ("2025-03-11/..", "interval", date(2025, 3, 11), None),
        ("2025-03-18T16:30:00+03:00", "instant", date(2025, 3, 18), date(2025, 3, 18)),
        ("2025-03-18T16:30:00-04", "instant", date(2025, 3, 18), date(2025, 3, 18)),
        ("2025-04-XX", "month", date(2025, 4, 1), date(2025, 4, 30)),
        ("2025-XX-XX", "year", date(2025, 1, 1), date(2025, 12, 31)),
        ("202X", "decade", date(2020, 1, 1), date(2029, 12, 31)),
        ("20XX", "century", date(2000, 1, 1), date(2099, 12, 31)),
        ("2025-04-12/", "interval", date(2025, 4, 12), None),
        ("/2025-04", "interval", None, date(2025, 4, 30)),
    ],
)
def test_a_date_spans_its_first_to_its_last_day(
    text: str, precision: str, first: date | None, last: date | None
) -> None:
    """Every form has a precision and the days it covers; an open end is None."""
    parsed = parse_edtf(text)

    assert (precision, first, last) == (parsed.precision, parsed.first, parsed.last)


@pytest.mark.parametrize(
    ("text", "uncertain", "approximate"),
    [
        ("2025-03", False, False),
        ("2025-03?", True, False),
        ("2025-03~", False, True),
        ("2025-03%", True, True),
        ("2025-03?/2025-04~", True, True),
    ],
)
def test_a_qualifier_says_how_sure_the_date_is(
    text: str, uncertain: bool, approximate: bool
) -> None:
    """`?` is uncertain, `~` approximate, `%` both; an interval gathers those of its bounds."""
    parsed = parse_edtf(text)

    assert (uncertain, approximate) == (parsed.uncertain, parsed.approximate)


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-18\n",
        "9999",
        "0001-01-01",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "2025-02-29",
        "2025-25",
        "2025-XX-12",
        "202X-04",
        "XXXX",
        "/",
        "../",
    ],
)
def test_a_date_that_cannot_be_counted_from_is_refused(text: str) -> None:
    """Edges of the calendar, impossible days and stray line ends are refused, not crashed on."""
    with pytest.raises(InvalidDate) as caught:
        parse_edtf(text)

    assert caught.value.hint


def test_an_open_interval_never_folds_before_it_begins() -> None:
    """One that is announced ahead folds at noon of its first day, not when it was recorded."""
    expected = parse_instant("2025-06-01T09:00:00Z")

    assert expected == fold_instant(parse_edtf("2025-06-01/.."), "Europe/Moscow", RECORDED)


@given(st.dates(date(1000, 1, 1), date(8999, 12, 31)))
def test_every_day_reads_back_as_itself(day: date) -> None:
    """An ISO day is its own first and last day."""
    parsed = parse_edtf(day.isoformat())

    assert (day, day) == (parsed.first, parsed.last)
