"""Documents that entries cite: which are registered, what cites them, which lines are open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from msgspec import Struct

from events import EventStore, RecordedEvent
from tracker.entries.streams import SOURCE_PREFIX, source_stream
from tracker.entries.tlp import highest, levels
from tracker.errors import unknown_id
from tracker.model.event_types import SourceRegistered
from tracker.sources.citations import Citation, citations_in, cites, names_document
from tracker.sources.coverage import LineCoverage, coverage_of
from tracker.sources.editions import SourceDocument, document_in

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
        raise unknown_id("document", name, document_ids(store))
    return document


def document_ids(store: EventStore) -> list[str]:
    """The documents that have a stream, by id."""
    streams = dict.fromkeys(event.stream for event in store.read_streams(SOURCE_PREFIX))
    return sorted(stream.removeprefix(SOURCE_PREFIX) for stream in streams)


def documents_cited(store: EventStore) -> CitedBy:
    """Says which registered document a `source` means, by it and by who recorded the entry."""
    streams = (store.read_stream(source_stream(name)) for name in document_ids(store))
    registered = [document.about for document in map(document_in, streams) if document]

    def cited(source: Mapping[str, Any], recorded_by: str) -> SourceRegistered | None:
        meant = (d for d in registered if cites(source, recorded_by, d.document, d.cited_by))
        return next(meant, None)

    return cited


def covered(store: EventStore, name: str, known_at: datetime) -> Covered:
    """A document with everything that cites it; raises UnknownId for one that is not registered."""
    return _covered(store, source_document(store, name, known_at), known_at)


def all_covered(store: EventStore, known_at: datetime) -> list[Covered]:
    """Every registered document, by id."""
    streams = (_known(store.read_stream(source_stream(n)), known_at) for n in document_ids(store))
    documents = filter(None, map(document_in, streams))
    return [_covered(store, document, known_at) for document in documents]


def _covered(store: EventStore, document: SourceDocument, known_at: datetime) -> Covered:
    about = document.about
    found: list[Citation] = []
    marks = list(levels(store.read_stream(source_stream(about.document))).values())
    for stream in _citing_streams(store, document):
        events = _known(store.read_stream(stream), known_at)
        citations = list(citations_in(events, about.document, about.cited_by))
        known = levels(events)
        marks += [known[citation.entry] for citation in citations]
        found += citations
    found.sort(key=lambda citation: citation.position)
    return Covered(document, tuple(found), coverage_of(document, found), highest(marks))


def _citing_streams(store: EventStore, document: SourceDocument) -> Sequence[str]:
    """The streams with an entry that may cite a document, in one pass over the log."""
    about = document.about
    return list(
        dict.fromkeys(
            event.stream
            for event in store.read_all()
            if names_document(event, about.document, about.cited_by)
        )
    )


def _known(events: Iterator[RecordedEvent], known_at: datetime) -> list[RecordedEvent]:
    return [event for event in events if event.recorded_at <= known_at]
