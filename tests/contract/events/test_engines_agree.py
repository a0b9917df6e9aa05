"""The engines answer alike, whatever is asked of them: outcomes, events, hashes and roots."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import EventStore, EventStoreError, NewEvent
from events.transparency.checkpoints import tree_head
from events.transparency.verification import verify
from tests.support.profiles import examples

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
STREAMS = st.sampled_from(["a", "b", 'c "é']) | st.just("\U0001f600")
EVENTS = st.builds(
    lambda number, text, note: NewEvent(
        type="t.v1",
        data={"text": text} | ({"note": note} if note else {}),
        id=f"e{number}",
        erasable=("note",) if note == "x" else (),
    ),
    st.integers(0, 12),
    st.sampled_from(["one", "two", "ü\u2028\x1f"]),
    st.sampled_from(["", "x", "y"]),
)
BATCHES = st.tuples(
    st.lists(st.tuples(STREAMS, EVENTS), max_size=4),
    st.dictionaries(STREAMS, st.integers(0, 3), max_size=2),
)
REDACTIONS = st.integers(0, 12)


def did(store: EventStore, operation: Any) -> object:
    """The outcome of one operation, in words that leave out what is random: salts."""
    if isinstance(operation, int):
        return store.redact(f"e{operation}")
    items, expected = operation
    try:
        done = store.append_batch(items, expected)
    except EventStoreError as error:
        return type(error).__name__
    return done.appended, [(e.position, e.stream, e.version, e.id, e.data) for e in done.events]


def content_of(store: EventStore) -> object:
    events = [(e.position, e.stream, e.version, e.id, e.data, e.erased) for e in store.read_all()]
    return events, store.streams_after(0), store.head()


@pytest.fixture(scope="module")
def address(postgres_server: str) -> Iterator[str]:
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as db:
        db.execute("CREATE DATABASE agree")
    yield postgres_server.rsplit("/", 1)[0] + "/agree"
    with psycopg.connect(postgres_server, autocommit=True) as db:
        db.execute("DROP DATABASE agree WITH (FORCE)")


def emptied(address: str) -> str:
    """The same database with no tables: quicker than making another."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as db:
        db.execute("DROP SCHEMA public CASCADE")
        db.execute("CREATE SCHEMA public")
    return address


@given(st.lists(BATCHES | REDACTIONS, max_size=12))
@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_three_engines_and_one_answer(address: str, operations: list[Any]) -> None:
    """Each step has the same outcome everywhere, and each log verifies afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        urls = ("memory://", str(Path(folder) / "log.db"), emptied(address))
        stores = [EventStore.open(url, clock=lambda: AT) for url in urls]
        for operation in operations:
            outcomes = [did(store, operation) for store in stores]
            assert [outcomes[0]] * 3 == outcomes
        assert [content_of(stores[0])] * 3 == [content_of(store) for store in stores]
        assert [None] * 3 == [verify(store, (tree_head(store),)).damage for store in stores]
        for store in stores:
            store.close()
