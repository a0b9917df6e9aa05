"""An entry of the future is taken where its file retracts it, however far below."""

from __future__ import annotations

from datetime import timedelta

import pytest

from events import EventStore
from tests.support.histories import event
from tests.support.many_lives import slipped
from tests.support.odd_entries import END, base_entries, line_of
from tracker.errors import ImportRefused
from tracker.recording.files.event_file import BATCH
from tracker.recording.files.long_file import judge_file

STATEMENT = {"text": "we stand by it", "speaker": "NOR"}


def test_a_retraction_may_stand_anywhere_below() -> None:
    """Farther down than lines are read ahead; alone the slip is refused."""
    begun = [line_of(each).encode() for each in base_entries()]
    statements = [event("PositionStated", f"s{n}", "acc", STATEMENT) for n in range(BATCH + 1)]
    between = [line_of(each).encode() for each in statements]
    slip, retraction = slipped(between.pop(), timedelta(days=400), END)
    store = EventStore.open("memory://")

    accepted = judge_file([*begun, slip, *between, retraction], store, END)
    assert len(begun) + BATCH + 2 == len(accepted.events)

    with pytest.raises(ImportRefused, match=f"line {len(begun) + 1}: .* lies in the future"):
        judge_file([*begun, slip, *between], store, END)
