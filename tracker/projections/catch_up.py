"""Brings the projection tables up to the log: rows and checkpoint in one transaction.

The rows are a function of the events and of the instant of projection, so a rebuild equals what
was kept up to date. Only agreements with new events, or whose `refold_at` has come, are folded.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import islice, takewhile

from msgspec import Struct
from sqlalchemy import Connection, Table, delete, func, insert, inspect, select

from events import EventStore, RecordedEvent, format_instant, parse_instant
from events.batches import OnProgress, unreported
from events.database.owned_tables import table_of
from tracker.entries.amendments import AMENDING, Amendments, short_type
from tracker.entries.decoding import entries
from tracker.entries.party_stream import read_registry
from tracker.entries.streams import (
    STATEMENTS,
    agreement_ids,
    is_of_parties,
    is_reserved,
    newest_while,
    parties_grew_between,
)
from tracker.projections.reader import rule_hash
from tracker.projections.rows import (
    party_rows,
    statement_rows,
)
from tracker.projections.search_index import amended_streams, search_rows
from tracker.projections.tables import (
    TABLES,
    AgreementRow,
    AnchorRow,
    CommitmentAgreementRow,
    PartyRow,
    ProjectionCheckpointRow,
    SearchWordsRow,
    StatementRow,
    create_tables,
)
from tracker.projections.writing import AgreementWriter, Tables, insert_rows
from tracker.rules.agreement import FoldedAgreements

PROJECTION = "status"
PAGE = 1000
LIVE: Tables = {row: table_of(row) for row in TABLES}
"""The tables that everybody reads; a rebuild fills others beside them."""


class CatchUp(Struct, frozen=True):
    """What a catch-up did: events read, agreements folded, position and instant reached."""

    projected: int
    folded: int
    position: int
    projected_at: datetime


class Checkpoint(Struct, frozen=True):
    """How far a projection has read: position, instant, number of rebuilds, hash of the rules."""

    position: int
    projected_at: datetime
    version: int
    rule_hash: str

    @property
    def is_current(self) -> bool:
        """Whether the rules of this program made the rows."""
        return self.rule_hash == rule_hash()


def catch_up(
    store: EventStore,
    connection: Connection,
    now: datetime,
    progress: OnProgress = unreported,
    folded: FoldedAgreements | None = None,
) -> CatchUp:
    """Brings every row to the head of the log and to `now`, in the caller's transaction.

    An instant earlier than the last one folds everything anew: rows are what was known then. So
    do rules of another edition. What is `folded` already is not folded again.
    """
    create_tables(connection)
    return bring_up(store, connection, now, progress, LIVE, folded)


def bring_up(
    store: EventStore,
    connection: Connection,
    now: datetime,
    progress: OnProgress,
    into: Tables,
    folded: FoldedAgreements | None = None,
) -> CatchUp:
    """The same for tables that are there already."""
    before, head = held_checkpoint(connection, into), store.head()
    moved = store.streams_after(before.position if before else 0)
    anew = before is None or _must_begin_anew(store, before, moved, now)
    stale = agreement_ids(store) if anew else _stale_agreements(connection, moved, now, into)
    if stale:
        AgreementWriter(store, connection, now, into, folded).write(stale, progress)
    if anew:
        connection.execute(delete(into[PartyRow]))
        insert_rows(connection, into[PartyRow], party_rows(read_registry(store, now)))
    _project_statements(store, connection, None if anew else before, now, into)
    since = before.position if before is not None and before.is_current else None
    _project_words(store, connection, since, head, into)
    table = into[ProjectionCheckpointRow]
    connection.execute(delete(table).where(table.c.projection == PROJECTION))
    reached = {
        "projection": PROJECTION,
        "version": before.version if before else 1,
        "edition": rule_hash(),
        "position": head,
        "projected_at": format_instant(now),
    }
    connection.execute(insert(table).values(reached))
    return CatchUp(head - (before.position if before else 0), len(stale), head, now)


def _must_begin_anew(
    store: EventStore, before: Checkpoint, moved: list[str], now: datetime
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
    connection: Connection, moved: list[str], now: datetime, into: Tables
) -> list[str]:
    table = into[AgreementRow]
    # As text, fractions of a second sort before the whole one, so the second is looked into.
    soon = format_instant(now.replace(microsecond=0) + timedelta(seconds=1))
    query = select(table.c.id, table.c.refold_at).where(table.c.refold_at <= soon)
    due = [row.id for row in connection.execute(query) if parse_instant(row.refold_at) <= now]
    news = (stream for stream in moved if not is_reserved(stream))
    return _with_dependents(connection, list(dict.fromkeys([*news, *due])), into)


def _with_dependents(connection: Connection, stale: list[str], into: Tables) -> list[str]:
    """The agreements, and those whose deadlines hang on them, one through the other."""
    if not stale:
        return stale
    anchors, homes = into[AnchorRow], into[CommitmentAgreementRow]
    home = func.coalesce(homes.c.agreement_id, anchors.c.on_id)
    joined = anchors.outerjoin(homes, homes.c.commitment_id == anchors.c.on_id)
    dependents: dict[str, list[str]] = defaultdict(list)
    links = select(home, anchors.c.agreement_id).select_from(joined)
    for name, dependent in connection.execute(links):
        dependents[name].append(dependent)
    reached = dict.fromkeys(stale)
    waiting = list(stale) if dependents else []
    while waiting:
        further = [each for each in dependents.get(waiting.pop(), ()) if each not in reached]
        reached |= dict.fromkeys(further)
        waiting += further
    return list(reached)


def held_checkpoint(connection: Connection, into: Tables = LIVE) -> Checkpoint | None:
    """The checkpoint of tables that exist."""
    table = into[ProjectionCheckpointRow]
    row = connection.execute(select(table).where(table.c.projection == PROJECTION)).first()
    if row is None:
        return None
    return Checkpoint(row.position, parse_instant(row.projected_at), row.version, row.edition)


def checkpoint(connection: Connection) -> Checkpoint | None:
    """How far the projection stands; None before the first."""
    create_tables(connection)
    return held_checkpoint(connection)


def recorded_checkpoint(connection: Connection) -> Checkpoint | None:
    """The same for one that only reads: None also for a table of another form, or without one."""
    is_there = has_columns(connection, LIVE[ProjectionCheckpointRow])
    return held_checkpoint(connection) if is_there else None


def has_columns(connection: Connection, table: Table) -> bool:
    """Whether a table is there, with every column of this release."""
    if not connection.dialect.has_table(connection, table.name):
        return False
    present = {column["name"] for column in inspect(connection).get_columns(table.name)}
    return present >= set(table.columns.keys())


def _project_statements(
    store: EventStore,
    connection: Connection,
    before: Checkpoint | None,
    now: datetime,
    into: Tables,
) -> None:
    """Adds the statements of no agreement that came in, or became known, since `before`.

    All are projected anew when there is no earlier projection, or when an amendment came in.
    """

    def is_news(event: RecordedEvent) -> bool:
        return before is None or (
            event.position > before.position or event.recorded_at > before.projected_at
        )

    table, events = into[StatementRow], newest_while(store, STATEMENTS, is_news)
    if before is None or any(short_type(event) in AMENDING for event in events):
        connection.execute(delete(table).where(table.c.agreement_id.is_(None)))
        events = list(store.read_stream(STATEMENTS))
    if events:
        decoded = entries(events, read_registry(store, now), now, only_readable=True)
        insert_rows(connection, table, statement_rows(decoded))


def _project_words(
    store: EventStore, connection: Connection, since: int | None, head: int, into: Tables
) -> None:
    """Adds the words of the entries after a position, and anew those of amended streams.

    They do not depend on the instant, so only rules of another edition make all of them anew.
    Others may append meanwhile: what lies after the head is left for the next time.
    """
    table = into[SearchWordsRow]
    if since is None:
        connection.execute(delete(table))
    amended: set[str] = set()
    events = takewhile(lambda event: event.position <= head, store.read_all(since or 0))
    while some := list(islice(events, PAGE)):
        amended |= amended_streams(some)
        insert_rows(connection, table, list(search_rows(some, Amendments(()))))
    for stream in sorted(amended):
        recorded = [e for e in store.read_stream(stream) if e.position <= head]
        connection.execute(delete(table).where(table.c.stream == stream))
        insert_rows(connection, table, list(search_rows(recorded, Amendments(recorded))))
