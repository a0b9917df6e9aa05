"""A log of many promises, all open: most due in some distant year, a few each coming day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from benchmarks.rebuild_log import BATCH, PARTIES
from events import EventStore, NewEvent

MADE = datetime(2025, 1, 6, 9, tzinfo=UTC)
SOON = datetime(2025, 6, 2, tzinfo=UTC)
EACH = 5
"""Promises in an agreement."""


def fill(
    store: EventStore, agreements: int, readings: int = 2, soon: tuple[int, int] = (0, 0)
) -> None:
    """Agreements of `EACH` promises, each with so many readings of when it is due.

    `soon` is for so many days so many agreements more, of one promise each, due that day.
    """
    batch: list[tuple[str, NewEvent]] = []
    for item in _events(agreements, sorted(available_timezones())[:readings], soon):
        batch.append(item)
        if len(batch) == BATCH:
            store.append_batch(batch)
            batch.clear()
    store.append_batch(batch)


def _events(
    agreements: int, zones: list[str], soon: tuple[int, int]
) -> Iterator[tuple[str, NewEvent]]:
    for number in range(agreements):
        yield from of_agreement(f"a{number}", number)
        for n in range(EACH):
            due = f"{2035 + number % 20}-0{1 + n}-15"
            yield f"a{number}", _promise(f"a{number}-c{n}", number + n, due, zones)
    for day in range(soon[0]):
        for number in range(soon[1]):
            name = f"soon{day}-{number}"
            yield from of_agreement(name, number)
            due = (SOON + timedelta(days=day)).date().isoformat()
            yield name, _promise(f"{name}-c", number, due, ["UTC"])


def of_agreement(name: str, number: int) -> Iterator[tuple[str, NewEvent]]:
    parties = [PARTIES[number % 6], PARTIES[(number + 1) % 6]]
    data = {"agreement": name, "title": f"Accord {name}", "parties": parties}
    yield name, _event(name, "AgreementRecorded", data)


def _promise(name: str, number: int, due: str, zones: list[str]) -> NewEvent:
    debtor, creditor = PARTIES[number % 6], PARTIES[(number + 1) % 6]
    data = {
        "commitment": name,
        "kind": "achievement",
        "debtor": [debtor],
        "creditor": [creditor],
        "promise": "deliver what was agreed",
        "terms": {"due": due, "zones": zones, "leads": [], "grace": "P90D"},
        "speaker": debtor,
    }
    return _event(name, "CommitmentAccepted", data)


def _event(name: str, type_: str, data: dict[str, Any]) -> NewEvent:
    return NewEvent(
        type=f"pactwatch.{type_}.v1",
        data={"occurred": MADE.date().isoformat(), **data},
        id=f"{name}-{type_}",
        source="benchmark",
        recorded_at=MADE,
    )
