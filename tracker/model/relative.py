"""A date relative to a moment of another promise or agreement: "14 days after m2 is discharged"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct, ValidationError, convert

from events import format_instant
from tracker.dates.durations import Duration, parse_duration, typed_duration
from tracker.dates.working_days import MOST, calendar_of, working_day_after
from tracker.errors import InvalidDate
from tracker.model.payload import Identifier

MOMENTS = ("in_force", "start", "end", "due", "discharged", "satisfied:ID", "milestone:NAME")
THERE_ARE = f"one of {', '.join(MOMENTS)}"
NAME = r"in_force|start|end|due|discharged|(?:satisfied|milestone):\S.*"
MomentName = Annotated[
    str,
    Meta(
        pattern=rf"^({NAME})$",
        description=THERE_ARE,
    ),
]
Counting = Literal["inclusive", "exclusive", "elapsed", "calendar", "business"]
TEXT = re.compile(
    r"^(?:(?P<by>P\S+)\s+)?after\s+(?P<after>\S+)\s+(?P<moment>\S+)"
    r"(?:\s+(?P<count>inclusive|exclusive|elapsed|calendar|business))?\Z"
)
MOMENT_WORDS = {
    "in_force": "comes into force",
    "start": "begins",
    "end": "ends",
    "due": "is due",
    "discharged": "is discharged",
    "satisfied": "meets the condition",
    "milestone": "reaches",
}
WORDS = re.compile(
    r"^(?:when|(?P<length>\S.*?)\s+after)\s+(?P<after>\S+)\s+"
    rf"(?:(?P<words>{'|'.join(MOMENT_WORDS.values())})(?:\s+(?P<of>[^\s,].*?))?"
    rf"|(?P<name>(?:{NAME})(?:\s+\w+)?))"
    r"(?P<counted>, that day counted)?\Z"
)
"""As `Relative.words` has it, or with the name of a moment: `10 working days after m2 due`."""
LENGTH_AFTER = re.compile(r"^(?P<length>\S.*?)\s+after\s+(?P<after>\S+)(?:\s+(?P<moment>\S.*))?\Z")
ISO_LENGTH = re.compile(r"^P\S+\Z")
WORKING = re.compile(r"\b(?:working|business)\s+(?=days?\b)", re.I)
FORM = "P14D after ha-port discharged"


class Relative(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A date that is a length after a moment of a commitment or an agreement; `count` as in terms.

    Nobody counts the day of the event itself, unless `count` is inclusive. `business` counts
    working days.
    """

    after: Identifier
    moment: MomentName
    by: str = "P0D"
    count: Counting | None = None

    @property
    def text(self) -> str:
        """As it is written on a command line."""
        count = f" {self.count}" if self.count else ""
        return f"{self.by} after {self.after} {self.moment}{count}"

    @property
    def words(self) -> str:
        """As a sentence has it: `14 days after m2 is discharged, that day counted`."""
        name, _, of = self.moment.partition(":")
        length = self.length.words
        if self.count == "business":
            length = length.replace("day", "working day")
        when = "when" if self.length.is_nothing else f"{length} after"
        words = f"{when} {self.after} {MOMENT_WORDS[name]} {of}".rstrip()
        return f"{words}, that day counted" if self.count == "inclusive" else words

    @property
    def anchor(self) -> Anchor:
        return Anchor(self.after, self.moment)

    @property
    def is_from_an_end(self) -> bool:
        """Whether it is the very moment at which something is over."""
        is_end = self.moment in ("end", "due") and self.count != "inclusive"
        return is_end and self.length.is_nothing

    @property
    def length(self) -> Duration:
        return parse_duration(self.by)


class Anchor(Struct, frozen=True):
    """What a date hangs on: a moment of a commitment or an agreement."""

    after: str
    moment: str


class Moment(Struct, frozen=True):
    """When an anchor came about, or is to: by one account, where accounts differ.

    `day` is the day where no hour is known of it; `at` is the instant, of an end the first one
    after it. `id` names the reading, and is empty where there is only one. One `by_count` is an end
    on which nobody disagrees: its other readings only count its days otherwise.
    """

    at: datetime
    day: date | None = None
    by: str | None = None
    id: str = ""
    by_count: bool = False

    def local_day(self, zone: str) -> date:
        return self.day or self.at.astimezone(ZoneInfo(zone)).date()


def relative_of(text: str) -> Relative | None:
    """Reads "P14D after m2 discharged", "10 working days after m2 is due"; None for other text.

    Raises InvalidDate for a moment that there is not.
    """
    match = TEXT.match(_as_typed(text.strip()))
    if match is None:
        return None
    given = {name: value for name, value in match.groupdict().items() if value is not None}
    try:
        return convert(given, Relative)
    except ValidationError as error:
        raise InvalidDate(
            f"not a moment to count from: {match['moment']!r}",
            hint=f"{THERE_ARE}: {FORM}",
        ) from error


def typed_relative(text: str) -> Relative | None:
    """Reads what somebody typed as a date; refuses a length after what is no moment.

    Free text may have such words, so only who types a date is told which moments there are.
    """
    relative = relative_of(text)
    match = LENGTH_AFTER.match(text.strip()) if relative is None else None
    if match is None or not ISO_LENGTH.match(typed_duration(WORKING.sub("", match["length"]))):
        return relative
    moment = "_".join((match["moment"] or "").split())
    meant = moment if moment in MOMENTS else "discharged"
    given = f"{match['moment']!r}" if moment else f"none after {match['after']!r}"
    raise InvalidDate(
        f"not a moment to count from: {given}",
        hint=f"{THERE_ARE}: {match['length']} after {match['after']} {meant}",
    )


def _as_typed(text: str) -> str:
    """A date in the words of `Relative.words` as it is written on a command line."""
    match = WORDS.match(text)
    if match is None:
        return text
    length, working = WORKING.subn("", match["length"] or "P0D")
    names = {words: name for name, words in MOMENT_WORDS.items()}
    moment = match["name"] or names[match["words"]] + (f":{match['of']}" if match["of"] else "")
    count = " business" if working else " inclusive" if match["counted"] else ""
    return f"{typed_duration(length)} after {match['after']} {moment}{count}"


def check_relative(relative: Relative, calendar: Sequence[str]) -> None:
    """Refuses what cannot be counted: a length that is none, months as elapsed time."""
    length = relative.length
    if relative.count == "elapsed" or length.seconds:
        length.elapsed()
    if relative.count != "business":
        return
    if length.months or length.seconds or length.days > MOST:
        raise InvalidDate(
            f"working days are counted in days, up to {MOST:,}: {relative.by!r}",
            hint="ten working days: by=P10D count=business",
        )
    if not calendar:
        raise InvalidDate(
            "working days need the calendars of countries", hint="terms.calendar=NOR,ISL"
        )
    for country in calendar:
        calendar_of(country)


def end_after(relative: Relative, moment: Moment, zone: str, calendar: Sequence[str]) -> str:
    """The due or end date that follows from a moment: a day, or an instant where hours count."""
    length = relative.length
    if relative.count == "elapsed" or length.seconds:
        return format_instant(moment.at + length.elapsed())
    return _day_after(relative, moment, zone, calendar).isoformat()


def start_after(relative: Relative, moment: Moment, zone: str, calendar: Sequence[str]) -> str:
    """The start that follows from a moment: the moment itself where nothing is added to it.

    What begins when a day ends begins with the next one.
    """
    if relative.length.is_nothing and moment.day is None:
        return format_instant(moment.at)
    if relative.is_from_an_end and moment.day is not None:
        return (moment.day + timedelta(days=1)).isoformat()
    return end_after(relative, moment, zone, calendar)


def _day_after(relative: Relative, moment: Moment, zone: str, calendar: Sequence[str]) -> date:
    first, length = moment.local_day(zone), relative.length
    if relative.count == "business":
        return working_day_after(first, length.days, calendar)
    last = length.add_to_date(first)
    return last - timedelta(days=1) if relative.count == "inclusive" and last > first else last
