"""What readers could not fold is refused, in words and in bounded time; the way out stays open."""

from __future__ import annotations

from typing import Any

import pytest

from events import EventStore, NewEvent, parse_instant
from events.cloudevents import CloudEvent
from events.instants import utc_now
from events.memory import MemoryEventStore
from tracker.entries.decoding import full_type
from tracker.entries.party_stream import read_registry
from tracker.errors import InvalidEvent, TrackerError, UnreadableAgreement
from tracker.projections.rows.agreement import MOMENTS_AHEAD, rows_of_events
from tracker.queries.agreements import find, unreadable_agreements
from tracker.recording.intake import Intake
from tracker.recording.preview import preview
from tracker.recording.recorder import Recording
from tracker.rules.timing import next_change_at

NOW = parse_instant("2025-06-01T00:00:00Z")
MADE = parse_instant("2025-01-01T09:00:00Z")
LASTING = {
    "commitment": "c", "kind": "maintenance", "debtor": ["NOR"], "creditor": ["ISL"],
    "promise": "keep the harbour open", "speaker": "NOR", "occurred": "2025-01-01",
}  # fmt: skip
BROKEN = {"commitment": "c", "occurred": "when", "text": "t"}


def event(name: str, id_: str, data: dict[str, Any]) -> CloudEvent:
    return CloudEvent(id_, "test", full_type(name), "acc", MADE, data)


@pytest.fixture
def store() -> EventStore:
    """A log with an agreement that has a promise."""
    store = MemoryEventStore(utc_now)
    record(store, event("AgreementRecorded", "a", {"agreement": "acc", "title": "Accord"}))
    record(store, event("CommitmentAccepted", "p", {**LASTING, "terms": {"end": "2026-01-01"}}))
    return store


def record(store: EventStore, *events: CloudEvent) -> None:
    intake = Intake(store, NOW)
    for each in events:
        intake.take(each)
    accepted = intake.accepted()
    store.append_batch(accepted.items, accepted.versions)


def break_agreement(store: EventStore, *ids: str) -> None:
    """Entries that another program wrote into the log."""
    new = [NewEvent(full_type("PositionStated"), BROKEN, id_, "s", MADE) for id_ in ids]
    store.append("acc", new)


def retraction(id_: str, of: str) -> CloudEvent:
    return event("EntryRetracted", id_, {"event": of, "reason": "r", "occurred": "2025-01-02"})


def test_a_promise_that_renews_itself_each_second_is_refused(store: EventStore) -> None:
    """Its clock would keep every reader busy for ever; nothing of it is stored."""
    terms = {"start": "2025-01-01", "duration": "PT1S", "tacit_renewal": True}
    promise = event("CommitmentAccepted", "x", {**LASTING, "commitment": "d", "terms": terms})

    with pytest.raises(TrackerError, match="'d' more than 10000 times") as refused:
        record(store, promise)
    assert "tacit_renewal" in refused.value.hint
    assert 2 == store.stream_version("acc")


def test_an_entry_of_the_far_future_is_refused(store: EventStore) -> None:
    """Readers fold up to the last entry, so it must come in their time."""
    data = {"commitment": "c", "text": "t", "effective_at": "9999-12-31T23:59:59Z"}

    with pytest.raises(InvalidEvent, match="more than 100 years after it is recorded"):
        record(store, event("PositionStated", "x", data))


def test_a_preview_of_the_far_future_folds_nothing_up_to_it(store: EventStore) -> None:
    """A promise that renews itself would be renewed till then, so that nobody could read it."""
    terms = {"start": "2025-01-01", "duration": "P3D", "tacit_renewal": True}
    record(store, event("CommitmentAccepted", "x", {**LASTING, "commitment": "d", "terms": terms}))
    recording = Recording(store, NOW, lambda *_: {})
    data = {"commitment": "d", "text": "t", "effective_at": "9999-12-31T23:59:59Z"}

    with pytest.raises(InvalidEvent, match="more than 100 years after it is recorded"):
        preview(recording, event("PositionStated", "y", data))
    state, unreadable = recording.state("acc", NOW)
    assert (["c", "d"], []) == (sorted(state.commitments), unreadable)


def test_an_amendment_that_makes_another_entry_unreadable_is_refused(store: EventStore) -> None:
    """The entry that mends what another program wrote can not be retracted."""
    break_agreement(store, "broken")
    mended = {"event": "broken", "reason": "r", "replacement": {"occurred": "2025-01-02"}}
    record(store, event("EntryCorrected", "mended", {**mended, "occurred": "2025-01-02"}))

    with pytest.raises(InvalidEvent, match=r"with entry 'r', .* because of entry 'broken'"):
        record(store, retraction("r", "mended"))
    record(store, retraction("r", "broken"))


@pytest.mark.parametrize("value", [{"a": 1}, [], [[]], True])
def test_what_is_refused_leaves_the_intake_as_it_was(store: EventStore, value: Any) -> None:
    """The next line is judged as if the refused one had not been there."""
    intake = Intake(store, NOW)
    with pytest.raises(TrackerError):
        intake.take(
            event("ReadingAsserted", "x", {"commitment": "c", "term": "end", "value": value})
        )
    intake.take(event("PositionStated", "y", {"commitment": "c", "text": "t"}))

    assert ["y"] == [new.id for _, new in intake.accepted().items]


def test_an_unreadable_agreement_takes_its_amendments_and_nothing_else(store: EventStore) -> None:
    """Of two broken entries the first can be retracted alone, and then the other."""
    break_agreement(store, "x1", "x2")
    with pytest.raises(UnreadableAgreement, match="because of entry 'x1'"):
        record(store, event("PositionStated", "y", {"commitment": "c", "text": "t"}))

    record(store, retraction("r1", "x1"))
    left = [row["event"] for row in unreadable_agreements(store, NOW, NOW)]
    record(store, retraction("r2", "x2"))

    assert (["x2"], []) == (left, unreadable_agreements(store, NOW, NOW))
    record(store, event("PositionStated", "y", {"commitment": "c", "text": "t"}))


def test_the_correction_that_breaks_an_entry_is_named(store: EventStore) -> None:
    """Retracting it brings back the entry as it was."""
    fields = {"replacement": {"occurred": "when"}, "event": "p", "reason": "r"}
    store.append("acc", [NewEvent(full_type("EntryCorrected"), fields, "k", "s", MADE)])
    named = [row["event"] for row in unreadable_agreements(store, NOW, NOW)]
    record(store, retraction("r1", "k"))

    assert (["k"], []) == (named, unreadable_agreements(store, NOW, NOW))


def test_a_correction_mends_an_unreadable_agreement(store: EventStore) -> None:
    """The date that is none is put right."""
    break_agreement(store, "x1")
    fields = {"replacement": {"occurred": "2025-01-02"}, "occurred": "2025-01-02"}

    record(store, event("EntryCorrected", "k", {"event": "x1", "reason": "r", **fields}))

    assert [] == unreadable_agreements(store, NOW, NOW)


@pytest.mark.parametrize("length", ["P12M", "P1D", "PT12H", "P400Y"])
def test_a_promise_that_renews_itself_for_ever_is_read(store: EventStore, length: str) -> None:
    """Without leads no renewal changes an axis, so the look-ahead has to end by itself."""
    terms = {"start": "2025-01-01", "duration": length, "tacit_renewal": True, "leads": []}
    record(store, event("CommitmentAccepted", "x", {**LASTING, "commitment": "d", "terms": terms}))

    commitment = find(store, "d", NOW, NOW).commitments["d"]
    rows = rows_of_events("acc", list(store.read_stream("acc")), NOW, read_registry(store))

    assert (next_change_at(commitment, NOW) is None) is (length in ("P1D", "PT12H"))
    outlook = [row for row in rows["clock_outlook"] if row["commitment_id"] == "d"]
    assert MOMENTS_AHEAD >= len(outlook) > 0


def test_the_replacement_of_a_finding_is_checked_as_an_entry_is(store: EventStore) -> None:
    """Its lengths and dates are those that come in, too."""
    seen = {"commitment": "c", "occurred": "2025-02-01", "basis": "analyst_finding"}
    record(store, event("ComplianceObserved", "f", seen))
    change = {"event": "f", "reason": "r", "replacement": {"window": "2025-04-12//"}}

    with pytest.raises(TrackerError, match="window: not a date"):
        record(store, event("FindingRevised", "v", change))


def test_a_correction_need_not_mend_what_an_older_log_was_allowed(store: EventStore) -> None:
    """A date is corrected beside a name and a value that would be refused today; they stay."""
    old = {"commitment": "c", "text": "t", "speaker": "n" * 300, "term": "scope", "value": {}}
    store.append("acc", [NewEvent(full_type("FactClaimed"), old, "old", "s", MADE)])
    correction = {"event": "old", "reason": "r", "replacement": {"occurred": "2025-01-01"}}
    longer = {"event": "old", "reason": "r", "replacement": {"speaker": "n" * 201}}
    record(store, event("EntryCorrected", "x1", correction))

    with pytest.raises(InvalidEvent, match="speaker: 201 characters; expected at most 200"):
        record(store, event("EntryCorrected", "x2", longer))
