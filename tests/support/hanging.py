"""Promises that hang on others: entries that move what they hang on, and where they then stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from events.cloudevents import CloudEvent
from tests.support.odd_entries import BEGIN
from tracker.entries.decoding import full_type
from tracker.model.commitment import Commitment
from tracker.model.readings import Reading
from tracker.model.relative import Relative

DAYS = 10
"""So long after its anchor each promise is due, or begins."""
AGREEMENT_OF = {
    "acc-due": "acc",
    "acc-window": "acc",
    "acc-after": "acc",
    "new-1": "ok.html",
    "new-2": "pack",
    "new-3": "ok.html",
    "new-4": "pack",
    "new-5": "acc",
}
HANGING_ON_DUE = ("new-1", "new-4", "new-5")
ANCHOR, MADE_BY = "acc-due", "b2"
"""The promise on which the others hang, and the entry that made it."""
MADE: dict[str, Any] = {"debtor": ["NOR"], "creditor": ["ISL"], "speaker": "NOR", "promise": "p"}
BOTH: dict[str, Any] = {"by": ["NOR", "ISL"], "speaker": "ISL"}


def hanging_entries() -> Iterator[CloudEvent]:
    """Some that hang on one of another agreement, one of its own, and one on such a one."""
    for name, kind, terms in (
        ("new-1", "achievement", {"due": after("acc-due", "due")}),
        ("new-4", "achievement", {"due": after("acc-due", "due")}),
        ("new-5", "achievement", {"due": after("acc-due", "due")}),
        ("new-2", "maintenance", {"start": after("new-1", "due"), "duration": "P20D"}),
        ("new-3", "achievement", {"due": after("acc-due", "discharged")}),
    ):
        data = {"commitment": name, "kind": kind, "terms": terms, "occurred": "2025-01-01", **MADE}
        yield CloudEvent(
            name, "test", full_type("CommitmentAccepted"), AGREEMENT_OF[name], BEGIN, data
        )


def after(commitment: str, moment: str) -> dict[str, str]:
    return {"after": commitment, "moment": moment, "by": f"P{DAYS}D"}


Move = Callable[[Random, datetime, list[str]], tuple[str, dict[str, Any]]]


def clarified(random: Random, _now: datetime, _earlier: list[str]) -> tuple[str, dict[str, Any]]:
    """All parties say that another day was meant."""
    return "TermsClarified", {**BOTH, "terms": {"due": a_day(random)}}


def extended(random: Random, _now: datetime, _earlier: list[str]) -> tuple[str, dict[str, Any]]:
    return "TermExtended", {**BOTH, "terms": {"extend_by": f"P{random.randint(1, 40)}D"}}


def corrected(random: Random, _now: datetime, _earlier: list[str]) -> tuple[str, dict[str, Any]]:
    """The entry that made it was misread."""
    terms = {"due": a_day(random), "quantity": 5}
    return "EntryCorrected", {"event": MADE_BY, "reason": "x", "replacement": {"terms": terms}}


def retracted(random: Random, _now: datetime, earlier: list[str]) -> tuple[str, dict[str, Any]]:
    """The last entry about it was a mistake, or the one that made it."""
    event = earlier[-1] if earlier and random.random() < 0.8 else MADE_BY
    return "EntryRetracted", {"event": event, "reason": "entered by mistake"}


def made(random: Random, _now: datetime, _earlier: list[str]) -> tuple[str, dict[str, Any]]:
    """Made anew, after what made it was retracted."""
    return "CommitmentAccepted", {**MADE, "kind": "achievement", "terms": {"due": a_day(random)}}


def fulfilled(random: Random, now: datetime, _earlier: list[str]) -> tuple[str, dict[str, Any]]:
    """It was done, perhaps long before that is told, and perhaps too late."""
    day = max(now - timedelta(days=random.choice((0, 1, 20, 60))), BEGIN)
    confirmed = {"basis": "creditor_admission", "speaker": "ISL"}
    return "PerformanceConfirmed", {"occurred": f"{day:%Y-%m-%d}", **confirmed}


MOVES: tuple[Move, ...] = (clarified, clarified, corrected, extended, made, retracted, fulfilled)


def move_of(
    move: Move, random: Random, now: datetime, earlier: list[str]
) -> tuple[str, dict[str, Any]]:
    """What befalls the anchor after `earlier` entries about it: the type of the entry, its data."""
    type_, data = move(random, now, earlier)
    about = {} if "event" in data else {"commitment": ANCHOR, "occurred": f"{now:%Y-%m-%d}"}
    return type_, {**about, **data}


def a_day(random: Random) -> str:
    return f"{BEGIN.date() + timedelta(days=random.randint(20, 200))}"


def misplaced(commitments: Mapping[str, Commitment]) -> list[str]:
    """Those whose deadlines do not lie where their anchor puts them.

    Reckoned from the days of the anchor alone; where somebody has moved the deadline itself, or
    closed the promise, nothing is asked.
    """
    return [
        f"{name} is due {sorted(stand)}, and {ANCHOR} puts it on {sorted(expected)}"
        for name, stand, expected in places(commitments)
        if stand != expected
    ]


def places(
    commitments: Mapping[str, Commitment],
) -> Iterator[tuple[str, set[date], set[date]]]:
    """The days on which each that hangs on the anchor is due, and should be."""
    anchor = commitments.get(ANCHOR)
    readings = anchor.readings if anchor else ()
    puts = {day_of(reading) + timedelta(days=DAYS) for reading in readings}
    for name in HANGING_ON_DUE:
        commitment = commitments.get(name)
        if commitment is not None and is_as_made(commitment):
            yield name, {day_of(reading) for reading in commitment.readings}, puts


def is_as_made(commitment: Commitment) -> bool:
    """Whether nobody has said anything about its deadline since it was made."""
    return (
        commitment.is_open
        and isinstance(commitment.terms.due, Relative)
        and [commitment.terms.due] == [account.terms.due for account in commitment.accounts]
        and not commitment.governing
        and commitment.boundary is None
        and commitment.tolled.is_nothing
    )


def day_of(reading: Reading) -> date:
    return reading.last_day or reading.at.astimezone(ZoneInfo(reading.zone)).date()
