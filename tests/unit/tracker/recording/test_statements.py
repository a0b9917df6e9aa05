"""A statement of no agreement is recorded without reading the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from events import EventStore, NewEvent, parse_instant
from tests.support.counting_log import CountingLog
from tracker.entries.decoding import full_type
from tracker.entries.streams import STATEMENTS, StreamEvents
from tracker.errors import InvalidEvent
from tracker.recording.preview import preview
from tracker.recording.recorder import Recording

NOW = parse_instant("2026-01-01T12:00:00Z")
SAID: dict[str, Any] = {"speaker": "NOR", "text": "said", "occurred": "2026-01-01"}


@pytest.fixture
def counting() -> Iterator[CountingLog]:
    """A log with forty statements of no agreement."""
    with EventStore.open("memory://") as store:
        type_ = full_type("PositionStated")
        first = NOW - timedelta(hours=1)
        events = [
            NewEvent(type_, SAID, id=f"s{n}", recorded_at=first + timedelta(minutes=n))
            for n in range(40)
        ]
        store.append(STATEMENTS, events)
        yield CountingLog(store, STATEMENTS)


def recording(log: EventStore, hours: int = 0) -> Recording:
    return Recording(log, NOW + timedelta(hours=hours), lambda *_: {})


def test_a_statement_reads_the_last_one_only(counting: CountingLog) -> None:
    """Its place follows from how many there are, its time is compared with the last one's."""
    recorder = recording(counting)
    document = preview(recorder, recorder.event("PositionStated", STATEMENTS, {**SAID}, "new"))

    assert (STATEMENTS, []) == (document["subject"], document["effect"])
    assert counting.count == 1


def test_a_statement_recorded_earlier_is_taken_after_a_later_one(counting: CountingLog) -> None:
    """Another desk recorded it before; only one of the future has to be taken back first."""
    recorder = recording(counting)
    preview(recorder, recorder.event("PositionStated", STATEMENTS, {**SAID}, "new"))
    earlier = recording(counting, hours=-1).event("PositionStated", STATEMENTS, {**SAID}, "late")

    assert not preview(recorder, earlier)["already_known"]
    counting.log.append(
        STATEMENTS,
        [
            NewEvent(
                full_type("PositionStated"), SAID, id="slip", recorded_at=NOW + timedelta(days=9)
            )
        ],
    )
    with pytest.raises(InvalidEvent, match="slip is recorded at 2026-01-10T12:00:00Z, later"):
        preview(recording(counting), earlier)


def test_a_retraction_of_a_statement_is_judged_by_all_of_them(counting: CountingLog) -> None:
    """What it names has to be on record: a statement that is not is refused."""
    recorder = recording(counting)
    data = {"event": "s39", "reason": "r"}
    preview(recorder, recorder.event("EntryRetracted", STATEMENTS, data, "gone"))

    with pytest.raises(InvalidEvent, match="'s39' was retracted by 'gone'"):
        preview(recorder, recorder.event("EntryRetracted", STATEMENTS, data, "again"))


def test_the_events_of_a_stream_are_a_sequence(counting: CountingLog) -> None:
    """As long as the stream was, whatever is appended afterwards."""
    events = StreamEvents(counting, STATEMENTS)
    counting.log.append(STATEMENTS, [NewEvent(full_type("PositionStated"), SAID, id="later")])

    assert (40, "s0", "s39", 40) == (len(events), events[0].id, events[-1].id, len([*events]))
    assert ["s1", "s2"] == [event.id for event in events[1:3]]
