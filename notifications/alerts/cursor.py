"""How far alerts have been looked for: position in the log, instant, and the last number given out.

A turn earlier than the last one shows that one of the two had a wrong clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from events import format_instant, parse_instant
from events.database.owned_tables import table_of
from events.tables import EventRow
from notifications.tables import AlertCursorRow

CURSOR, EVENTS = table_of(AlertCursorRow), table_of(EventRow)
LONGEST_LEAD = timedelta(days=1)
"""How far a clock may be ahead for its entries to be waited for; further ahead none is taken."""
CLOCK_SLACK = timedelta(minutes=1)
"""How far clocks of several machines may differ, and turns wait for each other, before one counts
as having been set back."""
CURSORS = select(CURSOR)
# Two comparisons, since PostgreSQL takes no collation within BETWEEN.
RECORDED_AHEAD = select(EVENTS.c.position, EVENTS.c.recorded_at).where(
    EVENTS.c.position > bindparam("position"),
    EVENTS.c.recorded_at >= bindparam("from"),
    EVENTS.c.recorded_at <= bindparam("until"),
)


def read_cursor(connection: Connection) -> Any:
    """The row of the cursor; None before the first turn."""
    return connection.execute(CURSORS).first()


def is_set_back(cursor: Any, now: datetime) -> bool:
    """Whether a turn is so much earlier than the last one that one of the two clocks was wrong."""
    return now < parse_instant(cursor.instant) - CLOCK_SLACK


def advance(connection: Connection, cursor: Any, now: datetime, position: int, seq: int) -> None:
    """Stores how far alerts have been looked for.

    The position stops before an entry that is recorded later than `now`, by a clock that is ahead:
    it is news when it is known. The instant follows the clock: what is looked at twice is stored
    once by its key, while what a turn in the past left out must be looked at again.
    """
    last_position = cursor.position if cursor else 0
    this_second = now.replace(microsecond=0)
    coming = {
        "position": last_position,
        "from": format_instant(this_second).removesuffix("Z"),
        "until": format_instant(this_second + LONGEST_LEAD),
    }
    rows = connection.execute(RECORDED_AHEAD, coming)
    unknown = (row.position for row in rows if parse_instant(row.recorded_at) > now)
    known_position = min(unknown, default=position + 1) - 1
    values = {
        "position": max(last_position, min(position, known_position)),
        "instant": format_instant(now),
        "seq": seq,
    }
    if cursor is None:
        connection.execute(insert(CURSOR).values(id=1, **values))
    else:
        connection.execute(update(CURSOR).values(values))
