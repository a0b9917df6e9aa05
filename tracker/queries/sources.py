"""Documents that entries cite: which are registered, what cites them, which lines are open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypedDict

from msgspec import Struct

from events import EventStore, RecordedEvent
from tracker.entries.amendments import Amendments, replacement_of
from tracker.entries.streams import SOURCE_PREFIX, source_stream
from tracker.entries.tlp import highest, levels
from tracker.errors import unknown_id
from tracker.model.event_types import SourceRegistered
from tracker.sources.citations import Citation, citations_in, cites, names_document
from tracker.sources.coverage import LineCoverage, coverage_of
from tracker.sources.editions import SourceDocument, document_in

Titles = Mapping[str, Mapping[str, str]]
"""Title, publisher and date of the document that an entry cites, by the entry's id."""
CitedBy = Callable[[Mapping[str, Any], str], SourceRegistered | None]


class CoverageCounts(TypedDict):
    """How many lines of a document there are, and how they stand."""

    lines: int
    with_entries: int
    read: int
    open: int
    blank: int


class SourceRow(CoverageCounts):
    """A registered document, as `source list --json` has it."""

    id: str
    title: str
    publisher: str | None
    published: str | None
    url: str | None
    archived_url: str | None
    retrieved_at: str | None
    sha256: str
    editions: int
    entries: int


class Covered(Struct, frozen=True):
    """A document as known at an instant, with what cites it, line by line."""

    document: SourceDocument
    citations: tuple[Citation, ...]
    lines: list[LineCoverage]
    tlp: str

    @property
    def counts(self) -> CoverageCounts:
        standings = [line.standing for line in self.lines]
        return {
            "lines": len(standings),
            "with_entries": standings.count("entries"),
            "read": standings.count("read"),
            "open": standings.count("open"),
            "blank": standings.count("blank"),
        }

    def row(self) -> SourceRow:
        about = self.document.about
        return {
            "id": about.document,
            "title": about.title,
            "publisher": about.publisher,
            "published": about.published,
            "url": about.url,
            "archived_url": about.archived_url,
            "retrieved_at": about.retrieved_at,
            "sha256": about.sha256,
            "editions": len(self.document.editions),
            "entries": len(self.citations),
            **self.counts,
        }


def source_document(store: EventStore, name: str, known_at: datetime) -> SourceDocument:
    """A registered document; raises UnknownId with the nearest."""
    document = document_in(_known(store.read_stream(source_stream(name)), known_at))
    if document is None:
        known = (each.about.document for each in all_documents(store, known_at))
        raise unknown_id("document", name, known)
    return document


def documents_cited(store: EventStore) -> CitedBy:
    """Says which registered document a `source` means, by it and by who recorded the entry."""

    @cache
    def registered() -> list[SourceRegistered]:
        return [document.about for document in all_documents(store)]

    def cited(source: Mapping[str, Any], recorded_by: str) -> SourceRegistered | None:
        meant = (d for d in registered() if cites(source, recorded_by, d.document, d.cited_by))
        return next(meant, None)

    return cited


def titles_of_sources(store: EventStore, stream: str) -> Titles:
    """What the registered documents are called that the entries of a stream cite, by entry."""
    cited, events = documents_cited(store), list(store.read_stream(stream))
    amended = Amendments(events)
    titles: dict[str, Mapping[str, str]] = {}
    for event in events:
        source = amended.data(event).get("source")
        document = cited(source, event.source) if isinstance(source, Mapping) else None
        if document is not None:
            known = {name: getattr(document, name) for name in ("title", "publisher", "published")}
            titles[event.id] = {name: value for name, value in known.items() if value}
    return titles


def covered(store: EventStore, name: str, known_at: datetime) -> Covered:
    """A document with everything that cites it; raises UnknownId for one that is not registered."""
    (only,) = _covered(store, [source_document(store, name, known_at)], known_at)
    return only


def all_covered(store: EventStore, known_at: datetime) -> list[Covered]:
    """Every registered document, by id."""
    return _covered(store, all_documents(store, known_at), known_at)


def all_documents(store: EventStore, known_at: datetime | None = None) -> list[SourceDocument]:
    """The documents registered by an instant, by id."""
    streams: dict[str, list[RecordedEvent]] = defaultdict(list)
    for event in _known(store.read_streams(SOURCE_PREFIX), known_at):
        streams[event.stream].append(event)
    return [d for _, events in sorted(streams.items()) if (d := document_in(events))]


def _covered(
    store: EventStore, documents: Sequence[SourceDocument], known_at: datetime
) -> list[Covered]:
    """Documents with what cites them; the log is read once to find the streams that do."""
    citing: dict[str, dict[str, None]] = {each.about.document: {} for each in documents}
    for event in store.read_all() if documents else ():
        if any("source" in fields for fields in (event.data, replacement_of(event.data))):
            for about in (each.about for each in documents):
                if names_document(event, about.document, about.cited_by):
                    citing[about.document][event.stream] = None
    return [
        _covered_by(store, document, citing[document.about.document], known_at)
        for document in documents
    ]


def _covered_by(
    store: EventStore, document: SourceDocument, streams: Iterable[str], known_at: datetime
) -> Covered:
    about = document.about
    cited: list[Citation] = []
    marks = list(
        levels(_known(store.read_stream(source_stream(about.document)), known_at)).values()
    )
    for stream in streams:
        events = _known(store.read_stream(stream), known_at)
        citations = list(citations_in(events, about.document, about.cited_by))
        known = levels(events)
        marks += [known[citation.entry] for citation in citations]
        cited += citations
    cited.sort(key=lambda citation: citation.position)
    return Covered(document, tuple(cited), coverage_of(document, cited), highest(marks))


def _known(events: Iterable[RecordedEvent], known_at: datetime | None) -> list[RecordedEvent]:
    return [event for event in events if known_at is None or event.recorded_at <= known_at]
