"""Zones as people name them: by their own name, or by that of a city."""

from __future__ import annotations

import pytest

from events import parse_instant
from tracker.dates.zones import day_ended_at, zone_named
from tracker.errors import InvalidDate


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("UTC", "UTC"),
        ("Europe/Kyiv", "Europe/Kyiv"),
        ("Kyiv", "Europe/Kyiv"),
        ("são tomé", "Africa/Sao_Tome"),
        ("new york", "America/New_York"),
    ],
)
def test_a_zone_goes_by_its_own_name_or_by_that_of_a_city(text: str, zone: str) -> None:
    """What is stored is the name of the zone."""
    assert zone == zone_named(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Kiyv", "did you mean Europe/Kyiv?"),
        ("Europe/Kiyv", "did you mean Europe/Kyiv,"),
        ("localtime", "e.g. Europe/Kyiv"),
        ("+03:00", "the zone of a place, such as"),
    ],
)
def test_what_is_neither_is_refused_with_what_is_near(text: str, hint: str) -> None:
    """A slip in the name of a city leads to its zone as one in the name of a zone does."""
    with pytest.raises(InvalidDate) as refused:
        zone_named(text)

    assert refused.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("at", "zone", "day"),
    [
        ("2025-04-16T21:00:00Z", "Europe/Moscow", "2025-04-16"),
        ("2025-04-17T00:00:00Z", "UTC", "2025-04-16"),
        ("2025-04-17T00:00:00Z", "Europe/Moscow", None),
        ("2024-04-25T22:00:00Z", "Africa/Cairo", "2024-04-25"),  # its clock skips this midnight
        ("2025-04-16T20:59:59.999999Z", "Europe/Moscow", None),
    ],
)
def test_a_midnight_ends_the_day_before(at: str, zone: str, day: str | None) -> None:
    """By the clock of the zone; any other instant ends none."""
    ended = day_ended_at(parse_instant(at), zone)

    assert day == (ended.isoformat() if ended else None)
