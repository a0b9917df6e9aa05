"""What a word is found in: parties, promises, and entries with quotes, incidents and notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from events.wording import plural
from tracker.documents.summaries import CommitmentSummary
from tracker.entries.texts import words_in
from tracker.queries.search import Hit, HitRow
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
    promises = reader.promises_in_order()
    count = len(promises)
    pages = pages_of(count)
    page = promises[rows_of_page(reader.query, pages)]
    facts = {"promises": page, "count": count, **_frame(reader, page)}
    return Page("search.html.j2", {**facts, "pages": pages, "all": True}, pages)


def _frame(
    reader: Reader, promises: Iterable[CommitmentSummary], entries: Iterable[HitRow] = ()
) -> dict[str, object]:
    """The entries, and the titles of the agreements that are named."""
    agreements = {c.agreement for c in promises} | {row["stream"] for row in entries}
    return {
        "titles": reader.titles(agreements),
        "parties_found": [],
        "entries": [{**row, "pieces": list(_pieces(row["hit"]))} for row in entries],
        "more": False,
    }


def _found(reader: Reader) -> Page:
    query, registry, names_of = reader.query, reader.queries.folding.registry, reader.names_of
    matches = reader.promises_with_words(MOST_PROMISES)
    words = query.q.casefold().split()
    parties = [
        party
        for party in sorted(reader.agreement_parties | registry.parties.keys(), key=reader.name)
        if all(word in " ".join(names_of(party)).casefold() for word in words)
    ]
    document = reader.search(query.q, MOST_ENTRIES)
    facts = {
        **_frame(reader, matches.promises, document["entries"]),
        "promises": matches.promises,
        "count": matches.count,
        "parties_found": parties[:MOST_PROMISES],
        "more": document["more"],
        "pages": 1,
        "all": False,
        "headline": f"Search: {query.q}",
        "sentence": _sentence(query.q, matches.count, len(document["entries"]), document["more"]),
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
