"""Brings the projection tables up to the log: rows and checkpoint in one transaction.

The rows are a function of the events and of the instant of projection, so a rebuild equals what
was kept up to date. Only agreements with new events, or whose `refold_at` has come, are folded.
Tables are written through the driver of the store: a command that records loads no SQLAlchemy.
Where there is nothing to fold, the rules are not loaded either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import starmap
from typing import TYPE_CHECKING

from msgspec import Struct

from events import EventStore, RecordedEvent, end_of_second, format_instant, parse_instant
from events.batches import OnProgress, seldom_collecting, unreported
from events.table_writer import TableWriter
from tracker.entries.amendments import AMENDING, Amendments, short_type
from tracker.entries.party_stream import read_registry
from tracker.entries.streams import (
    STATEMENTS,
    agreement_ids,
    is_of_parties,
    is_reserved,
    newest_while,
    parties_grew_between,
)
from tracker.projections.reader import (
    OF_AGREEMENT,
    OTHERS,
    projected,
    rule_hash,
    with_dependents,
)
from tracker.projections.search_index import WordPage, amendment_rows, search_rows, word_page

if TYPE_CHECKING:
    from tracker.projections.agreement_rows import JudgedAgreements
    from tracker.projections.processes import Processes

PROJECTION = "status"
PAGE = 1000


class CatchUp(Struct, frozen=True):
    """What a catch-up did: events read, agreements folded, position and instant reached."""

    projected: int
    folded: int
    position: int
    projected_at: datetime


class ProjectionCheckpoint(Struct, frozen=True):
    """How far a projection has read: position, instant, number of rebuilds, hash of the rules."""

    position: int
    projected_at: datetime
    version: int
    rule_hash: str

    @property
    def is_current(self) -> bool:
        """Whether the rules of this program made the rows."""
        return self.rule_hash == rule_hash()


def has_tables(store: EventStore) -> bool:
    """Whether every table is there as the rules of this program make it."""
    return projected(store) is not None and store.has_tables(*OF_AGREEMENT, *OTHERS)


@seldom_collecting()
def bring_up(
    store: EventStore,
    tables: TableWriter,
    now: datetime,
    progress: OnProgress = unreported,
    judged: JudgedAgreements | None = None,
    suffix: str = "",
    processes: Processes | None = None,
) -> CatchUp:
    """Brings tables that are there to the head of the log and to `now`, in a transaction.

    An instant earlier than the last one folds everything anew: rows are what was known then. So
    do rules of another edition. What is `judged` already is not folded again. `suffix` ends the
    names of tables beside the live ones. `processes` do what can be done side by side.
    """
    before, head = stored_checkpoint(tables, suffix), store.head()
    moved = store.streams_after(before.position if before else 0)
    anew = before is None or _must_begin_anew(store, before, moved, now)
    stale = agreement_ids(store) if anew else _stale_agreements(tables, moved, now, suffix)
    if stale:
        from tracker.projections.agreement_rows import AgreementRows
        from tracker.projections.writing import AgreementWriter

        rows = AgreementRows(store, now, judged)
        AgreementWriter(tables, rows, suffix, processes).write(stale, progress)
    if anew:
        from tracker.projections.rows.agreement import party_rows

        tables.execute(f"DELETE FROM parties{suffix}")
        tables.insert(f"parties{suffix}", party_rows(read_registry(store, now)))
    _project_statements(store, tables, None if anew else before, now, suffix)
    since = before.position if before is not None and before.is_current else None
    if since is None:
        for table in ("search_words", "amendments"):
            tables.execute(f"DELETE FROM {table}{suffix}")
    words = _words(store, since or 0, head, judged, processes)
    # The words of a long log take a while; whoever watches can break off in it, too.
    on_page = partial(progress, len(stale), len(stale))
    _project_words(store, tables, words, head, suffix, on_page)
    version = before.version if before else 1
    _set_checkpoint(tables, ProjectionCheckpoint(head, now, version, rule_hash()), suffix)
    return CatchUp(head - (before.position if before else 0), len(stale), head, now)


def _set_checkpoint(tables: TableWriter, reached: ProjectionCheckpoint, suffix: str) -> None:
    table = f"projection_checkpoints{suffix}"
    tables.execute(f"DELETE FROM {table} WHERE projection = ?", (PROJECTION,))
    row = {
        "projection": PROJECTION,
        "version": reached.version,
        "edition": reached.rule_hash,
        "position": reached.position,
        "projected_at": format_instant(reached.projected_at),
    }
    tables.insert(table, [row])


def _must_begin_anew(
    store: EventStore, before: ProjectionCheckpoint, moved: list[str], now: datetime
) -> bool:
    """Whether every agreement has to be folded: news of a party moves its deadlines.

    It is news when it comes in, and when the instant comes at which it was recorded.
    """
    if not before.is_current or now < before.projected_at:
        return True
    if any(map(is_of_parties, moved)):
        return True
    return parties_grew_between(store, before.projected_at, now)


def _stale_agreements(
    tables: TableWriter, moved: list[str], now: datetime, suffix: str
) -> list[str]:
    query = f"SELECT id, refold_at FROM agreements{suffix} WHERE refold_at <= ?"
    soon = tables.rows(query, (end_of_second(now),))
    due = [name for name, at in soon if parse_instant(at) <= now]
    news = (stream for stream in moved if not is_reserved(stream))
    return with_dependents(tables.rows, list(dict.fromkeys([*news, *due])), suffix)


def stored_checkpoint(tables: TableWriter, suffix: str = "") -> ProjectionCheckpoint | None:
    """The checkpoint of tables that exist."""
    columns = "position, projected_at, version, edition"
    query = f"SELECT {columns} FROM projection_checkpoints{suffix} WHERE projection = ?"
    for position, projected_at, version, edition in tables.rows(query, (PROJECTION,)):
        return ProjectionCheckpoint(position, parse_instant(projected_at), version, edition)
    return None


def _project_statements(
    store: EventStore,
    tables: TableWriter,
    before: ProjectionCheckpoint | None,
    now: datetime,
    suffix: str,
) -> None:
    """Adds the statements of no agreement that came in, or became known, since `before`.

    All are projected anew when there is no earlier projection, or when an amendment came in.
    """

    def is_news(event: RecordedEvent) -> bool:
        return before is None or (
            event.position > before.position or event.recorded_at > before.projected_at
        )

    table, events = f"statements{suffix}", newest_while(store, STATEMENTS, is_news)
    if before is None or any(short_type(event) in AMENDING for event in events):
        tables.execute(f"DELETE FROM {table} WHERE agreement_id IS NULL")
        events = list(store.read_stream(STATEMENTS))
    if events:
        from tracker.entries.decoding import entries
        from tracker.projections.rows.agreement import statement_rows

        decoded = entries(events, read_registry(store, now), now, only_readable=True)
        tables.insert(table, statement_rows(decoded))


def _words(
    store: EventStore,
    since: int,
    head: int,
    judged: JudgedAgreements | None,
    processes: Processes | None,
) -> Iterator[WordPage]:
    """The words of the entries after a position, page by page, as they were judged or read."""
    pages = ((after, min(PAGE, head - after)) for after in range(since, head, PAGE))
    if judged is not None:
        from tracker.projections.agreement_rows import JudgedRows

        if isinstance(judged, JudgedRows) and (judged.since, judged.head) == (since, head):
            return starmap(judged.words, pages)
    if processes is not None:
        return processes.words(pages)
    return starmap(partial(word_page, store), pages)


def _project_words(
    store: EventStore,
    tables: TableWriter,
    pages: Iterable[WordPage],
    head: int,
    suffix: str,
    on_page: Callable[[], None],
) -> None:
    """Adds the words of new entries, and anew those of amended streams; calls `on_page` after each.

    Of these streams also which entries amend others. Neither depends on the instant, so only rules
    of another edition make all of them anew. Others may append meanwhile: what lies after the head
    is left for the next time.
    """
    table = f"search_words{suffix}"
    amended: set[str] = set()
    for page in pages:
        amended |= page.amended
        tables.insert_indexed(table, page.rows)
        on_page()
    for stream in sorted(amended):
        recorded = [e for e in store.read_stream(stream) if e.position <= head]
        tables.execute(f"DELETE FROM {table} WHERE stream = ?", (stream,))
        tables.insert_indexed(table, list(search_rows(recorded, Amendments(recorded))))
        tables.execute(f"DELETE FROM amendments{suffix} WHERE stream = ?", (stream,))
        tables.insert(f"amendments{suffix}", amendment_rows(recorded))
