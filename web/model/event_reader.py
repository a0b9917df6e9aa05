"""Reads the log as a page shows it: which events, as rows or documents, and whose words they are.

From one snapshot of the database, and up to the marking ceiling.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property, partial

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from events import EventStore, RecordedEvent
from events.batches import batches
from notifications.prose.reader import Reader as Audience
from tracker.dates.zones import last_day
from tracker.entries.amendments import amended_id
from tracker.entries.hidden_events import HiddenEvents
from tracker.entries.parties import Registry, account_words
from tracker.entries.party_stream import read_registry
from tracker.projections.freshness import Freshness
from tracker.queries.board.queries import BoardQueries
from tracker.queries.entries import EntryDocument, Known, entry_json, known_of
from tracker.queries.sources import documents_cited
from web.errors import NotFound
from web.model.event_rows import EventNames, EventRow, event_rows
from web.model.memo import Marked, MemoCache, NewestEntry
from web.model.query import ROWS_A_PAGE, Query
from web.settings import Site

SHOW_NOW = "Leave out as_of and known_at to see it as it stands now."
OF_ONE_AGREEMENT = 16
"""How many answers a reader keeps: what the pages of one agreement share."""
STREAMS_KEPT = ROWS_A_PAGE


def with_text(store: EventStore, positions: Collection[int]) -> frozenset[int]:
    """Selects the events, by position, that have a text which can be erased."""
    present = set[int]()
    for batch in batches(sorted(positions)):
        placeholders = ", ".join("?" * len(batch))
        query = f"SELECT position FROM event_texts WHERE position IN ({placeholders})"
        present |= {row[0] for row in store.read_table("event_texts", query, tuple(batch))}
    return frozenset(present)


def visible_freshness(fresh: Freshness, hidden: HiddenEvents) -> Freshness:
    """How far log and projection are, counted without what is hidden."""
    position, head = hidden.number(fresh.position), hidden.number(fresh.head)
    return replace(fresh, position=position, head=head)


class OpenRecord(Struct, frozen=True):
    """The record as it was opened for one query: the log, and its tables.

    `marked` is what lies above the ceiling; without it positions are counted, so that nothing tells
    of it. `shared` and `newest` outlive whoever reads.
    """

    site: Site
    store: EventStore
    connection: Connection
    query: Query
    marked: Marked
    shared: MemoCache
    newest: NewestEntry


class AmendmentLinks:
    """What amends what among the events of one stream."""

    def __init__(self, events: Iterable[RecordedEvent]) -> None:
        self._events: dict[str, RecordedEvent] = {}
        self._amending: dict[str, list[RecordedEvent]] = {}
        for event in events:
            self._events[event.id] = event
            if target := amended_id(event):
                self._amending.setdefault(target, []).append(event)

    def around(self, event: RecordedEvent) -> list[RecordedEvent]:
        """An event, the one that it amends, and the amendments to it, in order."""
        target = self._events.get(amended_id(event) or "")
        several = (event, *self._amending.get(event.id, ()), *([target] if target else ()))
        return [each for _, each in sorted({each.position: each for each in several}.items())]


class EventReader:
    """Answers what the pages of one query need of the log; one thread uses it."""

    def __init__(self, record: OpenRecord) -> None:
        self.site, self.query, self.log = record.site, record.query, record.store
        self.marked, self.hidden = record.marked.streams, record.marked.hidden
        self.memo = MemoCache(OF_ONE_AGREEMENT)
        self._shared, self._newest = record.shared, record.newest
        self._known = MemoCache(STREAMS_KEPT)
        self._with_notes: set[int] = set()
        query = self.query
        then = None if query.is_now else (query.as_of, query.known_at)
        self.queries = BoardQueries(
            self.log,
            record.connection,
            query.now,
            self.site.ceiling,
            self.marked,
            then,
            self.hidden,
        )
        self.freshness = visible_freshness(self.queries.freshness, self.hidden)
        self.is_projected = query.is_now and self.queries.has_rows
        self.view = self.queries.view

    def stream(self, name: str) -> list[RecordedEvent]:
        """The events of a stream that were recorded, and in effect, by the query's instants."""
        return [event for event in self.view.read_stream(name) if self.is_past(event)]

    def is_past(self, event: RecordedEvent) -> bool:
        """Whether it was recorded and had taken effect by the query's instants."""
        if event.recorded_at > self.query.known_at:
            return False
        if self.query.is_now:
            return True
        effective_at = event.recorded_at
        with suppress(Exception):
            entry = self._known_of(event.stream).as_recorded(event, self.queries.folding.registry)
            effective_at = entry.effective_at
        return effective_at <= self.query.as_of

    def newest(self, page: int, size: int = ROWS_A_PAGE) -> tuple[list[RecordedEvent], bool]:
        """A page of the log, newest event first, and whether older ones follow."""
        last = self.view.head() - (page - 1) * size
        first = max(last - size, 0)
        if last <= 0:
            return [], False
        events = self.view.read_all(after=first, limit=last - first)
        return [event for event in events if self.is_past(event)][::-1], first > 0

    def event(self, position: int) -> RecordedEvent:
        """The event at a position; NotFound beyond the head."""
        event = next(self.view.read_all(after=position - 1, limit=1), None)
        if event is None or event.position != position:
            raise NotFound(
                f"There is no entry {position:,} yet.", hint=f"The newest is {self.view.head():,}."
            )
        if not self.is_past(event):
            raise NotFound(f"The entry {position:,} was not on record then.", hint=SHOW_NOW)
        return event

    def positions(self, events: Iterable[str]) -> dict[str, int]:
        """The positions of events by id."""
        return {name: event.position for name, event in self.view.find_all([*events]).items()}

    def stream_rows(self, name: str) -> list[EventRow]:
        """The events of a stream that the query's instants let one know."""
        return self.memo.get(("rows", name), lambda: self.rows(self.stream(name)))

    def row(self, event: RecordedEvent) -> EventRow:
        """Describes one event, with the amendments to it, and of its stream no more."""
        stream = event.stream
        links = self.memo.get(("amends", stream), lambda: AmendmentLinks(self.stream(stream)))
        rows = self.rows(links.around(event))
        return next(row for row in rows if row.position == event.position)

    def rows(self, events: Sequence[RecordedEvent]) -> list[EventRow]:
        """Describes events of one stream."""
        self._remember_notes(events)
        if not events:
            return []
        known = self._known_of(events[0].stream)
        cited = self.memo.get("documents", lambda: documents_cited(self.view))
        names = EventNames(self.queries.folding.registry, cited, self.promise_of)
        return event_rows(events, known, names)

    def _known_of(self, name: str) -> Known:
        """A whole stream: what was marked or corrected later counts for every instant."""
        registry = self.queries.folding.registry
        return self._known.get(name, lambda: known_of(self.view, name, registry))

    def entries(self, events: Sequence[RecordedEvent]) -> list[EntryDocument]:
        """The documents of events with what became of each, as in `event show --json`."""
        self._remember_notes(events)
        registry, known_at = self._registry_then, self._known_then
        known = {
            stream: self.memo.get(
                ("known", stream), partial(known_of, self.view, stream, registry, known_at)
            )
            for stream in {event.stream for event in events}
        }
        return [entry_json(event, known[event.stream], registry) for event in events]

    @property
    def _known_then(self) -> datetime | None:
        """The instant that `known_at` names; None where it is not given."""
        return self.query.known_at if self.query.known_at_text else None

    # Read for each event of a site, it would take a sixth of the build.
    @cached_property
    def _registry_then(self) -> Registry:
        return read_registry(self.view, self._known_then)

    def _remember_notes(self, events: Sequence[RecordedEvent]) -> None:
        self._with_notes |= {e.position for e in events if e.data.get("note") is not None}

    @property
    def text_positions(self) -> frozenset[int]:
        """The events read so far whose text can be erased: an answer holds while all have it."""
        return with_text(self.log, set(map(self.hidden.position, self._with_notes)))

    def promise_of(self, name: str) -> str:
        """What a promise or an agreement is called, where more than the log is read."""
        return name

    # Its lock is one for all readers until Python 3.12, so nothing slow is cached in this way.
    @cached_property
    def registry(self) -> Registry:
        return read_registry(self.view)

    def name(self, party: str) -> str:
        """The name of a party; of a country that is not registered its own."""
        return self.registry.name_of(party)

    @cached_property
    def audience(self) -> Audience:
        """For whom sentences are written that mails have too: anybody, by the board's clock."""
        names = {party.id: party.name for party in self.registry.parties.values()}
        now, zone = self.query.as_of, self.site.tz
        return Audience(zone, now, names, is_anybody=True, written_on=last_day(now, zone))

    def names_of(self, party: str) -> tuple[str, ...]:
        """The id, the name and the aliases of a party, by which a search finds it."""
        known = self.registry.parties.get(party)
        return (party, self.name(party), *(known.aliases if known else ()))

    def account(self, name: str) -> str:
        """An account with the name of the party that it speaks for: `kremlin (Russia)`."""
        party = self.registry.party_of(name)
        return account_words(name, {name: self.name(party)} if party != name else {})

    def speaker(self, name: str) -> str:
        """An account by its name, with the party that it speaks for: `Kremlin (Russia)`."""
        party = self.registry.party_of(name)
        return self.name(name) + (f" ({self.name(party)})" if party != name else "")
