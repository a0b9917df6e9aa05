"""Append-only, enforced by SQLite itself: what the log holds is not changed by any connection.

`INSERT OR REPLACE` walks past a DELETE trigger while recursive triggers are off, so what is there
already is guarded before each insert as well, and with it the density of positions and versions.
"""

from __future__ import annotations

REFUSED = "SELECT RAISE(ABORT, 'events are append-only')"
NEXT_POSITION = "(SELECT ifnull(max(position), 0) + 1 FROM events)"
NEXT_VERSION = "(SELECT ifnull(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)"

TRIGGERS = (
    f"CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN {REFUSED}; END",
    f"CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN {REFUSED}; END",
    "CREATE TRIGGER events_next_only BEFORE INSERT ON events "
    f"WHEN NEW.position IS NOT {NEXT_POSITION} OR NEW.version IS NOT {NEXT_VERSION} "
    f"OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id) BEGIN {REFUSED}; END",
    "CREATE TRIGGER event_counter_forward BEFORE UPDATE ON event_counter "
    "WHEN NEW.position <= OLD.position "
    "BEGIN SELECT RAISE(ABORT, 'the counter goes forward'); END",
    "CREATE TRIGGER event_counter_stays BEFORE DELETE ON event_counter "
    "BEGIN SELECT RAISE(ABORT, 'the counter stays'); END",
    "CREATE TRIGGER event_texts_no_update BEFORE UPDATE ON event_texts "
    "BEGIN SELECT RAISE(ABORT, 'texts are erased, never changed'); END",
)
