"""The axis of time that promises share: a month back and a month ahead, in SVG units. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from events import parse_instant
from tracker.dates.zones import last_day
from tracker.model.readings import stated_ends
from tracker.queries.board.changes import History

WIDTH, HEIGHT = 480, 22
BACK, AHEAD = timedelta(days=28), timedelta(days=28)
TICK = timedelta(days=7)
RUNNING = ("in_force", "suspended")
MOST_TICKS, WEEKS, NARROWEST_TICK = 8, (1, 2, 4, 8, 13, 26, 52, 104), 45.0
"""At most so many labels, so many weeks apart, and so many units from that of today."""
LEAST = 2.0
"""Units that a span takes at least, so that it is seen."""
MAX = datetime.max.replace(tzinfo=UTC) - timedelta(days=10)


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
    def today_words(self) -> str:
        """The day of now; a page as of a day is as of its end, and that day is today."""
        return self.day(datetime.combine(self._last_day, time(), self.zone))

    @property
    def _last_day(self) -> date:
        return last_day(self.now, self.zone.key)

    @property
    def words(self) -> str:
        return f"{self.day(self.first)} to {self.day(self.last)}"

    def day(self, at: datetime) -> str:
        """`8 Nov`, with its year where the axis is as long as one, or is not of this one."""
        local = at.astimezone(self.zone)
        is_far = self.last - self.first > timedelta(days=300) or local.year != self._last_day.year
        return f"{local.day} {local:%b}" + (f" {local.year}" if is_far else "")

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Labels at least a week apart, but for the place of today, which has its own."""
        weeks = (self.last - self.first) / TICK / MOST_TICKS
        step = TICK * next((each for each in WEEKS if each >= weeks), int(weeks) + 1)
        ticks: list[tuple[float, str]] = []
        at, year = self.first + step, self._last_day.year
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
