"""One look at the database for one page: opened read-only, up to the ceiling, at one instant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from difflib import get_close_matches
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from events import EventStore, RecordedEvent
from events.batches import batches
from events.database.engine import open_engine, read_snapshot
from tracker.analysis.readout import readout
from tracker.dates.instants import both_clocks
from tracker.documents.commitments import CommitmentDocument
from tracker.documents.readings import OpenReading
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from tracker.entries.decoding import entry_of
from tracker.entries.parties import Registry, read_registry
from tracker.entries.streams import RESERVED
from tracker.entries.visible_log import VisibleLog
from tracker.errors import TrackerError
from tracker.projections.freshness import Freshness, freshness
from tracker.queries.agreements import agreement_state
from tracker.queries.board import BoardQueries
from tracker.queries.cached import cached
from tracker.queries.dossier import dossier
from tracker.queries.entries import entry_json, known_of
from tracker.rules.fold import AgreementState, is_known
from web.errors import NotFound
from web.model.event_rows import Row, event_rows
from web.model.memo import MarkedStreams, MemoCache
from web.model.page import ROWS_A_PAGE
from web.model.query import Query
from web.settings import Site

LONGEST = 200
"""Letters of an id that are compared; ours have at most 120."""


def nearest(unknown: str, names: Iterable[str]) -> tuple[str, ...]:
    """Up to three names that are spelt alike, capitals or not."""
    folded = {name.casefold(): name for name in sorted(names)}
    near = get_close_matches(unknown[:LONGEST].casefold(), folded, n=3)
    return tuple(folded[name] for name in near)


T = TypeVar("T")


class Library:
    """The database of a site, and every reader's way in; nothing here can write."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.marks = MarkedStreams()
        self.memo = MemoCache()
        self.engine: Engine = open_engine(site.db, read_only=True)

    @contextmanager
    def store(self) -> Iterator[EventStore]:
        with EventStore.open(self.site.db, create=False, read_only=True) as store:
            yield store

    @contextmanager
    def reader(self, query: Query) -> Iterator[Reader]:
        """What is read inside is of one moment: the tables first, then a log at least as long.

        So no row can come from an event whose mark has not been seen.
        """
        with self.store() as store, read_snapshot(self.engine) as connection:
            freshness(store, connection)
            with store.snapshot():
                marked = self.marks.at(store, self.site)
                yield Reader(self.site, store, connection, query, marked, self.memo)

    def texts_remain(self, positions: Collection[int]) -> bool:
        """Whether the texts of these events are all there: none was erased since it was read."""
        with self.store() as store:
            return with_text(store, positions) == positions

    def mark(self) -> Freshness:
        """Where log and projection stand: what every page but for the clock depends on."""
        with self.store() as store, read_snapshot(self.engine) as connection:
            return freshness(store, connection)


def with_text(store: EventStore, positions: Collection[int]) -> frozenset[int]:
    """Those of some events that have a text which can be erased."""
    ordered, streams = sorted(positions), set[int]()
    for some in batches(ordered):
        marks = ", ".join("?" * len(some))
        query = f"SELECT position FROM event_texts WHERE position IN ({marks})"
        streams |= {row[0] for row in store.read_table("event_texts", query, tuple(some))}
    return frozenset(streams)


class Reader:
    """What the pages read from."""

    def __init__(
        self,
        site: Site,
        store: EventStore,
        connection: Connection,
        query: Query,
        marked: frozenset[str],
        memo: MemoCache,
    ) -> None:
        self.marked = marked
        self.memo = memo
        self.site = site
        self.query = query
        self._noted: set[int] = set()
        self._last: dict[str, tuple[str, Any]] = {}
        self.log = store
        self.freshness = freshness(store, connection)
        then = None if self.projected else (query.as_of, query.known_at)
        self.published = BoardQueries(store, connection, query.now, site.ceiling, marked, then)
        self.view = self.published.view

    @cached
    def projected(self) -> bool:
        """Whether the question is answered from the tables; other instants are folded."""
        return self.query.is_now and self.freshness.projected_at is not None

    @cached
    def headings(self) -> list[AgreementSummary]:
        """Every agreement in brief."""
        return self.memo.get(self._question("headings"), self.published.headings)

    def _question(self, what: str) -> tuple[object, ...]:
        """What an answer over all agreements depends on; a clock that runs counts by the minute."""
        key, minute = self.query, self.query.now.replace(second=0, microsecond=0)
        if self.projected:
            return (what, self.freshness, self.marked, minute if self.marked else None)
        as_of = key.as_of if key.as_of_text else minute
        known_at = key.known_at if key.known_at_text else minute
        return (what, self.freshness, self.marked, as_of, known_at)

    def details(self, holdings: Iterable[CommitmentSummary]) -> dict[str, CommitmentDocument]:
        """The full objects of some commitments, as `status --json` words them."""
        return self.published.details({c.id: c.agreement for c in holdings})

    def deadlines(self) -> list[OpenReading]:
        """Every reading of every open end, soonest first."""
        return self.memo.get(self._question("deadlines"), self.published.deadlines)

    def stream_rows(self, name: str, *, past_only: bool = True) -> list[Row]:
        """The events of a stream as they are shown; all, or those of the past that is asked for."""
        read = self.stream if past_only else self.view.read_stream
        what = "past rows" if past_only else "rows"
        return self.lately(what, name, lambda: self.rows(list(read(name))))

    def rows(self, events: Sequence[RecordedEvent]) -> list[Row]:
        """Events of one stream as they are shown."""
        made = event_rows(events, self.registry.zone_of)
        self._show(events)
        return made

    def entries(self, events: Sequence[RecordedEvent]) -> list[dict[str, Any]]:
        """Events with what became of each, as `event show --json` words them."""
        self._show(events)
        known_at = self.query.known_at if self.query.known_at_text else None
        known = {s: known_of(self.view, s, known_at) for s in {event.stream for event in events}}
        registry = read_registry(self.view, known_at)
        return [
            entry_json(event, known_.amended, registry, known_.levels[event.id])
            for event in events
            for known_ in (known[event.stream],)
        ]

    def _show(self, events: Sequence[RecordedEvent]) -> None:
        self._noted |= {e.position for e in events if e.data.get("note") is not None}

    @property
    def text_positions(self) -> frozenset[int]:
        """The events whose erasable text has been shown: an answer lasts as long as that does."""
        return with_text(self.log, self._noted)

    @cached
    def registry(self) -> Registry:
        return read_registry(self.view)

    def name(self, party: str) -> str:
        return self.registry.name_of(party)

    def agreement(self, name: str) -> AgreementState:
        """One agreement, folded; NotFound names the nearest."""
        state = self.known_agreement(name)
        if state is None:
            raise self.unknown("agreement", name)
        return state

    def known_agreement(self, name: str) -> AgreementState | None:
        if name in RESERVED or not self.view.stream_version(name):
            return None
        state, _ = self.lately("state", name, lambda: self.published.state(name))
        return state if is_known(state) else None

    def lately(self, what: str, id_: str, work: Callable[[], T]) -> T:
        """What was worked out last of a kind, while the same is asked; else it is worked out."""
        previous = self._last.get(what)
        if previous is None or previous[0] != id_:
            previous = self._last[what] = (id_, work())
        value: T = previous[1]
        return value

    def readout(self, name: str) -> dict[str, Any]:
        """The document of `readout --json`."""
        key, agreement = self.query, self.agreement(name).id

        def work() -> dict[str, Any]:
            return readout(dossier(self.view, agreement, key.as_of, key.known_at, self.registry))

        return self.lately("readout", agreement, work)

    def agreement_of(self, commitment: str) -> str:
        """The agreement that holds a commitment; NotFound names the nearest."""
        agreement = self.published.agreement_of(commitment) or self._held_by().get(commitment)
        if agreement is None:
            raise self.unknown("commitment", commitment)
        return agreement

    def _held_by(self) -> dict[str, str]:
        """Commitments that the tables do not have yet, by agreement."""
        if self.freshness.position == self.freshness.head:
            return {}
        late = self.view.streams_after(self.freshness.position)
        states = (
            agreement_state(self.view, stream, self.query.as_of, self.query.known_at, self.registry)
            for stream in late
            if stream not in RESERVED
        )
        return {commitment: state.id for state in states for commitment in state.commitments}

    def only(self, agreement: str) -> VisibleLog:
        """The log as if it held this agreement alone, so that questions to it stay short."""
        return VisibleLog(self.log, self.site.ceiling, only=(agreement,), marked=self.marked)

    def unknown(self, what: str, name: str) -> NotFound:
        """Why an id leads nowhere, with the nearest that lead somewhere."""
        other = "commitment" if what == "agreement" else "agreement"
        if name in self._ids(other):
            return NotFound(f"{name!r} is not an id of a {what}", near=(name,), near_kind=other)
        if not self.query.is_now and self._is_told_of(what, name):
            hint = "leave out as_of and known_at to see it as it stands now"
            return NotFound(f"{what} {name!r} was not on record then", hint=hint)
        near = nearest(name, self._ids(what))
        hint = f"did you mean {', '.join(near)}?" if near else "see the board for what there is"
        return NotFound(f"no {what} {name[:120]!r}", hint=hint, near=near, near_kind=what)

    def _ids(self, what: str) -> set[str]:
        if what == "agreement":
            return {heading.id for heading in self.headings}
        return {c.id for heading in self.headings for c in heading.holdings}

    def _is_told_of(self, what: str, name: str) -> bool:
        """Whether any event that may be shown is about it, at whatever instant."""
        stream = name if what == "agreement" else self.published.agreement_of(name)
        events = self.view.read_stream(stream) if stream and stream not in RESERVED else ()
        return any(what == "agreement" or e.data.get("commitment") == name for e in events)

    def stream(self, name: str) -> list[RecordedEvent]:
        """A stream's events that were recorded by then and had taken effect by then."""
        return [event for event in self.view.read_stream(name) if self.is_past(event)]

    def is_past(self, event: RecordedEvent) -> bool:
        if event.recorded_at > self.query.known_at:
            return False
        return self.query.is_now or self._effective(event) <= self.query.as_of

    def _effective(self, event: RecordedEvent) -> datetime:
        try:
            return entry_of(event, self.registry.zone_of).effective_at
        except TrackerError:
            return event.recorded_at

    def newest(self, page: int) -> tuple[list[RecordedEvent], bool]:
        """A page of the log, newest first, and whether older ones follow."""
        head = self.log.head()
        last = head - (page - 1) * ROWS_A_PAGE
        first = max(last - ROWS_A_PAGE, 0)
        if last <= 0:
            return [], False
        taken = self.log.read_all(after=first, limit=last - first)
        seen = [event for event in taken if self.view.sees(event) and self.is_past(event)]
        return seen[::-1], first > 0

    def event(self, position: int) -> RecordedEvent:
        event = next(self.log.read_all(after=position - 1, limit=1), None)
        if event is None or event.position != position:
            raise NotFound(
                f"no event {position:,}", hint=f"the log ends at event {self.log.head():,}"
            )
        if not self.view.sees(event):
            raise NotFound(
                f"event {position:,} is not shown here",
                hint=f"it is marked above TLP:{self.site.ceiling}, the ceiling of this board",
            )
        return event

    @property
    def stamp(self) -> dict[str, Any]:
        """The two instants that every JSON answer begins with."""
        return dict(both_clocks(self.query.as_of, self.query.known_at))
