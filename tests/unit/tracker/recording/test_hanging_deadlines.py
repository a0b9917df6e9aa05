"""A line of a file is judged by deadlines as the lines before it leave them, wherever they hang."""

from __future__ import annotations

from typing import Any

from events import EventStore, format_instant, parse_instant
from events.cloudevents import CloudEvent
from events.instants import utc_now
from events.memory import MemoryEventStore
from tests.support.given import PROMISE
from tracker.entries.decoding import full_type
from tracker.recording.intake import Intake

MADE, NOW = parse_instant("2026-01-02T09:00:00Z"), parse_instant("2026-01-10T00:00:00Z")


def event(type_: str, id_: str, agreement: str, data: dict[str, Any]) -> CloudEvent:
    return CloudEvent(id_, "test", full_type(type_), agreement, MADE, data)


def agreed(number: int, **terms: Any) -> list[CloudEvent]:
    """An agreement of one promise."""
    whole = {"agreement": f"a{number}", "title": "Accord", "occurred": "2026-01-02"}
    data = {"commitment": f"c{number}", "speaker": "NOR", "occurred": "2026-01-02", **PROMISE}
    terms = {"zone": "UTC", **terms}
    return [
        event("AgreementRecorded", f"a{number}-1", f"a{number}", whole),
        event("CommitmentAccepted", f"a{number}-2", f"a{number}", {**data, "terms": terms}),
    ]


def take(store: EventStore, events: list[CloudEvent]) -> Intake:
    intake = Intake(store, NOW)
    for each in events:
        intake.take(each)
    return intake


def after(commitment: str) -> dict[str, str]:
    return {"after": commitment, "moment": "due", "by": "P1D"}


def due(intake: Intake, number: int) -> list[str]:
    commitment = intake.stream(f"a{number}").state(NOW).commitments[f"c{number}"]
    return [format_instant(reading.at) for reading in commitment.readings]


def test_news_of_an_earlier_line_moves_what_hangs_on_it_through_another_agreement() -> None:
    """The agreement between them has no line in the file."""
    store = MemoryEventStore(utc_now)
    given = [*agreed(0, due="2026-02-01"), *agreed(1, due=after("c0"))]
    accepted = take(store, given).accepted()
    store.append_batch(accepted.items, accepted.versions)
    clarified = {"commitment": "c0", "by": ["NOR", "ISL"], "speaker": "NOR",
                 "occurred": "2026-01-02", "terms": {"due": "2026-02-10"}}  # fmt: skip
    file = take(store, agreed(2, due=after("c1")))
    before = due(file, 2)
    file.take(event("TermsClarified", "x", "a0", clarified))

    assert (["2026-02-04T00:00:00Z"], ["2026-02-13T00:00:00Z"]) == (before, due(file, 2))
