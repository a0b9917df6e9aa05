"""Finds entries by their words: from the index where that is exact, else by reading the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from itertools import groupby, islice
from typing import TypedDict

from events import EventStore, RecordedEvent
from tracker.entries.hidden_events import HiddenEvents
from tracker.entries.streams import is_registry
from tracker.entries.texts import searched_texts, spans_of
from tracker.entries.tlp import highest
from tracker.entries.visible_log import VisibleLog
from tracker.errors import unknown_id
from tracker.projections.reader import projected
from tracker.projections.search_index import newest_with
from tracker.queries.entries import EntryDocument
from tracker.queries.timeline import Filter, Timeline, TimelineRow

PAGE = 1000


class Hit(TypedDict):
    """The field of an entry with most of the words, its text, and where each begins and ends."""

    field: str
    text: str
    spans: list[list[int]]


class HitRow(TimelineRow):
    """An entry that has the words, and where."""

    hit: Hit


class SearchDocument(TypedDict):
    """`search --json`: the newest entries that have every word, and whether there are more."""

    words: str
    tlp: str
    entries: list[HitRow]
    more: bool


def search(
    store: EventStore,
    text: str,
    stream: str | None,
    entry_filter: Filter,
    limit: int,
    known_at: datetime | None = None,
) -> SearchDocument:
    """The newest entries that have every word, of one agreement or of all.

    An entry counts as it now reads, or read at `known_at`: a text that was erased or corrected away
    is not found, and one that was retracted is marked.
    """
    if stream and not store.stream_version(stream):
        raise unknown_id("agreement", stream, store.streams_after(0))
    timeline = Timeline(store, known_at)
    entry_filter = timeline.resolved(entry_filter)
    with store.snapshot():
        rows = list(islice(_hits(timeline, stream, entry_filter), limit + 1))
    if not rows:
        timeline.check(entry_filter)
    return {
        "words": text,
        "tlp": highest(row["tlp"] for row in rows[:limit]),
        "entries": rows[:limit],
        "more": len(rows) > limit,
    }


def _hits(timeline: Timeline, stream: str | None, entry_filter: Filter) -> Iterator[HitRow]:
    store = timeline.store
    # The index has what is now known; what was corrected since read otherwise then.
    is_now = timeline.entries.known_at is None
    events = _candidates(store, entry_filter.words) if is_now else _newest_first(store)
    for event in events:
        if stream in (None, event.stream) and timeline.entries.knows(event):
            row = timeline.row(timeline.entries.entry(event))
            if entry_filter.fits(row):
                yield {**row, "hit": _best_text(row, entry_filter.words)}


def _candidates(store: EventStore, words: tuple[str, ...]) -> Iterator[RecordedEvent]:
    """The entries that may have the words, newest first.

    Streams that have grown since the index was made are read whole: an amendment may have changed
    what was indexed before it. Likewise those that hold something above a ceiling.
    """
    log, marked, hidden = store, frozenset[str](), HiddenEvents()
    if isinstance(store, VisibleLog):
        log, marked, hidden = store.log, frozenset(store.look_for_marks()), store.hidden
    rows = projected(log)
    if rows is None:
        yield from _newest_first(store)
        return
    moved = {each for each in (*log.streams_after(rows.position), *marked) if not is_registry(each)}
    grown = {event.position: event for stream in moved for event in store.read_stream(stream)}
    indexed = map(hidden.number, newest_with(log, words))
    for position, _ in groupby(merge(indexed, sorted(grown, reverse=True), reverse=True)):
        event = grown.get(position) or next(store.read_all(position - 1, limit=1), None)
        # Where the entry of a position is hidden, the next one that is not has its own place.
        is_here = event is not None and event.position == position
        if event is not None and is_here and (position in grown or event.stream not in moved):
            yield event


def _newest_first(store: EventStore) -> Iterator[RecordedEvent]:
    """Every entry but registrations, backwards and a page at a time."""
    last = store.head()
    while last > 0:
        first = max(last - PAGE, 0)
        # A ceiling leaves some out, so a page ends at a position and not after a number.
        page = [e for e in islice(store.read_all(first), PAGE) if e.position <= last]
        yield from (event for event in reversed(page) if not is_registry(event.stream))
        last = first


def _best_text(row: EntryDocument, words: tuple[str, ...]) -> Hit:
    """The text of an entry in which most of the words stand, and where they stand in it."""
    data = row["corrected"] or row["data"]
    texts = [(name, text, spans_of(words, text)) for name, text in searched_texts(data)]
    name, text, spans = max(texts, key=lambda each: len(each[2]))
    return {"field": name, "text": text, "spans": [list(span) for span in spans]}
