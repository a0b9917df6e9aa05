"""A log of any size that looks like real work: many agreements, each with a long life."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from events import EventStore, NewEvent

PER_AGREEMENT = 50
START = datetime(2023, 1, 2, 9, tzinfo=UTC)
PARTIES = ("RUS", "UKR", "USA", "TUR", "NOR", "ISL")
BATCH = 1000
REPORTS = (
    ("PositionStated", {"text": "we stand by it"}),
    ("ViolationAlleged", {"text": "shelling reported", "where": "north"}),
    ("PerformanceReported", {"quantity": 3, "of": 10}),
    ("ViolationDenied", {}),
    ("AssessmentMade", {"text": "holding, on the whole"}),
    ("ComplianceObserved", {"basis": "neutral_body"}),
)


def fill(store: EventStore, events: int, agreements: int | None = None) -> None:
    """Append `events` events in batches, agreement after agreement interleaved by day."""
    batch: list[tuple[str, NewEvent]] = []
    for item in life(events, agreements or max(1, events // PER_AGREEMENT)):
        batch.append(item)
        if len(batch) == BATCH:
            store.append_batch(batch)
            batch.clear()
    store.append_batch(batch)


def life(events: int, agreements: int) -> Iterator[tuple[str, NewEvent]]:
    """Each round over all agreements adds one event to each."""
    for number in range(events):
        turn, agreement = divmod(number, agreements)
        at = START + timedelta(days=turn * 7, seconds=agreement)
        yield f"a{agreement}", _event(agreement, turn, at)


def _event(agreement: int, turn: int, at: datetime) -> NewEvent:
    type_, data = _content(agreement, turn, at)
    return NewEvent(
        type=f"pactwatch.{type_}.v1",
        data=data,
        id=f"a{agreement}-{turn}",
        source="benchmark",
        recorded_at=at,
    )


def _content(agreement: int, turn: int, at: datetime) -> tuple[str, dict[str, Any]]:
    name, day = f"a{agreement}", at.date().isoformat()
    debtor, creditor = PARTIES[agreement % 6], PARTIES[(agreement + 1) % 6]
    if turn == 0:
        return "AgreementRecorded", {
            "agreement": name,
            "title": f"Accord {agreement}",
            "parties": [debtor, creditor],
            "occurred": day,
        }
    if turn in (1, 2):
        return "CommitmentAccepted", _promise(f"{name}-c{turn}", turn, debtor, creditor, at)
    return _report(name, turn - 3, creditor, day)


def _promise(name: str, turn: int, debtor: str, creditor: str, at: datetime) -> dict[str, Any]:
    due = (at + timedelta(days=400)).date().isoformat()
    window = {"start": at.date().isoformat(), "duration": "P1Y"}
    return {
        "commitment": name,
        "kind": "achievement" if turn == 1 else "maintenance",
        "debtor": [debtor],
        "creditor": [creditor],
        "promise": "do what was agreed",
        "terms": {"due": due} if turn == 1 else window,
        "speaker": debtor,
        "occurred": at.date().isoformat(),
    }


def _report(name: str, turn: int, creditor: str, day: str) -> tuple[str, dict[str, Any]]:
    type_, own = REPORTS[turn % len(REPORTS)]
    data: dict[str, Any] = {"occurred": day, "speaker": creditor, "reported_by": ["tass"], **own}
    if type_ not in ("PositionStated", "AssessmentMade"):
        data["commitment"] = f"{name}-c{1 if type_ == 'PerformanceReported' else 2}"
    if type_ in ("ViolationAlleged", "ViolationDenied"):
        data["incident"] = f"i{turn - turn % len(REPORTS)}"
    return type_, data
