"""Circuits of relays as the database holds them, so that every worker leaves the same one alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Connection, delete, select, text, update

from events import format_instant, parse_instant
from notifications.tables import CircuitRow, table_of

THRESHOLD = 3
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=30)
Standing = Literal["closed", "open", "probe"]


class Circuit(Struct, frozen=True):
    """How a relay has fared: failures in a row, and until when it is left alone."""

    host: str
    failures: int = 0
    open_until: datetime | None = None
    last_error: str = ""


def standing(circuit: Circuit, now: datetime) -> Standing:
    """Closed lets everything through, open nothing, probe one message to find out.

    A pause longer than any we give means that the clock went back; then it is time to look.
    """
    if circuit.open_until is None:
        return "closed"
    left = circuit.open_until - now
    return "open" if timedelta(0) < left <= LONGEST_PAUSE else "probe"


def failed(circuit: Circuit, now: datetime, error: str, asked: timedelta | None = None) -> Circuit:
    """One failure more; from the third in a row on, each doubles the pause.

    A server that says how long it wants to be left alone (`asked`) is left alone at once.
    """
    failures = circuit.failures + 1
    over = failures - THRESHOLD
    pause = FIRST_PAUSE * (1 << min(over, 10)) if over >= 0 else timedelta(0)
    pause = min(max(pause, asked or timedelta(0)), LONGEST_PAUSE)
    return Circuit(circuit.host, failures, now + pause if pause else None, error)


CIRCUITS = table_of(CircuitRow)


def find(connection: Connection, host: str) -> Circuit:
    """How this relay has fared; nothing on record is nothing wrong."""
    row = connection.execute(select(CIRCUITS).where(CIRCUITS.c.host == host)).first()
    if row is None:
        return Circuit(host)
    until = parse_instant(row.open_until) if row.open_until else None
    return Circuit(host, row.failures, until, row.last_error)


def most(connection: Connection, host: str, at: datetime) -> int | None:
    """How many messages may be tried: all (None), none, or the one that finds out.

    Whoever takes the probe moves the pause on, so that nobody else takes it too.
    """
    circuit = find(connection, host)
    stands = standing(circuit, at)
    if stands == "closed":
        return None
    if stands == "open" or circuit.open_until is None:
        return 0
    seen = (CIRCUITS.c.host == host) & (CIRCUITS.c.open_until == format_instant(circuit.open_until))
    moved = update(CIRCUITS).where(seen).values(open_until=format_instant(at + FIRST_PAUSE))
    return int(connection.execute(moved).rowcount)


def note_failure(
    connection: Connection,
    host: str,
    at: datetime,
    error: str,
    asked: timedelta | None = None,
) -> Circuit:
    """One failure more of this relay, which may have asked to be left alone for so long."""
    circuit = failed(find(connection, host), at, error, asked)
    connection.execute(KEEP, _values(circuit, at))
    return circuit


KEEP = text(
    "INSERT INTO mail_circuits (host, failures, open_until, last_error, changed_at) "
    "VALUES (:host, :failures, :open_until, :last_error, :changed_at) "
    "ON CONFLICT (host) DO UPDATE SET failures = excluded.failures, "
    "open_until = excluded.open_until, last_error = excluded.last_error, "
    "changed_at = excluded.changed_at"
)


def _values(circuit: Circuit, at: datetime) -> dict[str, Any]:
    return {
        "host": circuit.host,
        "failures": circuit.failures,
        "open_until": format_instant(circuit.open_until) if circuit.open_until else None,
        "last_error": circuit.last_error,
        "changed_at": format_instant(at),
    }


def note_success(connection: Connection, host: str) -> None:
    """A relay that takes mail has nothing on record."""
    connection.execute(delete(CIRCUITS).where(CIRCUITS.c.host == host))


def in_trouble(connection: Connection) -> list[dict[str, Any]]:
    """Relays that have failed since they last took a message."""
    rows = connection.execute(select(CIRCUITS).order_by(CIRCUITS.c.host))
    return [dict(row._mapping) for row in rows]
