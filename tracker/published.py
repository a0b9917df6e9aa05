"""What the record shows its readers: every commitment in brief, changes and deadlines.

Read from the projection tables, which hold everything; agreements with something above the
ceiling are folded anew from what lies below it, and so is all of it for another instant.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, func, select
from sqlmodel import SQLModel

from events import EventStore, format_instant
from tracker import tables
from tracker.edition import edition
from tracker.fold import AgreementState
from tracker.history import Change
from tracker.parties import read_registry
from tracker.projections import PROJECTION
from tracker.queries import RESERVED, agreement_state, is_known, states
from tracker.report import agreement_json
from tracker.shown_log import ShownLog

CHUNK = 500
"""How many ids go into one query."""


class Holding(Struct, frozen=True):
    """One commitment in brief, as lists are searched and sorted by."""

    id: str
    agreement: str
    kind: str
    debtor: tuple[str, ...]
    creditor: tuple[str, ...]
    promise: str
    state: str
    compliance: str
    timing: str
    flags: tuple[str, ...]
    earliest: str | None
    latest: str | None
    late: bool


class Heading(Struct, frozen=True):
    """One agreement in brief, with its commitments in the order they were made."""

    id: str
    title: str
    parties: tuple[str, ...]
    predecessor: str | None
    roll_up: str
    last_position: int
    holdings: tuple[Holding, ...]


class Freshness(Struct, frozen=True):
    """How far the projection has come, and what it has not seen yet."""

    position: int
    projected_at: str | None
    head: int
    next_change_at: str | None

    def behind(self, now: datetime) -> bool:
        """Whether an event or a stroke of the clock is missing from the projection."""
        at = self.next_change_at
        return self.position < self.head or (at is not None and at <= format_instant(now))


def freshness(store: EventStore, connection: Connection) -> Freshness:
    """Where the projection stands; position 0 and no instant before the first one."""
    position, projected_at, next_change_at = 0, None, None
    if _is_there(connection, tables.ProjectionCheckpointRow):
        table = _table(tables.ProjectionCheckpointRow)
        query = select(table).where(table.c.projection == PROJECTION)
        row = connection.execute(query).first()
        if row and row.edition == edition():
            position, projected_at = row.position, row.projected_at
            refold_at = _table(tables.AgreementRow).c.refold_at
            next_change_at = connection.execute(select(func.min(refold_at))).scalar()
    return Freshness(position, projected_at, store.head(), next_change_at)


def _table(row: type[SQLModel]) -> Any:
    return row.__table__  # type: ignore[attr-defined]


def _is_there(connection: Connection, row: type[SQLModel]) -> bool:
    return connection.dialect.has_table(connection, _table(row).name)


class Published:
    """What one reader may see of the record; `marked` streams hold something above the ceiling."""

    def __init__(
        self,
        store: EventStore,
        connection: Connection,
        now: datetime,
        ceiling: str = "RED",
        marked: Collection[str] = (),
    ) -> None:
        self.view = ShownLog(store, ceiling)
        self.connection = connection
        self.now = now
        self.ceiling = ceiling
        self.marked = frozenset(marked) - set(RESERVED)
        self.whole = _is_there(connection, tables.AgreementRow)

    def headings(self) -> list[Heading]:
        """Every agreement in brief."""
        held: dict[str, list[Holding]] = {}
        for row in self._rows(tables.CommitmentRow, "agreement_id", "ordinal"):
            held.setdefault(row.agreement_id, []).append(_holding_of_row(row))
        found = [
            _heading_of_row(row, held.get(row.id, []))
            for row in self._agreements()
            if row.id not in self.marked
        ]
        return found + [heading_of(document) for document in self._folded()]

    def documents(self) -> list[dict[str, Any]]:
        """Every agreement in full, in the order they were recorded."""
        held: dict[str, list[Any]] = {}
        for row in self._rows(tables.CommitmentRow, "agreement_id", "ordinal", whole=True):
            held.setdefault(row.agreement_id, []).append(json.loads(row.detail))
        found = [
            {**json.loads(row.detail), "commitments": held.get(row.id, [])}
            for row in self._agreements()
            if row.id not in self.marked
        ]
        return found + [agreement_json(state) for state in self._states]

    def _agreements(self) -> list[Any]:
        """The rows of agreements of which something is known."""
        rows = self._rows(tables.AgreementRow, "first_position", whole=True)
        return [row for row in rows if row.detail is not None]

    def details(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The `status --json` object of these commitments."""
        wanted = list(dict.fromkeys(ids))
        table = _table(tables.CommitmentRow)
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(wanted), CHUNK) if self.whole else ():
            some = table.c.id.in_(wanted[start : start + CHUNK])
            for row in self.connection.execute(
                select(table.c.id, table.c.detail, table.c.agreement_id).where(some)
            ):
                if row.agreement_id not in self.marked:
                    found[row.id] = json.loads(row.detail)
        for document in self._folded():
            found |= {c["id"]: c for c in document["commitments"] if c["id"] in wanted}
        return found

    def ids(self) -> list[str]:
        """Every agreement and commitment that is shown: what an unknown id may have meant."""
        headings = self.headings()
        return [h.id for h in headings] + [c.id for h in headings for c in h.holdings]

    def agreement_of(self, commitment: str) -> str | None:
        """The agreement that holds a commitment, found without folding any."""
        if not self.whole:
            return None
        table = _table(tables.CommitmentRow)
        query = select(table.c.agreement_id).where(table.c.id == commitment)
        return self.connection.execute(query).scalar()

    def changes(self, limit: int, agreements: Collection[str] = ()) -> list[dict[str, Any]]:
        """What changed on any axis, newest knowledge first."""
        rows = [*self._change_rows(limit, agreements), *self._folded_changes(agreements)]
        rows.sort(key=lambda row: (row["known_at"], row["commitment"], row["at"]), reverse=True)
        return rows[:limit]

    def _change_rows(self, limit: int, agreements: Collection[str]) -> Iterator[dict[str, Any]]:
        if not self.whole:
            return
        table = _table(tables.StatusChangeRow)
        query = select(table).order_by(table.c.known_at.desc(), table.c.commitment_id.desc())
        if agreements:
            query = query.where(table.c.agreement_id.in_(list(agreements)))
        if self.marked:
            query = query.where(table.c.agreement_id.not_in(sorted(self.marked)))
        for row in self.connection.execute(query.limit(limit)):
            named = dict(row._mapping)
            yield {
                **{name: named[name] for name in CHANGE_FIELDS},
                "events": json.loads(named["events"]),
                "commitment": named["commitment_id"],
                "agreement": named["agreement_id"],
            }

    def _folded_changes(self, agreements: Collection[str]) -> Iterator[dict[str, Any]]:
        for state in self._states:
            for change in state.changes if not agreements or state.id in agreements else ():
                yield change_json(change)

    def spans(self, ids: Collection[str], axis: str = "state") -> dict[str, list[tuple[str, str]]]:
        """Since when each commitment has stood where, for strips: (at, value) in order."""
        table = _table(tables.StatusChangeRow)
        found: dict[str, list[tuple[str, str]]] = {}
        if self.whole and ids:
            chosen = (table.c.commitment_id.in_(list(ids))) & (table.c.axis == axis)
            query = select(table).where(chosen).order_by(table.c.commitment_id, table.c.ordinal)
            for row in self.connection.execute(query):
                if row.agreement_id not in self.marked:
                    found.setdefault(row.commitment_id, []).append((row.at, row.after))
        for change in self._folded_changes(()):
            if change["axis"] == axis and change["commitment"] in ids:
                span = (change["at"], change["after"])
                found.setdefault(change["commitment"], []).append(span)
        return found

    def _rows(self, row: type[SQLModel], *order: str, whole: bool = False) -> Iterable[Any]:
        if not self.whole:
            return ()
        table = _table(row)
        columns = [c for c in table.c if whole or c.name != "detail"]
        return self.connection.execute(select(*columns).order_by(*(table.c[o] for o in order)))

    @cached_property
    def _states(self) -> list[AgreementState]:
        if not self.marked:
            return []
        registry = read_registry(self.view)
        found = (
            agreement_state(self.view, agreement, self.now, self.now, registry)
            for agreement in sorted(self.marked)
        )
        return [state for state in found if is_known(state)]

    def _folded(self) -> Iterator[dict[str, Any]]:
        """The agreements with something above the ceiling, from what is below it."""
        for state in self._states:
            last = max((e.position for e in self.view.read_stream(state.id)), default=0)
            yield {**agreement_json(state), "last_position": last}


CHANGE_FIELDS = ("at", "known_at", "axis", "before", "after", "rule", "lead")


def change_json(change: Change) -> dict[str, Any]:
    """A change as the table of them holds it."""
    return {
        "at": format_instant(change.at),
        "known_at": format_instant(change.known_at),
        "axis": change.axis,
        "before": change.before,
        "after": change.after,
        "rule": change.rule,
        "lead": change.lead,
        "events": list(change.events),
        "commitment": change.commitment,
        "agreement": change.agreement,
    }


def documents_as_of(view: EventStore, as_of: datetime, known_at: datetime) -> list[dict[str, Any]]:
    """Every agreement in full at another instant, from the log."""
    return [agreement_json(state) for state in states(view, as_of, known_at)]


def heading_of(document: dict[str, Any]) -> Heading:
    """An agreement of `status --json` in brief."""
    held = tuple(holding_of(document["id"], c) for c in document["commitments"])
    return Heading(
        document["id"],
        document["title"],
        tuple(document["parties"]),
        document["predecessor"],
        document["roll_up"],
        document.get("last_position", 0),
        held,
    )


def holding_of(agreement: str, c: dict[str, Any]) -> Holding:
    return Holding(
        c["id"],
        agreement,
        c["kind"],
        tuple(c["debtor"]),
        tuple(c["creditor"]),
        c["promise"],
        c["state"],
        c["compliance"],
        c["timing"],
        tuple(c["flags"]),
        c["earliest"],
        c["latest"],
        c["late"],
    )


def _heading_of_row(row: Any, holdings: list[Holding]) -> Heading:
    return Heading(
        row.id,
        row.title,
        tuple(json.loads(row.parties)),
        row.predecessor,
        row.roll_up,
        row.last_position,
        tuple(holdings),
    )


def _holding_of_row(row: Any) -> Holding:
    return Holding(
        row.id,
        row.agreement_id,
        row.kind,
        tuple(json.loads(row.debtor)),
        tuple(json.loads(row.creditor)),
        row.promise,
        row.state,
        row.compliance,
        row.timing,
        tuple(json.loads(row.flags)),
        row.earliest,
        row.latest,
        bool(row.is_late),
    )
