"""Calendar rules: hours and days of the week on a reader's wall clock. Pure.

`22:00-07:00` is every night, `sat-sun` the whole weekend, `mon-fri 18:00-08:00` the evenings of
working days (the night belongs to the day it begins on).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from notifications.errors import InvalidSubscription

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
WEEK = 7 * DAY
FORM = re.compile(
    r"^(?:(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?)?\s*"
    r"(?:(?P<from>\d\d):(?P<from_m>\d\d)-(?P<to>\d\d):(?P<to_m>\d\d))?$",
    re.ASCII,
)
ACCEPTED = "22:00-07:00, sat-sun, mon-fri 18:00-08:00"


class CalendarRule(Struct, frozen=True):
    """Spans of the week in minutes since Monday 00:00, end excluded; `text` as it was given."""

    text: str
    spans: tuple[tuple[int, int], ...]

    def covers(self, minute: int) -> bool:
        return any(
            begin <= minute < end or begin <= minute + WEEK < end for begin, end in self.spans
        )


def parse_rule(text: str) -> CalendarRule:
    """Reads one rule; raises InvalidSubscription with the accepted forms."""
    match = FORM.match(text.strip().lower())
    if match is None or not any(match.groups()):
        raise _refused(text)
    days, begin, end = _days(match, text), _minutes(match, "from"), _minutes(match, "to")
    if begin is None or end is None:
        begin, end = 0, DAY
    if max(begin, end) > DAY or begin == end:
        raise _refused(text)
    length = (end - begin) % DAY or DAY
    spans = tuple((day * DAY + begin, day * DAY + begin + length) for day in days)
    return CalendarRule(text.strip().lower(), spans)


def _days(match: re.Match[str], text: str) -> list[int]:
    first, last = match["first"], match["last"] or match["first"]
    if first is None:
        return list(range(7))
    if first not in WEEKDAYS or last not in WEEKDAYS:
        raise _refused(text)
    start = WEEKDAYS.index(first)
    return [(start + n) % 7 for n in range((WEEKDAYS.index(last) - start) % 7 + 1)]


def _minutes(match: re.Match[str], name: str) -> int | None:
    if match[name] is None:
        return None
    hour, minute = int(match[name]), int(match[f"{name}_m"])
    return hour * 60 + minute if minute < 60 else WEEK


def _refused(text: str) -> InvalidSubscription:
    return InvalidSubscription(f"not hours or days: {text!r}", hint=f"accepted forms: {ACCEPTED}")


def parse_rules(texts: Iterable[str]) -> tuple[CalendarRule, ...]:
    return tuple(parse_rule(text) for text in texts)


def rule_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """Rules in their stored form; raises InvalidSubscription for what is none."""
    return tuple(rule.text for rule in parse_rules(texts))


def checked_quiet(texts: Iterable[str]) -> tuple[str, ...]:
    """Quiet hours in their stored form; refuses those that never end."""
    rules = parse_rules(texts)
    if covers_always(rules):
        raise InvalidSubscription(
            "quiet hours that never end", hint=f"leave some time to hear; {ACCEPTED}"
        )
    return tuple(rule.text for rule in rules)


def covers_always(rules: Iterable[CalendarRule]) -> bool:
    """Whether these rules leave no minute of the week."""
    checked = tuple(rules)
    return bool(checked) and all(any(rule.covers(m) for rule in checked) for m in range(WEEK))


def is_covered(texts: Iterable[str], zone: str, now: datetime) -> bool:
    """Whether the wall clock of the zone is inside one of the rules."""
    return _covers(parse_rules(texts), zone, now)


def _covers(rules: tuple[CalendarRule, ...], zone: str, now: datetime) -> bool:
    if not rules:
        return False
    local = now.astimezone(ZoneInfo(zone))
    minute = local.weekday() * DAY + local.hour * 60 + local.minute
    return any(rule.covers(minute) for rule in rules)


def ends_at(texts: Iterable[str], zone: str, now: datetime) -> datetime | None:
    """The first whole minute from `now` on that no rule covers; None when they cover all."""
    rules, at = parse_rules(texts), now
    if covers_always(rules):
        return None
    while _covers(rules, zone, at):
        at = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return at
