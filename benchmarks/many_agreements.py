"""A log of many agreements of every kind: deliveries, windows with incidents, offers, talks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from benchmarks.rebuild_log import PARTIES
from events import EventStore, NewEvent, format_instant, parse_instant

FIRST = parse_instant("2024-06-03T09:00:00Z")
NOW = parse_instant("2025-05-01T00:00:00Z")
LAST = NOW - timedelta(days=50)
"""When the last one is made: what follows on it is recorded before NOW."""
TOGETHER = 1000


def fill(store: EventStore, agreements: int) -> None:
    """As many agreements, recorded one after the other through eleven months."""
    for start in range(0, agreements, TOGETHER):
        some = range(start, min(start + TOGETHER, agreements))
        store.append_batch([item for n in some for item in _agreement(n, agreements)])


def _agreement(n: int, of: int) -> Iterator[tuple[str, NewEvent]]:
    name, made = f"accord-{n:05d}", FIRST + (LAST - FIRST) * n / of
    debtor, creditor = PARTIES[n % 6], PARTIES[(n + 1 + n // 6 % 5) % 6]
    heading = {"agreement": name, "title": f"{SUBJECTS[n % 7]}, accord {n}"}
    yield (
        name,
        _event(name, 0, made, "AgreementRecorded", {**heading, "parties": [debtor, creditor]}),
    )
    promise = {
        "commitment": f"c-{n:05d}",
        "debtor": [debtor],
        "creditor": [creditor],
        "speaker": debtor,
    }
    for number, (type_, after, data) in enumerate(KINDS[n % 4](n, made), start=1):
        whole = {**promise, **data} if number == 1 else {"commitment": f"c-{n:05d}", **data}
        yield name, _event(name, number, made + after, type_, whole)


SUBJECTS = (
    "Shared waters", "Release of prisoners", "Grain by sea", "Pause of strikes on ports",
    "Demining of fields", "Border crossings", "Charts of the fishing grounds",
)  # fmt: skip
Step = tuple[str, timedelta, dict[str, Any]]
SOON, LATER = timedelta(minutes=5), timedelta(days=20)


def _delivery(n: int, made: datetime) -> Iterator[Step]:
    """Due between a month before and eight after now; every third one reported, some confirmed."""
    due = (made + timedelta(days=30 + n % 270)).date().isoformat()
    promise = {"kind": "achievement", "promise": "to hand over what was agreed"}
    yield "CommitmentAccepted", SOON, {**promise, "terms": {"due": due, "quantity": 5}}
    if n % 3 == 0:
        yield "PerformanceReported", LATER, {"quantity": 3, "of": 5}
    if n % 5 == 0:
        yield "PerformanceConfirmed", LATER, {"basis": "both_sides", "quantity": 5, "of": 5}


def _window(n: int, made: datetime) -> Iterator[Step]:
    """Counted in days that nobody says how to count; every second one with an incident."""
    terms = {"start": made.date().isoformat(), "duration": f"P{30 + n % 300}D"}
    promise = {"kind": "maintenance", "promise": "to refrain from strikes", "terms": terms}
    yield "CommitmentAccepted", SOON, promise
    if n % 8 < 4:
        yield "ViolationAlleged", LATER, {"incident": "i1", "text": "a strike on a depot"}
        yield "ViolationDenied", LATER, {"incident": "i1"}


def _offer(n: int, made: datetime) -> Iterator[Step]:
    until = format_instant(made + timedelta(days=60 + n % 90))
    promise = {"kind": "achievement", "promise": "to open the crossing", "terms": {}}
    yield "CommitmentProposed", SOON, {**promise, "offer_valid_until": until}
    if n % 3 == 0:
        yield "CommitmentAccepted", LATER, {}


def _talks(n: int, _: datetime) -> Iterator[Step]:
    promise = {"kind": "process", "promise": "to talk until it is settled", "terms": {}}
    yield "CommitmentAccepted", SOON, promise
    for turn in range(n % 3):
        yield "RoundHeld", LATER * (turn + 1), {"text": f"round {turn + 1}"}


KINDS = (_delivery, _window, _offer, _talks)


def _event(name: str, number: int, at: datetime, type_: str, data: dict[str, Any]) -> NewEvent:
    at = at.replace(microsecond=0)
    return NewEvent(
        type=f"pactwatch.{type_}.v1",
        data={"occurred": at.date().isoformat(), **data},
        id=f"{name}-{number}",
        source="benchmark",
        recorded_at=at,
    )
