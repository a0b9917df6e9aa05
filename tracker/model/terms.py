"""The terms of a promise as an event gives them. Absent and null differ: null is silence."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, structs
from msgspec.structs import replace

from tracker.dates.durations import parse_duration
from tracker.dates.edtf import Edtf, parse_edtf
from tracker.dates.zones import parse_zone
from tracker.errors import InvalidDate, InvalidEvent, TrackerError


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Partial terms: every field may be absent (UNSET) or null (said to be left open).

    `start`, `due`, `end` are EDTF or instants; durations are ISO 8601; zones are IANA names.
    """

    start: str | UnsetType | None = UNSET
    due: str | UnsetType | None = UNSET
    end: str | UnsetType | None = UNSET
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


DATES = ("start", "due", "end")
FIXED_LENGTHS = ("grace", "stale_after")


def merge(base: Terms, override: Terms) -> Terms:
    """Base terms with every field that the override names."""
    fields = structs.asdict(override)
    return replace(base, **{name: value for name, value in fields.items() if value is not UNSET})


def check_terms(terms: Terms) -> None:
    """Refuse terms that could not be read later, naming the field."""
    for name, value in structs.asdict(terms).items():
        try:
            _check_field(name, value, terms)
        except TrackerError as error:
            raise type(error)(f"terms.{name}: {error.message}", hint=error.hint) from error


def _check_field(name: str, value: Any, terms: Terms) -> None:
    if value is None or value is UNSET:
        return
    if name in DATES:
        _check_bound(name, parse_edtf(value))
    elif name == "duration":
        _check_duration(value, terms)
    elif name in FIXED_LENGTHS:
        parse_duration(value).as_delta()
    elif name in ("leads", "zones"):
        for item in value:
            parse_duration(item).as_delta() if name == "leads" else parse_zone(item)
    else:
        _check_other(name, value)


def _check_bound(name: str, bound: Edtf) -> None:
    if name == "start" and bound.first is None:
        raise InvalidDate(
            f"an open start opens nothing: {bound.text!r}", hint="leave the field out"
        )
    if name != "start" and bound.last is None:
        raise InvalidDate(f"an open end closes nothing: {bound.text!r}", hint="leave the field out")


def _check_duration(value: str, terms: Terms) -> None:
    """A length with hours in it is counted as elapsed time, so it cannot have months."""
    duration = parse_duration(value)
    if terms.count == "elapsed" or duration.seconds:
        duration.elapsed()


def _check_other(name: str, value: Any) -> None:
    if name == "zone":
        parse_zone(value)
    if name == "tacit_renewal" and isinstance(value, str):
        parse_duration(value)
    if name == "quantity" and value < 0:
        raise InvalidEvent(f"expected 0 or more, found {value}")
