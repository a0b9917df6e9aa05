"""The index of words: full text on both engines, kept up with the log, and what is read from it.

Erasable texts are not copied here, so that one that is erased is gone: they are searched where they
stand. On SQLite the index is FTS5 over `search_words`, on PostgreSQL a tsvector of the same words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from heapq import merge
from itertools import groupby, takewhile
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from events import EventStore, RecordedEvent
from tracker.entries.amendments import AMENDING, Amendments, amended_id, short_type
from tracker.entries.streams import is_registry
from tracker.entries.texts import has_words, words_in, words_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

ERASABLE = "note"
VECTOR = "array_to_tsvector(string_to_array(words, ' '))"
"""Made of the words as they are, since a parser of PostgreSQL would join or split some of them."""
MAKE_INDEX = {
    "sqlite": (
        "CREATE VIRTUAL TABLE IF NOT EXISTS search_index USING fts5(words, content=search_words,"
        " content_rowid=position, tokenize='unicode61 remove_diacritics 0')",
        "CREATE TRIGGER IF NOT EXISTS search_words_added AFTER INSERT ON search_words BEGIN"
        " INSERT INTO search_index (rowid, words) VALUES (new.position, new.words); END",
        "CREATE TRIGGER IF NOT EXISTS search_words_removed AFTER DELETE ON search_words BEGIN"
        " INSERT INTO search_index (search_index, rowid, words)"
        " VALUES ('delete', old.position, old.words); END",
        "INSERT INTO search_index (search_index) VALUES ('rebuild')",
    ),
    "postgresql": (
        f"CREATE INDEX IF NOT EXISTS search_words_by_word ON search_words USING gin ({VECTOR})",
    ),
}
TRIGGERS = ("search_words_added", "search_words_removed")
NAMES = {
    "sqlite": ("search_index", *TRIGGERS),
    "postgresql": ("search_words_by_word",),
}
"""What `make_index` makes beside the table."""
ON_SQLITE = """
    SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid < ?
    ORDER BY rowid DESC LIMIT ?
"""
ON_POSTGRES = f"""
    WITH hits AS MATERIALIZED (
        SELECT position FROM search_words WHERE {VECTOR} @@ CAST(? AS tsquery) AND position < ?
    )
    SELECT position FROM hits ORDER BY position DESC LIMIT ?
"""
"""By the index of words first, or PostgreSQL might go through the table from its end."""
LARGEST_POSITION = 2**63 - 1
PART = 1000
"""Entries of the first part; each is ten times as large as the one before."""


def stop_following(connection: Connection) -> None:
    """Ends that each row of `search_words` moves the index; `make_index` fills it anew (SQLite)."""
    for trigger in TRIGGERS:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}")


def make_index(connection: Connection) -> None:
    """Makes the index over a table that is new; an index that is there is filled anew."""
    for statement in MAKE_INDEX[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def search_rows(
    events: Iterable[RecordedEvent], amended: Amendments
) -> Iterator[dict[str, object]]:
    """Makes a row an entry that has any words, as it now reads."""
    for event in events:
        data = amended.data(event)
        # A note that a correction brought is part of the log, and cannot be erased.
        is_own = data.get(ERASABLE) == event.data.get(ERASABLE)
        words = words_of(data, without=(ERASABLE,) if is_own else ())
        if words and not is_registry(event.stream):
            yield {"position": event.position, "stream": event.stream, "words": " ".join(words)}


class WordPage(NamedTuple):
    """The rows of some entries, and the streams in which earlier ones may read otherwise since."""

    rows: list[dict[str, object]]
    amended: set[str]


def word_page(store: EventStore, after: int, size: int) -> WordPage:
    """The words of so many entries after a position."""
    events = list(store.read_all(after, size))
    return WordPage(list(search_rows(events, Amendments(()))), amended_streams(events))


def amended_streams(events: Iterable[RecordedEvent]) -> set[str]:
    """The streams in which earlier entries may read otherwise since."""
    return {event.stream for event in events if short_type(event) in AMENDING}


def amendment_rows(events: Iterable[RecordedEvent]) -> list[dict[str, object]]:
    """Makes a row an entry that amends another, whether or not it still counts."""
    return [
        {
            "position": event.position,
            "stream": event.stream,
            "target": target,
            "type": short_type(event),
        }
        for event in events
        if (target := amended_id(event)) is not None
    ]


def newest_with(store: EventStore, beginnings: Iterable[str]) -> Iterator[int]:
    """The entries that may have every word, newest first: by the index, or in an erasable text.

    Few are wanted of a word that millions have, so the index is read from its end, by parts.
    """
    words = frozenset(beginnings)
    places = merge(indexed_with(store, words), _with_text(store, words), reverse=True)
    return (position for position, _ in groupby(places))


def _with_text(store: EventStore, words: frozenset[str]) -> list[int]:
    """The entries of which an erasable text has some of the words, and the index all others."""
    by_missing: dict[frozenset[str], list[int]] = {}
    for position, texts in groupby(store.texts(), itemgetter(0)):
        present = [word for text in texts for word in words_in(text[3])]
        missing = frozenset(word for word in words if not has_words([word], present))
        if missing != words:
            by_missing.setdefault(missing, []).append(position)
    matches = by_missing.pop(frozenset(), [])
    for missing, positions in by_missing.items():
        # What lies between the first and the last of them is read, too, and goes by.
        within = takewhile(positions[0].__le__, indexed_with(store, missing, positions[-1] + 1))
        matches += {*positions}.intersection(within)
    return sorted(matches, reverse=True)


def indexed_with(
    store: EventStore, words: Collection[str], before: int = LARGEST_POSITION
) -> Iterator[int]:
    """The entries before a position that the index has under every word, newest first."""
    if store.read_table("search_index_config", "SELECT 1 FROM search_index_config"):
        table, query = "search_index", ON_SQLITE
        match = " ".join(f'"{word}"*' for word in words)
    else:
        table, query = "search_words", ON_POSTGRES
        match = " & ".join(f"'{word}':*" for word in words)
    size = PART
    while rows := store.read_table(table, query, (match, before, size)):
        yield from (position for (position,) in rows)
        before, size = rows[-1][0], size * 10
