"""The last turn that went well: the row of `turns` by which others see that turns go on.

The table is `turns(name, at, position, worker)` with one row named `good`; whoever may read
projections may read it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, text

from events import format_instant, parse_instant
from notifications.tables import TurnRow, table_of

GOOD = "good"
TURNS = table_of(TurnRow)
KEEP = text(
    "INSERT INTO turns (name, at, position, worker) VALUES (:name, :at, :position, :worker) "
    "ON CONFLICT (name) DO UPDATE SET at = excluded.at, position = excluded.position, "
    "worker = excluded.worker"
)


def keep(connection: Connection, at: datetime, position: int, worker: str) -> None:
    """Say that a turn at this instant went well."""
    values = {"name": GOOD, "at": format_instant(at), "position": position, "worker": worker}
    connection.execute(KEEP, values)


def last_good(connection: Connection) -> datetime | None:
    """When the last turn that went well was; None before the first."""
    found = connection.execute(select(TURNS.c.at).where(TURNS.c.name == GOOD)).scalar()
    return parse_instant(found) if found else None
