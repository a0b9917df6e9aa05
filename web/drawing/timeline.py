"""Lays out the timeline of a commitment: lanes of spans and marks, in SVG units. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from events import parse_instant
from tracker.analysis.explain import ExplainDocument
from tracker.dates.edtf import parse_edtf
from tracker.dates.zones import last_day
from tracker.documents.changes import StepDocument
from tracker.documents.commitments import CommitmentDocument, ReadingDocument
from tracker.documents.fulfilment import IncidentDocument
from tracker.documents.periods import (
    PeriodDocument,
    PeriodsDocument,
    delivered_words,
    period_name,
    period_state_words,
)
from tracker.model.readings import stated_ends
from tracker.model.vocabulary import OPEN_STATES
from web.drawing.promise_row import SHAPES
from web.model.event_rows import EventRow
from web.model.words import (
    BREACHES,
    absolute,
    color_class,
    date_words,
    day_of,
    event_words,
    label,
    reading_words,
)

LEFT, RIGHT, WIDTH = 88, 16, 760
LANE, TOP = 26, 22
AXES = ("compliance", "timing")
STEPS = (1, 2, 7, 14, 30, 61, 91, 182, 365, 730, 1826)
"""Days from one label of the scale to the next."""
MOST = 100
"""Spans and marks that a lane holds; the table below has them all."""


class Span(Struct, frozen=True):
    """A value of one axis from one change to the next; `tone` is a CSS class."""

    x: float
    width: float
    word: str
    tone: str
    title: str
    look: str = "past"


class Mark(Struct, frozen=True):
    """A point in time; `position` is that of an event to link to, `tone` and `look` CSS classes.

    An incident looks hollow where alleged, half where denied, filled where confirmed.
    """

    x: float
    shape: str
    tone: str
    title: str
    position: int | None = None
    look: str = ""


class Lane(Struct, frozen=True):
    name: str
    y: int
    spans: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()
    more: int = 0


class Timeline(Struct, frozen=True):
    """The lanes; `as_of` is that instant in words, `now` its place, None beyond the lanes."""

    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    now: float | None
    height: int
    title: str
    description: str
    as_of: str = ""
    width: int = WIDTH
    left: int = LEFT


class Scale:
    """Converts instants to units, over the time that the timeline shows."""

    def __init__(self, first: datetime, last: datetime) -> None:
        self.first = first
        self.last = max(last, first + timedelta(hours=1))

    def x(self, at: datetime) -> float:
        share = (at - self.first) / (self.last - self.first)
        return round(LEFT + max(0.0, min(1.0, share)) * (WIDTH - LEFT - RIGHT), 1)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Chooses about six days or months to label, the same number of days apart."""
        days = (self.last - self.first).days
        step = next((s for s in STEPS if days / s <= 7), 3652)
        at = self.first.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        while at < self.last:
            yield self.x(at), f"{at.day} {at:%b}" if days < 300 else f"{at:%b %Y}"
            at += timedelta(days=step)


def timeline(
    document: ExplainDocument,
    events: Sequence[EventRow],
    zone: str,
    name: Callable[[str], str],
) -> Timeline:
    """Lays out an explanation, with the events of its commitment as marks that link.

    `name` gives an account by its name.
    """
    commitment = document["commitment"]
    # To the hour: finer than any drawing shows, and the page then holds for as long.
    now = parse_instant(document["as_of"]).replace(minute=0, second=0, microsecond=0)
    readings = stated_ends(commitment)
    scale = _scale(document, readings, events, now)
    history = document["history"]
    ahead = _ahead(commitment, readings, scale, now) if commitment["state"] in OPEN_STATES else ()
    contents: list[tuple[str, tuple[Span, ...], tuple[Mark, ...]]] = [
        ("state", (*_spans(history, "state", scale, now, zone), *ahead), ()),
        *((axis, _spans(history, axis, scale, now, zone), ()) for axis in AXES),
        (
            "periods",
            tuple(_period_spans(document["periods"], commitment["periods"], scale)),
            (),
        ),
        ("ends", (), tuple(_reading_marks(readings, name, scale))),
        ("incidents", (), tuple(_incident_marks(commitment["incidents"], scale))),
        ("events", (), tuple(_event_marks(events, scale))),
    ]
    filled = [(name, spans, marks) for name, spans, marks in contents if spans or marks]
    lanes = tuple(
        Lane(name, TOP + n * LANE, spans[-MOST:], marks[-MOST:], _over(spans) + _over(marks))
        for n, (name, spans, marks) in enumerate(filled)
    )
    return Timeline(
        lanes=lanes,
        ticks=tuple(scale.ticks()),
        now=scale.x(now) if scale.first <= now <= scale.last else None,
        height=TOP + LANE * len(lanes) + 8,
        title=f"Timeline: {commitment['promise'][:120]}",
        description=_description(commitment, len(readings), len(events), zone),
        as_of=f"as of {day_of(last_day(now, zone))}{' →' if now > scale.last else ''}",
    )


def _scale(
    document: ExplainDocument,
    readings: Sequence[ReadingDocument],
    events: Sequence[EventRow],
    now: datetime,
) -> Scale:
    """Spans from the first change to the last, with a margin on both sides.

    It reaches to now unless that would squeeze everything that happened into a corner.
    """
    changes = [parse_instant(step["at"]) for step in document["history"]]
    ends = [parse_instant(reading["at"]) for reading in readings]
    effects = [parse_instant(event.effective_at) for event in events]
    instants = [*changes, *ends, *effects] or [now]
    first, last = min(instants), max(instants)
    is_open = document["commitment"]["state"] in OPEN_STATES
    if now - last <= max((last - first) * (20 if is_open else 3), timedelta(days=30)):
        last = max(last, now)
    if is_open and len(set(instants)) == 1:
        last = max(last, now)
    margin = max((last - first) / 25, timedelta(hours=6))
    # An entry may take effect at the first instant that there is, or at the last.
    earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    return Scale(first - min(margin, first - earliest), last + min(margin, latest - last))


def _over(items: Sequence[object]) -> int:
    return max(0, len(items) - MOST)


def _spans(
    history: Sequence[StepDocument], axis: str, scale: Scale, now: datetime, zone: str
) -> tuple[Span, ...]:
    steps = [(parse_instant(s["at"]), s["after"]) for s in history if s["axis"] == axis]
    ends = [*(at for at, _ in steps[1:]), max(now, steps[-1][0]) if steps else now]
    spans = []
    for (start, word), end in zip(steps, ends, strict=True) if steps else ():
        x, end_x = scale.x(start), scale.x(end)
        title = f"{axis}: {label(word)} from {absolute(start, zone)}"
        title += f" to {absolute(end, zone)}" if end != now else ""
        if end_x > x or end == now:
            width = max(round(end_x - x, 1), 2)
            spans.append(Span(x, width, label(word), color_class(word), title))
    return tuple(spans)


def _ahead(
    commitment: CommitmentDocument, readings: Sequence[ReadingDocument], scale: Scale, now: datetime
) -> Iterator[Span]:
    """What is to come up to the first end, and what is in dispute from there to the last."""
    ends = sorted(parse_instant(reading["at"]) for reading in readings)
    begin, tone = now, color_class(commitment["state"])
    for end, look in zip((ends[0], ends[-1]) if ends else (), ("future", "disputed"), strict=False):
        if end > begin:
            x = scale.x(begin)
            title = "to come" if look == "future" else "over by one reading, not by another"
            yield Span(x, round(scale.x(end) - x, 1), "", tone, title, look)
            begin = end


def _period_spans(
    periods: Sequence[PeriodDocument], counts: PeriodsDocument | None, scale: Scale
) -> Iterator[Span]:
    """The latest periods of a recurring promise, each up to when it was due."""
    for period in periods:
        x, end = scale.x(parse_instant(period["begin"])), scale.x(parse_instant(period["due"]))
        of = f", {words}" if (words := delivered_words(period)) else ""
        state = period_state_words(period["state"], counts)
        title = f"{period_name(period['period'], counts)}: {state}{of}"
        width, tone = max(round(end - x - 1.5, 1), 2), color_class(period["state"])
        yield Span(x, width, state, tone, title)


def _reading_marks(
    readings: Sequence[ReadingDocument], name: Callable[[str], str], scale: Scale
) -> Iterator[Mark]:
    for reading in readings:
        by = f", by {name(reading['by'])}" if reading["by"] else ""
        title = f"{reading['term']}: {reading_words(reading)}{by} ({reading['at']})"
        yield Mark(scale.x(parse_instant(reading["at"])), "end", "wait", title)


def _incident_marks(incidents: Sequence[IncidentDocument], scale: Scale) -> Iterator[Mark]:
    for incident in incidents:
        at = _instant_of(incident["occurred"])
        if at is not None:
            words = BREACHES[incident["status"]]
            title = f"{words}, {date_words(incident['occurred'])}: {incident['text'][:200]}"
            tone, look = color_class(incident["status"]), SHAPES.get(incident["status"], "refuted")
            yield Mark(scale.x(at), "incident", tone, title, look=look)


def _instant_of(occurred: str) -> datetime | None:
    """Chooses where an EDTF date is drawn: at noon of its last possible day, if it has one."""
    date = parse_edtf(occurred)
    if date.instant is not None:
        return date.instant
    return parse_instant(f"{date.last.isoformat()}T12:00:00Z") if date.last else None


def _event_marks(events: Sequence[EventRow], scale: Scale) -> Iterator[Mark]:
    for event in events:
        title = f"{event_words(event.type)}, {date_words(event.occurred)} (#{event.position})"
        x = scale.x(parse_instant(event.effective_at))
        yield Mark(x, "event", "quiet", title, event.position)


def _description(commitment: CommitmentDocument, readings: int, events: int, zone: str) -> str:
    """Says in words what the drawing shows, for readers who do not see it."""
    state, compliance = label(commitment["state"]), label(commitment["compliance"])
    return (
        f"The state is {state}, compliance {compliance}. Times are in {zone}. "
        f"{readings} readings of the end, {len(commitment['incidents'])} incidents, "
        f"{events} events. The tables below say the same."
    )
