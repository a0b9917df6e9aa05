"""Compares two instants: what changed in the world, or in what was known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import TypedDict

from events import EventStore, parse_instant
from tracker.dates.instants import Clocks
from tracker.entries.decoding import commitment_made_by
from tracker.entries.streams import STATEMENTS, agreement_ids, is_registry, is_reserved
from tracker.entries.tlp import highest
from tracker.entries.unreadable import (
    UnreadableDocument,
    readable,
    unreadable_document,
)
from tracker.errors import UnreadableAgreement, unknown_id
from tracker.projections.commitment_index import CommitmentIndex, agreement_of
from tracker.projections.elsewhere import Surroundings
from tracker.queries.comparison.changes import (
    AHEAD,
    CORRECTED,
    HAPPENED,
    LEARNED,
    ClockPair,
    changes_of_agreement,
)
from tracker.queries.comparison.differences import DiffRow
from tracker.queries.timeline import Filter, Timeline, TimelineRow

DiffDocument = TypedDict(
    "DiffDocument",
    {
        "from": Clocks,
        "to": Clocks,
        "tlp": str,
        "counts": dict[str, int],
        "changes": list[DiffRow],
        "entries": list[TimelineRow],
        "entered_later": int,
        "unreadable": list[UnreadableDocument],
    },
)
"""The document of `diff --json`."""


def compare(
    store: EventStore, before: ClockPair, after: ClockPair, now: datetime, name: str | None = None
) -> DiffDocument:
    """Every difference with how it came about; of one agreement or commitment, or of all.

    What the clock will do after `now` has not happened: it lies ahead, if nothing more comes.
    """
    agreements = agreement_ids(store) if name is None else agreements_named(store, name)
    rows: list[DiffRow] = []
    unreadable: list[UnreadableDocument] = []
    for names, changes in _each(store, agreements, before, after, now):
        if isinstance(changes, list):
            rows += [row for row in changes if name in (None, names[0], row["commitment"])]
        elif name in names:
            raise changes
        else:
            unreadable.append(unreadable_document(changes))
    streams = None if name is None else (*agreements, STATEMENTS)
    hows = (HAPPENED, LEARNED, CORRECTED, AHEAD)
    between, later = entries_between(store, before, after, name, streams)
    return {
        "from": before.as_json(),
        "to": after.as_json(),
        "tlp": highest(row["tlp"] for row in (*rows, *between, *unreadable)),
        "counts": {how: sum(row["how"] == how for row in rows) for how in hows},
        "changes": rows,
        "entries": between,
        "entered_later": len(later),
        "unreadable": [] if name else unreadable,
    }


def agreements_named(store: EventStore, name: str) -> list[str]:
    """The agreement with an id, and that of the commitment with it; raises UnknownId."""
    is_agreement = not is_reserved(name) and store.stream_version(name)
    named = {each for each in (name if is_agreement else None, agreement_of(store, name)) if each}
    if not named:
        known = (*agreement_ids(store), *CommitmentIndex(store))
        raise unknown_id("agreement or commitment", name, known)
    return sorted(named, key=lambda each: next(store.read_stream(each)).position)


def changes_between(
    store: EventStore,
    agreements: Iterable[str],
    before: ClockPair,
    after: ClockPair,
    now: datetime,
) -> list[DiffRow]:
    """The differences of some agreements, but for those that cannot be read."""
    each = _each(store, agreements, before, after, now)
    return [row for _, changes in each if isinstance(changes, list) for row in changes]


def _each(
    store: EventStore,
    agreements: Iterable[str],
    before: ClockPair,
    after: ClockPair,
    now: datetime,
) -> Iterator[tuple[list[str], list[DiffRow] | UnreadableAgreement]]:
    """The names in each agreement, its own first, and its differences or why there are none."""
    around = Surroundings(store)
    for agreement in agreements:
        recorded = list(store.read_stream(agreement))
        names = [agreement, *filter(None, map(commitment_made_by, recorded))]
        compared = partial(changes_of_agreement, agreement, around, before, after, now)
        try:
            yield names, readable(agreement, recorded, compared)
        except UnreadableAgreement as error:
            yield names, error


def entries_between(
    store: EventStore,
    before: ClockPair,
    after: ClockPair,
    name: str | None,
    streams: Iterable[str] | None = None,
) -> tuple[list[TimelineRow], list[TimelineRow]]:
    """The entries that were recorded or took effect between two sides, and those entered later.

    Those about a name are looked for in `streams` alone. Later is what took effect between them and
    was recorded after the second; with it what amends such an entry.
    """
    chosen = [None] if streams is None else [s for s in streams if store.stream_version(s)]
    timeline = Timeline(store)
    each_row = chain.from_iterable(timeline.each(stream, Filter()) for stream in chosen)
    rows = [
        row
        for row in sorted(each_row, key=itemgetter("position"))
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
