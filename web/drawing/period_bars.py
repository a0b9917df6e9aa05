"""Draws the periods of a recurring promise on an axis, each with what became of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from events import parse_instant
from tracker.dates.durations import parse_duration
from tracker.documents.periods import period_name, period_state_words
from tracker.model.vocabulary import OPEN_STATES
from tracker.queries.board.changes import History
from web.drawing.axis import AHEAD, LEAST, WIDTH, Axis
from web.model.words import color_class

LONGEST_PERIOD = timedelta(days=366)
"""So long before the axis begins a period may have begun that is drawn on it."""
SMALLEST = 3.0
"""Units below which periods are not drawn one by one."""
MOST_PERIODS = int(WIDTH / SMALLEST)
BEFORE_ITS_END = {"due_soon": "open"}
"""What the clock says of a period that may still be met."""
DAY, RUN_NEWS = timedelta(days=1), timedelta(days=7)
UNMET = ("missed", "partial")


class Period(Struct, frozen=True):
    """A period of a recurring promise: where it lies, and what became of it."""

    x: float
    width: float
    state: str
    title: str

    @property
    def tone(self) -> str:
        return color_class(self.state)


def periods_on(axis: Axis, history: History, commitment: Mapping[str, Any]) -> Iterator[Period]:
    """The periods on the axis; none where they are too many to be seen."""
    known = commitment.get("periods")
    if not known:
        return
    states = {day: BEFORE_ITS_END.get(state, state) for day, state in history.periods.items()}
    for period in (known["current"], known["next"]):
        if period is not None:
            states[period["period"]] = period["state"]
    states |= dict.fromkeys(_untold(states, history, commitment, axis.now), "missed")
    days = sorted(states)
    begins = [datetime.fromisoformat(day).replace(tzinfo=axis.zone) for day in days]
    steps = [later - one for one, later in pairwise(begins)]
    # Not every period is a change: one that is unknown stays empty.
    length = min(steps, default=AHEAD)
    untils = [min(one + length * 1.2, later) for one, later in pairwise(begins)]
    untils += [begins[-1] + length] if begins else []
    if known.get("last_due"):
        last_due = parse_instant(known["last_due"])
        untils = [min(until, last_due) for until in untils]
    scale = WIDTH / ((axis.last - axis.first) / timedelta(days=1))
    if steps and min(steps) / timedelta(days=1) * scale < SMALLEST:
        return
    for day, begin, until in zip(days, begins, untils, strict=True):
        if until > axis.first and begin < axis.last:
            x, end = axis.x(begin), axis.x(until)
            title = f"{period_name(day, known)}: {period_state_words(states[day], known)}"
            yield Period(x, round(max(LEAST, end - x - 1.5), 1), states[day], title)


def _untold(
    states: Mapping[str, str], history: History, commitment: Mapping[str, Any], now: datetime
) -> Iterator[str]:
    """The days of a daily duty that were missed in a long run, of which one in seven is news.

    A day counts as missed between two that were not met, where the later is no further than news of
    a run is, and after the last of them while nothing was met. Over a suspension nothing is said.
    """
    days = sorted(map(date.fromisoformat, states))
    if DAY not in (later - one for one, later in pairwise(days)):
        return
    unmet = {day for day in days if states[day.isoformat()] in UNMET}
    closed = _first_not_closed(commitment, now)
    if unmet and closed and (commitment["periods"]["unmet_since"] or "~") <= str(max(unmet)):
        days = [*(day for day in days if day < closed), closed]
        unmet.add(closed)
    rests = [at[:10] for at, state in history.states if state == "suspended"]
    for one, later in pairwise(days):
        is_run = {one, later} <= unmet and later - one <= RUN_NEWS
        if is_run and not any(str(one) <= rest <= str(later) for rest in rests):
            yield from (str(one + DAY * n) for n in range(1, (later - one).days))


def _first_not_closed(commitment: Mapping[str, Any], now: datetime) -> date | None:
    """The first day whose grace is not over, or that is no longer owed; None where months count."""
    periods = commitment["periods"]
    if (grace := parse_duration(periods["grace"])).months:
        return None
    # What ran out did so when the grace of its last day was over.
    is_open = commitment["state"] in OPEN_STATES
    last = (now if is_open else parse_instant(commitment["since"])) - grace.elapsed()
    return last.astimezone(ZoneInfo(periods["zone"])).date()
