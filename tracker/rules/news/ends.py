"""How the ends of a promise moved between two states of it: reading by reading. Pure."""

from __future__ import annotations

from datetime import date, datetime
from itertools import zip_longest

from msgspec import Struct
from msgspec.structs import replace

from tracker.model.commitment import Commitment
from tracker.model.readings import Reading


class EndMove(Struct, frozen=True):
    """One end before and after; None where it was not stated before, or is no more.

    The days are those at whose close it was and is over in the zone; None where it is an instant.
    One that is new stands beside others where they stay as they were.
    """

    reading: str
    before: datetime | None
    after: datetime | None
    zone: str
    day_before: date | None = None
    day_after: date | None = None
    is_beside: bool = False


def end_moves(before: Commitment, after: Commitment) -> tuple[EndMove, ...]:
    """The ends that differ; a reading that takes the place of another goes on from its end."""
    if before.readings is after.readings:
        return ()
    old, new = ({reading.id: reading for reading in c.readings} for c in (before, after))
    same = [(old[name], new[name]) for name in new if name in old]
    gone = [reading for name, reading in old.items() if name not in new]
    come = [reading for name, reading in new.items() if name not in old]
    pairs = [*same, *zip_longest(gone, come)]
    return tuple(
        replace(_move(one, other), is_beside=one is None and bool(same))
        for one, other in pairs
        if _at(one) != _at(other)
    )


def new_ends(before: Commitment, after: Commitment) -> tuple[EndMove, ...]:
    """The ends that were not stated before, whatever became of the others."""
    known = {reading.id for reading in before.readings}
    return tuple(_move(None, reading) for reading in after.readings if reading.id not in known)


def first_ends(commitment: Commitment) -> tuple[EndMove, ...]:
    """The ends of a promise that is made."""
    return tuple(_move(None, reading) for reading in commitment.readings)


def all_ends(before: Commitment | None, after: Commitment | None) -> tuple[EndMove, ...]:
    """Every end of two states side by side, moved or not."""
    old, new = ({r.id: r for r in c.readings} if c else {} for c in (before, after))
    return tuple(_move(old.get(name), new.get(name)) for name in dict.fromkeys((*old, *new)))


def _at(reading: Reading | None) -> datetime | None:
    return reading.at if reading else None


def _move(before: Reading | None, after: Reading | None) -> EndMove:
    reading = after or before
    assert reading is not None
    day_before, day_after = (each.last_day if each else None for each in (before, after))
    return EndMove(reading.id, _at(before), _at(after), reading.zone, day_before, day_after)
