"""Lines of a calendar file: what the library reads back is what was written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Event

from notifications.feeds.calendar import component, instant, line, text

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]) | st.just("\n"))


@given(WORDS)
def test_a_text_is_read_back_as_it_was(words: str) -> None:
    """Commas, semicolons, backslashes, line breaks and letters of any length."""
    made = component("VEVENT", [line("SUMMARY", text(words))])

    assert words == str(Event.from_ical(made)["SUMMARY"])


@given(WORDS)
def test_no_line_is_longer_than_75_octets(words: str) -> None:
    """A letter of several octets stays whole."""
    made = line("SUMMARY", text(words)).encode()

    assert made.endswith(b"\r\n")
    assert max(len(part) for part in made.split(b"\r\n")) <= 75
    assert f"SUMMARY:{text(words)}" == made.replace(b"\r\n ", b"").removesuffix(b"\r\n").decode()


@given(WORDS)
def test_a_text_cannot_end_its_line(words: str) -> None:
    """So no word of an event becomes a property or a component of its own."""
    made = component("VEVENT", [line("SUMMARY", text(f"{words}\nEND:VEVENT"))])

    begin, summary, end, rest = made.replace("\r\n ", "").split("\r\n")
    assert ("BEGIN:VEVENT", "END:VEVENT", "") == (begin, end, rest)
    assert summary.startswith("SUMMARY:")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2025, 3, 18, 9, 5, 7, 999, tzinfo=UTC), "20250318T090507Z"),
        (datetime(999, 1, 1, tzinfo=UTC), "09990101T000000Z"),
    ],
)
def test_an_instant_is_told_in_utc_to_the_second(at: datetime, expected: str) -> None:
    """Four digits of a year, always."""
    assert expected == instant(at)
