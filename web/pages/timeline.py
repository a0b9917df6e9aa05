"""Where everything lies on a timeline: lanes of spans and marks, in SVG units. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from events import parse_instant
from tracker.dates.edtf import parse_edtf
from web.model.words import absolute, reading_words, spoken, tone

LEFT, RIGHT, WIDTH = 88, 16, 760
LANE, TOP = 26, 22
MOST = 100
"""Marks a lane holds; the table below has them all."""


class Span(Struct, frozen=True):
    """A stretch of one value on one axis."""

    x: float
    width: float
    word: str
    tone: str
    title: str


class Mark(Struct, frozen=True):
    """A point in time; `position` is that of an event to link to."""

    x: float
    shape: str
    tone: str
    title: str
    position: int | None = None


class Lane(Struct, frozen=True):
    name: str
    y: int
    spans: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()
    more: int = 0


class Timeline(Struct, frozen=True):
    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    now: float
    height: int
    title: str
    description: str
    width: int = WIDTH
    left: int = LEFT


class Scale:
    """Instants to units, over the stretch that the timeline shows."""

    def __init__(self, first: datetime, last: datetime) -> None:
        self.first = first
        self.last = max(last, first + timedelta(hours=1))

    def x(self, at: datetime) -> float:
        share = (at - self.first) / (self.last - self.first)
        return round(LEFT + max(0.0, min(1.0, share)) * (WIDTH - LEFT - RIGHT), 1)


def timeline(document: dict[str, Any], events: Sequence[dict[str, Any]], zone: str) -> Timeline:
    """The timeline of an explanation, with these events as marks that link."""
    commitment = document["commitment"]
    # To the hour: finer than any drawing shows, and the page then holds for as long.
    now = parse_instant(document["as_of"]).replace(minute=0, second=0, microsecond=0)
    readings = [reading for reading in commitment["readings"] if "at" in reading]
    scale = _scale(document, readings, events, now)
    lanes = _placed(
        [
            ("state", _spans(document["history"], "state", scale, now, zone), ()),
            ("compliance", _spans(document["history"], "compliance", scale, now, zone), ()),
            ("timing", _spans(document["history"], "timing", scale, now, zone), ()),
            ("readings", (), tuple(_reading_marks(readings, scale))),
            ("incidents", (), tuple(_incident_marks(commitment["incidents"], scale))),
            ("events", (), tuple(_event_marks(events, scale))),
        ]
    )
    return Timeline(
        lanes,
        tuple(_ticks(scale)),
        scale.x(now),
        TOP + LANE * len(lanes) + 8,
        f"Timeline of {commitment['id']}",
        _described(document, readings, events, zone),
    )


def _scale(
    document: dict[str, Any],
    readings: Sequence[dict[str, Any]],
    events: Sequence[dict[str, Any]],
    now: datetime,
) -> Scale:
    """From the first change to now or the last end, with a little air on both sides."""
    instants = [parse_instant(step["at"]) for step in document["history"]]
    ends = [parse_instant(reading["at"]) for reading in readings]
    happened = [parse_instant(event["effective_at"]) for event in events]
    known = [*instants, *ends, *happened] or [now]
    first, last = min(known), max([*known, now] if _is_near(known, now) else known)
    air = max((last - first) / 25, timedelta(hours=6))
    return Scale(first - air, last + air)


def _is_near(known: Sequence[datetime], now: datetime) -> bool:
    """Whether now would not squeeze everything that happened into a corner."""
    first, last = min(known), max(known)
    return now - last <= max((last - first) * 3, timedelta(days=30))


def _placed(given: Iterable[tuple[str, tuple[Span, ...], tuple[Mark, ...]]]) -> tuple[Lane, ...]:
    filled = [(name, spans, marks) for name, spans, marks in given if spans or marks]
    return tuple(
        Lane(name, TOP + n * LANE, spans[-MOST:], marks[-MOST:], _over(spans) + _over(marks))
        for n, (name, spans, marks) in enumerate(filled)
    )


def _over(items: Sequence[object]) -> int:
    return max(0, len(items) - MOST)


def _spans(
    history: Sequence[dict[str, Any]], axis: str, scale: Scale, now: datetime, zone: str
) -> tuple[Span, ...]:
    steps = [(parse_instant(s["at"]), s["after"]) for s in history if s["axis"] == axis]
    ends = [*(at for at, _ in steps[1:]), max(now, steps[-1][0]) if steps else now]
    spans = []
    for (begun, word), end in zip(steps, ends, strict=True) if steps else ():
        x, until = scale.x(begun), scale.x(end)
        title = f"{axis}: {spoken(word)} from {absolute(begun, zone)}"
        title += f" to {absolute(end, zone)}" if end != now else ""
        if until > x or end == now:
            spans.append(Span(x, max(round(until - x, 1), 2), spoken(word), tone(word), title))
    return tuple(spans)


def _reading_marks(readings: Sequence[dict[str, Any]], scale: Scale) -> Iterator[Mark]:
    for reading in readings:
        by = f", by {reading['by']}" if reading["by"] else ""
        title = f"{reading['term']}: {reading_words(reading)}{by} ({reading['at']})"
        yield Mark(scale.x(parse_instant(reading["at"])), "end", "wait", title)


def _incident_marks(incidents: Sequence[dict[str, Any]], scale: Scale) -> Iterator[Mark]:
    for incident in incidents:
        at = _day(incident["occurred"])
        if at is not None:
            title = f"incident {incident['id']}, {incident['status']}: {incident['text'][:200]}"
            yield Mark(scale.x(at), "incident", tone(incident["status"]), title)


def _day(occurred: str) -> datetime | None:
    """The instant to draw an incident at: noon of its last possible day."""
    date = parse_edtf(occurred)
    if date.instant is not None:
        return date.instant
    return parse_instant(f"{date.last.isoformat()}T12:00:00Z") if date.last else None


def _event_marks(events: Sequence[dict[str, Any]], scale: Scale) -> Iterator[Mark]:
    for event in events:
        title = f"event {event['position']}: {event['type']}, happened {event['occurred']}"
        x = scale.x(parse_instant(event["effective_at"]))
        yield Mark(x, "event", "quiet", title, event["position"])


def _ticks(scale: Scale) -> Iterator[tuple[float, str]]:
    """About six labelled days, months or years."""
    days = (scale.last - scale.first).days
    step = next((s for s in (1, 2, 7, 14, 30, 61, 91, 182, 365, 730, 1826) if days / s <= 7), 3652)
    at = scale.first.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while at < scale.last:
        yield scale.x(at), f"{at.day} {at:%b}" if days < 300 else f"{at:%b %Y}"
        at += timedelta(days=step)


def _described(
    document: dict[str, Any],
    readings: Sequence[dict[str, Any]],
    events: Sequence[dict[str, Any]],
    zone: str,
) -> str:
    commitment = document["commitment"]
    state, compliance = spoken(commitment["state"]), spoken(commitment["compliance"])
    parts = [
        f"The state is {state}, compliance {compliance}. Times are in {zone}.",
        f"{len(readings)} readings of the end, {len(commitment['incidents'])} incidents, "
        f"{len(events)} events. The tables below say the same.",
    ]
    return " ".join(parts)
