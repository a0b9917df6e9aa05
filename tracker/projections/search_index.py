"""The index of words: full text on both engines, kept up with the log, and what is read from it.

Erasable texts are not copied here, so that one that is erased is gone: they are searched where they
stand. On SQLite the index is FTS5 over `search_words`, on PostgreSQL a tsvector of the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from events import EventStore, RecordedEvent
from tracker.entries.amendments import AMENDING, Amendments, short_type
from tracker.entries.streams import is_registry
from tracker.entries.texts import words_in, words_of

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
ON_SQLITE = "SELECT rowid FROM search_index WHERE search_index MATCH ?"
ON_POSTGRES = f"SELECT position FROM search_words WHERE {VECTOR} @@ CAST(? AS tsquery)"


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


def positions_with(store: EventStore, beginnings: Iterable[str]) -> set[int]:
    """The entries that may have every word: by the index, or in an erasable text."""
    is_sqlite = store.read_table("search_index_config", "SELECT 1 FROM search_index_config")
    erasable = [(position, words_in(text)) for position, _, _, text in store.texts()]
    matches: set[int] | None = None
    for word in beginnings:
        if is_sqlite:
            rows = store.read_table("search_index", ON_SQLITE, (f'"{word}"*',))
        else:
            rows = store.read_table("search_words", ON_POSTGRES, (f"'{word}':*",))
        positions = {row[0] for row in rows}
        positions |= {at for at, words in erasable if any(w.startswith(word) for w in words)}
        matches = positions if matches is None else matches & positions
    return matches or set()
