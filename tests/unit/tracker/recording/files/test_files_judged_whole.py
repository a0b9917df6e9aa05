"""What parts of a file have to do with one another without naming it is found, and judged whole."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from events import EventStore
from events.batches import unreported
from events.cloudevents import CloudEvent, encode
from tests.support.hanging import after
from tests.support.histories import event
from tests.support.odd_entries import END, line_of
from tracker.recording.accepted import append_accepted
from tracker.recording.files import long_file
from tracker.recording.files.division import Division
from tracker.recording.files.event_file import take_lines
from tracker.recording.files.long_file import judge_file, judged_by_parts
from tracker.recording.intake import Intake
from tracker.recording.merging import derived_id

MADE: dict[str, Any] = {
    "kind": "achievement", "debtor": ["NOR"], "creditor": ["ISL"], "speaker": "NOR",
    "promise": "to leave", "occurred": "2025-01-01",
}  # fmt: skip


def begun(agreement: str) -> CloudEvent:
    data = {"agreement": agreement, "title": agreement, "occurred": "2025-01-01"}
    return event("AgreementRecorded", f"{agreement}-0", agreement, data)


def promise(agreement: str, due: Any, number: int = 1) -> CloudEvent:
    data = {**MADE, "commitment": f"{agreement}-c{number}", "terms": {"due": due}}
    return event("CommitmentAccepted", data["commitment"], agreement, data)


def position(agreement: str, name: str, **data: Any) -> CloudEvent:
    return event("PositionStated", name, agreement, {"text": "no", "speaker": "NOR", **data})


A, B = begun("a"), begun("b")
EXTENDED = event(
    "TermExtended", "later", "a",
    {"commitment": "a-c1", "by": ["NOR", "ISL"], "speaker": "NOR", "terms": {"due": "2025-03-01"},
     "occurred": "2025-01-20"},
)  # fmt: skip
OTHER_DESK = replace(position("b", "x"), source="other")
ALLEGED = replace(
    event(
        "ViolationAlleged", "z", "b",
        {"commitment": "b-c1", "incident": "x", "speaker": "ISL", "text": "they stay"},
    ),
    source="other",
)  # fmt: skip
FILES = {
    "an end on record that hangs on another": (
        [A, promise("a", "2025-02-01"), B, promise("b", after("a-c1", "due"))],
        [EXTENDED, position("b", "y")],
    ),
    "an id that two desks gave": ([A, B], [position("a", "x"), OTHER_DESK]),
    "an incident that is called otherwise where its id is taken": (
        [A, B, promise("b", "2025-02-01"), position("b", derived_id("other", "x"))],
        [position("a", "x"), ALLEGED],
    ),
    "a line that is on record": (
        [A, B, position("a", "x")],
        [position("a", "x"), position("b", "y")],
    ),
    "an agreement that both registered": ([A, B], [position("b", "y"), begun("c"), A]),
}


def log_of(events: list[CloudEvent]) -> EventStore:
    store = EventStore.open("memory://")
    append_accepted(store, take_lines(lines_of(events), Intake(store, END)))
    return store


def lines_of(events: list[CloudEvent]) -> list[bytes]:
    return [line_of(each).encode() for each in events]


@pytest.mark.parametrize("name", FILES)
def test_what_no_part_can_know_is_judged_whole(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By parts it would be accepted otherwise; so it is not, and the log is the same."""
    recorded, new = FILES[name]
    for constant in ("LONG", "LINES"):
        monkeypatch.setattr(long_file, constant, 1)
    division, store, expected = Division(), log_of(recorded), log_of(recorded)
    assert all(map(division.add, lines_of(new)))
    assert None is judged_by_parts(store, END, division, None, unreported)

    append_accepted(store, judge_file(lines_of(new), store, END))
    append_accepted(expected, take_lines(lines_of(new), Intake(expected, END)))
    assert list(map(encode, expected.read_all())) == list(map(encode, store.read_all()))
    assert store.head() > len(recorded)
