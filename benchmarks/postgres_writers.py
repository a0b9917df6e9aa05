"""Who writes to PostgreSQL? Each contender in a process of its own, one commit at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg

from benchmarks import peer
from benchmarks.facts import FACT, TYPE
from events import EventStore, NewEvent

STREAMS = 10
WRITTEN = "written"
"""The database whose rows the raw driver writes again."""

IN_TURN = """
CREATE PROCEDURE put(given raw_events) LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_advisory_xact_lock(1);
  UPDATE event_counter SET position = position + 1 WHERE id = 1 RETURNING position
    INTO given.position;
  INSERT INTO raw_events VALUES (given.*);
END $$
"""
"""The least that gives dense positions in commit order: one lock until the flush, one counter."""

Write = Callable[[int], object]
"""One commit, on the stream whose turn it is; the first STREAMS of them begin the streams."""
Contender = Callable[[str, int], AbstractContextManager[Write]]


def prepare(contender: Contender, url: str) -> None:
    """The tables, made before several processes use them."""
    if contender in (peers, peers_by_function):
        peer.on_postgres(url, create=True).close()
        return
    EventStore.open(url).close()
    if contender in (raw, raw_in_turn):
        with psycopg.connect(url) as db:
            db.execute("CREATE TABLE raw_events (LIKE events INCLUDING ALL)")
            db.execute(IN_TURN)


@contextmanager
def ours(url: str, writer: int) -> Iterator[Write]:
    with EventStore.open(url) as store:

        def write(turn: int) -> None:
            version, number = divmod(turn, STREAMS)
            event = NewEvent(type=TYPE, data=FACT)
            store.append(f"{_prefix(writer)}{number}", [event], expected_version=version)

        yield write


def peers(url: str, writer: int) -> AbstractContextManager[Write]:  # noqa: ARG001
    return _peers(url, functions=False)


def peers_by_function(url: str, writer: int) -> AbstractContextManager[Write]:  # noqa: ARG001
    return _peers(url, functions=True)


@contextmanager
def _peers(url: str, *, functions: bool) -> Iterator[Write]:
    with peer.on_postgres(url, create=False, functions=functions) as ledger:
        agreements: list[peer.Agreement] = []

        def write(turn: int) -> None:
            if turn < STREAMS:
                agreements.append(peer.Agreement())
            else:
                agreements[turn % STREAMS].report(**FACT)
            ledger.save(agreements[turn % STREAMS])

        yield write


def raw(url: str, writer: int) -> AbstractContextManager[Write]:
    """Rows of our log into the same table and indexes, without what else our engine does."""
    return _raw(url, writer, "INSERT INTO raw_events VALUES ({})")


def raw_in_turn(url: str, writer: int) -> AbstractContextManager[Write]:
    """As `raw`, but each writer waits for its turn and takes the next position."""
    return _raw(url, writer, "CALL put(ROW({})::raw_events)")


@contextmanager
def _raw(url: str, writer: int, statement: str) -> Iterator[Write]:
    with psycopg.connect(f"{url.rpartition('/')[0]}/{WRITTEN}") as db:
        query = "SELECT * FROM events WHERE stream LIKE %s ORDER BY position"
        rows = db.cursor(binary=True).execute(query, (f"{_prefix(writer)}%",)).fetchall()
    insert = statement.format(", ".join(["%s"] * len(rows[0])))
    with psycopg.connect(url, autocommit=True) as db:
        yield lambda turn: db.execute(insert, rows[turn], prepare=True)


def _prefix(writer: int) -> str:
    return f"writer-{writer}-stream-"
