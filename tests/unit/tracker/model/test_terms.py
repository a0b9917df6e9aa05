"""Terms as events give them: absent, silent or said, and refused by the name of the field."""

from __future__ import annotations

import re

import msgspec
import pytest
from msgspec import UNSET

from tracker.errors import InvalidDate, InvalidEvent
from tracker.model.terms import Terms, check_terms, merge


def test_absent_and_null_are_told_apart() -> None:
    """Null is silence; a field that is not there says nothing at all."""
    terms = msgspec.json.decode(b'{"duration": null}', type=Terms)

    assert (None, UNSET) == (terms.duration, terms.due)


def test_an_unknown_term_is_refused() -> None:
    """A misspelt term is not lost in silence."""
    with pytest.raises(msgspec.ValidationError, match="untl"):
        msgspec.json.decode(b'{"untl": "2025"}', type=Terms)


def test_silence_overrides_and_absence_does_not() -> None:
    """Only what the override names replaces the base."""
    base = Terms(duration="P30D", zone="Europe/Moscow")

    expected = Terms(duration=None, zone="Europe/Moscow")

    assert expected == merge(base, Terms(duration=None))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start", "../2025-03-18"),
        ("due", "2025-03-18/.."),
        ("end", "9999"),
        ("due", "2025-03-18T10:00"),
        ("duration", "30 days"),
        ("duration", "P1MT12H"),
        ("zone", "Europe/Kiyv"),
        ("zones", ["Europe/Kyiv", "Mars"]),
        ("grace", "P1M"),
        ("leads", ["P7D", "soon"]),
        ("stale_after", "P1Y"),
        ("tacit_renewal", "monthly"),
    ],
)
def test_terms_that_cannot_be_read_later_are_refused(name: str, value: object) -> None:
    """The refusal names the field."""
    with pytest.raises(InvalidDate, match=rf"terms\.{name}:"):
        check_terms(msgspec.convert({name: value}, Terms))


def test_a_negative_quantity_is_an_invalid_event() -> None:
    """It is no matter of dates."""
    with pytest.raises(InvalidEvent, match=r"terms\.quantity:"):
        check_terms(Terms(quantity=-1))


def test_a_month_cannot_be_counted_as_elapsed() -> None:
    """P1M has no fixed length."""
    with pytest.raises(InvalidDate, match="no fixed length"):
        check_terms(Terms(duration="P1M", count="elapsed"))


def test_full_terms_pass() -> None:
    """Every kind of term in an accepted form is taken."""
    terms = Terms(
        start="2025-03-18",
        duration="P30D",
        count="exclusive",
        zones=["Europe/Moscow", "Europe/Kyiv"],
        leads=["P7D"],
        tacit_renewal="P1M",
        quantity=0,
    )

    check_terms(terms)


@pytest.mark.parametrize("clock", ["18:00:00", "18:00"])
@pytest.mark.parametrize(
    ("zone", "at"),
    [("Europe/Moscow", "2025-04-19T15:00:00Z"), ("America/New_York", "2025-04-19T22:00:00Z")],
)
def test_a_clock_time_is_that_of_the_zone_beside_it(zone: str, at: str, clock: str) -> None:
    """Announcements say "18:00 Moscow time"; nobody has to look the offset up."""
    terms = msgspec.convert({"due": f"2025-04-19T{clock}", "zone": zone}, Terms)
    check_terms(terms)

    assert at == terms.due


@pytest.mark.parametrize(
    ("due", "zone", "words", "hint"),
    [
        ("2025-04-19T18:00:00", UNSET, "a clock time needs its zone", "terms.zone="),
        ("2025-03-30T03:30:00", "Europe/Kyiv", "set forward over", "2025-03-30T01:30:00Z"),
        ("2025-10-26T03:30:00", "Europe/Kyiv", "twice", "2025-10-26T03:30:00\\+03:00, or"),
        ("2025-04-31T18:00:00", "Europe/Kyiv", "no such time", "2025-04-19T18:00:00"),
        ("2025-04-19T24:00:00Z", UNSET, "not an instant like 2025", "accepted forms"),
        ("2025-04-12/", "Europe/Kyiv", "open or unknown closes nothing", "leave the field out"),
    ],
)
def test_a_time_without_an_instant_is_refused(due: str, zone: str, words: str, hint: str) -> None:
    """No zone, an hour that the clock skips or shows twice, an end that nobody knows."""
    with pytest.raises(InvalidDate, match=f"terms.due: .*{words}") as caught:
        check_terms(Terms(due=due, zone=zone))

    assert re.search(hint, caught.value.hint)
