"""When did a turn last go well? Read through the store: who only asks need not load SQLAlchemy."""

from __future__ import annotations

from events import EventStore

LAST_GOOD = "good"
"""The row of `turns` that says so."""


def last_good_turn(store: EventStore) -> str | None:
    """The instant of the last good turn; None where none ever was, or no table for it."""
    rows = store.read_table("turns", "SELECT at FROM turns WHERE name = ?", (LAST_GOOD,))
    return rows[0][0] if rows else None
