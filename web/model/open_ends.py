"""The ends of open promises: the readings of each joined, with the days that they name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from events import in_order
from tracker.documents.readings import OpenReading, without_repeats
from tracker.documents.summaries import CommitmentSummary
from web.model.ends import are_disputed, days_of
from web.model.words import date_words


class End(Struct, frozen=True):
    """An end of a promise, offer, condition, period or notice, with the days by its readings.

    It `is_disputed` where accounts differ, and not where nobody says how days are counted.
    """

    promise: CommitmentSummary
    readings: tuple[OpenReading, ...]
    days: tuple[date, ...]
    is_disputed: bool

    @property
    def first(self) -> str:
        return self.readings[0]["at"]

    @property
    def last(self) -> str:
        return self.readings[-1]["at"]

    @property
    def has_several_days(self) -> bool:
        return len(self.days) > 1

    @property
    def name(self) -> str:
        """Which condition, period or notice it is that ends; empty of the only one there is."""
        reading = self.readings[0]
        return {
            "condition": f"condition {reading['reading']}",
            "period": f"period from {date_words(reading['reading'])}",
            "withdrawal": f"notice of {reading['by']}, who withdraws",
        }.get(reading["term"], "")


def ends_of(
    readings: Iterable[OpenReading], promises: Mapping[str, CommitmentSummary], zone: str
) -> list[End]:
    """Joins the readings of one end of these promises; those that end first come first."""
    by_end: dict[tuple[str, str, str], list[OpenReading]] = {}
    for reading in without_repeats(readings):
        if reading["commitment"] in promises:
            by_end.setdefault(_key(reading), []).append(reading)
    ends = [
        End(promises[key[0]], tuple(each), tuple(days_of(each, zone)), are_disputed(each, zone))
        for key, each in by_end.items()
    ]
    return sorted(ends, key=lambda end: (in_order(end.first), end.promise.id))


def _key(reading: OpenReading) -> tuple[str, str, str]:
    """The end that a reading is of: a promise has one, conditions and periods several."""
    term = reading["term"]
    if term in ("condition", "period"):
        return reading["commitment"], term, reading["reading"]
    if term == "withdrawal":
        return reading["commitment"], term, reading["by"] or ""
    return reading["commitment"], "offer" if term == "offer" else "end", ""
