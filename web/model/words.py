"""How states, instants and readings are worded and coloured on a page. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from events import parse_instant
from events.upcasters import split_type
from tracker.queries.timeline import type_in_words

COLOR_CLASSES: dict[str, str] = {
    "in_force": "good", "discharged": "good", "clear": "good", "fulfilled": "good", "full": "good",
    "substantial": "good", "satisfied": "good", "met": "good",
    "overdue": "bad", "lapsed": "bad", "violated": "bad", "confirmed": "bad", "attention": "bad",
    "failed": "bad", "missed": "bad",
    "disputed": "warn", "alleged": "warn", "contested": "warn", "contested_end": "warn",
    "due_soon": "warn", "in_grace": "bad", "stale": "warn", "suspended": "warn",
    "terms_disputed": "warn", "suspension_contested": "warn", "release_available": "warn",
    "single_source": "warn", "late": "warn", "met_late": "warn", "partial": "warn",
    "periods_missed": "warn",
    "proposed": "wait", "conditional": "wait", "partly_in_force": "wait", "open": "wait",
    "awaiting": "wait",
}  # fmt: skip
"""CSS classes by state or flag; colour is never alone, a word and a shape go with it."""
ROLL_UP_ORDER = (
    "attention", "contested", "violated", "in_force", "partly_in_force", "suspended",
    "conditional", "proposed", "no_commitments", "expired", "ended", "fulfilled",
)  # fmt: skip
BREACHES = {
    "alleged": "breach alleged",
    "disputed": "breach denied",
    "confirmed": "breach confirmed",
    "refuted": "breach refuted",
    "clear": "kept so far",
    "unassessed": "nobody has assessed it",
}
"""Compliance, and the standing of an incident, in words for people."""
ALLEGED, DENIED, CONFIRMED, REFUTED = "15", "16", "17", "18"
"""The rows by which an entry moves an incident."""
TIMING_NEWS = {
    "due_soon": "its end is near",
    "contested_end": "over by one reading of its end, and not by another",
    "in_grace": "its days of grace have begun",
    "stale": "nothing was heard of it for long",
}
"""What becomes of a promise by the clock, as one would say it."""
KINDS = {
    "achievement": "to be done by a day",
    "maintenance": "to be kept up over a time",
    "recurring": "owed again in every period",
    "process": "goes on until it concludes or collapses",
}
"""The kinds of promises, as what is owed."""
LABELS = {"n/a": "not applicable", "awaiting": "awaiting its date"}
MINUTE, HOUR, DAY = 60, 3600, 86_400
EDTF_PART = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d\d))?)?(?:T(\d\d:\d\d)[^~?%]*)?([~?%]?)")
DAY_IN_TEXT = re.compile(r"\b\d{4}-\d\d-\d\d\b(?!T)")
SURENESS = {"~": "about ", "?": "perhaps ", "%": "perhaps about "}


def color_class(word: str) -> str:
    return COLOR_CLASSES.get(word, "quiet")


def label(word: str) -> str:
    """Writes a stored word such as `in_force` as a reader expects it: "in force"."""
    return LABELS.get(word) or word.replace("_", " ")


def event_words(type_: str) -> str:
    """`ViolationAlleged`, or its full name -> `breach alleged`: an entry as the pages call it."""
    words = type_in_words(split_type(type_)[0].rpartition(".")[2])
    return words.replace("violation", "breach").replace("commitment", "promise")


def date_words(occurred: str) -> str:
    """Writes an EDTF date for people: `2022-09/2025-03-17` as "Sep 2022 to 17 Mar 2025"."""
    first, slash, last = occurred.partition("/")
    if not slash:
        return _part_words(occurred)
    if first in ("", ".."):
        return f"until {_part_words(last)}"
    if last in ("", ".."):
        return f"since {_part_words(first)}"
    return f"{_part_words(first)} to {_part_words(last)}"


def dates_in(text: str) -> str:
    """A text with its days written out: `period of 2026-11-14: met` with 14 Nov 2026."""
    return DAY_IN_TEXT.sub(lambda match: date_words(match[0]), text)


def _part_words(part: str) -> str:
    """One date of an interval; as it stands where it is of a rarer form."""
    match = EDTF_PART.fullmatch(part)
    if match is None:
        return part
    year, month_, day_, clock, sureness = match.groups()
    name = f"{date(2000, int(month_), 1):%b} " if month_ else ""
    time = f" {clock}{'Z' if part.endswith('Z') else ''}" if clock else ""
    return f"{SURENESS.get(sureness, '')}{f'{int(day_)} ' if day_ else ''}{name}{year}{time}"


def relative(at: datetime, now: datetime) -> str:
    """Says how far away an instant is, in the largest unit that gives two or more whole steps."""
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


@lru_cache(maxsize=4096)
def absolute(at: datetime, zone: str) -> str:
    """Writes an instant as the local time of a zone, with its offset."""
    time = at.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes").partition("T")[2]
    return f"{day(at, zone)} {time.replace('+00:00', 'Z')}"


@lru_cache(maxsize=4096)
def day(at: datetime, zone: str) -> str:
    return day_of(at.astimezone(ZoneInfo(zone)))


def day_of(local: date) -> str:
    """`30 Aug 2026`."""
    return f"{local.day} {local:%b %Y}"


def day_and_month(day: date, today: date) -> str:
    """`30 Aug`, with its year where that is not the present one."""
    return f"{day.day} {day:%b}" + (f" {day.year}" if day.year != today.year else "")


def month(id_: str) -> str:
    """Writes `2026-11` as "November 2026"."""
    first = date.fromisoformat(f"{id_}-01")
    return f"{first:%B} {first.year}"


def reading_words(reading: Mapping[str, Any]) -> str:
    """Says when a reading ends: at the end of which day, in which zone, counted how."""
    zone, rule = str(reading["zone"]), str(reading["rule"])
    local = parse_instant(str(reading["at"])).astimezone(ZoneInfo(zone))
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        last = local - timedelta(days=1)
        where = f"end of {day_of(last)} in {city(zone)}"
    else:
        where = f"{day_of(local)} {local:%H:%M} in {city(zone)}"
    how = {"inclusive": "start day counted", "exclusive": "start day not counted"}.get(rule, "")
    return f"{where}, {how}" if how else where


def city(zone: object) -> str:
    """The place that a zone is named after: "Kyiv" of Europe/Kyiv."""
    return str(zone).rpartition("/")[2].replace("_", " ")


def safe_url(url: object) -> str | None:
    """Returns an address that may become a link, http or https; None for any other."""
    text = str(url or "")
    return text if text.lower().startswith(("https://", "http://")) else None
