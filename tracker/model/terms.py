"""The terms of a promise as an event gives them. Absent and null differ: null is silence."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, time
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, structs
from msgspec.structs import replace

from events import format_instant
from tracker.dates.durations import parse_duration
from tracker.dates.edtf import Edtf, parse_edtf
from tracker.dates.recurrence import (
    EXAMPLE,
    HORIZON_YEARS,
    occurs,
    parse_recurrence,
)
from tracker.dates.working_days import calendar_of
from tracker.dates.zones import instant_in_zone, is_clock_time, parse_zone
from tracker.errors import InvalidDate, InvalidEvent, TrackerError
from tracker.model.relative import Relative, check_relative


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Partial terms: every field may be absent (UNSET) or null (said to be left open).

    `start`, `due`, `end` are EDTF, instants, or relative to another promise; durations are
    ISO 8601; zones are IANA names; `calendar` are the countries whose working days count.
    A clock time without an offset is that of `zone`, and is read as its instant.
    """

    start: str | Relative | UnsetType | None = UNSET
    due: str | Relative | UnsetType | None = UNSET
    end: str | Relative | UnsetType | None = UNSET
    duration: str | UnsetType | None = UNSET
    count: Literal["inclusive", "exclusive", "elapsed", "calendar"] | UnsetType | None = UNSET
    zone: str | UnsetType | None = UNSET
    zones: list[str] | UnsetType | None = UNSET
    reading_of: str | UnsetType | None = UNSET
    reading: str | UnsetType | None = UNSET
    scope: str | UnsetType | None = UNSET
    quantity: int | UnsetType | None = UNSET
    parties: list[str] | UnsetType | None = UNSET
    grace: str | UnsetType | None = UNSET
    leads: list[str] | UnsetType | None = UNSET
    stale_after: str | UnsetType | None = UNSET
    perdurant: bool | UnsetType | None = UNSET
    preemptive: bool | UnsetType | None = UNSET
    tacit_renewal: bool | str | UnsetType | None = UNSET
    extend_by: str | UnsetType | None = UNSET
    calendar: list[str] | UnsetType | None = UNSET
    recurrence: str | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        if not isinstance(self.zone, str):
            return
        for name in ("start", "due", "end"):
            value = getattr(self, name)
            if isinstance(value, str) and is_clock_time(value):
                # What has no instant, `check_terms` refuses.
                with suppress(InvalidDate):
                    at = instant_in_zone(value, self.zone)
                    structs.force_setattr(self, name, format_instant(at))


def merge(base: Terms, override: Terms) -> Terms:
    """Base terms with every field that the override names."""
    fields = structs.asdict(override)
    return replace(base, **{name: value for name, value in fields.items() if value is not UNSET})


def check_terms(terms: Terms) -> None:
    """Refuse terms that could not be read later, naming the field."""
    for name, check in CHECKS.items():
        value = getattr(terms, name)
        if value is None or value is UNSET:
            continue
        try:
            check(terms, value)
        except TrackerError as error:
            raise error.of_field(f"terms.{name}") from error


def _check_start(terms: Terms, value: str | Relative) -> None:
    if isinstance(value, Relative):
        check_relative(value, working_calendar(terms))
    elif _stated(terms, value).first is None:
        raise InvalidDate(
            f"a start that is open or unknown opens nothing: {value!r}", hint="leave the field out"
        )


def _check_end(terms: Terms, value: str | Relative) -> None:
    if isinstance(value, Relative):
        check_relative(value, working_calendar(terms))
    elif _stated(terms, value).last is None:
        raise InvalidDate(
            f"an end that is open or unknown closes nothing: {value!r}", hint="leave the field out"
        )


def _stated(terms: Terms, value: str) -> Edtf:
    """Reads a date of the terms; raises InvalidDate for a clock time that has no instant."""
    if not is_clock_time(value):
        return parse_edtf(value)
    if not isinstance(terms.zone, str):
        raise InvalidDate(
            f"a clock time needs its zone: {value!r}",
            hint="give the zone beside it: terms.zone=Europe/Moscow",
        )
    return parse_edtf(format_instant(instant_in_zone(value, terms.zone)))


def working_calendar(terms: Terms) -> tuple[str, ...]:
    """The countries whose working days count; none where none are named."""
    return tuple(terms.calendar) if isinstance(terms.calendar, list) else ()


def _check_duration(terms: Terms, value: str) -> None:
    """A length with hours in it is counted as elapsed time, so it cannot have months."""
    duration = parse_duration(value)
    if terms.count == "elapsed" or duration.seconds:
        duration.elapsed()


def _check_recurrence(terms: Terms, text: str) -> None:
    """A rule has to occur after a start that is stated; without one its entry decides."""
    recurrence = parse_recurrence(text)
    if isinstance(terms.start, str) and (day := parse_edtf(terms.start).first) is not None:
        check_occurs(text, recurrence.rule, datetime.combine(day, time(0)))


def check_occurs(text: str, rule: str, start: datetime) -> None:
    """Raises InvalidDate for a rule that gives no period after its start."""
    if not occurs(rule, start):
        raise InvalidDate(
            f"a recurrence that never occurs: {text!r} gives no period within {HORIZON_YEARS} "
            f"years of {start:%Y-%m-%d}",
            hint=f"let the day, the month and INTERVAL go together: {EXAMPLE}",
        )


def _check_quantity(_: Terms, value: int) -> None:
    if value < 0:
        raise InvalidEvent(f"expected 0 or more, found {value}")


CHECKS: dict[str, Callable[[Terms, Any], object]] = {
    "start": _check_start,
    "due": _check_end,
    "end": _check_end,
    "duration": _check_duration,
    "zone": lambda _, zone: parse_zone(zone),
    "zones": lambda _, zones: [parse_zone(zone) for zone in zones],
    "quantity": _check_quantity,
    "grace": lambda _, length: parse_duration(length).elapsed(),
    "leads": lambda _, leads: [parse_duration(lead).elapsed() for lead in leads],
    "stale_after": lambda _, length: parse_duration(length).elapsed(),
    "extend_by": lambda _, length: parse_duration(length),
    "calendar": lambda _, countries: [calendar_of(country) for country in countries],
    "recurrence": _check_recurrence,
    "tacit_renewal": lambda _, period: isinstance(period, str) and parse_duration(period),
}
"""What a field has to satisfy beside its type; grace, leads and silence have a fixed length."""
