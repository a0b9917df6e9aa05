"""Reads agreements and promises, one or all, from one snapshot and up to the marking ceiling."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection

from events import EventStore, format_instant
from notifications.errors import ImplausibleClock
from notifications.scheduler.last_turn import check_turn_clock
from tracker.analysis.readout import readout
from tracker.analysis.readout_document import Readout
from tracker.dates.instants import Clocks, both_clocks
from tracker.documents.changes import ChangeDocument
from tracker.documents.commitments import CommitmentDocument
from tracker.documents.dependencies import Dependencies
from tracker.documents.readings import AwaitedEnd, OpenReading
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from tracker.entries.decoding import commitment_made_by
from tracker.entries.streams import is_reserved
from tracker.entries.unreadable import UnreadableDocument
from tracker.errors import UnreadableAgreement
from tracker.projections.commitment_index import agreement_of
from tracker.queries.agreements import AgreementReader, pending
from tracker.queries.board_changes import incident_changes, moved_since
from tracker.queries.checks import CheckFinding
from tracker.queries.comparison.changes import ClockPair
from tracker.queries.comparison.diff import changes_between
from tracker.queries.comparison.differences import DiffRow
from tracker.queries.dossier import Dossier, dossier
from tracker.queries.search import SearchDocument, search
from tracker.queries.timeline import Filter, search_words
from tracker.rules.agreement import AgreementState, is_known
from web.errors import NOUNS, WITH_ARTICLE, NotFound, quoted, unknown_name
from web.model.dependency_graph import Named, named
from web.model.event_reader import SHOW_NOW, EventReader
from web.model.filters import check_known, chosen, parties_of
from web.model.memo import Marked, MemoCache, NewestEntry
from web.model.open_ends import ends_of
from web.model.query import Query
from web.model.rows.chosen_rows import can_rows_answer
from web.model.rows.every_end import EveryEnd, ends_by_rows
from web.model.rows.overview import (
    Matching,
    Overview,
    OverviewRows,
    matching_among,
    overview_of,
)
from web.model.rows.promise_search import Matches, RowsByPromise, SearchedRows, matches_among
from web.settings import Site


class Reader(EventReader):
    """Answers what the pages of one query need; one thread uses it.

    `marked` is what lies above the ceiling; without it positions are counted, so that nothing tells
    of it. `shared` and `newest` outlive the reader.
    """

    def __init__(
        self,
        site: Site,
        store: EventStore,
        connection: Connection,
        query: Query,
        marked: Marked,
        shared: MemoCache,
        newest: NewestEntry,
    ) -> None:
        super().__init__(site, store, connection, query, marked)
        self._shared = shared
        self._newest = newest
        self._promises: dict[str, str] = {}

    @property
    def headings(self) -> list[AgreementSummary]:
        """Every agreement in brief, but for those that cannot be read."""
        return self._shared.get(self._key("headings"), self.queries.headings)

    @property
    def unreadable(self) -> list[UnreadableDocument]:
        """The agreements that cannot be read: why, and the entry that causes it."""

        def compute() -> list[UnreadableDocument]:
            # What is folded is folded once, for these and for all in brief.
            self.queries.folding.briefs()
            return self.queries.unreadable()

        return self._shared.get(self._key("unreadable"), compute)

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

    @property
    def newest_recorded_at(self) -> datetime | None:
        """When the newest entry that may be shown was recorded; None of an empty log."""
        return self.memo.get(
            "newest", lambda: self._newest.at_head(self.log, Marked(self.marked, self.hidden))
        )

    def deadlines(self) -> tuple[Sequence[OpenReading], Sequence[AwaitedEnd]]:
        """Every reading of every open end, soonest first, and what waits for its date; on disk."""
        return self._shared.get(self._key("deadlines"), self.queries.open_ends)

    def dependencies(self) -> list[Dependencies]:
        """What each promise hangs on, of those that hang on anything."""
        return self._shared.get(self._key("dependencies"), self.queries.dependencies)

    def incidents(self) -> list[ChangeDocument]:
        """What was alleged, denied and found of every incident, in the order it came about."""
        return self._shared.get(self._key("incidents"), lambda: incident_changes(self.queries))

    def changes(self, since: datetime) -> list[DiffRow]:
        """What happened since an instant, what was learned, and what was taken back."""
        query = self.query

        def compute() -> list[DiffRow]:
            before = ClockPair(since, min(since, query.known_at))
            after = ClockPair(query.as_of, query.known_at)
            agreements = moved_since(self.queries, since)
            return changes_between(self.view, agreements, before, after, query.now)

        return self._shared.get((*self._key("changes"), since), compute)

    def promises_with_words(self, most: int) -> Matches:
        """The first promises that have every word of the query, and how many there are."""
        if self.queries.can_choose_rows:
            rows = SearchedRows(self.queries, self.query, self.names_of)
            if rows.can_be_searched:
                return rows.matches(most)
        return matches_among(self.headings, self.query, self.names_of, most)

    def promises_in_order(self) -> Sequence[CommitmentSummary]:
        """Every promise in the order of its words."""
        if self.queries.can_choose_rows:
            return RowsByPromise(self.queries)
        each = (c for heading in self.headings for c in heading.holdings)
        return sorted(each, key=lambda c: c.promise)

    @property
    def agreement_parties(self) -> set[str]:
        """The parties of all agreements."""
        if self.queries.can_choose_rows:
            return self.queries.parties()
        return {party for heading in self.headings for party in heading.parties}

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
        """The offers, conditions, notices and periods that end by an instant, soonest first."""
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

    def chosen(self, query: Query | None = None) -> list[AgreementSummary]:
        """The agreements with those of their promises that the filters of a query choose."""
        query = query or self.query
        return chosen(self.headings, query, self.names_of) if query.filters else self.headings

    def check_filters(self) -> None:
        """BadQuery for a party or a tag that nothing on record has."""
        party, tag = self.query.party, self.query.tag
        registered = self.queries.folding.registry.parties.keys()
        if party and party not in registered:
            check_known("party", party, registered | self.every_party)
        if tag:
            check_known("tag", tag, {tag for heading in self.headings for tag in heading.tags})

    @property
    def every_party(self) -> set[str]:
        """Every party of an agreement or of a promise in it."""
        if not self.queries.can_choose_rows:
            return parties_of(self.headings)
        queries = self.queries
        return self._shared.get(
            self._key("parties"), lambda: queries.parties() | queries.parties_of_promises()
        )

    def titles(self, agreements: Collection[str]) -> dict[str, str]:
        """The titles of some agreements, of those that are known."""
        if self.queries.can_choose_rows:
            return self.queries.titles(agreements)
        return {h.id: h.title for h in self.headings if h.id in agreements}

    def overview(self, others: Collection[str]) -> Overview:
        """How all promises stand, with those that are pressing, of which `others` are in any case.

        So are, where no rows can be chosen, all.
        """
        if self.queries.can_choose_rows:
            return OverviewRows(self.queries).overview(self.query.as_of, others)
        return overview_of(self.headings)

    def matching(self, part: slice) -> Matching:
        """A part of the agreements that the filters choose, the most urgent first."""
        if can_rows_answer(self.queries, self.query):
            return OverviewRows(self.queries).matching(self.query, self.names_of, part)
        return matching_among(self.headings, self.query, self.names_of, part)

    def every_end(self) -> EveryEnd:
        """The ends of the promises that the filters choose."""
        query, zone = self.query, self.site.tz
        if can_rows_answer(self.queries, query):
            return ends_by_rows(self.queries, query, self.names_of, zone)
        promises = {c.id: c for heading in self.chosen() for c in heading.holdings}
        return EveryEnd(ends_of(self.deadlines()[0], promises, zone), None, query.as_of)

    @property
    def named(self) -> Named:
        """Every agreement and promise in brief, by id."""
        return self._shared.get(self._key("named"), lambda: named(self.headings))

    def promise_of(self, name: str) -> str:
        """The promise of a commitment, or the title of an agreement; the id where neither is."""
        if name not in self._promises:
            self._promises[name] = self._promise_of(name)
        return self._promises[name]

    def _promise_of(self, name: str) -> str:
        """Reads a row, or one agreement: the list of all would cost each page of one event much."""
        made_in = self._made_in(name)
        if self.is_projected and self.freshness.position == self.freshness.head:
            promise = self.queries.promise(name, made_in) if made_in else None
            promise = promise or self.queries.titles([name]).get(name)
            if promise:
                return promise
        with suppress(UnreadableAgreement):
            state = self.known_agreement(made_in) if made_in else None
            if state is not None and name in state.commitments:
                return state.commitments[name].promise
        with suppress(UnreadableAgreement):
            own = self.known_agreement(name)
            return own.title if own else name
        return name

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
        state = self.dossier(name).state
        return state if is_known(state) else None

    def dossier(self, name: str) -> Dossier:
        """The state and the entries of an agreement, which most of what is shown of it rests on."""
        query, folding = self.query, self.queries.folding

        def compute() -> Dossier:
            at_hand = (folding.registry, folding.elsewhere)
            return dossier(AgreementReader(self.view, query.as_of, query.known_at, at_hand), name)

        return self.memo.get(("dossier", name), compute)

    def readout(self, name: str) -> Readout:
        """The document of `readout --json`."""
        agreement = self.agreement(name).id
        return self.memo.get(("readout", agreement), lambda: readout(self.dossier(agreement)))

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

    def unknown(self, kind: str, name: str) -> NotFound:
        """Explains why there is no agreement or commitment of an id, and names the nearest."""
        other = "commitment" if kind == "agreement" else "agreement"
        if name in self._ids(other):
            only = f"only {WITH_ARTICLE[other]} of that name"
            message = f"There is no {NOUNS[kind]} {quoted(name)}, {only}."
            return NotFound(message, near=(name,), near_kind=other)
        stream = name if kind == "agreement" else self._made_in(name)
        is_on_record = stream and not is_reserved(stream) and self.view.stream_version(stream)
        if is_on_record and self.query.is_now:
            later = pending(self.view, self.query.as_of, self.query.known_at, name)
            if later is not None:
                counts_from = format_instant(later.counts_from)
                counts = f"is on record, and counts from {counts_from}"
                return NotFound(f"The {NOUNS[kind]} {quoted(name)} {counts}.")
        if stream and name in map(commitment_made_by, self.stream(stream)):
            hint = f"The entries of the agreement {stream} say why."
            return NotFound(f"The promise {quoted(name)} was retracted.", hint=hint)
        if is_on_record and not self.query.is_now:
            message = f"The {NOUNS[kind]} {quoted(name)} was not on record then."
            return NotFound(message, hint=SHOW_NOW)
        return unknown_name(kind, name, self._ids(kind))

    def _ids(self, kind: str) -> set[str]:
        if kind == "agreement":
            return {heading.id for heading in self.headings}
        return {c.id for heading in self.headings for c in heading.holdings}

    @property
    def clocks(self) -> Clocks:
        """The two instants that every JSON answer begins with."""
        return both_clocks(self.query.as_of, self.query.known_at)
