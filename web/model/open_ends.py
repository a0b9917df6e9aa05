"""The ends of open promises: the readings of each joined, with the days that they name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from msgspec import Struct

from events import in_order
from tracker.dates.period_names import Span, span_words
from tracker.documents.ends import do_accounts_differ, without_repeats
from tracker.documents.readings import OpenReading, by_end, name_of_end
from tracker.documents.summaries import CommitmentSummary
from web.model.ends import day_of


class End(Struct, frozen=True):
    """An end of a promise, offer, condition, period or notice, with the days by its readings.

    It `is_disputed` where accounts differ, and not where nobody says how days are counted. Its
    readings, from the `first` to the `last` instant, stay where they are until they are asked for.
    """

    promise: CommitmentSummary
    days: tuple[date, ...]
    is_disputed: bool
    first: str
    last: str
    every_reading: Sequence[OpenReading]
    numbers: tuple[int, ...]

    @property
    def readings(self) -> tuple[OpenReading, ...]:
        return tuple(self.every_reading[number] for number in self.numbers)

    @property
    def name(self) -> str:
        """Which condition, period or notice it is that ends; empty of the only one there is."""
        reading = self.readings[0]
        if reading["term"] == "period":
            first, last = date.fromisoformat(reading["reading"]), day_of(reading, reading["zone"])
            return f"part for {span_words(Span(first, last))}"
        return {
            "condition": f"condition {reading['reading']}",
            "withdrawal": f"notice of {reading['by']}, who withdraws",
        }.get(reading["term"], "")


class Mention(Struct, frozen=True, gc=False):
    """What joining needs of a reading: its number in the sequence, whose it is, and when."""

    number: int
    by: str | None
    at: str
    day: date


def ends_of(
    readings: Sequence[OpenReading], promises: Mapping[str, CommitmentSummary], zone: str
) -> list[End]:
    """Joins the readings of one end of these promises; those that end first come first.

    They are given in the order of `by_end`, and may be more than the memory takes.
    """
    mentions: dict[tuple[str, str], list[Mention]] = {}
    for number, reading in _distinct(readings):
        if reading["commitment"] in promises:
            mention = Mention(number, reading["by"], reading["at"], day_of(reading, zone))
            mentions.setdefault((reading["commitment"], name_of_end(reading)), []).append(mention)
    ends = [
        End(
            promises[key[0]],
            tuple(dict.fromkeys(mention.day for mention in each)),
            do_accounts_differ((mention.by, mention.day) for mention in each),
            each[0].at,
            each[-1].at,
            readings,
            tuple(mention.number for mention in each),
        )
        for key, each in mentions.items()
    ]
    return sorted(ends, key=lambda end: (in_order(end.first), end.promise.id))


def _distinct(readings: Iterable[OpenReading]) -> Iterator[tuple[int, OpenReading]]:
    """Readings without repeats, numbered; those of one promise at one instant are neighbours."""
    for _, run in groupby(enumerate(readings), key=lambda each: by_end(each[1])[:2]):
        numbered = [*run]
        numbers = {id(reading): number for number, reading in numbered}
        for reading in without_repeats(reading for _, reading in numbered):
            yield numbers[id(reading)], reading
