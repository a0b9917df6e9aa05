"""What entries cite of documents: which lines, and in which words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from events import RecordedEvent
from tracker.entries.amendments import AMENDING, Amendments, replacement_of, short_type
from tracker.errors import TrackerError

SHORT_FORM = re.compile(r"([A-Za-z0-9][\w.:+-]*):([0-9]{1,7})(?:[-\u2013]([0-9]{1,7}))?")
LINES = re.compile(r"([0-9]{1,7})(?:[-\u2013]([0-9]{1,7}))?")
CITATION = frozenset({"document", "line", "last_line"})
Order = tuple[datetime, int]


class Lines(Struct, frozen=True):
    """Lines of a document, from the first to the last."""

    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


class Citation(Struct, frozen=True):
    """An entry that cites a document; `order` is when it did, among the editions of it.

    Without `lines` it cites the whole.
    """

    entry: str
    position: int
    type: str
    order: Order
    lines: Lines | None
    quote: str | None


def short_citation(text: str) -> tuple[str, Lines] | None:
    """The document and the lines that `blog:53` or `blog:53-55` means; None for other text."""
    parts = SHORT_FORM.fullmatch(text.strip())
    return (parts[1], lines_of(text, parts[2], parts[3])) if parts else None


def short_words(source: object) -> str | None:
    """`blog:53-55` for a source that says no more than that; None for any other."""
    if not isinstance(source, Mapping) or not {"document", "line"} <= {*source} <= CITATION:
        return None
    words = f"{source['document']}:{cited_lines(source)}"
    return words if SHORT_FORM.fullmatch(words) else None


def read_lines(text: str) -> Lines:
    """The lines that `54` or `54-58` means; raises TrackerError for what is neither."""
    parts = LINES.fullmatch(text.strip())
    if parts is None:
        raise TrackerError(f"expected a line or a range of lines, found {text!r}", hint="54-58")
    return lines_of(text, parts[1], parts[2])


def lines_of(text: str, first: str, last: str | None) -> Lines:
    lines = Lines(int(first), int(last or first))
    if not 1 <= lines.first <= lines.last:
        raise TrackerError(
            f"lines {text!r}: expected them from the first to the last, counted from 1",
            hint=f"{max(min(lines.first, lines.last), 1)}-{max(lines.first, lines.last, 1)}",
        )
    return lines


def cited_lines(source: Mapping[str, Any]) -> Lines | None:
    """The lines that the `source` of an entry names; a log of another writer may have any."""
    first, last = source.get("line"), source.get("last_line")
    if not isinstance(first, int):
        return None
    return Lines(first, max(first, last) if isinstance(last, int) else first)


def names_document(event: RecordedEvent, document: str, cited_by: Iterable[str]) -> bool:
    """Whether an event, or what it puts in another's place, may cite a document."""
    sources = (fields.get("source") for fields in (event.data, replacement_of(event.data)))
    return any(cites(source, event.source, document, cited_by) for source in sources)


def cites(source: object, recorded_by: str, document: str, cited_by: Iterable[str]) -> bool:
    """Whether a `source` is of a document; one with a bare line by who recorded it."""
    if not isinstance(source, dict):
        return False
    named = source.get("document")
    return named == document or (
        named is None and isinstance(source.get("line"), int) and recorded_by in cited_by
    )


def citations_in(
    events: Iterable[RecordedEvent], document: str, cited_by: Iterable[str]
) -> Iterator[Citation]:
    """The citations of a document in one stream, as its entries now read."""
    recorded = list(events)
    amended = Amendments(recorded)
    for event in recorded:
        if short_type(event) in AMENDING or not amended.standing(event):
            continue
        data = amended.data(event)
        source = data.get("source")
        if isinstance(source, dict) and cites(source, event.source, document, cited_by):
            quote = source.get("quote")
            yield Citation(
                event.id,
                event.position,
                short_type(event),
                _cited_at(event, amended),
                cited_lines(source),
                quote if isinstance(quote, str) and quote.strip() else None,
            )


def _cited_at(event: RecordedEvent, amended: Amendments) -> Order:
    """When the citation was made: with the entry, or with the last correction of it."""
    corrections = amended.corrections.get(event.id, [])
    sources = (c for c in corrections if "source" in replacement_of(amended.data(c)))
    last = max((event, *sources), key=lambda each: (each.recorded_at, each.position))
    return last.recorded_at, last.position
