"""TLP 2.0: markings, what amendments do to them, and what a reader under a ceiling may know."""

from __future__ import annotations

from typing import Any

import pytest

from events import NewEvent, RecordedEvent
from events.instants import utc_now
from events.memory import MemoryEventStore
from tests.support.given import AGREEMENT, History
from tracker.entries.tlp import LEVELS, Tlp, highest, is_within, levels, marking
from tracker.entries.visible_log import VisibleLog
from tracker.model.payload import Payload

AT = "2026-01-02T00:00:00Z"


def events(history: History) -> list[RecordedEvent]:
    return history.events


def visible(history: History, ceiling: str) -> list[str]:
    """The ids that a reader under a ceiling sees of the stream."""
    store = MemoryEventStore(utc_now)
    new = (NewEvent(e.type, e.data, id=e.id, recorded_at=e.recorded_at) for e in history.events)
    store.append(AGREEMENT, list(new))
    return [event.id for event in VisibleLog(store, ceiling).read_stream(AGREEMENT)]


def noted(**data: Any) -> History:
    """An agreement (e1), a promise (e2), and a position with the fields given (e3)."""
    return History().promise(at=AT).on("PositionStated", at=AT, text="first", **data)


def test_a_log_of_one_agreement_has_the_events_of_no_other() -> None:
    """Whoever reads all of it reads that agreement, up to the ceiling and from a position on."""
    store = MemoryEventStore(utc_now)
    for name, stream, level in (("1", "b", "CLEAR"), ("2", "a", "CLEAR"), ("3", "a", "RED"),
                                ("4", "b", "CLEAR"), ("5", "a", "CLEAR")):  # fmt: skip
        store.append(stream, [NewEvent("pactwatch.PositionStated.v1", {"tlp": level}, id=name)])
    log = VisibleLog(store, "CLEAR", only=("a",))

    assert ["2", "5"] == [event.id for event in log.read_all()]
    assert ["5"] == [event.id for event in log.read_all(after=2)]
    assert ["2"] == [event.id for event in log.read_all(limit=1)]


def test_there_is_one_list_of_levels() -> None:
    """The command line and the payloads of events spell out what the enum has."""
    import typing

    from cli import group

    (ceiling,) = (p for p in group.params if p.name == "tlp")

    assert list(LEVELS) == [level.value for level in Tlp] == list(ceiling.type.choices)  # type: ignore[attr-defined]
    assert set(LEVELS) == set(typing.get_args(typing.get_type_hints(Payload)["tlp"]))


def test_an_output_is_marked_with_the_highest_level_in_it() -> None:
    """From CLEAR to RED."""
    assert "AMBER" == highest(["GREEN", "AMBER", "CLEAR"])
    assert "CLEAR" == highest([])
    assert "TLP:AMBER+STRICT" == marking("AMBER+STRICT")


@pytest.mark.parametrize(
    ("level", "ceiling", "is_visible"),
    [("GREEN", "GREEN", True), ("AMBER+STRICT", "AMBER", False), ("RED", None, True)],
)
def test_a_ceiling_lets_through_what_is_not_above_it(
    level: str, ceiling: str | None, is_visible: bool
) -> None:
    """AMBER+STRICT stands above AMBER."""
    assert is_visible == is_within(level, ceiling)


def test_what_stands_above_the_ceiling_is_not_there() -> None:
    """The entry is left out, the others stay in their order."""
    history = noted(tlp="RED").on("FactClaimed", at=AT, text="open")

    assert ["e1", "e2", "e4"] == visible(history, "AMBER")
    assert 4 == len(visible(history, "RED"))


def test_a_correction_raises_the_level_of_what_it_corrects() -> None:
    """The first wording is withheld together with the correction."""
    history = noted().add("EntryCorrected", at=AT, event="e3", replacement={"tlp": "RED"})

    assert {"e3": "RED", "e4": "RED"} == {
        event: level for event, level in levels(events(history)).items() if level != "CLEAR"
    }
    assert ["e1", "e2"] == visible(history, "GREEN")


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
