"""TLP 2.0: markings, what amendments do to them, and what a reader under a ceiling may know."""

from __future__ import annotations

from typing import Any

import pytest

from events import RecordedEvent
from tests.support.given import History
from tracker.entries.tlp import (
    below,
    highest,
    is_within,
    level_behind,
    levels,
    marking,
    may_be_mailed,
)

AT = "2026-01-02T00:00:00Z"


def events(history: History) -> list[RecordedEvent]:
    return history.events


def noted(**data: Any) -> History:
    """An agreement (e1), a promise (e2), and a position with the fields given (e3)."""
    return History().promise(at=AT).on("PositionStated", at=AT, text="first", **data)


def test_an_output_is_marked_with_the_highest_level_in_it() -> None:
    """From CLEAR to RED."""
    assert "AMBER" == highest(["GREEN", "AMBER", "CLEAR"])
    assert "CLEAR" == highest([])
    assert "TLP:AMBER+STRICT" == marking("AMBER+STRICT")


@pytest.mark.parametrize(
    ("level", "ceiling", "shown"),
    [("GREEN", "GREEN", True), ("AMBER+STRICT", "AMBER", False), ("RED", None, True)],
)
def test_a_ceiling_lets_through_what_is_not_above_it(
    level: str, ceiling: str | None, shown: bool
) -> None:
    """AMBER+STRICT stands above AMBER."""
    assert shown == is_within(level, ceiling)


def test_red_is_never_mailed() -> None:
    """Everything else may be, to those who may read it."""
    assert [True, True, True, True, False] == [
        may_be_mailed(level) for level in ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
    ]


def test_news_is_as_high_as_the_entries_behind_it() -> None:
    """An entry that is not known might be anything."""
    known = levels(events(noted(tlp="AMBER")))

    assert ("CLEAR", "AMBER", "RED") == (
        level_behind(["e2"], known), level_behind(["e2", "e3"], known), level_behind(["e9"], known),
    )  # fmt: skip


def test_what_stands_above_the_ceiling_is_not_there() -> None:
    """The entry is left out, the others stay in their order."""
    history = noted(tlp="RED").on("FactClaimed", at=AT, text="open")

    assert ["e1", "e2", "e4"] == [event.id for event in below(events(history), "AMBER")]
    assert 4 == len(below(events(history), None))


def test_a_correction_raises_the_level_of_what_it_corrects() -> None:
    """The first wording is withheld together with the correction."""
    history = noted().add("EntryCorrected", at=AT, event="e3", replacement={"tlp": "RED"})

    assert {"e3": "RED", "e4": "RED"} == {
        event: level for event, level in levels(events(history)).items() if level != "CLEAR"
    }
    assert ["e1", "e2"] == [event.id for event in below(events(history), "GREEN")]


def test_a_correction_does_not_lower_the_level() -> None:
    """The first wording stays in the log, so its level stays too."""
    history = noted(tlp="RED").add(
        "EntryCorrected", at=AT, event="e3", replacement={"tlp": "CLEAR", "text": "mild"}
    )

    assert "RED" == levels(events(history))["e3"]
    assert "RED" == levels(events(history))["e4"]


@pytest.mark.parametrize("type_", ["EntryRetracted", "FindingRevised"])
def test_an_amendment_is_as_high_as_what_it_speaks_of(type_: str) -> None:
    """Its reason may tell what the entry said."""
    history = noted(tlp="AMBER").add(type_, at=AT, event="e3", reason="not so")

    assert "AMBER" == levels(events(history))["e4"]


def test_a_commitment_is_marked_with_what_is_said_of_it() -> None:
    """Its own entries mark it, and everything marks the agreement."""
    history = noted(tlp="AMBER").add("FactClaimed", at=AT, text="aside", tlp="RED")
    state = history.state("2026-02-01T00:00:00Z")

    assert ("AMBER", "RED") == (state.commitments["c"].tlp, state.tlp)
