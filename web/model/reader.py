"""Reads one agreement or promise, and what came about, from one snapshot up to the ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from events import format_instant
from notifications.errors import ImplausibleClock
from notifications.scheduler.last_turn import check_turn_clock
from tracker.analysis.readout import readout
from tracker.analysis.readout_document import Readout
from tracker.dates.instants import Clocks, both_clocks
from tracker.entries.decoding import commitment_made_by
from tracker.entries.streams import is_reserved
from tracker.errors import UnreadableAgreement
from tracker.projections.commitment_index import agreement_of
from tracker.queries.agreements import AgreementReader, pending
from tracker.queries.board.changes import moved_since
from tracker.queries.checks import CheckFinding
from tracker.queries.comparison.changes import ClockPair
from tracker.queries.comparison.diff import changes_between
from tracker.queries.comparison.differences import DiffRow
from tracker.queries.dossier import Dossier, dossier
from tracker.queries.search import SearchDocument, search
from tracker.queries.timeline import Filter, search_words
from tracker.rules.agreement import AgreementState, is_known
from web.errors import NOUNS, WITH_ARTICLE, NotFound, quoted, unknown_name
from web.model.event_reader import SHOW_NOW, OpenRecord
from web.model.list_reader import ListReader
from web.model.memo import Marked


class Reader(ListReader):
    """Answers what the pages of one query need; one thread uses it."""

    def __init__(self, record: OpenRecord) -> None:
        super().__init__(record)
        self._promises: dict[str, str] = {}

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

    def changes(self, since: datetime) -> list[DiffRow]:
        """What happened since an instant, what was learned, and what was taken back."""
        query = self.query

        def compute() -> list[DiffRow]:
            before = ClockPair(since, min(since, query.known_at))
            after = ClockPair(query.as_of, query.known_at)
            agreements = moved_since(self.queries, since)
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
            return {summary.id for summary in self.agreement_summaries}
        return {c.id for summary in self.agreement_summaries for c in summary.commitments}

    @property
    def clocks(self) -> Clocks:
        """The two instants that every JSON answer begins with."""
        return both_clocks(self.query.as_of, self.query.known_at)
