"""An agreement told step by step is, at every step, what a fold of what was known then gives."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from events import NewEvent, RecordedEvent, parse_instant
from events.memory import MemoryEventStore
from tests.support.given import REGISTRY
from tests.support.lively import NAME, add_lively
from tracker.entries.decoding import entries
from tracker.rules.fold import fold
from tracker.rules.replay import Replay


def lively() -> list[RecordedEvent]:
    """Late news, news of the future, suspension, renewal, retraction."""
    store = MemoryEventStore(lambda: parse_instant("2025-06-01T00:00:00Z"))
    add_lively(store)
    fields = {"commitment": f"{NAME}-truce", "incident": "i2", "text": "told late"}
    for recorded, occurred in (("2025-04-24", "2025-03-15"), ("2025-04-25", "2025-04-24")):
        event = NewEvent(
            type="pactwatch.ViolationAlleged.v1",
            data={**fields, "occurred": occurred, "speaker": "ISL"},
            recorded_at=parse_instant(f"{recorded}T15:00:00Z"),
        )
        store.append(NAME, [event])
    return list(store.read_stream(NAME))


EVENTS = lively()


@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=len(EVENTS)),
    waits=st.lists(st.floats(0, 400), min_size=len(EVENTS), max_size=len(EVENTS)),
)
def test_every_step_is_the_fold_of_what_was_known(sizes: list[int], waits: list[float]) -> None:
    """However many events come at once, and however long it is until the next question."""
    telling, now = Replay(NAME, REGISTRY), EVENTS[0].recorded_at
    ends = [end for end in accumulate(sizes) if end <= len(EVENTS)]
    for first, end, wait in zip([0, *ends], ends, waits, strict=False):
        telling.learn(EVENTS[first:end])
        now = max(now, EVENTS[end - 1].recorded_at)
        for instant in (now, now + timedelta(hours=wait)):
            expected = fold(NAME, entries(EVENTS[:end], REGISTRY), instant, REGISTRY)

            assert expected == telling.at(instant)
        now += timedelta(hours=wait)
