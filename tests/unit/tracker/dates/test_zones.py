"""Zones as people name them: by their own name, or by that of a city."""

from __future__ import annotations

import pytest

from tracker.dates.zones import zone_named
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
