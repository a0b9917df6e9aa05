"""Projection tables, caught up with the log: one transaction for the rows and the checkpoint.

The rows are a function of the events and of the instant of projection, so a rebuild equals what
was kept up to date. Only agreements with new events, or whose `refold_at` has come, are folded.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select
from sqlmodel import SQLModel

from events import EventStore, RecordedEvent, format_instant, parse_instant
from tracker import tables
from tracker.clock import next_moment
from tracker.event_types import STATEMENTS as STATEMENT_TYPES
from tracker.event_types import Statement
from tracker.fold import AgreementState, fold
from tracker.intake import STATEMENTS
from tracker.parties import STREAM as PARTIES
from tracker.parties import Registry, read_registry
from tracker.queries import agreement_ids, is_known
from tracker.record import Entry, entries
from tracker.report import commitment_json, instant_or_none
from tracker.rollup import roll_up
from tracker.tables import TABLES, create_tables

PROJECTION = "status"
TOGETHER = 100
"""How many agreements are folded before their rows are written: memory stays flat."""
OF_AGREEMENT = TABLES[1:6]


Told = Callable[[int, int], None]
"""Called with how many agreements are folded, and of how many."""


def _untold(_done: int, _of: int) -> None:
    return None


class CatchUp(Struct, frozen=True):
    """What a catch-up did: events newly read, agreements folded, position and instant reached."""

    projected: int
    folded: int
    position: int
    projected_at: datetime


def _table(row: type[SQLModel]) -> Any:
    return row.__table__  # type: ignore[attr-defined]


def catch_up(
    store: EventStore, connection: Connection, now: datetime, progress: Told = _untold
) -> CatchUp:
    """Bring every row to the head of the log and to `now`, in the caller's transaction.

    An instant earlier than the last one folds everything anew: rows are what was known then.
    """
    create_tables(connection)
    checkpoint = _checkpoint(connection)
    head = store.head()
    stale = _stale_agreements(store, connection, checkpoint, now)
    if stale:
        _fold_all(store, connection, stale, now, progress)
    _project_parties(store, connection, checkpoint, now)
    _save_checkpoint(connection, head, now)
    return CatchUp(head - (checkpoint[0] if checkpoint else 0), len(stale), head, now)


def rebuild(
    store: EventStore,
    connection: Connection,
    now: datetime | None = None,
    progress: Told = _untold,
) -> CatchUp:
    """Empty the tables and fold everything, at the instant they last stood for unless given."""
    create_tables(connection)
    checkpoint = _checkpoint(connection)
    at = now or (checkpoint[1] if checkpoint else None)
    if at is None:
        raise ValueError("rebuild needs an instant when nothing was projected before")
    for row in TABLES:
        connection.execute(delete(_table(row)))
    return catch_up(store, connection, at, progress)


def _checkpoint(connection: Connection) -> tuple[int, datetime] | None:
    table = _table(tables.ProjectionCheckpointRow)
    query = select(table.c.position, table.c.projected_at).where(table.c.projection == PROJECTION)
    row = connection.execute(query).first()
    return (row.position, parse_instant(row.projected_at)) if row else None


def checkpoint(connection: Connection) -> tuple[int, datetime] | None:
    """Position and instant of the last projection; None before the first."""
    create_tables(connection)
    return _checkpoint(connection)


def _save_checkpoint(connection: Connection, position: int, now: datetime) -> None:
    table = _table(tables.ProjectionCheckpointRow)
    connection.execute(delete(table).where(table.c.projection == PROJECTION))
    values = {
        "projection": PROJECTION,
        "position": position,
        "projected_at": format_instant(now),
    }
    connection.execute(insert(table).values(values))


def _stale_agreements(
    store: EventStore,
    connection: Connection,
    checkpoint: tuple[int, datetime] | None,
    now: datetime,
) -> list[str]:
    if checkpoint is None or now < checkpoint[1] or _registry_moved(store, checkpoint[0]):
        return agreement_ids(store)
    moved = [s for s in store.streams_after(checkpoint[0]) if s not in (PARTIES, STATEMENTS)]
    table = _table(tables.AgreementRow)
    due = connection.execute(select(table.c.id).where(table.c.refold_at <= format_instant(now)))
    return list(dict.fromkeys([*moved, *due.scalars()]))


def _registry_moved(store: EventStore, position: int) -> bool:
    """A party's zone moves its deadlines, so news of parties folds every agreement."""
    return PARTIES in store.streams_after(position)


def _fold_all(
    store: EventStore,
    connection: Connection,
    agreements: list[str],
    now: datetime,
    progress: Told,
) -> None:
    registry = read_registry(store)
    for start in range(0, len(agreements), TOGETHER):
        some = agreements[start : start + TOGETHER]
        _clear(connection, some)
        _write(connection, [_folded(store, name, now, registry) for name in some])
        progress(start + len(some), len(agreements))


Rows = dict[str, list[dict[str, Any]]]
"""Rows to insert, by the name of their table."""


def _folded(store: EventStore, agreement: str, now: datetime, registry: Registry) -> Rows:
    recorded = list(store.read_stream(agreement))
    listed = entries(recorded, registry.zone_of, now)
    state = fold(agreement, listed, now, registry.zone_of)
    unknown = [event.recorded_at for event in recorded if event.recorded_at > now]
    rows = {"agreements": [_agreement_row(state, recorded, min(unknown, default=None))]}
    if is_known(state):
        rows |= {
            "commitments": _commitment_rows(state),
            "deadlines": _deadline_rows(state),
            "incidents": _incident_rows(state),
            "status_changes": _change_rows(state),
            "statements": statement_rows(listed),
        }
    return rows


def _write(connection: Connection, folded: list[Rows]) -> None:
    written: tuple[type[SQLModel], ...] = (tables.AgreementRow, *OF_AGREEMENT)
    for row in written:
        name = _table(row).name
        _insert(connection, row, [values for rows in folded for values in rows.get(name, ())])


def _insert(connection: Connection, row: type[SQLModel], values: list[dict[str, Any]]) -> None:
    if values:
        connection.execute(insert(_table(row)), values)


def _clear(connection: Connection, agreements: list[str]) -> None:
    for row in OF_AGREEMENT:
        table = _table(row)
        connection.execute(delete(table).where(table.c.agreement_id.in_(agreements)))
    table = _table(tables.AgreementRow)
    connection.execute(delete(table).where(table.c.id.in_(agreements)))


def _agreement_row(
    state: AgreementState, recorded: list[RecordedEvent], next_known_at: datetime | None
) -> dict[str, Any]:
    moments = [next_moment(c, state.as_of) for c in state.commitments.values()]
    moments += [state.next_event_at, next_known_at]
    return {
        "id": state.id,
        "title": state.title,
        "parties": json.dumps(state.parties),
        "predecessor": state.predecessor,
        "roll_up": roll_up(state.commitments.values()).value,
        "last_position": recorded[-1].position,
        "refold_at": instant_or_none(min((m for m in moments if m), default=None)),
    }


def _commitment_rows(state: AgreementState) -> list[dict[str, Any]]:
    shown = (commitment_json(c, state.as_of) for c in state.commitments.values())
    return [_commitment_row(state.id, n, detail) for n, detail in enumerate(shown)]


def _commitment_row(agreement: str, ordinal: int, detail: dict[str, Any]) -> dict[str, Any]:
    same = ("id", "kind", "promise", "state", "compliance", "timing", "earliest", "latest")
    return {
        **{name: detail[name] for name in same},
        "agreement_id": agreement,
        "ordinal": ordinal,
        "debtor": json.dumps(detail["debtor"]),
        "creditor": json.dumps(detail["creditor"]),
        "fulfilment": detail["fulfilment"]["grade"],
        "delivered": detail["fulfilment"]["delivered"],
        "promised": detail["fulfilment"]["promised"],
        "is_late": detail["late"],
        "flags": json.dumps(detail["flags"]),
        "next_change_at": detail["next_change_at"],
        "detail": json.dumps(detail, ensure_ascii=False),
    }


def _deadline_rows(state: AgreementState) -> list[dict[str, Any]]:
    return [
        {
            "commitment_id": c.id,
            "reading_id": reading.id,
            "agreement_id": state.id,
            "term": reading.term,
            "by": reading.by,
            "rule": reading.rule,
            "zone": reading.zone,
            "at": format_instant(reading.at),
            "is_open": c.is_open,
        }
        for c in state.commitments.values()
        for reading in c.readings
    ]


def _incident_rows(state: AgreementState) -> list[dict[str, Any]]:
    return [
        {
            "commitment_id": c.id,
            "incident_id": incident.id,
            "agreement_id": state.id,
            "status": incident.status,
            "tags": json.dumps(incident.tags),
            "occurred": incident.occurred,
            "text": incident.text,
        }
        for c in state.commitments.values()
        for incident in c.incidents
    ]


def _change_rows(state: AgreementState) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    rows = []
    for change in state.changes:
        counts[change.commitment] = counts.get(change.commitment, 0) + 1
        rows.append(_change_row(change, counts[change.commitment]))
    return rows


def _change_row(change: Any, ordinal: int) -> dict[str, Any]:
    return {
        "commitment_id": change.commitment,
        "ordinal": ordinal,
        "agreement_id": change.agreement,
        "at": format_instant(change.at),
        "known_at": format_instant(change.known_at),
        "axis": change.axis,
        "before": change.before,
        "after": change.after,
        "rule": change.rule,
        "events": json.dumps(change.events),
        "lead": change.lead,
    }


def statement_rows(listed: list[Entry]) -> list[dict[str, Any]]:
    """The positions, forecasts, facts, assessments and requests among some entries."""
    return [
        {
            "event_id": entry.id,
            "agreement_id": None if entry.stream == STATEMENTS else entry.stream,
            "kind": entry.type,
            "by": entry.payload.by or entry.payload.speaker,
            "text": entry.payload.text,
            "occurred": entry.occurred,
            "position": entry.position,
        }
        for entry in listed
        if entry.type in STATEMENT_TYPES and isinstance(entry.payload, Statement)
    ]


def _project_parties(
    store: EventStore,
    connection: Connection,
    checkpoint: tuple[int, datetime] | None,
    now: datetime,
) -> None:
    """Parties, and the statements that belong to no agreement."""
    if checkpoint is None or now < checkpoint[1] or _registry_moved(store, checkpoint[0]):
        connection.execute(delete(_table(tables.PartyRow)))
        _insert(connection, tables.PartyRow, _party_rows(read_registry(store)))
    if checkpoint is None or _statements_moved(store, checkpoint, now):
        _project_statements(store, connection, now)


def _statements_moved(store: EventStore, checkpoint: tuple[int, datetime], now: datetime) -> bool:
    """Whether statements came in, or became known or unknown with the instant."""
    position, projected_at = checkpoint
    last = store.stream_version(STATEMENTS)
    newest = next(store.read_stream(STATEMENTS, after=last - 1), None) if last else None
    if newest is None:
        return False
    return newest.position > position or newest.recorded_at > min(projected_at, now)


def _party_rows(registry: Registry) -> list[dict[str, Any]]:
    return [
        {
            "id": party.id,
            "name": party.name,
            "zone": party.zone,
            "aliases": json.dumps(party.aliases, ensure_ascii=False),
            "qid": party.qid,
        }
        for party in registry.parties.values()
    ]


def _project_statements(store: EventStore, connection: Connection, now: datetime) -> None:
    table = _table(tables.StatementRow)
    connection.execute(delete(table).where(table.c.agreement_id.is_(None)))
    listed = entries(store.read_stream(STATEMENTS), read_registry(store).zone_of, now)
    rows = statement_rows(listed)
    _insert(connection, tables.StatementRow, rows)
