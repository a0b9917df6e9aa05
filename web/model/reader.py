"""Reads what a page shows, from one snapshot of the database and up to the marking ceiling."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cached_property, partial

from msgspec.structs import replace
from sqlalchemy import Connection

from events import EventStore, RecordedEvent, format_instant
from events.batches import batches
from notifications.errors import ImplausibleClock
from notifications.scheduler.last_turn import check_turn_clock
from tracker.analysis.readout import Readout, readout
from tracker.dates.instants import both_clocks
from tracker.documents.changes import ChangeDocument
from tracker.documents.commitments import CommitmentDocument
from tracker.documents.dependencies import Dependencies
from tracker.documents.readings import OpenReading
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from tracker.entries.decoding import commitment_made_by
from tracker.entries.hidden_events import HiddenEvents
from tracker.entries.parties import Registry, account_words
from tracker.entries.party_stream import read_registry
from tracker.entries.streams import is_reserved
from tracker.entries.unreadable import UnreadableDocument
from tracker.entries.visible_log import VisibleLog
from tracker.projections.commitment_index import agreement_of
from tracker.projections.freshness import Freshness
from tracker.queries.agreements import pending
from tracker.queries.board import BoardQueries
from tracker.queries.checks import CheckFinding
from tracker.queries.comparison.changes import ClockPair
from tracker.queries.comparison.diff import changes_between
from tracker.queries.comparison.differences import DiffRow
from tracker.queries.dossier import dossier
from tracker.queries.entries import Document, Known, entry_json, known_of
from tracker.queries.search import SearchDocument, search
from tracker.queries.sources import documents_cited
from tracker.queries.timeline import Filter, search_words
from tracker.rules.agreement import AgreementState, is_known
from web.errors import NotFound, unknown_name
from web.model.event_rows import EventRow, event_rows
from web.model.filters import check_known, chosen
from web.model.memo import Marked, MemoCache
from web.model.query import ROWS_A_PAGE, Query
from web.settings import Site

SHOW_NOW = "leave out as_of and known_at to see it as it stands now"


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


class Reader:
    """Answers what the pages of one query need; one thread uses it.

    `marked` is what lies above the ceiling; without it positions are counted, so that nothing tells
    of it. `shared` outlives the reader.
    """

    def __init__(
        self,
        site: Site,
        store: EventStore,
        connection: Connection,
        query: Query,
        marked: Marked,
        shared: MemoCache,
    ) -> None:
        self.site = site
        self.query = query
        self.marked, self.hidden = marked.streams, marked.hidden
        self._shared = shared
        self.memo = MemoCache()
        self._with_notes: set[int] = set()
        self._known: dict[str, Known] = {}
        self.log = store
        then = None if query.is_now else (query.as_of, query.known_at)
        self.queries = BoardQueries(
            store, connection, query.now, site.ceiling, self.marked, then, self.hidden
        )
        self.freshness = visible_freshness(self.queries.freshness, self.hidden)
        self.is_projected = query.is_now and self.queries.has_rows
        self.view = self.queries.view

    @property
    def headings(self) -> list[AgreementSummary]:
        """Every agreement in brief, but for those that cannot be read."""
        return self._overview[0]

    @property
    def unreadable(self) -> list[UnreadableDocument]:
        """The agreements that cannot be read: why, and the entry that causes it."""
        return self._overview[1]

    @property
    def _overview(self) -> tuple[list[AgreementSummary], list[UnreadableDocument]]:
        queries = self.queries
        return self._shared.get(
            self._key("overview"), lambda: (queries.headings(), queries.unreadable())
        )

    def is_clock_refused(self) -> bool:
        """Whether a turn at the board's now would be refused, since it cannot be the present."""
        if self.site.clock_is_given or not self.query.is_now:
            return False
        try:
            check_turn_clock(self.log, self.query.now)
        except ImplausibleClock:
            return True
        return False

    def undelivered(self) -> Sequence[CheckFinding]:
        """Counts the mail that was not delivered, for operators and as of now."""
        is_shown = self.site.is_for_operators and self.query.is_now
        return self.site.undelivered(self.log) if is_shown else ()

    def positions(self, events: Iterable[str]) -> dict[str, int]:
        """The positions of events by id."""
        return {name: event.position for name, event in self.view.find_all([*events]).items()}

    def deadlines(self) -> tuple[list[OpenReading], list[UnreadableDocument]]:
        """Every reading of every open end, soonest first, and the agreements without any answer."""
        queries = self.queries
        return self._shared.get(
            self._key("deadlines"), lambda: (queries.deadlines(), queries.unreadable())
        )

    def dependencies(self) -> list[Dependencies]:
        """What each promise hangs on, of those that hang on anything."""
        return self._shared.get(self._key("dependencies"), self.queries.dependencies)

    def incidents(self) -> list[ChangeDocument]:
        """What was alleged, denied and found of every incident, in the order it came about."""
        return self._shared.get(self._key("incidents"), self.queries.incident_changes)

    def changes(self, since: datetime) -> list[DiffRow]:
        """What happened since an instant, what was learned, and what was taken back."""
        query = self.query

        def compute() -> list[DiffRow]:
            before = ClockPair(since, min(since, query.known_at))
            after = ClockPair(query.as_of, query.known_at)
            agreements = self.queries.moved_since(since)
            return changes_between(self.view, agreements, before, after, query.now)

        return self._shared.get((*self._key("changes"), since), compute)

    def search(self, text: str, limit: int) -> SearchDocument:
        """The newest entries that have every word, as they read at the query's instants."""
        query = self.query
        known_at = None if query.is_now else query.known_at
        until = None if query.is_now else query.as_of + timedelta(microseconds=1)
        words = Filter(words=search_words(text), until=until)
        document = search(self.view, text, None, words, limit, known_at)
        noted = (row["position"] for row in document["entries"] if row["data"].get("note"))
        self._with_notes.update(noted)
        return document

    def ending_otherwise(self, until: datetime) -> list[OpenReading]:
        """The offers, conditions and notices that end by an instant, soonest first."""
        key = (*self._key("ending otherwise"), until.date())
        return self._shared.get(key, lambda: self.queries.ending_otherwise(until))

    def _key(self, name: str) -> tuple[object, ...]:
        """What an answer over all agreements depends on; a running clock counts by the minute."""
        query, minute = self.query, self.query.now.replace(second=0, microsecond=0)
        if self.is_projected:
            return (name, self.freshness, self.marked, minute if self.marked else None)
        as_of = query.as_of if query.as_of_text else minute
        known_at = query.known_at if query.known_at_text else minute
        return (name, self.freshness, self.marked, as_of, known_at)

    def details(self, commitments: Iterable[CommitmentSummary]) -> dict[str, CommitmentDocument]:
        """The documents of some commitments by id, as in `status --json`."""
        return self.queries.details({c.id: c.agreement for c in commitments})

    def stream_rows(self, name: str) -> list[EventRow]:
        """The events of a stream that the query's instants let one know."""
        return self.memo.get(("rows", name), lambda: self.rows(self.stream(name)))

    def rows(self, events: Sequence[RecordedEvent]) -> list[EventRow]:
        """Describes events of one stream."""
        self._remember_notes(events)
        if not events:
            return []
        known = self._known_of(events[0].stream)
        cited = self.memo.get("documents", lambda: documents_cited(self.view))
        return event_rows(events, known, self.queries.folding.registry, cited)

    def _known_of(self, name: str) -> Known:
        """A whole stream: what was marked or corrected later counts for every instant."""
        if name not in self._known:
            self._known[name] = known_of(self.view, name, self.queries.folding.registry)
        return self._known[name]

    def entries(self, events: Sequence[RecordedEvent]) -> list[Document]:
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

    # Its lock is one for all readers until Python 3.12, so nothing slow is cached in this way.
    @cached_property
    def registry(self) -> Registry:
        return read_registry(self.view)

    def name(self, party: str) -> str:
        """The name of a party; of a country that is not registered its own."""
        return self.registry.name_of(party)

    def names_of(self, party: str) -> tuple[str, ...]:
        """The id, the name and the aliases of a party, by which a search finds it."""
        known = self.registry.parties.get(party)
        return (party, self.name(party), *(known.aliases if known else ()))

    def chosen(self, query: Query | None = None) -> list[AgreementSummary]:
        """The agreements with those of their promises that the filters of a query choose."""
        query = query or self.query
        return chosen(self.headings, query, self.names_of) if query.filters else self.headings

    def check_filters(self) -> None:
        """BadQuery for a party or a tag that nothing on record has."""
        if self.query.party or self.query.tag:
            check_known(self.headings, self.queries.folding.registry.parties.keys(), self.query)

    def account(self, name: str) -> str:
        """An account with the name of the party that it speaks for: `kremlin (Russia)`."""
        party = self.registry.party_of(name)
        return account_words(name, {name: self.name(party)} if party != name else {})

    def voice(self, name: str) -> str:
        """An account by its name, with the party that it speaks for: `Kremlin (Russia)`."""
        party = self.registry.party_of(name)
        return self.name(name) + (f" ({self.name(party)})" if party != name else "")

    def agreement(self, name: str) -> AgreementState:
        """Folds one agreement; NotFound names the nearest."""
        state = self.known_agreement(name)
        if state is None:
            raise self.unknown("agreement", name)
        return state

    def known_agreement(self, name: str) -> AgreementState | None:
        """Folds one agreement; None when nothing of it is known."""
        if is_reserved(name) or not self.view.stream_version(name):
            return None
        state, _ = self.memo.get(("state", name), lambda: self.queries.folding.state(name))
        return state if is_known(state) else None

    def readout(self, name: str) -> Readout:
        """The document of `readout --json`."""
        query, agreement = self.query, self.agreement(name).id

        def compute() -> Readout:
            registry = self.queries.folding.registry
            statements = dossier(self.view, agreement, query.as_of, query.known_at, registry)
            return readout(statements)

        return self.memo.get(("readout", agreement), compute)

    def agreement_of(self, commitment: str) -> str:
        """The id of the agreement that holds a commitment; NotFound names the nearest."""
        agreement = self._made_in(commitment)
        if agreement is None:
            raise self.unknown("commitment", commitment)
        return agreement

    def _made_in(self, commitment: str) -> str | None:
        """The agreement of a commitment that was ever made below the ceiling.

        The tables of commitments do not tell: a retraction that is hidden here took it out of them.
        """
        agreement = agreement_of(self.log, commitment)
        if agreement is None or agreement not in self.marked:
            return agreement
        made = map(commitment_made_by, self.view.read_stream(agreement))
        return agreement if commitment in made else None

    def log_of(self, agreement: str) -> VisibleLog:
        """The log with the events of this agreement only, so that it is read quickly."""
        ceiling, only = self.site.ceiling, (agreement,)
        return VisibleLog(self.log, ceiling, only, self.marked, self.hidden)

    def unknown(self, kind: str, name: str) -> NotFound:
        """Explains why there is no agreement or commitment of an id, and names the nearest."""
        other = "commitment" if kind == "agreement" else "agreement"
        if name in self._ids(other):
            return NotFound(f"{name!r} is not an id of a {kind}", near=(name,), near_kind=other)
        stream = name if kind == "agreement" else self._made_in(name)
        is_on_record = stream and not is_reserved(stream) and self.view.stream_version(stream)
        if is_on_record and self.query.is_now:
            later = pending(self.view, self.query.as_of, self.query.known_at, name)
            if later is not None:
                counts_from = format_instant(later.counts_from)
                return NotFound(f"{kind} {name!r} is on record, and counts from {counts_from}")
        if stream and name in map(commitment_made_by, self.stream(stream)):
            hint = f"the events of agreement {stream} say why"
            return NotFound(f"commitment {name!r} was retracted", hint=hint)
        if is_on_record and not self.query.is_now:
            return NotFound(f"{kind} {name!r} was not on record then", hint=SHOW_NOW)
        return unknown_name(kind, name, self._ids(kind))

    def _ids(self, kind: str) -> set[str]:
        if kind == "agreement":
            return {heading.id for heading in self.headings}
        return {c.id for heading in self.headings for c in heading.holdings}

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
                f"no event {position:,}", hint=f"the log ends at event {self.view.head():,}"
            )
        if not self.is_past(event):
            raise NotFound(f"event {position:,} was not on record then", hint=SHOW_NOW)
        return event

    @property
    def clocks(self) -> Document:
        """The two instants that every JSON answer begins with."""
        return dict(both_clocks(self.query.as_of, self.query.known_at))
