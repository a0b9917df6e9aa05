"""Reads what pages show of all agreements: in brief, counted, those that a query chooses.

From rows where these answer for all that is asked, so that no more is read than a page has; else
every agreement is looked at in brief.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.json import decode
from msgspec.structs import replace

from tracker.documents.changes import ChangeDocument
from tracker.documents.commitments import CommitmentDocument
from tracker.documents.dependencies import Dependencies
from tracker.documents.readings import AwaitedEnd, OpenReading
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from tracker.entries.unreadable import UnreadableDocument
from tracker.queries.board.changes import incident_changes
from tracker.queries.board.deadlines import ending_otherwise, open_ends
from tracker.queries.comparison.differences import DiffRow
from tracker.spool import on_disk
from web.model.dependency_graph import Named, names_in
from web.model.event_reader import EventReader
from web.model.filters import check_known, chosen, parties_of
from web.model.open_ends import ends_of
from web.model.query import Query
from web.model.rows.chosen_rows import ChosenRows
from web.model.rows.counts import RowCounts, Sides, counts_of_rows, sides_among
from web.model.rows.disputes import Disputes, disputes_among, disputes_by_rows
from web.model.rows.every_end import EveryEnd, ends_by_rows
from web.model.rows.overview import (
    Matching,
    Overview,
    OverviewRows,
    matching_among,
    overview_of,
)
from web.model.rows.party_lists import PartyLists, PartyRows, party_among
from web.model.rows.promise_search import (
    Matches,
    every_promise,
    matches_among,
    matches_by_rows,
)


class ListReader(EventReader):
    """Answers what the pages of one query need of all agreements."""

    @property
    def agreement_summaries(self) -> list[AgreementSummary]:
        """Every agreement in brief, but for those that cannot be read."""
        return self._shared.get(self._key("summaries"), self.queries.agreement_summaries)

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
        return self._shared.get(self._key("deadlines"), lambda: open_ends(self.queries))

    def linked(self) -> tuple[Sequence[Dependencies], Sequence[AgreementSummary], Named]:
        """What hangs on anything, the agreements that are linked, and all that these may name."""

        def compute() -> tuple[Sequence[Dependencies], Sequence[AgreementSummary], Named]:
            dependencies, summaries = self.queries.dependencies(), self.queries.linked()
            return dependencies, summaries, self._named(names_in(dependencies, summaries))

        return self._shared.get(self._key("linked"), compute)

    def named(self, dependencies: Sequence[Dependencies], agreement: str) -> Named:
        """What the graph of an agreement may name: what its promises hang on, and itself."""
        own = [*self.queries.agreement_summaries_of([agreement])]
        return self._named({agreement, *names_in(dependencies, own)})

    def _named(self, names: Collection[str]) -> Named:
        summaries = {
            summary.id: summary for summary in self.queries.agreement_summaries_of([*names])
        }
        return Named(summaries, self.queries.summaries(names))

    def disputes(self) -> Disputes:
        """The incidents of the promises that the filters choose, with the newest news first."""
        # What is said of a breach is asked of the incident here: a promise may have several.
        compliance, query = self.query.compliance, replace(self.query, compliance="")
        if rows := self.chosen_rows(query):
            return disputes_by_rows(rows, compliance)
        promises = {c.id for summary in self.chosen(query) for c in summary.commitments}
        return disputes_among(self._incidents(), promises, compliance)

    def _incidents(self) -> list[ChangeDocument]:
        return self._shared.get(self._key("incidents"), lambda: incident_changes(self.queries))

    def party_lists(self, name: str) -> PartyLists:
        """What a party owes and is owed of what the filters choose, and its agreements."""
        if rows := self.chosen_rows():
            return PartyRows(rows, name).lists()
        return party_among(name, self.chosen(), self.agreement_summaries)

    def sides(self) -> Counter[Sides]:
        """All promises by who owes them to whom, and how they stand."""
        if not self.queries.can_choose_rows:
            return sides_among(self.agreement_summaries)
        folded = (brief.summary for brief in self.queries.folding.briefs())
        return self._counts().sides() + sides_among(folded)

    def _counts(self) -> RowCounts:
        return self._shared.get(self._key("counts"), lambda: counts_of_rows(self.queries))

    def promises_of(self, names: Collection[str]) -> Mapping[str, CommitmentSummary]:
        """Some promises in brief, by id."""
        if self.queries.can_choose_rows:
            return self.queries.summaries(names)
        each = (c for summary in self.agreement_summaries for c in summary.commitments)
        return {c.id: c for c in each if c.id in names}

    def of_chosen(self, changes: Iterable[DiffRow]) -> list[DiffRow]:
        """Those of some changes that are of promises which the filters choose."""
        every_change = [*changes]
        if not self.query.filters:
            return every_change
        names = {change["commitment"] for change in every_change if change["commitment"]}
        chosen_ones = self._chosen_promises(names)
        return [change for change in every_change if change["commitment"] in chosen_ones]

    def _chosen_promises(self, names: Collection[str]) -> set[str]:
        rows = self.chosen_rows()
        if rows is None:
            return {c.id for summary in self.chosen() for c in summary.commitments}
        folded = self._chosen_folded()
        return rows.promises_among(names) | {c.id for h in folded for c in h.commitments}

    def chosen_ends(self) -> tuple[Sequence[OpenReading], Sequence[AwaitedEnd]]:
        """The same as `deadlines` of the promises that the filters choose."""
        if not self.query.filters:
            return self.deadlines()
        if rows := self.chosen_rows():
            folded = {c.id for summary in self._chosen_folded() for c in summary.commitments}
            return open_ends(self.queries, rows.promises, folded)
        readings, awaited = self.deadlines()
        promises = {c.id for summary in self.chosen() for c in summary.commitments}
        return (
            on_disk(each for each in readings if each["commitment"] in promises),
            on_disk(each for each in awaited if each["commitment"] in promises),
        )

    def chosen_names(self) -> Sequence[str]:
        """The ids of the agreements that the filters choose, in the order they were recorded."""
        rows = self.chosen_rows()
        if rows is None:
            return [summary.id for summary in self.chosen()]
        names = {summary.id for summary in self._chosen_folded()}
        folded = (b for b in self.queries.folding.briefs() if b.summary.id in names)
        return self.queries.names(rows.agreements, folded)

    def chosen_of(self, agreements: Sequence[str]) -> list[AgreementSummary]:
        """Some agreements with those of their promises that the filters choose."""
        return chosen(self.queries.agreement_summaries_of(agreements), self.query, self.names_of)

    def chosen_agreements(self, names: Collection[str]) -> set[str]:
        """Those of some agreements that the filters choose."""
        rows = self.chosen_rows()
        if rows is None:
            return {summary.id for summary in self.chosen()}
        return rows.agreements_among(names) | {summary.id for summary in self._chosen_folded()}

    def _chosen_folded(self) -> list[AgreementSummary]:
        briefs = (brief.summary for brief in self.queries.folding.briefs())
        return chosen(briefs, self.query, self.names_of)

    def promises_with_words(self, most: int) -> Matches:
        """The first promises that have every word of the query, and how many there are."""
        if rows := self.chosen_rows():
            return matches_by_rows(rows, most)
        return matches_among(self.agreement_summaries, self.query, self.names_of, most)

    def promises_in_order(self) -> Sequence[CommitmentSummary]:
        """Every promise in the order of its words."""
        if self.queries.can_choose_rows:
            return every_promise(self.queries)
        each = (c for summary in self.agreement_summaries for c in summary.commitments)
        return sorted(each, key=lambda c: c.promise)

    @property
    def agreement_parties(self) -> set[str]:
        """The parties of all agreements."""
        if not self.queries.can_choose_rows:
            return {party for summary in self.agreement_summaries for party in summary.parties}
        of_rows = {party for text in self._counts().agreements for party in decode(text)}
        briefs = self.queries.folding.briefs()
        return of_rows.union(*(brief.summary.parties for brief in briefs))

    def ending_otherwise(self, until: datetime) -> list[OpenReading]:
        """The offers, conditions, notices and periods that end by an instant, soonest first."""
        key = (*self._key("ending otherwise"), until.date())
        return self._shared.get(key, lambda: ending_otherwise(self.queries, until))

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
        summaries = self.agreement_summaries
        return chosen(summaries, query, self.names_of) if query.filters else summaries

    def check_filters(self) -> None:
        """Raises BadQuery for a party or a tag that nothing on record has."""
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
            return parties_of(self.agreement_summaries)
        of_rows = {party for text in self._counts().lists for party in decode(text)}
        return of_rows | parties_of(brief.summary for brief in self.queries.folding.briefs())

    def _every_tag(self) -> set[str]:
        if self.queries.can_choose_rows:
            return self.queries.tags()
        return {tag for summary in self.agreement_summaries for tag in summary.tags}

    def chosen_rows(self, query: Query | None = None) -> ChosenRows | None:
        """The rows that a query chooses; None where every agreement has to be looked at."""
        if not self.queries.can_choose_rows:
            return None
        query = query or self.query
        rows = ChosenRows(self.queries, query, self.names_of, lambda: self._counts().lists)
        return rows if rows.can_be_named else None

    def titles(self, agreements: Collection[str]) -> dict[str, str]:
        """The titles of some agreements, of those that are known."""
        if self.queries.can_choose_rows:
            return self.queries.titles(agreements)
        return {h.id: h.title for h in self.agreement_summaries if h.id in agreements}

    def overview(self, others: Collection[str]) -> Overview:
        """How all promises stand, with those that are pressing, of which `others` are in any case.

        So are, where no rows can be chosen, all.
        """
        if self.queries.can_choose_rows:
            return OverviewRows(self.queries).overview(self._counts(), self.query.as_of, others)
        return overview_of(self.agreement_summaries)

    def matching(self, part: slice) -> Matching:
        """A part of the agreements that the filters choose, the most urgent first."""
        if rows := self.chosen_rows():
            return OverviewRows(self.queries).matching(rows, part)
        return matching_among(self.agreement_summaries, self.query, self.names_of, part)

    def every_end(self) -> EveryEnd:
        """The ends of the promises that the filters choose."""
        query, zone = self.query, self.site.tz
        if rows := self.chosen_rows():
            return ends_by_rows(rows, zone)
        promises = {c.id: c for summary in self.chosen() for c in summary.commitments}
        return EveryEnd(ends_of(self.deadlines()[0], promises, zone), None, query.as_of)
