"""What the board and the feeds show: every commitment in brief, changes and deadlines.

Read from the projection tables. Folded anew is what they cannot tell: agreements with something
above the ceiling, from what lies below it; and for another instant, those that have moved since.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select
from sqlmodel import SQLModel

from events import EventStore, format_instant
from events.batches import batches
from events.database.owned_tables import table_of
from tracker.documents.changes import ChangeDocument, change_json, change_of_row, stored_change
from tracker.documents.commitments import AgreementDocument, CommitmentDocument, agreement_json
from tracker.documents.readings import OpenReading, open_readings, open_readings_of_document
from tracker.documents.summaries import (
    AgreementSummary,
    CommitmentSummary,
    commitment_summary_of_row,
    summary_of,
    summary_of_row,
)
from tracker.entries.decoding import entries
from tracker.entries.parties import Registry
from tracker.entries.party_stream import read_registry
from tracker.entries.streams import is_reserved
from tracker.entries.unreadable import UnreadableDocument, readable, unreadable_document
from tracker.entries.visible_log import VisibleLog
from tracker.errors import UnreadableAgreement
from tracker.model.vocabulary import OPEN_STATES
from tracker.projections import tables
from tracker.projections.elsewhere import elsewhere
from tracker.projections.freshness import freshness, holding_then
from tracker.rules.agreement import AgreementState, is_known
from tracker.rules.fold import fold
from tracker.rules.terms.anchors import Outside
from tracker.rules.terms.pending import PENDING

Instants = tuple[datetime, datetime]
"""The instant of the world that is asked for, and that of the record."""

NO_END = frozenset({"offer", "condition", "withdrawal"})
"""Deadlines that are no end of the promise by its terms."""


class FoldedBrief(Struct, frozen=True):
    """What a board shows of an agreement that is folded: far smaller than its state.

    `no_ends` are its deadlines of `NO_END`, whenever they are.
    """

    first_position: int
    summary: AgreementSummary
    no_ends: tuple[OpenReading, ...]


class BoardQueries:
    """What one reader may see of the record; `marked` streams have something above the ceiling.

    Without `then` it is what was last projected; with it, how things stand at those instants. Where
    nothing is projected by the rules of this program, it is folded from the log.
    """

    def __init__(
        self,
        store: EventStore,
        connection: Connection,
        now: datetime,
        ceiling: str = "RED",
        marked: Collection[str] = (),
        then: Instants | None = None,
    ) -> None:
        self.marked = frozenset(name for name in marked if not is_reserved(name))
        self.view = VisibleLog(store, ceiling, marked=frozenset(marked))
        self.connection = connection
        self.as_of, self.known_at = then or (now, now)
        self.freshness = freshness(store, connection)
        self.has_rows = self.freshness.projected_at is not None
        self.then = then if then or self.has_rows else (now, now)
        self.ceiling = ceiling
        self._folded: dict[str, None] | None = None
        self._unreadable: dict[str, UnreadableDocument | None] = {}
        self._briefs: list[FoldedBrief] | None = None

    @property
    def folded(self) -> KeysView[str]:
        """The agreements that the tables cannot answer for, in the order they were recorded.

        No `cached_property`: until Python 3.12 its lock is one for all readers, and for another
        instant this takes 30 ms a thousand agreements.
        """
        if self._folded is None and self.then is None:
            self._folded = dict.fromkeys(sorted(self.marked))
        elif self._folded is None:
            instants = (self.as_of, self.known_at)
            exact = holding_then(self.view.log, self.connection, self.freshness, *instants)
            # Of the whole log: what is hidden altogether must not be taken from the tables.
            streams = (s for s in self.view.log.streams_after(0) if not is_reserved(s))
            moved = (s for s in streams if s not in exact or s in self.marked)
            self._folded = dict.fromkeys(moved)
        return self._folded.keys()

    def headings(self) -> list[AgreementSummary]:
        """Every agreement in brief, in the order they were recorded."""
        by_agreement: dict[str, list[CommitmentSummary]] = {}
        for row in self._rows(tables.CommitmentRow, "agreement_id", "ordinal"):
            by_agreement.setdefault(row.agreement_id, []).append(commitment_summary_of_row(row))
        summaries = [
            (row.first_position, summary_of_row(row, by_agreement.get(row.id, [])))
            for row in self._agreements()
        ]
        summaries += [(brief.first_position, brief.summary) for brief in self._folded_in_brief]
        # In one order, or the place in it would tell which agreements hold something hidden.
        return [summary for _, summary in sorted(summaries, key=itemgetter(0))]

    def titles(self, agreements: Collection[str]) -> dict[str, str]:
        """The titles of some agreements, of those that are known."""
        table = table_of(tables.AgreementRow)
        folded = (self._readable_state(name) for name in self.folded & set(agreements))
        titles = {each[0].id: each[0].title for each in folded if each}
        if self.has_rows and agreements:
            named = select(table.c.id, table.c.title).where(table.c.id.in_(list(agreements)))
            rows = self.connection.execute(named)
            titles |= {row.id: row.title for row in rows if row.id not in self.folded}
        return titles

    def documents(self) -> list[AgreementDocument]:
        """Every agreement in full, in the order they were recorded."""
        by_agreement: dict[str, list[Any]] = {}
        for row in self._rows(tables.CommitmentRow, "agreement_id", "ordinal", whole=True):
            by_agreement.setdefault(row.agreement_id, []).append(json.loads(row.detail))
        documents: dict[str, AgreementDocument] = {
            row.id: json.loads(row.detail) | {"commitments": by_agreement.get(row.id, [])}
            for row in self._agreements()
        }
        documents |= {state.id: agreement_json(state) for state in self._states()}
        return [documents[name] for name in self.view.streams_after(0) if name in documents]

    def _agreements(self) -> list[Any]:
        """The rows of agreements of which something is known."""
        rows = self._rows(tables.AgreementRow, "first_position", whole=True)
        return [row for row in rows if row.detail is not None]

    def details(self, owned: Mapping[str, str]) -> dict[str, CommitmentDocument]:
        """The `status --json` object of these commitments, each given with its agreement."""
        from_rows = [c for c, agreement in owned.items() if agreement not in self.folded]
        table = table_of(tables.CommitmentRow)
        details: dict[str, CommitmentDocument] = {}
        for ids in batches(from_rows) if self.has_rows else ():
            these = table.c.id.in_(ids)
            for row in self.connection.execute(select(table.c.id, table.c.detail).where(these)):
                details[row.id] = json.loads(row.detail)
        for state in self._states_of(owned):
            document = agreement_json(state)
            details |= {c["id"]: c for c in document["commitments"] if c["id"] in owned}
        return details

    def deadlines(self) -> list[OpenReading]:
        """Every reading of every open end, soonest first."""
        readings = [
            reading
            for row in self._rows(tables.CommitmentRow, whole=True)
            if row.state in OPEN_STATES
            for reading in open_readings_of_document(row.agreement_id, json.loads(row.detail))
        ]
        readings += [
            reading
            for state in self._states()
            for commitment in state.commitments.values()
            for reading in open_readings(state, commitment)
        ]
        return sorted(readings, key=lambda row: (row["at"], row["commitment"], row["reading"]))

    def ending_otherwise(self, until: datetime) -> list[OpenReading]:
        """The offers, conditions and notices that end by an instant, soonest first."""
        now, last = format_instant(self.as_of), format_instant(until)
        table = table_of(tables.CommitmentRow)
        # The end of a notice ends the promise, so it is a change to come; a condition may be one
        # of several that suffice.
        soon = table.c.state.in_(PENDING) | (table.c.next_change_at <= last)
        query = select(table.c.agreement_id, table.c.detail).where(
            soon, table.c.state.in_(OPEN_STATES)
        )
        readings = [
            reading
            for row in (self.connection.execute(query) if self.has_rows else ())
            if row.agreement_id not in self.folded
            for reading in open_readings_of_document(row.agreement_id, json.loads(row.detail))
        ]
        readings += [reading for brief in self._folded_in_brief for reading in brief.no_ends]
        ending = [r for r in readings if r["term"] in NO_END and now < r["at"] <= last]
        return sorted(ending, key=lambda row: (row["at"], row["commitment"], row["reading"]))

    def changes(self, limit: int, agreements: Collection[str] = ()) -> list[ChangeDocument]:
        """What changed on any axis, newest knowledge first."""
        folded = (
            change_json(stored_change(change))
            for state in self._states()
            for change in state.changes
            if not agreements or state.id in agreements
        )
        rows = [*self._change_rows(limit, agreements), *folded]
        rows.sort(key=lambda row: (row["known_at"], row["commitment"], row["at"]), reverse=True)
        return rows[:limit]

    def incident_changes(self) -> list[ChangeDocument]:
        """What was alleged, denied and found of every incident, in the order it came about."""
        folded = (
            change_json(stored_change(change))
            for state in self._states()
            for change in state.changes
            if change.axis.startswith("incident ")
        )
        table = table_of(tables.StatusChangeRow)
        query = select(table).where(table.c.axis.like("incident %")).order_by(table.c.ordinal)
        stored = self.connection.execute(query) if self.has_rows else ()
        rows = (
            change_json(change_of_row(row._mapping))
            for row in stored
            if row.agreement_id not in self.folded
        )
        # Sorting is stable: what came about at one instant stays in its order.
        return sorted([*rows, *folded], key=lambda change: change["at"])

    def moved_since(self, since: datetime) -> list[str]:
        """The agreements that may have changed since, in the world or in what is known of them."""
        at, table = format_instant(since), table_of(tables.StatusChangeRow)
        recorded = "SELECT DISTINCT stream FROM events WHERE recorded_at > ?"
        moved = {row[0] for row in self.view.log.read_table("events", recorded, (at,))}
        if self.has_rows:
            query = select(table.c.agreement_id).where(table.c.at > at).distinct()
            moved |= {row.agreement_id for row in self.connection.execute(query)}
            moved |= self.folded
        streams = (name for name in self.view.streams_after(0) if not is_reserved(name))
        return [name for name in streams if name in moved or not self.has_rows]

    def _change_rows(self, limit: int, agreements: Collection[str]) -> Iterator[ChangeDocument]:
        if not self.has_rows:
            return
        table = table_of(tables.StatusChangeRow)
        order = (table.c.known_at.desc(), table.c.commitment_id.desc(), table.c.ordinal)
        query = select(table).order_by(*order)
        if agreements:
            query = query.where(table.c.agreement_id.in_(list(agreements)))
        if self.folded:
            query = query.where(table.c.agreement_id.not_in(list(self.folded)))
        for row in self.connection.execute(query.limit(limit)):
            yield change_json(change_of_row(row._mapping))

    def spans(self, owned: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
        """Each commitment's states with their beginnings: (at, state) in order."""
        table = table_of(tables.StatusChangeRow)
        spans: dict[str, list[tuple[str, str]]] = {}
        from_rows = [c for c, agreement in owned.items() if agreement not in self.folded]
        if self.has_rows and from_rows:
            chosen = (table.c.commitment_id.in_(from_rows)) & (table.c.axis == "state")
            query = select(table).where(chosen).order_by(table.c.commitment_id, table.c.ordinal)
            for row in self.connection.execute(query):
                spans.setdefault(row.commitment_id, []).append((row.at, row.after))
        for state in self._states_of(owned):
            for change in state.changes:
                if change.axis == "state" and change.commitment in owned:
                    span = (format_instant(change.at), change.after)
                    spans.setdefault(change.commitment, []).append(span)
        return spans

    def _rows(self, row: type[SQLModel], *order: str, whole: bool = False) -> Iterable[Any]:
        """The rows of agreements that need no folding."""
        if not self.has_rows:
            return
        table, folded = table_of(row), self.folded
        columns = [c for c in table.c if whole or c.name != "detail"]
        owner = "id" if row is tables.AgreementRow else "agreement_id"
        query = select(*columns).order_by(*(table.c[o] for o in order))
        place = list(query.selected_columns.keys()).index(owner)
        yield from (each for each in self.connection.execute(query) if each[place] not in folded)

    @cached_property
    def registry(self) -> Registry:
        return read_registry(self.view, self.known_at)

    @cached_property
    def outside(self) -> Outside:
        """The moments of other agreements that deadlines hang on."""
        return elsewhere(self.view, self.registry, self.known_at)

    def unreadable(self) -> list[UnreadableDocument]:
        """The agreements of which nothing can be shown: why, and the entry that causes it."""
        rows = self._rows(tables.UnreadableAgreementRow, "agreement_id")
        documents = [
            UnreadableDocument(
                agreement=row.agreement_id, reason=row.reason, event=row.event_id, tlp=row.tlp
            )
            for row in rows
        ]
        for name in self.folded:
            if name not in self._unreadable:
                self._readable_state(name)
            error = self._unreadable[name]
            documents += [error] if error else []
        return documents

    @property
    def _folded_in_brief(self) -> list[FoldedBrief]:
        """The folded agreements of which something is known, folded once for a whole board.

        No `cached_property`, as for `folded`.
        """
        if self._briefs is None:
            folded = (self._readable_state(name) for name in self.folded)
            self._briefs = [self._brief(*each) for each in folded if each and is_known(each[0])]
        return self._briefs

    def _brief(self, state: AgreementState, last_position: int) -> FoldedBrief:
        readings = (r for c in state.commitments.values() for r in open_readings(state, c))
        return FoldedBrief(
            next(self.view.read_stream(state.id)).position,
            summary_of(state, last_position),
            tuple(reading for reading in readings if reading["term"] in NO_END),
        )

    def _states(self) -> Iterator[AgreementState]:
        folded = (self._readable_state(name) for name in self.folded)
        return (each[0] for each in folded if each and is_known(each[0]))

    def _states_of(self, owned: Mapping[str, str]) -> Iterator[AgreementState]:
        """The states of the folded agreements of these commitments."""
        folded = (self._readable_state(name) for name in {*owned.values()} & self.folded)
        return (each[0] for each in folded if each)

    def _readable_state(self, agreement: str) -> tuple[AgreementState, int] | None:
        """What `state` gives; None for an agreement that cannot be read, which is remembered."""
        try:
            state = self.state(agreement)
        except UnreadableAgreement as error:
            self._unreadable[agreement] = unreadable_document(error)
            return None
        self._unreadable[agreement] = None
        return state

    def state(self, agreement: str) -> tuple[AgreementState, int]:
        """An agreement folded from what may be seen of it, and the position of its last event.

        Raises UnreadableAgreement where its entries cannot be folded.
        """
        known = [e for e in self.view.read_stream(agreement) if e.recorded_at <= self.known_at]
        parties, as_of, outside = self.registry, self.as_of, self.outside
        state = readable(
            agreement,
            known,
            lambda events: fold(agreement, entries(events, parties), as_of, parties, outside),
        )
        return state, max((event.position for event in known), default=0)
