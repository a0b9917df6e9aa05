"""Draws promises on one shared axis of time: a month back and a month ahead, in SVG units. Pure.

Past states are solid, the future is pale, a disputed end is hatched, breaches are diamonds. A
confirmed breach ends the plain colour of a bar, a suspension is striped, what waits for the moment
from which its date is counted is dotted, and a recurring promise is drawn period by period.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from events import parse_instant
from tracker.dates.durations import parse_duration
from tracker.dates.edtf import parse_edtf
from tracker.dates.zones import day_closed
from tracker.documents.periods import period_name, period_state_words, periods_words
from tracker.errors import InvalidDate
from tracker.model.readings import stated_ends
from tracker.model.vocabulary import OPEN_STATES
from tracker.queries.board_changes import History
from web.model.ends import BY_THE_CLOCK
from web.model.words import BREACHES, color_class, date_words, day_of, label

WIDTH, HEIGHT = 480, 22
BACK, AHEAD = timedelta(days=28), timedelta(days=28)
TICK = timedelta(days=7)
RUNNING = ("in_force", "suspended")
MOST_TICKS, WEEKS, NARROWEST_TICK = 8, (1, 2, 4, 8, 13, 26, 52, 104), 45.0
"""At most so many labels, so many weeks apart, and so many units from that of today."""
LEAST = 2.0
"""Units that a span takes at least, so that it is seen."""
LONGEST_PERIOD = timedelta(days=366)
"""So long before the axis begins a period may have begun that is drawn on it."""
SMALLEST = 3.0
"""Units below which periods are not drawn one by one."""
MOST_PERIODS = int(WIDTH / SMALLEST)
BEFORE_ITS_END = {"due_soon": "open"}
"""What the clock says of a period that may still be met."""
MAX = datetime.max.replace(tzinfo=UTC) - timedelta(days=10)
NO_HISTORY = History([], {})
DAY, RUN_NEWS = timedelta(days=1), timedelta(days=7)
UNMET = ("missed", "partial")
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


class Period(Struct, frozen=True):
    """A period of a recurring promise: where it lies, and what became of it."""

    x: float
    width: float
    state: str
    title: str

    @property
    def tone(self) -> str:
        return color_class(self.state)


class Row(Struct, frozen=True):
    """One promise on the axis; `ends` are where its readings end, `description` is all in words."""

    spans: tuple[Span, ...]
    periods: tuple[Period, ...]
    breaches: tuple[Breach, ...]
    ends: tuple[float, ...]
    description: str


class Axis:
    """The days around an instant, or those of an agreement, in the zone of the board."""

    def __init__(
        self, now: datetime, zone: str, days: tuple[datetime, datetime] | None = None
    ) -> None:
        self.now, self.zone = now, ZoneInfo(zone)
        midnight = _midnight(now, self.zone)
        self.first, self.last = midnight - BACK, midnight + AHEAD
        if days is not None:
            self.first = _midnight(days[0], self.zone)
            self.last = max(_midnight(days[1], self.zone), self.first + TICK) + timedelta(days=1)

    @property
    def today(self) -> float:
        return self.x(self.now)

    @property
    def has_today(self) -> bool:
        return self.holds(self.now)

    @property
    def words(self) -> str:
        return f"{self.day(self.first)} to {self.day(self.last)}"

    def day(self, at: datetime) -> str:
        """`8 Nov`, with its year where the axis is as long as one, or is not of this one."""
        local, today = at.astimezone(self.zone), self.now.astimezone(self.zone)
        is_far = self.last - self.first > timedelta(days=300) or local.year != today.year
        return f"{local.day} {local:%b}" + (f" {local.year}" if is_far else "")

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Labels at least a week apart, but for the place of today, which has its own."""
        weeks = (self.last - self.first) / TICK / MOST_TICKS
        step = TICK * next((each for each in WEEKS if each >= weeks), int(weeks) + 1)
        ticks: list[tuple[float, str]] = []
        at, year = self.first + step, self.now.astimezone(self.zone).year
        while at < self.last - step / 3:
            if not self.has_today or abs(self.x(at) - self.today) > NARROWEST_TICK:
                is_long = step > 4 * TICK
                words = f"{at:%b} {at.year}" if is_long else f"{at.day} {at:%b}"
                is_new_year = at.year != year and not is_long
                ticks.append((self.x(at), f"{words} {at.year}" if is_new_year else words))
                year = at.year
            at += step
        return ticks

    def x(self, at: datetime) -> float:
        """The place of an instant; beyond the axis at its edge."""
        share = (at - self.first) / (self.last - self.first)
        return round(min(1.0, max(0.0, share)) * WIDTH, 1)

    def holds(self, at: datetime) -> bool:
        return self.first <= at <= self.last


def whole_life(
    histories: Iterable[History], commitments: Iterable[Mapping[str, Any]], now: datetime
) -> tuple[datetime, datetime]:
    """Spans the first change of these promises to their last change or end, and to now if open."""
    changes = [parse_instant(at) for history in histories for at, _ in history.states]
    instants, is_open = changes or [now], False
    for c in commitments:
        instants += [parse_instant(end["at"]) for end in stated_ends(c)]
        is_open = is_open or c["state"] in RUNNING
    first, last = min(instants), max(instants)
    last = max(last, now) if is_open or now - last < AHEAD else last
    return first, last + min((last - first) / 20, MAX - last)


def _midnight(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


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
    periods = tuple(_periods(axis, history, commitment))
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


def _periods(axis: Axis, history: History, commitment: Mapping[str, Any]) -> Iterator[Period]:
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
