"""Folds the agreements that the tables cannot answer for, once for a whole board.

These are agreements with something above the ceiling, from what lies below it; for another
instant those that have moved since; and all of them where nothing is projected by these rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, KeysView
from datetime import datetime
from functools import cached_property

from msgspec import Struct
from sqlalchemy import Connection

from events.database.table_writer import ConnectionTableWriter
from tracker.documents.attention import OTHER_ENDS
from tracker.documents.readings import OpenReading, open_readings
from tracker.documents.summaries import AgreementSummary, summary_of
from tracker.entries.parties import Registry
from tracker.entries.party_stream import read_registry
from tracker.entries.streams import is_reserved
from tracker.entries.unreadable import UnreadableDocument, readable, unreadable_document
from tracker.entries.visible_log import VisibleLog
from tracker.errors import UnreadableAgreement
from tracker.projections import reader
from tracker.projections.elsewhere import elsewhere
from tracker.projections.freshness import Freshness, holding_then
from tracker.rules.agreement import AgreementState, is_known
from tracker.rules.fold import fold_events
from tracker.rules.terms.elsewhere import Elsewhere

STATES_KEPT = 64
"""How many folded agreements a reader keeps, which are more than a page shows."""


class FoldedBrief(Struct, frozen=True):
    """What a board shows of an agreement that is folded: far smaller than its state.

    `no_ends` are its deadlines of `OTHER_ENDS`, whenever they are.
    """

    first_position: int
    summary: AgreementSummary
    no_ends: tuple[OpenReading, ...]


class FoldedAgreements:
    """The agreements that one reader has folded, as things stand at two instants.

    `rows_hold` says that these are the instants of the projection: only `marked` is folded then.
    """

    def __init__(
        self,
        view: VisibleLog,
        connection: Connection,
        freshness: Freshness,
        marked: Collection[str],
        as_of: datetime,
        known_at: datetime,
        *,
        rows_hold: bool,
    ) -> None:
        self._view = view
        self._connection = connection
        self._freshness = freshness
        agreements = frozenset(name for name in marked if not is_reserved(name))
        has_rows = freshness.projected_at is not None
        self._marked = with_dependents(connection, agreements) if has_rows else agreements
        self._as_of = as_of
        self._known_at = known_at
        self._names = dict.fromkeys(sorted(self._marked)) if rows_hold else None
        self._unreadable: dict[str, UnreadableDocument | None] = {}
        self._briefs: list[FoldedBrief] | None = None
        self._states: dict[str, tuple[AgreementState, int]] = {}

    @property
    def names(self) -> KeysView[str]:
        """The agreements that are folded, in the order they were recorded.

        No `cached_property`: until Python 3.12 its lock is one for all readers, and for another
        instant this takes 30 ms a thousand agreements.
        """
        if self._names is None:
            log, instants = self._view.log, (self._as_of, self._known_at)
            exact = holding_then(log, self._connection, self._freshness, *instants)
            # Of the whole log: what is hidden altogether must not be taken from the tables.
            streams = (s for s in log.streams_after(0) if not is_reserved(s))
            self._names = dict.fromkeys(s for s in streams if s not in exact or s in self._marked)
        return self._names.keys()

    @cached_property
    def registry(self) -> Registry:
        """The parties as known at the reader's instant."""
        return read_registry(self._view, self._known_at)

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """The moments of other agreements that deadlines hang on."""
        return elsewhere(self._view, self.registry, self._known_at)

    def state(self, agreement: str) -> tuple[AgreementState, int]:
        """Any agreement as folded from what may be seen of it, and the position of its last event.

        Raises UnreadableAgreement where its entries cannot be folded.
        """
        # A page asks for each that it shows up to five times; a look through all asks once.
        if agreement not in self._states:
            if len(self._states) == STATES_KEPT:
                del self._states[next(iter(self._states))]
            self._states[agreement] = self._folded(agreement)
        return self._states[agreement]

    def _folded(self, agreement: str) -> tuple[AgreementState, int]:
        known = [e for e in self._view.read_stream(agreement) if e.recorded_at <= self._known_at]
        parties, as_of, outside = self.registry, self._as_of, self.elsewhere.steps
        folded = readable(
            agreement,
            known,
            lambda events: fold_events(agreement, events, as_of, parties, outside),
        )
        self.elsewhere.keep(folded)
        return folded.state, max((event.position for event in known), default=0)

    def states(self) -> Iterator[AgreementState]:
        """The states of the folded agreements of which something is known."""
        return (state for state, _ in self._readable(self.names) if is_known(state))

    def open_readings(self) -> Iterator[OpenReading]:
        """Every reading of every open end of the folded agreements."""
        for state in self.states():
            for commitment in state.commitments.values():
                yield from open_readings(state, commitment)

    def states_of(self, agreements: Iterable[str]) -> Iterator[AgreementState]:
        """The states of those of these agreements that are folded and can be read."""
        return (state for state, _ in self._readable(set(agreements) & self.names))

    def briefs(self) -> list[FoldedBrief]:
        """The folded agreements of which something is known, as a board shows them.

        No `cached_property`, as for `names`.
        """
        if self._briefs is None:
            self._briefs = [*self.briefs_of(self.names)]
        return self._briefs

    def briefs_of(self, agreements: Iterable[str]) -> Iterator[FoldedBrief]:
        """The same of those of these agreements that are folded, each as it is asked for."""
        folded = self._readable(name for name in agreements if name in self.names)
        return (self._brief(*each) for each in folded if is_known(each[0]))

    def unreadable(self) -> list[UnreadableDocument]:
        """The folded agreements that cannot be read: why, and the entry that causes it."""
        for _ in self._readable(name for name in self.names if name not in self._unreadable):
            pass
        return [error for name in self.names if (error := self._unreadable[name])]

    def _readable(self, agreements: Iterable[str]) -> Iterator[tuple[AgreementState, int]]:
        """What `state` gives of each that can be read; which cannot is remembered."""
        for name in agreements:
            try:
                folded = self.state(name)
            except UnreadableAgreement as error:
                self._unreadable[name] = unreadable_document(error)
            else:
                self._unreadable[name] = None
                yield folded

    def _brief(self, state: AgreementState, last_position: int) -> FoldedBrief:
        readings = (r for c in state.commitments.values() for r in open_readings(state, c))
        return FoldedBrief(
            next(self._view.read_stream(state.id)).position,
            summary_of(state, last_position),
            tuple(reading for reading in readings if reading["term"] in OTHER_ENDS),
        )


def with_dependents(connection: Connection, agreements: frozenset[str]) -> frozenset[str]:
    """Some agreements, and all with deadlines that hang on them, directly or through others.

    Rows of an agreement that hangs on something hidden tell of it.
    """
    return frozenset(reader.with_dependents(ConnectionTableWriter(connection).rows, agreements))
