"""Draws one promise on an axis that several share. Pure.

Past states are solid, the future is pale, a disputed end is hatched, breaches are diamonds. A
confirmed breach ends the plain colour of a bar, a suspension is striped, what waits for the moment
from which its date is counted is dotted, and a recurring promise is drawn period by period.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from events import parse_instant
from tracker.dates.edtf import parse_edtf
from tracker.dates.zones import day_closed
from tracker.documents.periods import periods_words
from tracker.errors import InvalidDate
from tracker.model.readings import stated_ends
from tracker.model.vocabulary import OPEN_STATES
from tracker.queries.board.changes import History
from web.drawing.axis import LEAST, RUNNING, WIDTH, Axis
from web.drawing.period_bars import Period, periods_on
from web.model.ends import BY_THE_CLOCK
from web.model.words import BREACHES, color_class, date_words, day_of, label

NO_HISTORY = History([], {})
SHAPES = {"alleged": "hollow", "disputed": "half", "confirmed": "filled"}


class Span(Struct, frozen=True):
    """A state, or what is to come.

    `look` is past, over (closed), future, open (no end set), disputed (its end), awaiting (the
    moment that its date hangs on), broken (since a confirmed breach), suspended, or contested (a
    suspension).
    """

    x: float
    width: float
    tone: str
    look: str


class Breach(Struct, frozen=True):
    """A diamond: hollow where alleged, half where denied, filled where confirmed."""

    x: float
    shape: str
    title: str


class Row(Struct, frozen=True):
    """One promise on the axis; `ends` are where its readings end, `description` is all in words."""

    spans: tuple[Span, ...]
    periods: tuple[Period, ...]
    breaches: tuple[Breach, ...]
    ends: tuple[float, ...]
    description: str


def row(
    axis: Axis,
    history: History,
    commitment: Mapping[str, Any],
    other: Mapping[str, Any] | None = None,
) -> Row:
    """The row of a commitment with its history.

    `other` is the end of an offer, a condition or a notice, which is marked too; what is offered
    goes on no longer than its offer.
    """
    states = [(parse_instant(at), state) for at, state in history.states]
    ends = sorted({parse_instant(end["at"]) for end in stated_ends(commitment)})
    if other is not None:
        end = parse_instant(other["at"])
        ends = [end] if other["term"] == "offer" else ends
    marks = {*ends, end} if other is not None else ends
    periods = tuple(periods_on(axis, history, commitment))
    drawn = [*_past(axis, states, commitment), *_future(axis, commitment, ends)]
    is_open = commitment.get("state") in OPEN_STATES
    return Row(
        # Periods take the place of the bar, but for what is no part of one.
        tuple(span for span in drawn if not periods or span.tone != "good"),
        periods,
        tuple(_breaches(axis, commitment)),
        tuple(axis.x(end) for end in sorted(marks) if is_open and axis.holds(end)),
        _description(states, commitment),
    )


def _past(
    axis: Axis, states: list[tuple[datetime, str]], commitment: Mapping[str, Any]
) -> Iterator[Span]:
    """The states up to now; one that goes on after a confirmed breach is broken from there on."""
    untils = [*(at for at, _ in states[1:]), axis.now] if states else []
    breaches = (i for i in commitment.get("incidents", ()) if i["status"] == "confirmed")
    confirmed = min(filter(None, (_day_of(i["occurred"], axis) for i in breaches)), default=None)
    contested = bool((commitment.get("suspension") or {}).get("contested"))
    for (at, state), until in zip(states, untils, strict=True):
        broken = confirmed if confirmed and state == "in_force" and confirmed < until else until
        look = "suspended" if state == "suspended" else "past" if state in OPEN_STATES else "over"
        if look == "suspended" and contested and until == axis.now:
            look = "contested"
        yield from _span(axis, state, at, broken, look)
        yield from _span(axis, state, max(at, broken), until, "broken")


def _span(axis: Axis, state: str, at: datetime, until: datetime, look: str) -> Iterator[Span]:
    begun, ended = max(at, axis.first), min(until, axis.now)
    if ended > begun:
        width = max(LEAST, axis.x(ended) - axis.x(begun))
        yield Span(axis.x(begun), round(width, 1), color_class(state), look)


def _future(axis: Axis, commitment: Mapping[str, Any], ends: list[datetime]) -> Iterator[Span]:
    """From now to the first reading of the end, then to the last, about which there is dispute."""
    state = str(commitment.get("state", ""))
    tone = color_class(state)
    awaiting = commitment.get("awaiting")
    if state in OPEN_STATES and awaiting and not ends:
        yield Span(axis.today, round(WIDTH - axis.today - 1, 1), tone, "awaiting")
        return
    ahead = [end for end in ends if end > axis.now]
    if state in RUNNING and not ends:
        width = round(WIDTH - axis.today, 1)
        yield Span(axis.today, width, tone, "open")
    if state not in OPEN_STATES or not ahead:
        return
    first = max(ends[0], axis.now)
    if first > axis.now:
        yield Span(axis.today, round(axis.x(first) - axis.today, 1), tone, "future")
    if ends[-1] > first:
        width = max(LEAST, axis.x(ends[-1]) - axis.x(first))
        yield Span(axis.x(first), round(width, 1), "warn", "disputed")


def _breaches(axis: Axis, commitment: Mapping[str, Any]) -> Iterator[Breach]:
    for incident in commitment.get("incidents", ()):
        at = _day_of(incident["occurred"], axis)
        if at is not None and axis.holds(at) and incident["status"] in SHAPES:
            title = f"{BREACHES[incident['status']]}, {at.day} {at:%b}"
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
    zones = [end["zone"] for end in stated_ends(commitment)]
    words = []
    for at, state in states[-3:]:
        closing = day_closed(at, zones if state in BY_THE_CLOCK else [], str(at.tzinfo))
        words.append(f"{label(state)} since {day_of(closing)}")
    words += [
        f"{BREACHES[i['status']]}, of {date_words(i['occurred'])}" for i in commitment["incidents"]
    ]
    if commitment.get("periods"):
        words.append(periods_words(commitment["periods"]))
    if commitment.get("awaiting"):
        words.append("its date is not known yet")
    return "; ".join(words)
