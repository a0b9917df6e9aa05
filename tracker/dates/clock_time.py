"""Clock times without an offset, which have their instant only in a zone: `18:00 in Moscow`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from events import format_instant
from tracker.dates.zones import parse_zone
from tracker.errors import AmbiguousDate, InvalidDate

FORM = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\Z", re.ASCII)


def is_clock_time(text: str) -> bool:
    """Whether it is a day and a time without an offset: `2025-04-19T18:00:00`."""
    return FORM.match(text) is not None


def instant_in_zone(text: str, zone: str) -> datetime:
    """The instant at which the clock of a zone shows a time.

    Raises InvalidDate for a time that it skips, and AmbiguousDate for one that it shows twice.
    """
    try:
        local = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidDate(
            f"no such time: {text!r}", hint="write it as 2025-04-19T18:00:00"
        ) from error
    place = parse_zone(zone)
    times = [local.replace(tzinfo=place, fold=fold) for fold in (0, 1)]
    first, second = (time.astimezone(UTC) for time in times)
    if first == second:
        return first
    # Where the clock is set forward, the offset before it gives the later instant.
    readings = tuple(time.isoformat() for time in times)
    if first > second:
        raise InvalidDate(
            f"the clock of {zone} is set forward over {text!r}, which it never shows",
            hint=f"write the instant that is meant: {format_instant(first)}",
        )
    raise AmbiguousDate(f"the clock of {zone} shows {text!r} twice", readings)
