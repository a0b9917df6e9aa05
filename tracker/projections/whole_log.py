"""What rows tell of the whole log, so that nobody reads all of it: its marks, and its newest entry.

Streams of no agreement have no row, and what came in since the projection is in none: they are
read. Without rows of these rules it is the log that tells.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain

from events import EventStore, format_instant, in_order
from tracker.entries.hidden_events import HiddenEvents
from tracker.entries.streams import is_reserved, reserved_events
from tracker.entries.tlp import LEVELS, is_within, states_above
from tracker.entries.visible_log import marked_streams
from tracker.projections.reader import projected

ABOVE = "SELECT id FROM agreements WHERE strictest_tlp IN ({})"
NEWEST_OF_EACH = """
    SELECT id, newest_at FROM agreements ORDER BY rtrim(newest_at, 'Z') DESC LIMIT ?
"""
NEWEST_AFTER = """
    SELECT position, recorded_at FROM events WHERE position > ?
    ORDER BY rtrim(recorded_at, 'Z') DESC LIMIT ?
"""


def streams_above(store: EventStore, ceiling: str) -> set[str]:
    """The streams of the log with something above a ceiling."""
    rows = projected(store)
    if rows is None:
        return marked_streams(store, ceiling)
    levels = tuple(level for level in LEVELS if not is_within(level, ceiling))
    query = ABOVE.format(", ".join("?" * len(levels)))
    of_agreements = {name for (name,) in store.read_table("agreements", query, levels)}
    reserved = {e.stream for e in reserved_events(store) if states_above(e, ceiling)}
    return of_agreements | reserved | marked_streams(store, ceiling, rows.position)


def newest_recorded(store: EventStore, marked: Collection[str], hidden: HiddenEvents) -> str:
    """When the newest entry that is not hidden was recorded; empty where there is none.

    `marked` are the streams with something hidden, whose rows would tell of it.
    """
    rows = projected(store)
    if rows is None:
        return newest_after(store, 0, hidden)
    newest = store.read_table("agreements", NEWEST_OF_EACH, (len(marked) + 1,))
    instants: list[str] = [at for name, at in newest if name not in marked]
    agreements = (name for name in marked if not is_reserved(name))
    apart = chain(reserved_events(store), *map(store.read_stream, agreements))
    above = frozenset(hidden.positions)
    instants += [format_instant(e.recorded_at) for e in apart if e.position not in above]
    return max([*instants, newest_after(store, rows.position, hidden)], key=in_order)


def newest_after(store: EventStore, position: int, hidden: HiddenEvents) -> str:
    """The same of the entries after a position, of which each is read."""
    above = frozenset(hidden.positions)
    rows = store.read_table("events", NEWEST_AFTER, (position, len(above) + 1))
    visible: list[str] = [at for place, at in rows if place not in above]
    return max(visible, key=in_order, default="")
