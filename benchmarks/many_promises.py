"""A log of many promises, all open, most of them due in some distant year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.rebuild_log import BATCH, PARTIES
from events import EventStore, NewEvent

MADE = datetime(2025, 1, 6, 9, tzinfo=UTC)
SOON = "2025-06-02"
ZONES = (
    *("Europe/Moscow", "Europe/Kyiv", "America/New_York", "Europe/Oslo", "Atlantic/Reykjavik"),
    *("Europe/Istanbul", "Asia/Riyadh", "Asia/Tokyo", "America/Bogota", "Africa/Cairo"),
)


def fill(store: EventStore, agreements: int, each: int, zones: int = 1, due_soon: int = 0) -> None:
    """`each` promises in every agreement, `zones` readings of every promise.

    The promises of the first agreements that make up `due_soon` readings end on `SOON`.
    """
    batch: list[tuple[str, NewEvent]] = []
    for item in promises(agreements, each, ZONES[:zones], due_soon // zones):
        batch.append(item)
        if len(batch) == BATCH:
            store.append_batch(batch)
            batch.clear()
    store.append_batch(batch)


def promises(
    agreements: int, each: int, zones: tuple[str, ...], due_soon: int
) -> Iterator[tuple[str, NewEvent]]:
    for number in range(agreements):
        name, at = f"a{number}", MADE + timedelta(seconds=number)
        yield name, _event(name, "AgreementRecorded", at, agreement=name, title=f"Accord {number}")
        for n in range(each):
            soon = number * each + n < due_soon
            yield name, _promise(f"{name}-c{n}", number + n, zones, at, soon)


def _promise(name: str, number: int, zones: tuple[str, ...], at: datetime, soon: bool) -> NewEvent:
    due = SOON if soon else f"{2035 + number % 20}-0{1 + number % 9}-15"
    debtor, creditor = PARTIES[number % 6], PARTIES[(number + 1) % 6]
    return _event(
        name,
        "CommitmentAccepted",
        at,
        commitment=name,
        kind="achievement",
        debtor=[debtor],
        creditor=[creditor],
        promise="deliver what was agreed",
        terms={"due": due, "zones": list(zones)},
        speaker=debtor,
    )


def _event(name: str, type_: str, at: datetime, **data: Any) -> NewEvent:
    return NewEvent(
        type=f"pactwatch.{type_}.v1",
        data={"occurred": at.date().isoformat(), **data},
        id=f"{name}-{type_}",
        source="benchmark",
        recorded_at=at,
    )
