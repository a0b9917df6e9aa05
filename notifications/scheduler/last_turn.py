"""Reads when a turn last went well, through the store, so that `check` loads no SQLAlchemy."""

from __future__ import annotations

from events import EventStore

LAST_GOOD = "good"
"""The name of the one row of `turns`; `liveness.record_turn` writes it."""


def last_good_turn(store: EventStore) -> str | None:
    """The instant of the last good turn; None where none ever was, or no table for it."""
    rows = store.read_table("turns", "SELECT at FROM turns WHERE name = ?", (LAST_GOOD,))
    return rows[0][0] if rows else None
