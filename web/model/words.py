"""How states, instants and rules read on a page: word and tone, absolute and relative. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from events import parse_instant

TONES: dict[str, str] = {
    "in_force": "good", "discharged": "good", "clear": "good", "fulfilled": "good", "full": "good",
    "substantial": "good", "satisfied": "good",
    "overdue": "bad", "lapsed": "bad", "violated": "bad", "confirmed": "bad", "attention": "bad",
    "failed": "bad",
    "disputed": "warn", "alleged": "warn", "contested": "warn", "contested_end": "warn",
    "due_soon": "warn", "in_grace": "bad", "stale": "warn", "suspended": "warn",
    "terms_disputed": "warn", "release_available": "warn", "single_source": "warn", "late": "warn",
    "proposed": "wait", "conditional": "wait", "partly_in_force": "wait", "open": "wait",
}  # fmt: skip
"""Colour goes with a word and a shape, never alone; what is not here is quiet."""
ROLL_UP_ORDER = (
    "attention", "contested", "violated", "in_force", "partly_in_force", "suspended",
    "conditional", "proposed", "no_commitments", "expired", "ended", "fulfilled",
)  # fmt: skip
MINUTE, HOUR, DAY = 60, 3600, 86_400
COUNTED = frozenset({"inclusive", "exclusive", "end_of_day", "end_of_period", "calendar"})


def tone(word: str) -> str:
    return TONES.get(word, "quiet")


def spoken(word: str) -> str:
    """`in_force` as it is read: "in force"."""
    return "not applicable" if word == "n/a" else word.replace("_", " ")


def relative(at: datetime, now: datetime) -> str:
    """How far away, in the largest unit that says it in whole steps of two or more."""
    seconds = int((at - now).total_seconds())
    words = _span(abs(seconds))
    if words == "":
        return "now"
    return f"in {words}" if seconds > 0 else f"{words} ago"


def _span(seconds: int) -> str:
    for unit, size, least in (
        ("year", 365 * DAY, 730 * DAY),
        ("month", 30 * DAY, 60 * DAY),
        ("day", DAY, 2 * DAY),
        ("hour", HOUR, 2 * HOUR),
    ):
        if seconds >= least:
            return f"{seconds // size} {unit}s"
    minutes = seconds // MINUTE
    steps = [step for step in (1, 2, 5, 10, 15, 30, 45, 60, 90) if step <= minutes]
    if not steps:
        return ""
    return "1 minute" if steps[-1] == 1 else f"{steps[-1]} minutes"


def absolute(at: datetime, zone: str) -> str:
    """An instant in a zone, with its offset."""
    local = at.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    suffix = "Z" if offset == "+0000" else f"{offset[:3]}:{offset[3:]}"
    return f"{local.day} {local:%b %Y %H:%M}{suffix}"


def day(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y}"


def reading_words(reading: Mapping[str, Any]) -> str:
    """Where and how a reading ends: the end of which day, where, counted how."""
    zone, rule = str(reading["zone"]), str(reading["rule"])
    local = parse_instant(str(reading["at"])).astimezone(ZoneInfo(zone))
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        last = local - timedelta(days=1)
        where = f"end of {last.day} {last:%b %Y} in {_city(zone)}"
    else:
        where = f"{local.day} {local:%b %Y} {local:%H:%M} in {_city(zone)}"
    how = {"inclusive": "start day counted", "exclusive": "start day not counted"}.get(rule, "")
    return f"{where}, {how}" if how else where


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


def plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def safe_url(url: object) -> str | None:
    """An address that may become a link: http and https only."""
    text = str(url or "")
    return text if text.lower().startswith(("https://", "http://")) else None
