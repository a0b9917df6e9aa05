"""What lies above a ceiling leaves no gap: numbers, versions and hashes are those without it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from events import EventStore, NewEvent, parse_instant
from events.memory import MemoryEventStore
from events.transparency.checkpoints import checkpoint_line
from tracker.entries.hidden_events import HiddenEvents, hidden_events
from tracker.entries.visible_log import VisibleLog, marked_streams

NOW = parse_instant("2026-03-02T08:00:00Z")
MARKS = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=24)


def log(marks: list[tuple[str, bool]], *, with_hidden: bool = True) -> MemoryEventStore:
    """An event a mark, of a stream, hidden or not."""
    store = MemoryEventStore(lambda: NOW)
    for number, (stream, is_hidden) in enumerate(marks):
        if with_hidden or not is_hidden:
            data = {"n": number, "tlp": "RED" if is_hidden else "CLEAR"}
            store.append(stream, [NewEvent(type="t.v1", data=data, id=f"e{number}")])
    return store


def under_ceiling(store: EventStore, known: HiddenEvents | None = None) -> VisibleLog:
    marked = marked_streams(store, "CLEAR")
    hidden = hidden_events(store, "CLEAR", marked, known)
    return VisibleLog(store, "CLEAR", marked=marked, hidden=hidden)


@given(MARKS)
def test_the_log_is_that_without_what_is_hidden(marks: list[tuple[str, bool]]) -> None:
    """Positions, versions, order of streams, leaves and the root over all of them."""
    view, clear = under_ceiling(log(marks)), log(marks, with_hidden=False)

    assert list(clear.read_all()) == list(view.read_all())
    assert clear.head() == view.head()
    assert checkpoint_line(clear) == checkpoint_line(view)
    assert clear.streams_after(0) == view.streams_after(0)
    for at in range(clear.head() + 2):
        assert clear.leaf(at) == view.leaf(at)
        assert list(clear.read_all(at)) == list(view.read_all(at))
    for stream in "abc":
        for version in range(clear.stream_version(stream) + 1):
            assert list(clear.read_stream(stream, version)) == list(
                view.read_stream(stream, version)
            )


@given(MARKS, MARKS, st.booleans())
def test_it_stays_so_while_the_log_grows(
    first: list[tuple[str, bool]], then: list[tuple[str, bool]], is_hidden_later: bool
) -> None:
    """What was worked out is used again, also where an event is hidden that was shown before."""
    earlier = under_ceiling(log(first))
    checkpoint_line(earlier)
    before = [(s, hidden or (is_hidden_later and n == 0)) for n, (s, hidden) in enumerate(first)]
    marks = [*before, *then]

    later, clear = under_ceiling(log(marks), earlier.hidden), log(marks, with_hidden=False)

    assert checkpoint_line(clear) == checkpoint_line(later)


@given(st.sets(st.integers(1, 40)), st.integers(1, 60))
def test_a_number_leads_back_to_its_position(positions: set[int], position: int) -> None:
    """Of every event that is visible."""
    hidden = HiddenEvents({"s": [(at, at, str(at)) for at in sorted(positions)]})

    if position not in positions:
        assert position == hidden.position(hidden.number(position))
        assert position == hidden.stored_version("s", hidden.version("s", position))
    assert (0, 0) == (hidden.position(0), hidden.stored_version("s", 0))
