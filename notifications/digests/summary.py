"""Summarises how what a reader follows stands, for a digest without news. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from events import format_instant
from notifications.alerts.alert import CommitmentDocument
from notifications.alerts.deadlines import end_words, readings_of
from notifications.alerts.wording import line, named
from tracker.model.vocabulary import CLOSED_STATES, State

OVERDUE = frozenset({State.OVERDUE, State.LAPSED})


class FollowedCommitment(Struct, frozen=True):
    """One commitment that a reader follows; `commitment` is its `status --json` object."""

    agreement: str
    title: str
    commitment: CommitmentDocument

    @property
    def is_open(self) -> bool:
        return self.commitment["state"] not in CLOSED_STATES


class NextDeadline(Struct, frozen=True):
    """The earliest reading that is still to come, and all readings beside it."""

    commitment: str
    agreement: str
    promise: str
    at: str
    local: str
    readings: tuple[str, ...]


class StandingSummary(Struct, frozen=True):
    """Counts of open commitments; `overdue` and `due_soon` are among those `open`."""

    open: int
    overdue: int
    due_soon: int
    next_deadline: NextDeadline | None

    @property
    def counts(self) -> str:
        return f"open: {self.open}, overdue or lapsed: {self.overdue}, due soon: {self.due_soon}"


def summarize(followed: Iterable[FollowedCommitment], zone: str, now: datetime) -> StandingSummary:
    """Counts how what is followed stands at `now`; what is closed is not counted."""
    standing = [each for each in followed if each.is_open]
    return StandingSummary(
        len(standing),
        sum(each.commitment["state"] in OVERDUE for each in standing),
        sum(each.commitment["timing"] == "due_soon" for each in standing),
        _next_deadline(standing, zone, now),
    )


def _next_deadline(
    standing: Iterable[FollowedCommitment], zone: str, now: datetime
) -> NextDeadline | None:
    """The next deadline by the earliest of all readings: whoever counts otherwise may be right."""
    ahead = [
        (reading["at"], each.commitment["id"], each, reading)
        for each in standing
        for reading in each.commitment["readings"]
        if reading.get("at", "") > format_instant(now)
    ]
    if not ahead:
        return None
    at, commitment, each, reading = min(ahead, key=lambda reading: reading[:2])
    promise, words = line(each.commitment["promise"]), end_words(reading, zone, named=True)
    readings = readings_of(each.commitment, zone)
    name = named(each.agreement, line(each.title))
    return NextDeadline(commitment, name, promise, at, words, readings)
