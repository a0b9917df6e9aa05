"""Dates as people write them: one meaning is taken, several are spelled out, others refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import format_instant, parse_instant
from tracker.dates.edtf import parse_edtf
from tracker.dates.instants import beginning_of, parse_when
from tracker.dates.places import zones_of_place
from tracker.dates.written import read_written
from tracker.errors import AmbiguousDate, InvalidDate

NOW = parse_instant("2025-06-04T10:00:00Z")
"""A Wednesday."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-04-XX", "2025-04-XX"),
        ("yesterday", "2025-06-03"),
        ("20 March 2025", "2025-03-20"),
        ("March 20, 2025", "2025-03-20"),
        ("20th of Mar. 2025", "2025-03-20"),
        ("Thursday, 20 March 2025", "2025-03-20"),
        ("Thursday 20 March", "2025-03-20"),
        ("29 February", "2024-02-29"),
        ("March 2025", "2025-03"),
        ("20/3/2025", "2025-03-20"),
        ("20.03.2025", "2025-03-20"),
        ("3/3/2025", "2025-03-03"),
        ("2025/03/20", "2025-03-20"),
        ("3 days ago", "2025-06-01"),
        ("-2w", "2025-05-21"),
        ("last Friday", "2025-05-30"),
        ("next Tuesday", "2025-06-10"),
        ("20-25 March 2025", "2025-03-20/2025-03-25"),
        ("20 March 2025 to 2025-03-25", "2025-03-20/2025-03-25"),
        ("20 March 2025/..", "2025-03-20/.."),
        ("2025-03-20T00:20+03:00", "2025-03-20T00:20:00+03:00"),
        ("2025-03-20 00:20 Kyiv", "2025-03-20T00:20:00+02:00"),
        ("2025-03-20 00:20 Europe/Kyiv", "2025-03-20T00:20:00+02:00"),
        ("2025-03-20T18:00 Moscow", "2025-03-20T18:00:00+03:00"),
        ("2025-03-20T18:00:00[Asia/Kathmandu]", "2025-03-20T18:00:00+05:45"),
        ("2025-03-20 18:00 GMT+3", "2025-03-20T18:00:00+03:00"),
        ("6 pm Moscow time, 20 March 2025", "2025-03-20T18:00:00+03:00"),
        ("at 18:00 on 20 July 2025 in Washington", "2025-07-20T18:00:00-04:00"),
        ("2025-03-20 18:00 GMT", "2025-03-20T18:00:00Z"),
    ],
)
def test_what_can_mean_one_thing_only_is_that(text: str, expected: str) -> None:
    """Words, numbers and places become EDTF, or an instant with the offset of its place."""
    assert expected == read_written(text, NOW, "UTC")


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("3/4/2025", ("2025-04-03", "2025-03-04")),
        ("3.4.25", ("2025-04-03", "2025-03-04", "2003-04-25")),
        ("20 March", ("2024-03-20", "2025-03-20", "2026-03-20")),
        ("Friday", ("2025-05-30", "2025-06-06")),
        ("last Monday", ("2025-05-26", "2025-06-02")),
        ("next Friday", ("2025-06-06", "2025-06-13")),
        ("3/4/2025 18:00 Oslo", ("2025-04-03T18:00:00+02:00", "2025-03-04T18:00:00+01:00")),
        (
            "2025-10-26 03:30 Kyiv",
            ("2025-10-26T03:30:00+03:00", "2025-10-26T03:30:00+02:00"),
        ),
        (
            "2025-03-20 18:00 Kingston",
            ("2025-03-20T18:00:00-05:00", "2025-03-20T18:00:00+12:00"),
        ),
    ],
)
def test_what_can_mean_several_is_refused_with_each_of_them(
    text: str, readings: tuple[str, ...]
) -> None:
    """Each reading can be given instead, and is then taken as it stands."""
    with pytest.raises(AmbiguousDate) as caught:
        read_written(text, NOW, "UTC")

    assert readings == caught.value.readings
    assert [*readings] == [read_written(each, NOW, "UTC") for each in readings]
    assert f"write which one: {', or '.join(readings)}" == caught.value.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("soon", "not a date: 'soon'"),
        ("30 February 2025", "not a date"),
        ("45736", "not a date, but the number of a day: '45736'"),
        ("20 March 2025 Kyiv", "not a date"),
        ("9999", "not a year that can be counted from"),
        ("2025-03-20 18:00", "a clock time needs an offset or a place: '2025-03-20 18:00'"),
        ("2025-03-20 25:00 Kyiv", "no such time of day: '25:00'"),
        ("2025-03-20 18:00 Kiyv", "unknown place 'Kiyv' in .*; did you mean Kyiv"),
        ("2025-03-20 18:00 EST", "unknown place 'EST'"),
        ("2025-03-30 03:30 Kyiv", "set forward over '2025-03-30T03:30:00', which it never shows"),
        ("Friday 20 March 2025", "contradicts itself: 20 March 2025 is a Thursday"),
    ],
)
def test_what_means_nothing_is_refused_with_what_is_wrong(text: str, words: str) -> None:
    """A place that is none, an hour that is none, a weekday that does not fit."""
    with pytest.raises(InvalidDate, match=words) as caught:
        read_written(text, NOW, "UTC")

    assert caught.value.hint


def test_a_day_named_with_a_place_is_a_day_of_that_place() -> None:
    """When it is late in the evening in UTC, `yesterday` in Kyiv is today's date in UTC."""
    late = parse_instant("2025-06-04T22:30:00Z")

    assert "2025-06-04T23:00:00+03:00" == read_written("yesterday 23:00 Kyiv", late, "UTC")


def test_an_instant_may_be_written_so_too() -> None:
    """As of a day means its end; the beginning of it is its first midnight."""
    day, at = "20 March 2025", "2025-03-20 00:20 Kyiv"

    assert ["2025-03-20T23:00:00Z", "2025-03-19T22:20:00Z"] == [
        format_instant(parse_when(text, NOW, "Europe/Oslo")) for text in (day, at)
    ]
    assert "2025-03-19T23:00:00Z" == format_instant(beginning_of(day, NOW, "Europe/Oslo"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-30T10:00:00+01:00[Europe/Paris]", "2026-11-30T10:00:00+01:00"),
        ("2026-11-30T10:00+01:00[!Europe/Paris]", "2026-11-30T10:00:00+01:00"),
        ("2026-11-30T09:00:00Z[Europe/Paris]", "2026-11-30T09:00:00Z"),
        ("2026-11-30T10:00[Europe/Paris]", "2026-11-30T10:00:00+01:00"),
        ("2026-10-25T02:30:00+01:00[Europe/Paris]", "2026-10-25T02:30:00+01:00"),
    ],
)
def test_an_instant_may_have_its_zone_in_brackets(text: str, expected: str) -> None:
    """As RFC 9557 writes it, and as answers show it; also an hour that the clock shows twice."""
    assert expected == read_written(text, NOW, "UTC")


@pytest.mark.parametrize(
    ("text", "counted"),
    [("within 3 years", "+3y"), ("10 days after signing", "+10d"), ("in 1 month", "+1m")],
)
def test_a_length_is_no_date_and_the_refusal_says_how_to_count_from_now(
    text: str, counted: str
) -> None:
    """What it counts from is not said, so it is not guessed."""
    with pytest.raises(InvalidDate) as refused:
        read_written(text, NOW, "UTC")

    assert refused.value.hint.startswith(f"{counted} counts from now; ")
    assert read_written(counted, NOW, "UTC")


def test_an_offset_that_is_not_that_of_its_zone_is_refused() -> None:
    """The instant by the offset and that by the zone are offered."""
    with pytest.raises(
        AmbiguousDate, match=r"the offset of Europe/Paris is \+01:00 then"
    ) as refused:
        read_written("2026-11-30T10:00:00+02:00[Europe/Paris]", NOW, "UTC")
    assert ("2026-11-30T10:00:00+02:00", "2026-11-30T10:00:00+01:00") == refused.value.readings

    for text in ("2026-11-30T10:00:00+01:00[Mars/Olympus]", "2026-13-30T10:00:00Z[Europe/Paris]"):
        with pytest.raises(InvalidDate):
            read_written(text, NOW, "UTC")


def test_cities_are_capitals_and_those_that_zones_are_named_by() -> None:
    """Accents and case do not count; what is no city has no zone."""
    assert [{"America/New_York"}, {"America/Sao_Paulo"}, {"Asia/Yangon"}, set()] == [
        zones_of_place(name) for name in ("washington", "São Paulo", "Naypyidaw", "Atlantis")
    ]


@given(st.dates(date(1000, 1, 1), date(8999, 12, 31)))
def test_every_day_written_out_is_read_as_itself(day: date) -> None:
    """Whatever stands first."""
    forms = (f"{day.day} {day:%B} {day.year:04}", f"{day:%b} {day.day}, {day.year:04}")

    assert {day.isoformat()} == {read_written(text, NOW, "UTC") for text in forms}


@given(st.text("0123456789-/.:TZ+ XMarchFidy,", max_size=24))
def test_any_text_is_read_or_refused(text: str) -> None:
    """What is read is a date of an event file; nothing crashes."""
    with suppress(InvalidDate):
        date_read = read_written(text, NOW, "Europe/Kyiv")
        assert parse_edtf(date_read).text == date_read
