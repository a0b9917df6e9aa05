"""The TLP mark of each commitment's news: the strictest mark of what it is known from.

Read from the log's own rows: the mark of an event is part of it, and a late one counts at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, TextClause, select, text

from events.database.owned_tables import table_of
from events.tables import EventRow
from notifications.alerts.alert import Alert, CommitmentDocument
from tracker.entries.tlp import LEVELS, OPEN, highest

EVENTS = table_of(EventRow)
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


class _MarkedEntry(Struct, frozen=True):
    """The parts of an event's data that its mark takes."""

    commitment: str | None = None
    tlp: str = OPEN


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


def tlp_levels(connection: Connection, agreements: Iterable[str]) -> TlpLevels:
    """The marks above CLEAR in the streams of these agreements."""
    of_events: dict[str, str] = {}
    of_commitments: dict[str, str] = {}
    of_agreements: dict[str, str] = {}
    is_marked = (EVENTS.c.stream.in_(sorted(set(agreements))), _has_mark(connection))
    columns = (EVENTS.c.id, EVENTS.c.stream, EVENTS.c.type, EVENTS.c.data)
    for row in connection.execute(select(*columns).where(*is_marked)):
        entry = msgspec.json.decode(row.data, type=_MarkedEntry)
        if entry.tlp == OPEN or entry.tlp not in LEVELS:
            continue
        of_events[row.id] = entry.tlp
        name = row.type.split(".")[-2] if "." in row.type else row.type
        if name in DEFINING_TYPES and entry.commitment:
            _raise_mark(of_commitments, entry.commitment, entry.tlp)
        if name == "AgreementRecorded":
            _raise_mark(of_agreements, row.stream, entry.tlp)
    return TlpLevels(of_events, of_commitments, of_agreements)


def _has_mark(connection: Connection) -> TextClause:
    """Whether the bytes contain `"tlp":` at all: most do not, and need not be decoded."""
    if connection.dialect.name == "postgresql":
        return text("position('\\x22746c70223a'::bytea in data) > 0")
    return text("instr(data, x'22746c70223a') > 0")


def _raise_mark(marks: dict[str, str], name: str, tlp: str) -> None:
    marks[name] = highest([marks.get(name, OPEN), tlp])
