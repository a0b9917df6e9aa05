"""Turns the options of a command line into the data of an event. Pure.

Every term has its option because the options are made from the struct of terms itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_type_hints

from events.envelope import EventData
from tracker.errors import InvalidDate, InvalidEvent, InvalidField
from tracker.model.payload import Source
from tracker.model.terms import Terms
from tracker.recording.typed_fields import put_field, typed_value

TERM_HINTS = {name: hint for name, hint in get_type_hints(Terms).items() if name != "extend_by"}
"""The terms that a new promise may have; `extend_by` moves the end of one on record."""
TERM_MEANINGS = {
    "start": "When it begins: a date as said, or an instant.",
    "due": "When it has to be done (achievement): a date, or 'P14D after ID discharged'.",
    "end": "When it is over (maintenance, recurring).",
    "duration": "How long, e.g. P30D; null: the account is silent on it.",
    "count": "How days are counted; left out, inclusive and exclusive both stand.",
    "zone": "Zone the days are read in (default: the debtor's capital).",
    "zones": "Zones of a due day; the latest is due. Repeat, or commas.",
    "reading_of": "Whose reading of the terms this is.",
    "reading": "Id of this reading.",
    "scope": "What it covers, as this account words it.",
    "quantity": "How many are promised; of a recurring promise, in each period.",
    "parties": "Whom it binds, as this account says. Repeat, or commas.",
    "grace": "How long after due it is only overdue (default: P2D).",
    "leads": "How long before the end to alert (default: P7D, P3D, P1D). Repeat, or commas.",
    "stale_after": "How long silence may last.",
    "perdurant": "Whether it goes on after a breach.",
    "preemptive": "Whether doing it early counts.",
    "calendar": "Countries whose working days count (ISO codes). Repeat, or commas.",
    "recurrence": "How often it is owed (recurring): monthly, every 6 months, or an RRULE.",
    "tacit_renewal": "true, or the period that it renews itself for, e.g. P30D.",
}


def terms_of(options: Mapping[str, Any]) -> EventData:
    """The terms among the options, in the form of their fields; null is kept as silence."""
    given = {name: options.get(f"term_{name}") for name in TERM_HINTS}
    return {name: _term(name, value) for name, value in given.items() if value not in (None, ())}


def _term(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return value
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    try:
        return typed_value(text, TERM_HINTS[name])
    except InvalidDate as error:
        raise error.of_field(f"terms.{name}") from error


def attribution_of(options: Mapping[str, Any]) -> EventData:
    """Takes from options who says so, since when, and where the report stands."""
    plain = {name: options.get(name) for name in ATTRIBUTION}
    source: EventData = {}
    if options.get("source"):
        put_field(source, "PositionStated", "source", options["source"])
    parts = {name: options.get(f"source_{name}") for name in Source.__struct_fields__}
    given = {name: value for name, value in parts.items() if value is not None}
    source = source.get("source", {}) | given
    data = {name: value for name, value in plain.items() if value not in (None, ())}
    lists = {name: split(value) for name, value in data.items() if isinstance(value, tuple)}
    return data | lists | ({"source": source} if source else {})


ATTRIBUTION = (
    "occurred", "said", "text", "effective_at", "speaker", "reported_by", "primary_source",
    "reliability", "credibility", "tlp", "note", "basis", "derived_from",
)  # fmt: skip


def split(values: tuple[str, ...]) -> list[str]:
    """An option given several times, or once with commas."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def clauses_of(options: tuple[str, ...]) -> EventData:
    """The clauses among `CLAUSE.PART=VALUE` options, each of the type that its part has."""
    data: EventData = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals:
            raise InvalidField(f"expected CLAUSE.PART=VALUE, found {option!r}", hint=CLAUSES)
        put_field(data, "AgreementRecorded", f"clauses.{name}", value)
    return data


CLAUSES = "e.g. --clause renewal.period=P120D --clause renewal.notice=P30D"


def phases_of(options: tuple[str, ...]) -> list[dict[str, str]]:
    """`ID=TITLE` phases; a title may be left out."""
    return [{"id": name, "title": title} for name, title in map(_pair, options)]


def antecedents_of(conditions: tuple[str, ...], deadlines: tuple[str, ...]) -> list[dict[str, str]]:
    """`ID=TEXT` conditions, with the `ID=DATE` deadlines that some of them have."""
    dates = dict(map(_pair, deadlines))
    antecedents = [{"id": name, "text": text} for name, text in map(_pair, conditions)]
    unknown = set(dates) - {condition["id"] for condition in antecedents}
    if unknown:
        raise InvalidEvent(
            f"a deadline for {', '.join(sorted(unknown))}, which is no condition here",
            hint="--conditional-on ID=TEXT --condition-deadline ID=DATE",
        )
    return [c | ({"deadline": dates[c["id"]]} if c["id"] in dates else {}) for c in antecedents]


def _pair(text: str) -> tuple[str, str]:
    name, _, rest = text.partition("=")
    return name.strip(), rest.strip()
