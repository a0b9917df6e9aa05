"""How fast are single commits on PostgreSQL, by one writer and by four at once?"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from itertools import count
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier

import psycopg

from benchmarks import peer
from benchmarks.postgres_writers import (
    STREAMS,
    WRITTEN,
    Contender,
    ours,
    peers,
    peers_by_function,
    prepare,
    raw,
    raw_in_turn,
)
from benchmarks.timing import absent, progress, speed, taking_turns
from events import EventStore, EventStoreError
from tests.support.postgres import NoPostgres, server

COMMITS, PATIENCE = 500, 120
WRITERS = ((1, ">= 2"), (4, ">= 3"))
MOST = 4
# Its function takes no lock before it takes a number, so a reader can pass over a number that
# is committed later; the goal stands against what keeps the order, as ours does.
BY_FUNCTION = "server-side function, not in order"
RAW_IN_TURN = "raw psycopg, rows ready, one lock and a counter, nothing else"
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")

Spans = SimpleQueue[tuple[float, float]]
_spawned = multiprocessing.get_context("spawn")
_numbers = count(1)


def rows() -> Iterator[str]:
    progress("PostgreSQL: starting a server")
    try:
        with server() as url:
            yield from _measured(url)
    except NoPostgres as error:
        yield from (absent(_name(writers), str(error), goal) for writers, goal in WRITERS)


def _name(writers: int) -> str:
    return f"append 1 a commit, PostgreSQL, {writers} writer{'s' if writers > 1 else ''}"


def _measured(url: str) -> Iterator[str]:
    """Our engine may be missing; the peer alone then shows that the rest works."""
    written = _database(url, WRITTEN)
    try:
        prepare(ours, written)
    except EventStoreError as error:
        yield from (_without_ours(url, writers, goal, str(error)) for writers, goal in WRITERS)
        return
    race(ours, written, MOST)
    for writers, goal in WRITERS:
        yield from _compared(url, writers, goal)


def _without_ours(url: str, writers: int, goal: str, why: str) -> str:
    rates = [
        f"{writers * COMMITS / fresh_race(contender, url, writers):,.0f}/s"
        for contender in (peers, peers_by_function)
    ]
    return absent(f"{_name(writers)}; {peer.NAME}: {', '.join(rates)}", why, goal)


def _compared(url: str, writers: int, goal: str) -> Iterator[str]:
    total = writers * COMMITS
    progress(f"{_name(writers)}: {total} commits, five rounds")
    mine, other, by_function, in_turn, floor = taking_turns(
        _race(ours, url, writers),
        _race(peers, url, writers),
        _race(peers_by_function, url, writers),
        _race(raw_in_turn, url, writers),
        _race(raw, url, writers),
    )
    name = _name(writers)
    yield speed(name, total, mine, other, peer.NAME, goal)
    yield speed(name, total, mine, by_function, f"{peer.NAME}, {BY_FUNCTION}", "measured")
    yield speed(name, total, mine, in_turn, RAW_IN_TURN, "measured")
    yield speed(f"{name}: {RAW_IN_TURN}", total, in_turn, other, peer.NAME, "the most to be had")
    yield speed(name, total, mine, floor, "raw psycopg, rows ready, no triggers", "measured")


def _race(contender: Contender, url: str, writers: int) -> Callable[[], float]:
    return lambda: fresh_race(contender, url, writers)


def fresh_race(contender: Contender, url: str, writers: int) -> float:
    """A race in a database of its own, all dirty pages of the one before written out."""
    place = _database(url, f"race_{next(_numbers)}")
    prepare(contender, place)
    _command(url, "CHECKPOINT")
    seconds = race(contender, place, writers)
    if contender is ours:
        _check_whole(place, writers)
    _command(url, f"DROP DATABASE {place.rpartition('/')[2]} WITH (FORCE)")
    return seconds


def race(contender: Contender, url: str, writers: int) -> float:
    """Seconds from the first writer's first timed commit to the last writer's last."""
    barrier, spans = _spawned.Barrier(writers), _spawned.SimpleQueue()
    runners = [
        _spawned.Process(target=_run, args=(contender, url, writer, barrier, spans), daemon=True)
        for writer in range(writers)
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(PATIENCE)
        if runner.exitcode != 0:
            raise SystemExit(f"a writer of {contender.__name__} ended with {runner.exitcode}")
    begun, ended = zip(*(spans.get() for _ in runners), strict=True)
    return float(max(ended) - min(begun))


def _run(contender: Contender, url: str, writer: int, barrier: Barrier, spans: Spans) -> None:
    """In the child: begin the streams, wait for the others, then commit as fast as it goes."""
    with contender(url, writer) as write:
        for turn in range(STREAMS):
            write(turn)
        barrier.wait(PATIENCE)
        begun = time.perf_counter()
        for turn in range(STREAMS, STREAMS + COMMITS):
            write(turn)
        spans.put((begun, time.perf_counter()))


def _check_whole(url: str, writers: int) -> None:
    with EventStore.open(url) as store:
        head, expected = store.head(), writers * (STREAMS + COMMITS)
    if head != expected:
        raise SystemExit(f"the log ends at {head}, not at {expected}")


def _database(url: str, name: str) -> str:
    """A fresh database that waits for the disk; its address."""
    _command(url, f"CREATE DATABASE {name}")
    made = f"{url.rpartition('/')[0]}/{name}"
    with psycopg.connect(made) as db:
        for setting in DURABLE:
            if db.execute(f"SHOW {setting}").fetchone() != ("on",):
                raise SystemExit(f"the server runs with {setting} off")
    return made


def _command(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(statement.encode())
