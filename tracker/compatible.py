"""Whether two values of one term can both be true: a dispute is more than another spelling. Pure.

A day and an instant on that day agree; P30D and P1M do not; silence (null) contradicts nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import combinations
from typing import Any

from tracker.dates.durations import parse_duration
from tracker.dates.edtf import parse_edtf
from tracker.errors import TrackerError

DATES = ("start", "due", "end")
LENGTHS = ("duration", "grace", "stale_after")
SETS = ("parties", "zones")


def incompatible(term: str, values: Iterable[Any]) -> bool:
    """Whether any two of the values that were given exclude each other."""
    said = [value for value in values if value is not None]
    return any(not _agree(term, one, other) for one, other in combinations(said, 2))


def _agree(term: str, one: Any, other: Any) -> bool:
    try:
        if term in DATES:
            return _dates_agree(one, other)
        if term in LENGTHS:
            return _length(one) == _length(other)
    except TrackerError:
        pass
    return bool(_words(term, one) == _words(term, other))


def _dates_agree(one: str, other: str) -> bool:
    """Two instants are the same one; otherwise the less precise covers the more precise."""
    first, second = parse_edtf(one), parse_edtf(other)
    if first.instant is not None and second.instant is not None:
        return first.instant == second.instant
    spans = (first.first, first.last), (second.first, second.last)
    return _covers(*spans) or _covers(*reversed(spans))


def _covers(outer: tuple[date | None, date | None], inner: tuple[date | None, date | None]) -> bool:
    begins = outer[0] is None or (inner[0] is not None and outer[0] <= inner[0])
    ends = outer[1] is None or (inner[1] is not None and inner[1] <= outer[1])
    return begins and ends


def _length(text: str) -> tuple[int, int, int]:
    length = parse_duration(text)
    return length.months, length.days, length.seconds


def _words(term: str, value: Any) -> Any:
    if term in SETS and isinstance(value, list | tuple):
        return frozenset(_plain(item) for item in value)
    return _plain(value)


def _plain(value: Any) -> str:
    return " ".join(str(value).casefold().split())
