"""Registrations among other entries: whose act an entry is, by what was registered when it came."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from events import EventStore, parse_instant
from events.cloudevents import CloudEvent
from events.instants import utc_now
from events.memory import MemoryEventStore
from tracker.entries.decoding import full_type
from tracker.entries.party_stream import read_registry
from tracker.entries.streams import PARTIES, party_stream
from tracker.errors import TrackerError
from tracker.queries.agreements import find
from tracker.recording.intake import Intake

NOW = parse_instant("2025-06-01T00:00:00Z")
MADE = parse_instant("2025-01-01T09:00:00Z")
MINISTRY = {"party": "nor-mod", "name": "Ministry", "zone": "Europe/Oslo"}
STREAM = party_stream("nor-mod")
PROMISE = {
    "commitment": "c", "kind": "achievement", "debtor": ["NOR"], "creditor": ["ISL"],
    "promise": "keep the harbour open", "speaker": "NOR", "occurred": "2025-01-01",
}  # fmt: skip
ACCORD = {"agreement": "acc", "title": "Accord", "parties": ["NOR", "ISL"]}
CANCELLED = {"commitment": "c", "speaker": "nor-mod", "occurred": "2025-01-03"}


def event(name: str, id_: str, stream: str, data: dict[str, Any]) -> CloudEvent:
    return CloudEvent(id_, "test", full_type(name), stream, MADE, data)


def registered(id_: str = "r", stream: str = STREAM, **more: Any) -> CloudEvent:
    return event("PartyRegistered", id_, stream, {**MINISTRY, "speaks_for": "NOR", **more})


BEGINNING = (
    event("AgreementRecorded", "a", "acc", ACCORD),
    event("CommitmentAccepted", "p", "acc", PROMISE),
)
CANCELS = event("DebtorCancelled", "d", "acc", CANCELLED)
RETRACTS = event("EntryRetracted", "x", STREAM, {"event": "r", "reason": "wrong"})
CORRECTS = event(
    "EntryCorrected", "x", STREAM, {"event": "r", "replacement": {"speaks_for": "ISL"}}
)


def taken(store: EventStore, events: Iterable[CloudEvent]) -> str:
    """What became of these events at once: the state of the promise, or the row that refused it."""
    intake = Intake(store, NOW)
    try:
        for each in events:
            intake.take(each)
        accepted = intake.accepted()
    except TrackerError as error:
        return "row 25b" if "row 25b" in error.message else error.message
    store.append_batch(accepted.items, accepted.versions)
    return find(store, "c", NOW, NOW).commitments["c"].state.value


ORDERS: list[tuple[tuple[CloudEvent, ...], str]] = [
    ((registered(), CANCELS), "violated"),
    ((registered(stream=PARTIES), CANCELS), "violated"),
    ((CANCELS,), "row 25b"),
    ((registered(), RETRACTS, CANCELS), "row 25b"),
    ((registered(), CORRECTS, CANCELS), "row 25b"),
    ((registered(), registered("r2", speaks_for="ISL"), CANCELS), "row 25b"),
    # Who leaves office later has acted in it; who is known to have left before has not.
    (
        (registered(), CANCELS, registered("r2", speaks_for="ISL", occurred="2025-01-04")),
        "violated",
    ),
    (
        (registered(), registered("r2", speaks_for="ISL", occurred="2025-01-04"), CANCELS),
        "violated",
    ),
    (
        (registered(), CANCELS, registered("r2", speaks_for="ISL", occurred="2025-01-02")),
        "in_force",
    ),
    ((registered(), registered("r2", speaks_for="ISL", occurred="2025-01-02"), CANCELS), "row 25b"),
    # What was taken rightly is left out once the account is known to be another's.
    ((registered(), CANCELS, RETRACTS), "in_force"),
]


@pytest.mark.parametrize(("events", "outcome"), ORDERS)
def test_a_file_and_its_lines_one_by_one_are_judged_alike(
    events: tuple[CloudEvent, ...], outcome: str
) -> None:
    """By the registrations before each line, as amended by then, in either stream."""
    together, apart = MemoryEventStore(utc_now), MemoryEventStore(utc_now)
    assert outcome == taken(together, (*BEGINNING, *events))

    taken(apart, BEGINNING)
    assert outcome == [taken(apart, [each]) for each in events][-1]
    if not outcome.startswith("row"):
        assert list(together.read_all()) == list(apart.read_all())


def test_a_registration_is_taken_in_its_own_stream_only() -> None:
    """The stream of another party is refused; that of all is the one of older logs."""
    store = MemoryEventStore(utc_now)
    words = taken(store, [registered(stream=party_stream("isl-mod"))])

    assert "expected subject 'party/nor-mod'" in words
    assert "nor-mod" not in read_registry(store).parties


def test_a_correction_cannot_close_a_circle() -> None:
    """Neither entry of two that speak for one another is taken, nor one that would after it."""
    store = MemoryEventStore(utc_now)
    state = event("PartyRegistered", "n", party_stream("NOR"),
                  {"party": "NOR", "name": "Norway", "zone": "Europe/Oslo"})  # fmt: skip
    closing = event("EntryCorrected", "x", party_stream("NOR"),
                    {"event": "n", "replacement": {"speaks_for": "nor-mod"}})  # fmt: skip
    taken(store, [*BEGINNING, state, registered()])

    assert "a circle: NOR speaks for nor-mod speaks for NOR" in taken(store, [closing])
    assert "NOR" == read_registry(store).party_of("nor-mod")
