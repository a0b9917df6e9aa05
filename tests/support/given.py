"""Given events, when the clock reads so much, then states: the words tests are written in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from events import NewEvent, RecordedEvent, parse_instant
from tracker.entries.decoding import entries, entry_of, full_type
from tracker.entries.parties import Party, Registry
from tracker.model.commitment import Commitment
from tracker.queries.dossier import Dossier
from tracker.rules.agreement import AgreementState
from tracker.rules.fold import fold
from tracker.rules.guards import matching_transition

AGREEMENT = "accord"
PROMISE = {"kind": "achievement", "debtor": ["NOR"], "creditor": ["ISL"], "promise": "do it"}


REGISTRY = Registry({})
BY_A_FINDING = frozenset(
    {"SuspensionDeclared", "Resumed", "TermRenewed", "NonRenewalNotified", "MutuallyTerminated",
     "Superseded", "Delegated", "Assigned", "ProcessCollapsed"}
)  # fmt: skip
"""Acts that somebody has to be named for: where a test names nobody, they are a finding."""


class History:
    """Events of one agreement, in the order they were recorded."""

    def __init__(self, **agreement: Any) -> None:
        self.events: list[RecordedEvent] = []
        self.registry = REGISTRY
        recorded = {"at": "2026-01-01T00:00:00Z", "agreement": AGREEMENT, "title": "Accord"}
        self.add("AgreementRecorded", **{**recorded, **agreement})

    def add(self, name: str, *, at: str, recorded: str | None = None, **data: Any) -> History:
        """One event that took effect `at`; recorded then, unless said otherwise."""
        if name in BY_A_FINDING and not data.keys() & {"speaker", "by", "basis", "tacit"}:
            data["basis"] = "neutral_body"
        position = len(self.events) + 1
        event = RecordedEvent(
            position,
            AGREEMENT,
            position,
            f"e{position}",
            full_type(name),
            "test",
            parse_instant(recorded or at),
            {"occurred": at[:10], "effective_at": at, **data},
        )
        self.events.append(event)
        return self

    def promise(self, name: str = "CommitmentAccepted", *, at: str, **data: Any) -> History:
        return self.add(name, at=at, **{"commitment": "c", **PROMISE, **data})

    def on(self, name: str, *, at: str, **data: Any) -> History:
        return self.add(name, at=at, **{"commitment": "c", **data})

    def spoken_for(self, **parties: str) -> History:
        """Registers accounts with the party that each speaks for."""
        self.registry = Registry({a: Party(a, a, "UTC", speaks_for=p) for a, p in parties.items()})
        return self

    def state(self, as_of: str, known_at: str | None = None) -> AgreementState:
        known = parse_instant(known_at) if known_at else None
        in_order = entries(self.events, self.registry, known)
        return fold(AGREEMENT, in_order, parse_instant(as_of), self.registry)

    def commitment(self, as_of: str, known_at: str | None = None) -> Commitment:
        return self.state(as_of, known_at).commitments["c"]

    def whole(self, name: str, *, at: str, **data: Any) -> History:
        """One event about the whole agreement."""
        return self.add(name, at=at, **data)

    def judged(self, name: str, *, at: str, **data: Any) -> str:
        """The row that a next event would take; raises what refuses it."""
        before = self.commitment(at)
        self.on(name, at=at, **data)
        return matching_transition(before, entry_of(self.events[-1], self.registry, "UTC")).number


def new(type_: str, data: dict[str, Any], event_id: str, at: datetime | None = None) -> NewEvent:
    return NewEvent(type=type_, data=data, id=event_id, recorded_at=at)


def kinds(alerts: Iterable[Any]) -> list[str]:
    return [alert.kind for alert in alerts]


def dossier(history: History, as_of: str) -> Dossier:
    """What an analyst has on the table at an instant."""
    at = parse_instant(as_of)
    in_order = entries(history.events, history.registry)
    current = tuple(entry for entry in in_order if entry.effective_at <= at)
    return Dossier(fold(AGREEMENT, in_order, at, history.registry), current)
