"""Reads what pages show of all agreements: in brief, counted, those that a query chooses.

From rows where these answer for all that is asked, so that no more is read than a page has; else
every agreement is looked at in brief.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from msgspec.json import decode
from sqlalchemy import Connection

from events import EventStore
from tracker.documents.changes import ChangeDocument
from tracker.documents.commitments import CommitmentDocument
from tracker.documents.dependencies import Dependencies
from tracker.documents.readings import AwaitedEnd, OpenReading
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from tracker.entries.unreadable import UnreadableDocument
from tracker.queries.board_changes import incident_changes
from web.model.dependency_graph import Named, named
from web.model.event_reader import EventReader
from web.model.filters import check_known, chosen, parties_of
from web.model.memo import Marked, MemoCache
from web.model.open_ends import ends_of
from web.model.query import Query
from web.model.rows.chosen_rows import ChosenRows
from web.model.rows.every_end import EveryEnd, ends_by_rows
from web.model.rows.overview import (
    Matching,
    Overview,
    OverviewRows,
    matching_among,
    overview_of,
)
from web.model.rows.promise_search import (
    Matches,
    every_promise,
    matches_among,
    matches_by_rows,
)
from web.settings import Site


class ListReader(EventReader):
    """Answers what the pages of one query need of all agreements; `shared` outlives it."""

    def __init__(
        self,
        site: Site,
        store: EventStore,
        connection: Connection,
        query: Query,
        marked: Marked,
        shared: MemoCache,
    ) -> None:
        super().__init__(site, store, connection, query, marked)
        self._shared = shared

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

    def deadlines(self) -> tuple[Sequence[OpenReading], Sequence[AwaitedEnd]]:
        """Every reading of every open end, soonest first, and what waits for its date; on disk."""
        return self._shared.get(self._key("deadlines"), self.queries.open_ends)

    def dependencies(self) -> list[Dependencies]:
        """What each promise hangs on, of those that hang on anything."""
        return self._shared.get(self._key("dependencies"), self.queries.dependencies)

    def incidents(self) -> list[ChangeDocument]:
        """What was alleged, denied and found of every incident, in the order it came about."""
        return self._shared.get(self._key("incidents"), lambda: incident_changes(self.queries))

    def promises_with_words(self, most: int) -> Matches:
        """The first promises that have every word of the query, and how many there are."""
        if rows := self.chosen_rows():
            return matches_by_rows(rows, most)
        return matches_among(self.headings, self.query, self.names_of, most)

    def promises_in_order(self) -> Sequence[CommitmentSummary]:
        """Every promise in the order of its words."""
        if self.queries.can_choose_rows:
            return every_promise(self.queries)
        each = (c for heading in self.headings for c in heading.holdings)
        return sorted(each, key=lambda c: c.promise)

    @property
    def agreement_parties(self) -> set[str]:
        """The parties of all agreements."""
        if self.queries.can_choose_rows:
            return self.queries.parties()
        return {party for heading in self.headings for party in heading.parties}

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
            check_known("tag", tag, self._every_tag())

    @property
    def every_party(self) -> set[str]:
        """Every party of an agreement or of a promise in it."""
        if not self.queries.can_choose_rows:
            return parties_of(self.headings)
        of_rows = {party for text in self._party_lists() for party in decode(text)}
        return of_rows | parties_of(brief.summary for brief in self.queries.folding.briefs())

    def _party_lists(self) -> set[str]:
        return self._shared.get(self._key("party lists"), self.queries.party_lists)

    def _every_tag(self) -> set[str]:
        if self.queries.can_choose_rows:
            return self.queries.tags()
        return {tag for heading in self.headings for tag in heading.tags}

    def chosen_rows(self, query: Query | None = None) -> ChosenRows | None:
        """The rows that a query chooses; None where every agreement has to be looked at."""
        if not self.queries.can_choose_rows:
            return None
        query = query or self.query
        rows = ChosenRows(self.queries, query, self.names_of, self._party_lists)
        return rows if rows.can_be_named else None

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
        if rows := self.chosen_rows():
            return OverviewRows(self.queries).matching(rows, part)
        return matching_among(self.headings, self.query, self.names_of, part)

    def every_end(self) -> EveryEnd:
        """The ends of the promises that the filters choose."""
        query, zone = self.query, self.site.tz
        if rows := self.chosen_rows():
            return ends_by_rows(rows, zone)
        promises = {c.id: c for heading in self.chosen() for c in heading.holdings}
        return EveryEnd(ends_of(self.deadlines()[0], promises, zone), None, query.as_of)

    @property
    def named(self) -> Named:
        """Every agreement and promise in brief, by id."""
        return self._shared.get(self._key("named"), lambda: named(self.headings))
