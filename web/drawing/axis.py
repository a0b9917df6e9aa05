"""Draws promises on one shared axis of time: a month back and a month ahead, in SVG units. Pure.

Past states are solid, the future is pale, a disputed end is hatched, breaches are diamonds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from events import parse_instant
from tracker.dates.edtf import parse_edtf
from tracker.errors import InvalidDate
from tracker.model.vocabulary import OPEN_STATES
from web.model.words import color_class, label

WIDTH, HEIGHT = 480, 22
BACK, AHEAD = timedelta(days=28), timedelta(days=28)
TICK = timedelta(days=7)
RUNNING = ("in_force", "suspended")
LEAST = 2.0
"""Units that a span takes at least, so that it is seen."""
SHAPES = {"alleged": "hollow", "disputed": "half", "confirmed": "filled"}


class Span(Struct, frozen=True):
    """A state, or what is to come; `look` is past, future, open (no end set) or disputed."""

    x: float
    width: float
    tone: str
    look: str
    word: str


class Breach(Struct, frozen=True):
    """A diamond: hollow where alleged, half where denied, filled where confirmed."""

    x: float
    shape: str
    title: str


class Row(Struct, frozen=True):
    """One promise on the axis; `ends` are where its readings end, `description` is all in words."""

    spans: tuple[Span, ...]
    breaches: tuple[Breach, ...]
    ends: tuple[float, ...]
    description: str


class Axis:
    """The days around an instant, in the zone of the board."""

    def __init__(self, now: datetime, zone: str) -> None:
        self.now, self.zone = now, ZoneInfo(zone)
        midnight = now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        self.first, self.last = midnight - BACK, midnight + AHEAD

    @property
    def today(self) -> float:
        return self.x(self.now)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """A label a week, but for that of today, which has its own."""
        days = [self.first + n * TICK for n in range(1, (BACK + AHEAD) // TICK)]
        return [(self.x(day), f"{day.day} {day:%b}") for day in days if day != self.first + BACK]

    def x(self, at: datetime) -> float:
        """The place of an instant; beyond the axis at its edge."""
        share = (at - self.first) / (self.last - self.first)
        return round(min(1.0, max(0.0, share)) * WIDTH, 1)

    def holds(self, at: datetime) -> bool:
        return self.first <= at <= self.last


def row(axis: Axis, spans: Iterable[tuple[str, str]], commitment: Mapping[str, Any]) -> Row:
    """The row of a commitment: `spans` are its states with their beginnings, in order."""
    states = [(parse_instant(at), state) for at, state in spans]
    ends = sorted({parse_instant(r["at"]) for r in commitment.get("readings", ()) if "at" in r})
    drawn = [*_past(axis, states), *_future(axis, str(commitment.get("state", "")), ends)]
    is_open = commitment.get("state") in OPEN_STATES
    return Row(
        tuple(drawn),
        tuple(_breaches(axis, commitment)),
        tuple(axis.x(end) for end in ends if is_open and axis.holds(end)),
        _description(states, commitment),
    )


def _past(axis: Axis, states: list[tuple[datetime, str]]) -> Iterator[Span]:
    untils = [*(at for at, _ in states[1:]), axis.now]
    for (at, state), until in zip(states, untils, strict=True):
        begun, ended = max(at, axis.first), min(until, axis.now)
        if ended > begun:
            width = max(LEAST, axis.x(ended) - axis.x(begun))
            yield Span(axis.x(begun), round(width, 1), color_class(state), "past", label(state))


def _future(axis: Axis, state: str, ends: list[datetime]) -> Iterator[Span]:
    """From now to the first reading of the end, then to the last, about which there is dispute."""
    ahead = [end for end in ends if end > axis.now]
    if state in RUNNING and not ends:
        width = round(WIDTH - axis.today, 1)
        yield Span(axis.today, width, color_class(state), "open", "no end set")
    if state not in OPEN_STATES or not ahead:
        return
    first = max(ends[0], axis.now)
    tone = color_class(state)
    if first > axis.now:
        yield Span(axis.today, round(axis.x(first) - axis.today, 1), tone, "future", "to come")
    if ends[-1] > first:
        width = max(LEAST, axis.x(ends[-1]) - axis.x(first))
        yield Span(axis.x(first), round(width, 1), "warn", "disputed", "end disputed")


def _breaches(axis: Axis, commitment: Mapping[str, Any]) -> Iterator[Breach]:
    for incident in commitment.get("incidents", ()):
        at = _day_of(incident["occurred"], axis)
        if at is not None and axis.holds(at) and incident["status"] in SHAPES:
            title = f"breach {label(incident['status'])}, {at.day} {at:%b}"
            yield Breach(axis.x(at), SHAPES[incident["status"]], title)


def _day_of(occurred: str, axis: Axis) -> datetime | None:
    """Noon of the day on which something happened, as far as it is known."""
    try:
        when = parse_edtf(occurred)
    except InvalidDate:
        return None
    if when.instant is not None:
        return when.instant.astimezone(axis.zone)
    day = when.last or when.first
    return datetime(day.year, day.month, day.day, 12, tzinfo=axis.zone) if day else None


def _description(states: list[tuple[datetime, str]], commitment: Mapping[str, Any]) -> str:
    words = [f"{label(state)} since {at.day} {at:%b %Y}" for at, state in states[-3:]]
    words += [f"breach {label(i['status'])} of {i['occurred']}" for i in commitment["incidents"]]
    return "; ".join(words)
