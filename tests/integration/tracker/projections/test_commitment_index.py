"""Which agreement a commitment belongs to is looked up, not read out of the whole log."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from events import EventStore, NewEvent
from events.database.engine import open_engine, write_transaction
from tests.support.dataset import EVENING
from tests.support.lively import add_lively
from tracker.projections.catch_up import catch_up
from tracker.projections.commitment_index import CommitmentIndex
from tracker.recording.files.event_file import take_lines
from tracker.recording.intake import Intake


def from_the_log(store: EventStore) -> dict[str, str]:
    promises = ("CommitmentProposed", "CommitmentAccepted", "AcceptedConditionally")
    owners: dict[str, str] = {}
    for event in store.read_all():
        if event.type.split(".")[1] in promises:
            owners.setdefault(event.data["commitment"], event.stream)
    return owners


@pytest.mark.parametrize("behind", [False, True])
def test_owners_are_those_of_the_log(projected_store: EventStore, behind: bool) -> None:
    """Whether the projection has caught up or the log has a tail after it."""
    if behind:
        add_lively(projected_store)

    assert from_the_log(projected_store) == dict(CommitmentIndex(projected_store))
    assert [True, behind, False] == [
        name in CommitmentIndex(projected_store) for name in ("ep-rus", "lively-grain", "nobody")
    ]


def test_owners_need_no_projection(store: EventStore) -> None:
    """A log that nobody projected is read."""
    assert from_the_log(store) == dict(CommitmentIndex(store))


def test_owners_on_postgresql(shipped_postgres: str) -> None:
    """The same look-up by the other driver."""
    with EventStore.open(shipped_postgres) as store:
        with write_transaction(open_engine(shipped_postgres)) as connection:
            catch_up(store, connection, EVENING)
        add_lively(store)

        assert from_the_log(store) == dict(CommitmentIndex(store))


def test_a_caught_up_look_up_reads_no_event(projected_store: EventStore) -> None:
    """Recording one event does not cost what the log is long."""
    read: list[int] = []
    every = projected_store.read_all

    def counted(after: int = 0, limit: int | None = None) -> Any:
        for event in every(after, limit):
            read.append(event.position)
            yield event

    projected_store.read_all = counted  # type: ignore[method-assign]
    assert "energy-pause-2025" == CommitmentIndex(projected_store)["ep-rus"]
    assert [] == read


def test_an_owner_of_a_promise_taken_back_is_still_known(store: EventStore, engine: Engine) -> None:
    """An id once used stays with its agreement, though its entry was retracted."""
    promise = next(e for e in store.read_all() if e.data.get("commitment") == "ep-rus")
    data = {"event": promise.id, "reason": "wrong", "occurred": "2025-03-18"}
    retracted = NewEvent("pactwatch.EntryRetracted.v1", data, "r1", "test", EVENING)
    store.append("energy-pause-2025", [retracted])
    with write_transaction(engine) as connection:
        catch_up(store, connection, EVENING)

    assert "energy-pause-2025" == CommitmentIndex(store)["ep-rus"]


def test_a_file_is_looked_up_in_batches(store: EventStore) -> None:
    """A file on record already is known line by line, with one query for many lines."""
    from events.cloudevents import encode

    lines = [encode(event) for event in store.read_all()]
    queries: list[str] = []
    one = store.find
    store.find = lambda event_id: queries.append(event_id) or one(event_id)  # type: ignore[method-assign, func-returns-value]
    accepted = take_lines(lines, Intake(store, EVENING))

    assert (len(lines), 0, []) == (accepted.already_known, len(accepted.items), queries)


def test_the_first_bad_line_is_the_one_that_is_named(store: EventStore) -> None:
    """A line that is refused comes before a later one that can not even be read."""
    from tracker.errors import ImportRefused

    lines = [
        b'{"specversion":"1.0","id":"x1","source":"t","type":"pactwatch.RoundHeld.v1",'
        b'"subject":"nowhere","time":"2025-03-18T10:00:00Z","data":{"commitment":"c"}}',
        b"not json",
    ]
    with pytest.raises(ImportRefused, match=r"^line 1: "):
        take_lines(lines, Intake(store, EVENING))
    with pytest.raises(ImportRefused, match=r"^line 2: "):
        take_lines([b"", *lines[1:]], Intake(store, EVENING))
