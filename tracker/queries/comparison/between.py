"""The two sides of a comparison, and the entries that lie between them."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from events import EventStore, parse_instant
from tracker.dates.instants import Clocks, both_clocks
from tracker.entries.streams import is_registry
from tracker.queries.entries import Document
from tracker.queries.timeline import Filter, Timeline


class ClockPair(Struct, frozen=True):
    """One of the two sides of a comparison: where each clock stands."""

    as_of: datetime
    known_at: datetime

    def as_json(self) -> Clocks:
        return both_clocks(self.as_of, self.known_at)


def entries_between(
    store: EventStore, before: ClockPair, after: ClockPair, name: str | None
) -> tuple[list[Document], list[Document]]:
    """The entries that were recorded or took effect between two sides, and those entered later.

    Later is what took effect between them and was recorded after the second; with it what amends
    such an entry.
    """
    rows = [
        row
        for row in Timeline(store).each(None, Filter())
        if not is_registry(row["stream"]) and name in (None, row["stream"], *row["commitments"])
    ]
    between, later, concerned = [], [], set()
    for row in rows:
        recorded_at, at = parse_instant(row["recorded_at"]), parse_instant(row["effective_at"])
        took_effect = before.as_of < at <= after.as_of
        concerned |= {row["id"]} if took_effect else set()
        if recorded_at > after.known_at:
            later += [row] if took_effect or row["data"].get("event") in concerned else []
        elif took_effect or recorded_at > before.known_at:
            between.append(row)
    return between, later
