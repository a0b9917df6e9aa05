"""The form of a reader's preferences: the same choice is no change, and what is wrong is said."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from events import parse_instant
from notifications.alerts.filters import KINDS, Filter
from notifications.prose.reader import Reader
from notifications.subscriptions.preferences import Preferences
from web.model.preference_form import (
    HEADINGS,
    day_to_come,
    posted_values,
    read_form,
    values_of,
)

NOW = parse_instant("2025-03-19T22:30:00Z")
READER = Reader("Europe/Kyiv", NOW)
OFFER = {"agreements": {"a": "A", "b": "B"}, "parties": {"UKR": "Ukraine"}, "tags": {}}
OFFER["commitments"] = {}
SET = (
    Preferences(),
    Preferences(cadence="immediate", clock=12, language="de"),
    Preferences(cadence="weekly", quiet=("22:00-07:00", "sat-sun"), zone="Europe/Kyiv"),
    Preferences(cadence="weekly", on_day=0),
    Preferences(cadence="monthly", on_day=31, when_quiet="send", remind_days=3),
    Preferences(cadence="monthly"),
    Preferences(wants=Filter(agreements=("b", "gone"), severity="critical", tlp="GREEN")),
    Preferences(wants=Filter(parties=("UKR",), kinds=("lapsed", "overdue", "stale"))),
)


@pytest.mark.parametrize("preferences", SET)
def test_what_stands_in_the_form_changes_nothing(preferences: Preferences) -> None:
    """Whatever an operator has set, also what the form cannot set."""
    form = read_form(values_of(preferences), preferences, OFFER, READER)

    assert {} == form.errors
    assert preferences == form.changes.of(preferences)


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("cadence", "hourly"),
        ("hour", "24"),
        ("hour", ""),
        ("zone", "Kiew"),
        ("zone", ""),
        ("quiet", "at night"),
        ("quiet", "mon-sun"),
        ("remind_days", "0"),
        ("remind_days", "١"),
        ("severity", "fatal"),
        ("language", "xx"),
        ("clock", "13"),
        ("agreements", ("c",)),
        ("tags", ("x",)),
    ],
)
def test_what_cannot_be_read_is_said_of_its_field(field: str, word: Any) -> None:
    """Of that one alone, in words for a reader and without an option of the command."""
    values = replace(values_of(Preferences()), **{field: word})
    form = read_form(values, Preferences(), OFFER, READER)

    assert [field] == list(form.errors)
    assert "--" not in form.errors[field]


@pytest.mark.parametrize(
    ("cadence", "field", "word"),
    [("weekly", "weekday", "day"), ("monthly", "monthday", "32"), ("immediate", "when_quiet", "s")],
)
def test_a_day_is_read_where_the_cadence_has_one(cadence: str, field: str, word: str) -> None:
    """It is not looked at for another cadence."""
    wrong = replace(values_of(Preferences()), **{field: (word,) if field == "when_quiet" else word})
    right = read_form(wrong, Preferences(), OFFER, READER)
    form = read_form(replace(wrong, cadence=cadence), Preferences(), OFFER, READER)

    assert ({}, [field]) == (right.errors, list(form.errors))


def test_boxes_that_were_posted_take_the_place_of_those_before() -> None:
    """Fields that were not posted stay; what is too long is cut."""
    before = values_of(Preferences(wants=Filter(agreements=("a",)), cadence="weekly"))
    after = posted_values([("agreements", "b"), ("zone", " Z" * 300), ("x", "y")], before)

    assert (("b",), "weekly", 199) == (after.agreements, after.cadence, len(after.zone))


def test_every_heading_is_no_filter() -> None:
    """All ticked is as none ticked; every kind stands under a heading."""
    every = replace(values_of(Preferences()), headings=tuple(HEADINGS))

    assert () == read_form(every, Preferences(), OFFER, READER).changes.wants["kinds"]
    assert set(KINDS) == {kind for kinds in HEADINGS.values() for kind in kinds}


@pytest.mark.parametrize(
    ("word", "end"),
    [("", None), ("2025-03-21", "2025-03-20T22:00:00+00:00"), ("2025-03-20", "!"), ("soon", "!")],
)
def test_a_day_to_comes_with_a_local_day(word: str, end: str | None) -> None:
    """It is the 20th in Kyiv already, so the first day that can be named is the 21st."""
    errors: dict[str, str] = {}
    at = day_to_come(word, READER, errors)

    assert (end == "!") == ("until" in errors)
    assert end in ("!", at and at.isoformat())
