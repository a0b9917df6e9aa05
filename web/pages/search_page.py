"""What a word is found in: parties, promises, and entries with quotes, incidents and notes."""

from __future__ import annotations

from collections.abc import Iterator

from events.wording import plural
from tracker.entries.texts import words_in
from tracker.queries.search import Hit
from web.model.filters import has_words
from web.model.query import pages_of, rows_of_page
from web.model.reader import Reader
from web.pages.render import Page

MOST_PROMISES, MOST_ENTRIES = 30, 40
AROUND = 140
"""Characters of a long text that are shown before and after the first word found."""
Piece = tuple[str, bool]
"""A part of a text, and whether it is what was searched for."""


def search_page(reader: Reader, _: str) -> Page:
    """Everything that has the words; without any, a list of all promises."""
    has_word = bool(words_in(reader.query.q))
    return _found(reader) if has_word else _everything(reader)


def _everything(reader: Reader) -> Page:
    """Every promise, which is all that a site of files can be searched by."""
    promises = sorted(
        (c for heading in reader.headings for c in heading.holdings), key=lambda c: c.promise
    )
    pages = pages_of(len(promises))
    page = rows_of_page(reader.query, pages)
    facts = {"promises": promises[page], "count": len(promises)}
    return Page("search.html.j2", {**facts, **_frame(reader), "pages": pages, "all": True}, pages)


def _frame(reader: Reader) -> dict[str, object]:
    return {
        "titles": {heading.id: heading.title for heading in reader.headings},
        "parties_found": [],
        "entries": [],
        "more": False,
    }


def _found(reader: Reader) -> Page:
    query, registry, names_of = reader.query, reader.queries.folding.registry, reader.names_of
    promises = [
        c
        for heading in reader.headings
        for c in heading.holdings
        if has_words(heading, query, names_of, c)
    ]
    words = query.q.casefold().split()
    named = {p for heading in reader.headings for p in heading.parties} | {*registry.parties}
    parties = [
        party
        for party in sorted(named, key=reader.name)
        if all(word in " ".join(names_of(party)).casefold() for word in words)
    ]
    document = reader.search(query.q, MOST_ENTRIES)
    facts = {
        **_frame(reader),
        "promises": promises[:MOST_PROMISES],
        "count": len(promises),
        "parties_found": parties[:MOST_PROMISES],
        "entries": [{**row, "pieces": list(_pieces(row["hit"]))} for row in document["entries"]],
        "more": document["more"],
        "pages": 1,
        "all": False,
        "headline": f"Search: {query.q}",
        "sentence": _sentence(query.q, len(promises), len(document["entries"]), document["more"]),
    }
    return Page("search.html.j2", facts)


def _sentence(words: str, promises: int, entries: int, more: bool) -> str:
    if not promises and not entries:
        return f"Nothing on record has {'these words' if ' ' in words.strip() else 'this word'}."
    least = "more than " if more else ""
    parts = [plural(promises, "promise")] if promises else []
    parts += [f"{least}{plural(entries, 'entry')}"] if entries else []
    return f"Found in {' and '.join(parts)}."


def _pieces(hit: Hit) -> Iterator[Piece]:
    """The text around what was found, in pieces; what was found is marked."""
    text, spans = hit["text"], hit["spans"]
    first = spans[0][0] if spans else 0
    start, end = max(0, first - AROUND), min(len(text), first + 2 * AROUND)
    if start:
        yield "… ", False
    at = start
    for begin, stop in spans:
        if begin >= at and stop <= end:
            yield text[at:begin], False
            yield text[begin:stop], True
            at = stop
    yield text[at:end] + (" …" if end < len(text) else ""), False
