"""What the stores on SQL databases have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from events import EventStore, NewEvent
from events.sqlite.store import SqliteEventStore


def test_the_texts_of_many_events_are_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream of 600 notes takes three statements: its rows, and two parts of the texts."""
    notes = [
        NewEvent(type="t", data={"note": f"n{n}"}, id=f"{n}", erasable=("note",))
        for n in range(600)
    ]
    with EventStore.open(f"sqlite:///{tmp_path}/log.db") as store:
        assert isinstance(store, SqliteEventStore)
        store.append("a", notes)
        statements, run = [], store._all

        def counted(query: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
            statements.append(query)
            return run(query, parameters)

        monkeypatch.setattr(store, "_all", counted)
        assert [f"n{n}" for n in range(600)] == [e.data["note"] for e in store.read_stream("a")]

    assert 3 == len(statements)
