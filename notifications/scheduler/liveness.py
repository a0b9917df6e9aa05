"""How others notice that turns go on: a row with the last good turn, and a URL that is fetched.

The row, named `good` in `turns(name, at, position, worker)`, may be read by whoever may read
projections. The URL is the operator's own: whoever watches it notices when fetches stay away, and
that needs nothing of ours to be alive.
"""

from __future__ import annotations

from datetime import datetime
from http.client import HTTPException
from urllib.request import HTTPRedirectHandler, Request, build_opener

from sqlalchemy import Connection, text

from events import format_instant
from events.database.table_writer import ConnectionTableWriter
from events.instants import boot_id, boot_seconds
from notifications.errors import connection_words
from notifications.outbox.clocks import database_clock
from notifications.scheduler.failure_log import FailureLog
from notifications.scheduler.last_turn import CLOCK, LARGEST_DIFFERENCE, UPSERT

PING_TIMEOUT_SECONDS = 5.0
READ_BOOT = text("SELECT worker FROM turns WHERE name = :name")


def record_clock(connection: Connection, at: datetime, *, given: bool) -> None:
    """Stores the first instant that was believed since the machine was started, or one given since.

    Later ones would move it with a clock that was set back. One far from the clock is being tried
    out, and says nothing about the present.
    """
    boot = boot_id()
    if boot is None or (
        not given and connection.execute(READ_BOOT, {"name": CLOCK}).scalar() == boot
    ):
        return
    if abs(at - database_clock(connection)) <= LARGEST_DIFFERENCE:
        tables = ConnectionTableWriter(connection)
        tables.execute(UPSERT, (CLOCK, format_instant(at), int(boot_seconds()), boot))


class _NoRedirect(HTTPRedirectHandler):
    """The operator named one address; no other is fetched."""

    def redirect_request(self, *_arguments: object, **_named: object) -> None:
        return None


def ping(url: str, failures: FailureLog) -> bool:
    """Fetches the URL; a failure is told to `failures` and stops nothing."""
    request = Request(url, headers={"User-Agent": "pactwatch"})
    try:
        with build_opener(_NoRedirect).open(request, timeout=PING_TIMEOUT_SECONDS) as response:
            response.read(1)
    except (OSError, HTTPException, ValueError) as error:
        # What a library puts around the error of a connection says nothing to who is on call.
        reason = getattr(error, "reason", error)
        words = connection_words(reason) if isinstance(reason, OSError) else str(error)
        failures.failed(f"{words} (PACTWATCH_HEARTBEAT_URL)")
        return False
    failures.succeeded()
    return True
