"""Append-only, enforced by SQLite itself: what the log holds is not changed by any connection."""

from __future__ import annotations

REFUSED = "SELECT RAISE(ABORT, 'events are append-only')"

TRIGGERS = (
    f"CREATE TRIGGER IF NOT EXISTS events_no_update BEFORE UPDATE ON events BEGIN {REFUSED}; END",
    f"CREATE TRIGGER IF NOT EXISTS events_no_delete BEFORE DELETE ON events BEGIN {REFUSED}; END",
    "CREATE TRIGGER IF NOT EXISTS events_no_overwrite BEFORE INSERT ON events "
    "WHEN EXISTS (SELECT 1 FROM events WHERE position = NEW.position OR id = NEW.id "
    f"OR (stream = NEW.stream AND version = NEW.version)) BEGIN {REFUSED}; END",
    "CREATE TRIGGER IF NOT EXISTS events_dense BEFORE INSERT ON events "
    "WHEN NEW.position IS NOT (SELECT position FROM event_counter WHERE id = 1) "
    "BEGIN SELECT RAISE(ABORT, 'positions are given out by event_counter'); END",
)
