"""A stream judges what is queued for it by the state that each event would meet."""

from __future__ import annotations

from typing import Any

import pytest

from events import RecordedEvent, parse_instant
from tests.support.given import REGISTRY
from tracker.entries.decoding import entry_of
from tracker.entries.parties import Registry
from tracker.errors import IllegalTransition, InvalidEvent
from tracker.recording.stream_draft import StreamDraft

PROMISE = {"kind": "achievement", "debtor": ["NOR"], "creditor": ["ISL"], "promise": "seed"}


def event(n: int, name: str, day: int, **data: Any) -> RecordedEvent:
    """Recorded on the n-th, of an earlier or the same day of March."""
    at = parse_instant(f"2026-03-{n + 10:02}T20:00:00Z")
    fields = {"commitment": "seed", "occurred": f"2026-03-{day:02}", **data}
    return RecordedEvent(n, "accord", n, f"e{n}", f"pactwatch.{name}.v1", "test", at, fields)


def take(stream: StreamDraft, recorded: RecordedEvent) -> None:
    stream.take(recorded, entry_of(recorded, REGISTRY, "UTC"))


ON_RECORD = [
    event(1, "CommitmentProposed", 1, **PROMISE),
    event(2, "CommitmentAccepted", 8, speaker="NOR"),
]
LATE = event(3, "ReadingAsserted", 4, term="scope", value="wheat", speaker="ISL")


def test_after_late_news_the_newest_meets_what_is_on_record() -> None:
    """What was told late lies before the acceptance, which still stands for what comes next."""
    stream = StreamDraft("accord", list(ON_RECORD), Registry({}))
    take(stream, LATE)

    take(stream, event(4, "PerformanceConfirmed", 9, basis="both_sides"))

    assert ["e1", "e3", "e2", "e4"] == list(stream.commitments()["seed"].events)


def test_late_news_meets_the_state_of_its_day() -> None:
    """What came before the acceptance is judged as if the acceptance were not known."""
    stream = StreamDraft("accord", list(ON_RECORD), Registry({}))
    take(stream, LATE)

    with pytest.raises(IllegalTransition, match="state proposed"):
        take(stream, event(4, "PerformanceConfirmed", 5, basis="both_sides"))


def test_a_refused_event_leaves_the_next_one_its_state() -> None:
    """A refused event of a later day does not let the clock run ahead of the next one."""
    stream = StreamDraft("accord", [ON_RECORD[0]], Registry({}))
    with pytest.raises(IllegalTransition):
        take(stream, event(3, "PerformanceConfirmed", 12, basis="both_sides"))

    take(stream, event(3, "CommitmentAccepted", 8, speaker="NOR"))

    assert "in_force" == stream.commitments()["seed"].state


AGREEMENT = RecordedEvent(
    1,
    "accord",
    1,
    "e0",
    "pactwatch.AgreementRecorded.v1",
    "test",
    parse_instant("2026-03-01T00:00:00Z"),
    {"agreement": "accord", "title": "Accord", "parties": ["NOR", "ISL"], "occurred": "2026-03-01"},
)


def test_only_a_finding_can_be_revised() -> None:
    """Replaced fields of another event would not be those of its type: it could not be read."""
    stream = StreamDraft("accord", [AGREEMENT], Registry({}))
    revision = {"event": "e0", "reason": "seed", "replacement": {"text": "x"}}

    with pytest.raises(InvalidEvent, match="expected a finding, found 'e0', AgreementRecorded"):
        take(stream, event(2, "FindingRevised", 9, commitment=None, **revision))


def test_a_finding_is_not_revised_before_its_promise_was_made() -> None:
    """A revision that meets no promise is refused, and its replacement is never read."""
    finding = event(3, "NonPerformanceFound", 9, basis="both_sides")
    stream = StreamDraft("accord", [*ON_RECORD, finding], Registry({}))
    early = RecordedEvent(
        4,
        "accord",
        4,
        "e4",
        "pactwatch.FindingRevised.v1",
        "test",
        parse_instant("2026-03-20T20:00:00Z"),
        {"event": "e3", "reason": "seed", "occurred": "2026-02-01", "replacement": {"x": 1}},
    )

    with pytest.raises(IllegalTransition, match="before commitment 'seed' was made"):
        take(stream, early)
