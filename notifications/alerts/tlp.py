"""The TLP mark of each commitment's news: the strictest mark of what it is known from.

Read from the log's own rows: the mark of an event is part of it, and a late one counts at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select, text

from events.database.owned_tables import table_of
from events.tables import EventRow
from tracker.entries.tlp import LEVELS, highest

EVENTS = table_of(EventRow)
MAKING = frozenset(
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


class _Marked(Struct, frozen=True):
    commitment: str | None = None
    tlp: str = "CLEAR"


class TlpLevels(Struct, frozen=True):
    """Marks by event id, and those of what makes each commitment and each agreement."""

    of_events: Mapping[str, str]
    of_commitments: Mapping[str, str]
    of_agreements: Mapping[str, str]

    def of(self, alert: Any, commitment: Mapping[str, Any]) -> str:
        """The mark of the news: of its own events, of what the promise and its status rest on."""
        own = [self.of_events[event] for event in alert.events if event in self.of_events]
        return highest([*own, self.of_standing(alert.agreement, alert.commitment, commitment)])

    def of_standing(self, agreement: str, commitment: str, document: Mapping[str, Any]) -> str:
        """The mark of how a commitment stands: of the promise and of what its status rests on."""
        because = (
            event for part in document.get("because", {}).values() for event in _events(part)
        )
        marks = [self.of_events[event] for event in because if event in self.of_events]
        made = self.of_commitments.get(commitment, "CLEAR")
        return highest([*marks, made, self.of_agreements.get(agreement, "CLEAR")])


def _events(part: Mapping[str, Any]) -> Iterable[str]:
    events: Iterable[str] = part.get("events", ())
    return events


def markings(connection: Connection, agreements: Iterable[str]) -> TlpLevels:
    """The marks above CLEAR in the streams of these agreements."""
    levels = TlpLevels({}, {}, {})
    rows = connection.execute(
        select(EVENTS.c.id, EVENTS.c.stream, EVENTS.c.type, EVENTS.c.data).where(
            EVENTS.c.stream.in_(sorted(set(agreements))), _mentions(connection)
        )
    )
    for row in rows:
        _take(levels, row)
    return levels


def _mentions(connection: Connection) -> Any:
    """Whether the bytes contain `"tlp":` at all: most do not, and need not be decoded."""
    if connection.dialect.name == "postgresql":
        return text("position('\\x22746c70223a'::bytea in data) > 0")
    return text("instr(data, x'22746c70223a') > 0")


def _take(levels: Any, row: Any) -> None:
    data = msgspec.json.decode(row.data, type=_Marked)
    if data.tlp == "CLEAR" or data.tlp not in LEVELS:
        return
    name = row.type.split(".")[-2] if "." in row.type else row.type
    levels.of_events[row.id] = data.tlp
    if name in MAKING and data.commitment:
        _raise(levels.of_commitments, data.commitment, data.tlp)
    if name == "AgreementRecorded":
        _raise(levels.of_agreements, row.stream, data.tlp)


def _raise(marks: dict[str, str], name: str, tlp: str) -> None:
    marks[name] = highest([marks.get(name, "CLEAR"), tlp])
