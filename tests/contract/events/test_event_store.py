"""What every event store keeps, whatever its engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events import EventIdConflict, EventStore, EventStoreError, NewEvent, WrongExpectedVersion
from events.errors import InvalidEventData
from tests.support.given import new

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENGINES = ("sqlite", "memory", "postgres")


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> Iterator[EventStore]:
    with EventStore.open(url_of(request), clock=lambda: AT) as opened:
        yield opened


def url_of(request: pytest.FixtureRequest) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("made_postgres"))
    folder = request.getfixturevalue("tmp_path")
    return f"sqlite:///{folder}/log.db" if request.param == "sqlite" else "memory://"


def event(event_id: str, **data: Any) -> NewEvent:
    return new("t.Happened.v1", data, event_id)


def test_appended_events_come_back_in_order_with_dense_positions(store: EventStore) -> None:
    """Positions run over all streams, versions within one."""
    store.append("a", [event("1"), event("2")], 0)
    store.append("b", [event("3")], 0)
    store.append("a", [event("4")], 2)

    assert [
        (1, "a", 1),
        (2, "a", 2),
        (3, "b", 1),
        (4, "a", 3),
    ] == [(e.position, e.stream, e.version) for e in store.read_all()]


def test_what_is_appended_exclusively_is_one_transaction(store: EventStore) -> None:
    """A conflict inside leaves what was appended before it."""
    store.append("a", [event("1")], 0)
    with store.exclusive():
        store.append("a", [event("2", n=1)], 1)
        with pytest.raises(WrongExpectedVersion):
            store.append("a", [event("3")], 1)
        with pytest.raises(EventIdConflict):
            store.append("a", [event("2", n=2)])
        store.append("b", [event("4")], 0)
    store.append("a", [event("5")], 2)

    assert ["1", "2", "4", "5"] == [each.id for each in store.read_all()]
    assert [1, 2, 3, 4] == [each.position for each in store.read_all()]


def test_the_same_append_again_gives_the_first_answer(store: EventStore) -> None:
    """A retry after a lost answer is safe, and is checked before the version."""
    first = store.append("a", [event("1", n=1)], 0)
    again = store.append("a", [event("1", n=1)], 0)

    assert (first.events, 0, 1) == (again.events, again.appended, store.head())


def test_the_same_id_with_other_content_is_refused_and_leaves_no_trace(store: EventStore) -> None:
    """EventIdConflict names the id; the other events of the append are not written either."""
    store.append("a", [event("1", n=1)])
    with pytest.raises(EventIdConflict, match="'1'"):
        store.append("a", [event("2"), event("1", n=2)])

    assert 1 == store.head()


@pytest.mark.parametrize("change", [{"type": "t.Other.v1"}, {"source": "elsewhere"}])
def test_type_and_source_belong_to_an_events_identity(
    store: EventStore, change: dict[str, str]
) -> None:
    """The same id under another type or source is another event."""
    store.append("a", [event("1")])
    other = {"type": "t.Happened.v1", "data": {}, "id": "1", **change}
    with pytest.raises(EventIdConflict):
        store.append("a", [NewEvent(**other)])


def test_a_wrong_expected_version_names_stream_expected_and_actual(store: EventStore) -> None:
    """The loser of a race leaves no trace and learns where the stream stands."""
    store.append("a", [event("1")], 0)
    with pytest.raises(WrongExpectedVersion, match=r"'a': expected version 0, found 1") as caught:
        store.append("a", [event("2")], 0)

    assert (3, 1) == (caught.value.exit_code, store.head())


def test_a_batch_over_several_streams_is_all_or_nothing(store: EventStore) -> None:
    """One stale stream refuses the batch."""
    store.append("b", [event("0")], 0)
    items = [("a", event("1")), ("b", event("2"))]
    with pytest.raises(WrongExpectedVersion):
        store.append_batch(items, {"a": 0, "b": 0})
    done = store.append_batch(items, {"a": 0, "b": 1})

    assert [(2, "a", 1), (3, "b", 2)] == [(e.position, e.stream, e.version) for e in done.events]


def test_a_batch_takes_what_is_new_and_passes_over_what_is_known(store: EventStore) -> None:
    """A file can be taken in again after it has grown; a duplicate in it counts once."""
    store.append("a", [event("1")])
    done = store.append_batch([("a", event("1")), ("a", event("2")), ("a", event("2"))])

    assert (1, [1, 2, 2]) == (done.appended, [e.position for e in done.events])


def test_reading_pages_by_position_and_by_version(store: EventStore) -> None:
    """`after` is exclusive, `limit` counts events, and pages join without a gap."""
    store.append("a", [event(str(n)) for n in range(1, 2502)])

    assert (2501, [2001, 2002], [2500, 2501]) == (
        sum(1 for _ in store.read_all()),
        [e.position for e in store.read_all(after=2000, limit=2)],
        [e.version for e in store.read_stream("a", after=2499)],
    )


def test_streams_are_read_by_the_beginning_of_their_names(store: EventStore) -> None:
    """Every stream that begins so comes whole, over the edge of a page, and no other."""
    store.append("party/b", [event(f"b{n}") for n in range(1001)])
    for number, stream in enumerate(("party", "party/a", "party/Ü", "party0", "parties")):
        store.append(stream, [event(str(number))])

    read = list(store.read_streams("party/"))

    assert ["party/a", "party/b", "party/Ü"] == list(dict.fromkeys(e.stream for e in read))
    assert list(range(1, 1002)) == [e.version for e in read if e.stream == "party/b"]


def test_streams_after_names_who_moved(store: EventStore) -> None:
    """Streams are named once, in order of their first new event."""
    store.append("a", [event("1")])
    store.append("b", [event("2")])
    store.append("a", [event("3")])

    assert (["b", "a"], []) == (store.streams_after(1), store.streams_after(3))


def test_erasable_text_is_read_back_and_compared_as_text(store: EventStore) -> None:
    """The text is kept apart, and a retry of the same text is the same event."""
    noted = NewEvent(type="t", data={"note": "secret", "n": 1}, id="1", erasable=("note",))
    store.append("a", [noted])

    assert (
        store.append("a", [noted]).appended,
        next(store.read_all()).data,
    ) == (0, {"note": "secret", "n": 1})


def test_recorded_at_is_kept_or_comes_from_the_clock(store: EventStore) -> None:
    """A given instant is kept to the microsecond, otherwise the store's clock dates the event."""
    given = datetime(2025, 3, 18, 22, 0, 0, 5, tzinfo=UTC)
    done = store.append("a", [event("1"), new("t", {}, "2", given)])

    assert [AT, given] == [e.recorded_at for e in done.events]


def test_when_it_was_recorded_is_no_content(store: EventStore) -> None:
    """A retry under a later instant is answered as the first time, twice in a batch counts once."""
    first, later = (new("t", {"n": 1}, "1", AT + timedelta(hours=hour)) for hour in (0, 9))
    store.append("a", [first])
    again = store.append("a", [later, first], 0)

    assert (0, [AT, AT]) == (again.appended, [e.recorded_at for e in again.events])
    twice = [new("t", {}, "2", at.recorded_at) for at in (first, later)]
    assert 1 == store.append("a", twice).appended


def test_a_time_without_an_offset_is_refused() -> None:
    """A naive datetime means nothing to a log."""
    with pytest.raises(InvalidEventData, match="offset"):
        new("t", {}, "1", datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("value", [1.5, 2**53, "a\0b", "\ud800", {1: 2}, {"a": object()}])
def test_data_that_has_no_canonical_form_is_refused(store: EventStore, value: object) -> None:
    """Nothing of such an event is written."""
    with pytest.raises(EventStoreError):
        store.append("a", [event("1", value=value)])

    assert 0 == store.head()


def test_find_answers_by_id(store: EventStore) -> None:
    """An event is found by its id; an id that is not there is None."""
    store.append("a", [event("1", n=1)])
    result = store.find("1")

    assert ({"n": 1}, None) == (result and result.data, store.find("2"))


def test_events_are_found_by_the_beginning_of_their_ids(store: EventStore) -> None:
    """In order of ids, over the edge of a page; one may be the beginning of the others."""
    names = ["a", *(f"a{n:04}" for n in range(1001)), "aé", "b"]
    store.append("s", [event(name) for name in reversed(names)])

    assert names[:-1] == [e.id for e in store.find_prefix("a")]
    assert [["aé"], ["b"], []] == [[e.id for e in store.find_prefix(p)] for p in ("aé", "b", "c")]


def test_threads_that_share_a_store_take_turns(store: EventStore) -> None:
    """Each append of each thread is whole, and the positions stay dense."""
    from concurrent.futures import ThreadPoolExecutor

    def write(name: str) -> None:
        for number in range(25):
            store.append(name, [event(f"{name}-{number}"), event(f"{name}-{number}+")])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, ("a", "b", "c", "d")))
    events = list(store.read_all())

    assert list(range(1, 201)) == [e.position for e in events]
    assert all(one.id + "+" == two.id for one, two in zip(events[::2], events[1::2], strict=True))


def test_many_ids_are_found_at_once(store: EventStore) -> None:
    """Those that are there, by id; more than one page of them too."""
    store.append("a", [event(str(n)) for n in range(1500)], 0)
    ids = [str(n) for n in range(1490, 1510)]
    every = store.find_all([str(n) for n in range(1500)])

    assert [str(n) for n in range(1490, 1500)] == sorted(store.find_all(ids))
    assert (1500, "7") == (len(every), every["7"].id)
    assert {} == store.find_all([])


@pytest.mark.parametrize("store", ["sqlite", "postgres"], indirect=True)
def test_a_snapshot_is_of_one_moment(store: EventStore, request: pytest.FixtureRequest) -> None:
    """What another appends meanwhile is seen after it, not within."""
    url = getattr(store, "url", None) or getattr(store, "path", "")
    store.append("a", [event("1")], 0)
    with EventStore.open(url, clock=lambda: AT) as other, store.snapshot():
        before = store.head()
        other.append("a", [event("2")], 1)
        with store.snapshot():
            within = store.head()

    assert (1, 1, 2) == (before, within, store.head())
    assert 3 == store.append("a", [event("3")], 2).events[0].position


def test_a_table_that_is_not_there_has_no_rows(store: EventStore) -> None:
    """Who reads beside the log need not know whether anything was made there."""
    assert [] == store.read_table("nowhere", "SELECT 1 FROM nowhere WHERE a = ?", (1,))
