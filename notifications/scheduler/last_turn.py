"""When a turn last went well, and whether the clock of the next one can be believed.

Read and written through the store, so that `check` and a quiet turn load no SQLAlchemy.
"""

from __future__ import annotations

import os
import platform
import secrets
from datetime import datetime, timedelta

from events import EventStore, format_instant, parse_instant
from events.instants import boot_id, boot_seconds
from events.table_writer import TableWriter
from notifications.errors import ImplausibleClock

LAST_GOOD, CLOCK = "good", "clock"
"""The names of the rows of `turns`. The second pairs an instant that was
believed with the seconds since the machine was started (in `position`, of which boot in `worker`):
on SQLite nothing else tells how much time has gone by."""
PROCESS_NONCE = secrets.token_hex(3)
"""Tells two processes apart when the second gets the number of one that died."""
LARGEST_DIFFERENCE = timedelta(days=1)
TURN, ENTRY = "no turn is taken", "nothing is recorded"
COMMANDS = {TURN: "pactwatch tick", ENTRY: "the same command with"}


UPSERT = """
    INSERT INTO turns (name, at, position, worker) VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET at = excluded.at, position = excluded.position,
    worker = excluded.worker
"""


def record_turn(tables: TableWriter, at: datetime, position: int) -> None:
    """Stores that a turn of this process at an instant went well."""
    tables.execute(UPSERT, (LAST_GOOD, format_instant(at), position, worker_name()))


def last_good_turn(store: EventStore) -> str | None:
    """The instant of the last good turn; None where none ever was, or no table for it."""
    rows = store.read_table("turns", "SELECT at FROM turns WHERE name = ?", (LAST_GOOD,))
    return rows[0][0] if rows else None


def steady_time(store: EventStore) -> datetime | None:
    """The present by an instant that was believed and the time since; None after a restart.

    A suspended machine goes on counting, so a desk that was closed for a month goes on by itself.
    """
    query = "SELECT at, position, worker FROM turns WHERE name = ?"
    rows = store.read_table("turns", query, (CLOCK,))
    if not rows or rows[0][2] != boot_id():
        return None
    at, seconds, _ = rows[0]
    return parse_instant(at) + timedelta(seconds=boot_seconds() - seconds)


def check_turn_clock(store: EventStore, now: datetime) -> None:
    """Raises ImplausibleClock for a turn far from the present as far as the database knows it.

    Ahead, when both the last turn and the server's clock (on SQLite: the time that has gone by) are
    more than a day earlier; behind, when both the last turn and the newest entry are as much later.
    """
    last = last_good_turn(store)
    _check_not_ahead(store, now, last, TURN)
    latest = now + LARGEST_DIFFERENCE
    if last is not None and parse_instant(last) > latest:
        newest = next(store.read_all(store.head() - 1), None)
        if newest is not None and newest.recorded_at > latest:
            evidence = f"the newest entry is of {_second(newest.recorded_at)}"
            raise _implausible(TURN, now, last, evidence)


def check_entry_clock(store: EventStore, now: datetime) -> None:
    """Raises ImplausibleClock for an entry recorded ahead of the present.

    Its time would keep its agreement from taking entries until then.
    """
    _check_not_ahead(store, now, last_good_turn(store), ENTRY)


def _check_not_ahead(store: EventStore, now: datetime, last: str | None, what: str) -> None:
    earliest = now - LARGEST_DIFFERENCE
    if last is not None and parse_instant(last) >= earliest:
        return
    server_time = store.server_time()
    present = server_time or steady_time(store)
    if present is not None and present < earliest:
        clock = "by the clock of its server" if server_time else "by the time since then"
        raise _implausible(what, now, last, f"{clock} it is {_second(present)}")


def _implausible(what: str, now: datetime, last: str | None, evidence: str) -> ImplausibleClock:
    after = f"the last turn on this database was at {last}, " if last else ""
    return ImplausibleClock(
        f"{what} at {_second(now)}: {after}{evidence}",
        hint=f"set the clock right, or if it is: {COMMANDS[what]} --now {_second(now)}",
    )


def _second(at: datetime) -> str:
    return format_instant(at.replace(microsecond=0))


def worker_name() -> str:
    """The name of this process among all workers of a database."""
    return f"{platform.node()}:{os.getpid()}:{PROCESS_NONCE}"
