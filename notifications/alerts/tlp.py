"""The TLP mark of each commitment's news: the strictest mark of what it is known from.

Read from the log's own rows: the mark of an event is part of it, and a late one counts at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, TextClause, bindparam, select, text

from events.database.owned_tables import table_of
from events.encoding.rows import COLUMNS, event_of_row
from events.tables import EventRow
from notifications.alerts.alert import Alert, CommitmentDocument
from tracker.entries.amendments import short_type
from tracker.entries.tlp import OPEN, highest, levels

EVENTS = table_of(EventRow)
ROW = [EVENTS.c[name] for name in COLUMNS.split(", ")]
DEFINING_TYPES = frozenset(
    {
        "CommitmentProposed",
        "CommitmentAccepted",
        "AcceptedConditionally",
        "ReadingAsserted",
        "TermsClarified",
        "GoverningReadingChosen",
        "TermExtended",
        "TermRenewed",
    }
)
"""Types whose content an item of a digest shows whatever happened: promise, parties, readings."""


class TlpLevels(Struct, frozen=True):
    """Marks by event id, and those of what makes each commitment and each agreement."""

    of_events: Mapping[str, str]
    of_commitments: Mapping[str, str]
    of_agreements: Mapping[str, str]

    def of(self, alert: Alert, commitment: CommitmentDocument) -> str:
        """The mark of the news: of its own events, of what the promise and its status rest on."""
        own = [self.of_events[event] for event in alert.events if event in self.of_events]
        return highest([*own, self.of_standing(alert.agreement, alert.commitment, commitment)])

    def of_standing(self, agreement: str, commitment: str, document: CommitmentDocument) -> str:
        """The mark of how a commitment stands: of the promise and of what its status rests on."""
        reasons = document.get("because", {}).values()
        events = (event for reason in reasons for event in reason.get("events", ()))
        marks = [self.of_events[event] for event in events if event in self.of_events]
        promise = self.of_commitments.get(commitment, OPEN)
        return highest([*marks, promise, self.of_agreements.get(agreement, OPEN)])


def _marked(has_mark: TextClause) -> Select[Any]:
    """The whole streams in which anything has a mark, as an amendment may mark another entry."""
    of_these = EVENTS.c.stream.in_(bindparam("agreements", expanding=True))
    marked = select(EVENTS.c.stream).where(of_these, has_mark)
    # Named again outside, or PostgreSQL takes so many streams to be marked that it reads all rows.
    return select(*ROW).where(of_these, EVENTS.c.stream.in_(marked)).order_by(EVENTS.c.position)


# Bytes that contain no `"tlp":` at all, as most do not, need not be decoded.
MARKED = {
    "sqlite": _marked(text("instr(data, x'22746c70223a') > 0")),
    "postgresql": _marked(text("position('\\x22746c70223a'::bytea in data) > 0")),
}


def tlp_levels(connection: Connection, agreements: Iterable[str]) -> TlpLevels:
    """The marks of these agreements, as amendments raised them; empty where no event has one."""
    rows = connection.execute(
        MARKED[connection.dialect.name], {"agreements": sorted(set(agreements))}
    )
    events = [event_of_row(tuple(row)) for row in rows]
    marks = levels(events)
    of_commitments: dict[str, str] = {}
    of_agreements: dict[str, str] = {}
    for event in events:
        commitment = event.data.get("commitment")
        defines = short_type(event) in DEFINING_TYPES
        if commitment and defines:
            _raise_mark(of_commitments, commitment, marks[event.id])
        # Terms of the whole agreement are those of each of its promises.
        if short_type(event) == "AgreementRecorded" or (defines and not commitment):
            _raise_mark(of_agreements, event.stream, marks[event.id])
    return TlpLevels(marks, of_commitments, of_agreements)


def _raise_mark(marks: dict[str, str], name: str, tlp: str) -> None:
    marks[name] = highest([marks.get(name, OPEN), tlp])
