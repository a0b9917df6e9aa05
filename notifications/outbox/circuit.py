"""Circuit breaker per relay: one that keeps failing is left alone for a while by every worker.

The state is a row in the database, so all workers see the same one; a relay without a row is well.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, bindparam, delete, select, text, update

from events import format_instant, parse_instant
from events.database.owned_tables import table_of
from events.wording import plural
from notifications.tables import CircuitRow, has_table

CIRCUITS = table_of(CircuitRow)
THRESHOLD = 3
"""Failures in a row that open a circuit."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=30)
ABANDONED_AFTER = timedelta(days=7)
"""A relay to which messages are to go fails again within hours, or takes one."""
CircuitState = Literal["closed", "open", "probe"]


class Circuit(Struct, frozen=True):
    """How a relay has fared: failures in a row, and until when it is left alone."""

    host: str
    failures: int = 0
    open_until: datetime | None = None
    last_error: str = ""


class FailingRelay(Struct, frozen=True):
    """A circuit as it is stored; instants are text."""

    host: str
    failures: int
    open_until: str | None
    last_error: str
    changed_at: str

    @property
    def words(self) -> str:
        failures = f"{plural(self.failures, 'failure')} in a row"
        state = f"left alone until {self.open_until}" if self.open_until else failures
        return f"{self.host}: {state}: {self.last_error}"


def state_of(circuit: Circuit, now: datetime) -> CircuitState:
    """Closed lets everything through, open nothing, probe one message to find out."""
    if circuit.open_until is None:
        return "closed"
    # A pause longer than any we give means that the clock was set back: the relay is probed
    # rather than left alone until the old time comes again.
    remaining = circuit.open_until - now
    return "open" if timedelta(0) < remaining <= LONGEST_PAUSE else "probe"


def after_failure(
    circuit: Circuit, now: datetime, error: str, retry_after: timedelta | None = None
) -> Circuit:
    """The circuit after one more failure; from the third in a row on, each doubles the pause.

    A server that says how long it wants to be left alone (`retry_after`) is left alone at once.
    """
    failures = circuit.failures + 1
    beyond = failures - THRESHOLD
    pause = FIRST_PAUSE * (1 << min(beyond, 10)) if beyond >= 0 else timedelta(0)
    pause = min(max(pause, retry_after or timedelta(0)), LONGEST_PAUSE)
    return Circuit(circuit.host, failures, now + pause if pause else None, error)


def load_circuit(connection: Connection, host: str) -> Circuit:
    """The circuit of a relay; closed when nothing is stored."""
    row = connection.execute(OF_HOST, {"host": host}).first()
    if row is None:
        return Circuit(host)
    until = parse_instant(row.open_until) if row.open_until else None
    return Circuit(host, row.failures, until, row.last_error)


def admitted_count(connection: Connection, host: str, at: datetime) -> int | None:
    """How many messages may be tried: any number (None), none, or one as a probe."""
    circuit = load_circuit(connection, host)
    state = state_of(circuit, at)
    if state == "closed":
        return None
    if state == "open" or circuit.open_until is None:
        return 0
    # Compare and set: the worker whose update matches has the probe, since the pause it moved on
    # is no longer the one that the others have read.
    unchanged = CIRCUITS.c.open_until == format_instant(circuit.open_until)
    probe = (
        update(CIRCUITS)
        .where(CIRCUITS.c.host == host, unchanged)
        .values(open_until=format_instant(at + FIRST_PAUSE))
    )
    return int(connection.execute(probe).rowcount)


OF_HOST = select(CIRCUITS).where(CIRCUITS.c.host == bindparam("host"))
UPSERT = text(
    "INSERT INTO mail_circuits (host, failures, open_until, last_error, changed_at) "
    "VALUES (:host, :failures, :open_until, :last_error, :changed_at) "
    "ON CONFLICT (host) DO UPDATE SET failures = excluded.failures, "
    "open_until = excluded.open_until, last_error = excluded.last_error, "
    "changed_at = excluded.changed_at"
)


def record_failure(
    connection: Connection,
    host: str,
    at: datetime,
    error: str,
    retry_after: timedelta | None,
) -> Circuit:
    """Stores one more failure of a relay; returns its circuit, which may have opened."""
    circuit = after_failure(load_circuit(connection, host), at, error, retry_after)
    until = format_instant(circuit.open_until) if circuit.open_until else None
    row = FailingRelay(host, circuit.failures, until, circuit.last_error, format_instant(at))
    connection.execute(UPSERT, asdict(row))
    return circuit


def return_probe(connection: Connection, host: str, at: datetime) -> None:
    """Lets the next worker probe at once: this one had nothing to send."""
    at_once = update(CIRCUITS).where(CIRCUITS.c.host == host)
    connection.execute(at_once.values(open_until=format_instant(at)))


def close(connection: Connection, host: str) -> None:
    """Closes the circuit of a relay that took a message, or that nothing waits for."""
    connection.execute(delete(CIRCUITS).where(CIRCUITS.c.host == host))


def forget_abandoned(connection: Connection, now: datetime) -> None:
    """Forgets relays that nobody has tried for long, as one that another has taken the place of."""
    long_ago = format_instant(now - ABANDONED_AFTER)
    connection.execute(delete(CIRCUITS).where(CIRCUITS.c.changed_at < long_ago))


BY_HOST = select(CIRCUITS).order_by(CIRCUITS.c.host)


def failing_relays(connection: Connection) -> list[FailingRelay]:
    """Relays that have failed since they last took a message, by name."""
    if not has_table(connection, CircuitRow):
        return []
    rows = connection.execute(BY_HOST)
    return [FailingRelay(**row._mapping) for row in rows]
