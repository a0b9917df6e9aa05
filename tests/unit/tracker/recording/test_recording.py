"""Parts of recording: fields as typed, amendments, and the same entry again."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from events import RecordedEvent, parse_instant
from events.cloudevents import CloudEvent
from events.memory import MemoryEventStore
from tracker.entries.amendments import Amendments
from tracker.entries.decoding import full_type
from tracker.errors import InvalidEvent
from tracker.model.event_types import EVENT_TYPES
from tracker.recording.accepted import append_accepted
from tracker.recording.fields import MEANINGS, fields_of, missing
from tracker.recording.intake import Intake
from tracker.recording.typed_fields import typed_fields

TYPED: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    ("CommitmentAccepted", ("terms.leads=P7D,P1D",), {"terms": {"leads": ["P7D", "P1D"]}}),
    ("CommitmentAccepted", ("terms.scope=30",), {"terms": {"scope": "30"}}),
    ("CommitmentAccepted", ("terms.duration=null",), {"terms": {"duration": None}}),
    ("CommitmentAccepted", ("debtor=NOR, ISL",), {"debtor": ["NOR", "ISL"]}),
    ("ViolationAlleged", ("text=[sic] a strike",), {"text": "[sic] a strike"}),
    ("ViolationAlleged", ("claimed_count.value=5", "claimed_count.at_least=true"),
     {"claimed_count": {"value": 5, "at_least": True}}),
    ("ReadingAsserted", ("term=quantity", "value=23"), {"term": "quantity", "value": 23}),
    ("FactClaimed", ("term=soldiers", "value=2500"), {"term": "soldiers", "value": 2500}),
    ("ReadingAsserted", ("term=due", "value=2025"), {"term": "due", "value": "2025"}),
    ("ReadingAsserted", ("term=duration", "value=null"), {"term": "duration", "value": None}),
    ("RoundHeld", ("--source.line", "33"), {"source": {"line": 33}}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fields", "data"), TYPED)
def test_a_value_has_the_form_of_its_field(
    name: str, fields: tuple[str, ...], data: dict[str, Any]
) -> None:
    """Numbers, lists, silence and text, as the payload has them."""
    assert data == typed_fields(name, fields)


@pytest.mark.parametrize("fields", [("source=x", "source.line=3"), ("nothing",), ("basis",)])
def test_what_is_no_field_is_refused(fields: tuple[str, ...]) -> None:
    """A structure given whole and in parts, or a word without a value."""
    with pytest.raises(InvalidEvent):
        typed_fields("RoundHeld", fields)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_field_has_a_meaning(name: str) -> None:
    """A person who is asked for it is told what it is."""
    assert [] == [field.name for field in fields_of(name) if not MEANINGS.get(field.name)]


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_needed_fields_come_first(name: str) -> None:
    """Then the type's own, then those of every event."""
    order = [field.needed for field in fields_of(name, new=True)]

    assert sorted(order, reverse=True) == order


def test_a_new_promise_needs_more_than_a_known_one() -> None:
    """Accepting what was proposed needs no words of its own."""
    assert ["kind", "debtor", "promise"] == [
        field.name for field in missing("CommitmentAccepted", {}, new=True)
    ]
    assert [] == missing("CommitmentAccepted", {}, new=False)


def entry(n: int, name: str, **data: Any) -> RecordedEvent:
    at = parse_instant("2026-01-01T00:00:00Z")
    return RecordedEvent(n, "accord", n, f"e{n}", f"pactwatch.{name}.v1", "test", at, data)


FIRST = entry(1, "RoundHeld", text="first", milestone="a")


def test_a_later_correction_goes_over_an_earlier_one() -> None:
    """Field by field: what it does not name stays as corrected before."""
    events = [
        FIRST,
        entry(2, "EntryCorrected", event="e1", replacement={"text": "second", "milestone": "b"}),
        entry(3, "EntryCorrected", event="e1", replacement={"text": "third"}),
    ]

    assert {"text": "third", "milestone": "b"} == Amendments(events).data(FIRST)


def test_an_amendment_that_is_retracted_no_longer_acts() -> None:
    """A chain of retractions: the last one decides."""
    chain = [FIRST, *(entry(n, "EntryRetracted", event=f"e{n - 1}") for n in range(2, 8))]
    standing = [Amendments(chain[:n]).standing(FIRST) for n in range(1, 8)]

    assert [True, False] * 3 + [True] == standing


def test_a_corrected_correction_acts_as_corrected() -> None:
    """Its replacement is replaced."""
    events = [
        FIRST,
        entry(2, "EntryCorrected", event="e1", replacement={"text": "second"}),
        entry(3, "EntryCorrected", event="e2", replacement={"replacement": {"text": "third"}}),
    ]

    assert "third" == Amendments(events).data(FIRST)["text"]


def test_an_entry_whose_note_was_erased_is_known_with_its_note() -> None:
    """The same command again after a lost answer: nobody can tell any more what the note was."""
    at = parse_instant("2026-01-01T00:00:00Z")
    data = {"agreement": "acc", "title": "Accord", "parties": ["NOR"], "note": "by phone"}
    event = CloudEvent("a", "test", full_type("AgreementRecorded"), "acc", at, data)
    store = MemoryEventStore(lambda: at)
    intake = Intake(store, at)
    intake.take(event)
    append_accepted(store, intake.accepted())
    store.redact("a")

    again = Intake(store, at)
    again.take(event)

    assert (1, ()) == (again.already_known, again.accepted().events)
    with pytest.raises(InvalidEvent, match="'a' is taken by another event at position 1"):
        again.take(replace(event, data={**data, "title": "Pact"}))


def test_a_remark_carries_the_code_of_its_warning() -> None:
    """So that what leaves one out need not read its words; what has no code has none."""
    at = parse_instant("2026-01-01T00:00:00Z")
    cited = {"document": "paper", "line": 3}
    data = {"agreement": "acc", "title": "ZÃ¼rich", "parties": ["NOR"], "source": cited}
    intake = Intake(MemoryEventStore(lambda: at), at)
    intake.take(CloudEvent("a", "test", full_type("AgreementRecorded"), "acc", at, data))

    garbled, document = intake.accepted().remarks
    assert ("garbled_text", None) == (garbled.code, document.code)
