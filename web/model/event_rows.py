"""An event as a page shows it: what, when, who says so, and what amends it.

Pure. Corrections are shown beside what they correct; nothing recorded is hidden by them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct, ValidationError, convert, field
from msgspec.structs import replace

from events import RecordedEvent, format_instant
from tracker.analysis.readout_document import in_words
from tracker.dates.countries import country_name
from tracker.documents.citation import citation_words
from tracker.documents.fulfilment import count_words
from tracker.entries.amendments import AMENDING, amended_id, short_type
from tracker.entries.authors import author_of
from tracker.entries.parties import Registry
from tracker.errors import TrackerError
from tracker.model.payload import Payload
from tracker.model.relative import Relative, relative_of
from tracker.model.schedule import UNITS
from tracker.queries.entries import Known
from tracker.queries.sources import CitedBy
from tracker.terminal.cells import text_of
from web.model.words import KINDS, date_words, label, safe_url

DATE = re.compile(r"\d{4}-\d\d(-\d\d)?[~?%]?", re.ASCII)
INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?(?:\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII
)
RECURRENCE = re.compile(r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(?:;INTERVAL=(\d+))?")
"""A recurrence that is one interval and nothing else."""
COMMON = frozenset(Payload.__struct_fields__) - {"said"}
WORDS = ("commitment", "speaker", "primary_source", "basis", "note")
"""Fields that a page shows as they are, so that nothing but text or nothing may be there."""
ABOUT = ("title", "publisher", "published", "url", "archived_url")
"""What is taken from a registered document where its entry does not say it."""
ADDRESSES = ("url", "archived_url")
PARTIES = ("parties", "debtor", "creditor", "proposed_by", "by", "to")
"""Fields that name parties."""
LINKS = ("reciprocal_with", "successor", "children", "commitments")
"""Fields that name promises or agreements."""
FIELD_NAMES = {
    "deontic": "sort of duty",
    "quantity": "delivered",
    "antecedents": "conditions",
    "antecedent": "condition",
    "tolls": "moves the end",
    "claimed_count": "number claimed",
    "offer_valid_until": "offer until",
    "reciprocal_with": "in return for",
}
"""What fields are called on a page, where their own name is no word for it."""
TEXTS = ("title", "promise", "text", "reason")
"""Fields shown as a sentence of their own; the others follow as names and values."""


NameOf = Callable[[str], str]
"""What a promise or an agreement is called, by its id."""


class EventNames(Struct, frozen=True):
    """What the ids in an event stand for: parties, documents that a source means, and promises."""

    registry: Registry
    cited: CitedBy
    promise_of: NameOf


class SourceRow(Struct, frozen=True):
    """Where it is reported; the `url` fields are set only where the address may be a link.

    `words` are its title, publisher, date and lines.
    """

    url: str | None
    address: str | None
    archived_url: str | None
    archived_address: str | None
    retrieved_at: str | None
    quote: str | None
    words: str


class AmendedEvent(Struct, frozen=True):
    """The event that another amends; without a position when it lies in another stream."""

    id: str | None
    position: int | None = None


class EventRow(Struct):
    """One event in words and values; `effective_at` is the instant it is folded at."""

    position: int
    id: str
    agreement: str
    type: str
    commitment: str | None
    occurred: str
    effective_at: str
    recorded_at: str
    recorder: str
    speaker: str | None
    reported_by: list[str]
    primary_source: str | None
    derived_from: list[str]
    rating: str
    tlp: str
    basis: str | None
    source: SourceRow
    note: str | None
    erased: list[str]
    texts: dict[str, str]
    fields: list[tuple[str, str]]
    amends: AmendedEvent | None
    amended_by: list[EventRow] = field(default_factory=list)


def event_rows(events: Sequence[RecordedEvent], known: Known, names: EventNames) -> list[EventRow]:
    """Describes events of one stream, each with the amendments to it; `known` is the stream."""
    rows = [event_row(event, known, names) for event in events]
    by_id = {row.id: row for row in rows}
    for row in rows:
        target = by_id.get(row.amends.id) if row.amends and row.amends.id else None
        if target is not None:
            row.amends = AmendedEvent(target.id, target.position)
            target.amended_by.append(row)
    return rows


def event_row(event: RecordedEvent, known: Known, names: EventNames) -> EventRow:
    """Describes one event, without the amendments to it.

    Data of another form than ours, which another program may have written, is one field.
    """
    with suppress(Exception):
        if all(isinstance(event.data.get(name), str | None) for name in WORDS):
            return _row_of(event, event.data, known, names)
    return _row_of(event, {"data": event.data}, known, names)


def _row_of(
    event: RecordedEvent, data: Mapping[str, Any], known: Known, names: EventNames
) -> EventRow:
    type_ = short_type(event)
    occurred, effective_at = str(data.get("occurred") or ""), event.recorded_at
    with suppress(Exception):
        entry = known.as_recorded(event, names.registry)
        occurred, effective_at = entry.occurred, entry.effective_at
    texts = {key: data[key] for key in TEXTS if isinstance(data.get(key), str)}
    hidden = {*COMMON, *texts, "event", "agreement", "line_hashes"}
    labels = dict(FIELD_NAMES)
    if isinstance(term := data.get("term"), str) and "value" in data:
        labels["value"] = labels.get(term, label(term))
        hidden.add("term")
    return EventRow(
        position=event.position,
        id=event.id,
        agreement=event.stream,
        type=type_,
        commitment=data.get("commitment"),
        occurred=occurred,
        effective_at=format_instant(effective_at),
        recorded_at=format_instant(event.recorded_at),
        recorder=author_of(event.source) or event.source,
        speaker=data.get("speaker"),
        reported_by=list(data.get("reported_by", ())),
        primary_source=data.get("primary_source"),
        derived_from=list(data.get("derived_from", ())),
        rating=f"{data.get('reliability', 'F')}{data.get('credibility', 6)}",
        tlp=known.levels[event.id],
        basis=data.get("basis"),
        source=_source(data.get("source") or {}, event.source, names.cited),
        note=data.get("note"),
        erased=list(event.erased),
        texts=texts,
        fields=[
            (labels.get(name, label(name)), _words(name, value, names))
            for name, value in _joined(data).items()
            if name not in hidden
        ],
        amends=AmendedEvent(amended_id(event)) if type_ in AMENDING else None,
    )


def _source(source: Mapping[str, Any], recorded_by: str, cited: CitedBy) -> SourceRow:
    """Where an entry stands; of a registered document what that is called, and its address."""
    document = cited(source, recorded_by) if source else None
    if document is not None:
        known = {name: getattr(document, name) for name in ABOUT}
        source = {name: value for name, value in known.items() if value} | {**source}
    return SourceRow(
        url=safe_url(source.get("url")),
        address=source.get("url"),
        archived_url=safe_url(source.get("archived_url")),
        archived_address=source.get("archived_url"),
        retrieved_at=source.get("retrieved_at"),
        quote=source.get("quote"),
        words=citation_words(
            {name: value for name, value in source.items() if name not in ADDRESSES},
            with_quote=False,
        ),
    )


def _words(name: str, value: Any, names: EventNames) -> str:
    """Writes a field in one line; parties and promises by name, a claimed number as it was said."""
    if name in PARTIES:
        parties = value if isinstance(value, list) else [value]
        return ", ".join(_party(each, names.registry) for each in parties)
    if name == "antecedents" and isinstance(value, list):
        return "; ".join(_condition(each, names.promise_of) for each in value)
    if name == "phases" and isinstance(value, list):
        return ", ".join(value_words(each.get("title") or each["id"]) for each in value)
    if name == "kind" and isinstance(value, str):
        return KINDS.get(value, value)
    if name == "claimed_count" and isinstance(value, dict):
        bounds: dict[str, Any] = dict.fromkeys(("at_least", "at_most", "about"), False)
        return count_words({"value": None, "text": None, **bounds, **value})
    if name in LINKS:
        promises = value if isinstance(value, list) else [value]
        return ", ".join(_called(each, names.promise_of) for each in promises)
    return value_words(value, names.promise_of)


def _joined(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields with a part and its whole as one: "delivered 30 of 50"."""
    if not isinstance(data.get("quantity"), int) or not isinstance(data.get("of"), int):
        return data
    rest = {name: value for name, value in data.items() if name != "of"}
    return {**rest, "quantity": f"{data['quantity']:,} of {data['of']:,}"}


def _called(name: Any, promise_of: NameOf) -> str:
    """What a promise is called, in quotes; its id where nothing else is known of it."""
    called = promise_of(name) if isinstance(name, str) else value_words(name)
    return called if called == name else f"“{called}”"


def _condition(condition: Mapping[str, Any], promise_of: NameOf) -> str:
    """A condition as one reads it: its text, and by when."""
    deadline = condition.get("deadline")
    by = f", by {value_words(deadline, promise_of)}" if deadline else ""
    rest = {k: v for k, v in condition.items() if k not in ("id", "text", "deadline")}
    if on := rest.pop("on", None):
        rest["once"] = f"{_called(on, promise_of)} is {label(str(rest.pop('awaits', 'settled')))}"
    more = f" ({value_words(rest)})" if rest else ""
    return f"{value_words(condition.get('text') or condition['id'])}{by}{more}"


def _party(name: Any, registry: Registry) -> str:
    if not isinstance(name, str):
        return value_words(name)
    known = registry.name_of(name)
    return (country_name(name) or name) if known == name else known


def value_words(value: Any, promise_of: NameOf = str) -> str:
    """Writes a value of any form in one line, with what it is counted from by name."""
    with suppress(ValidationError, TrackerError):
        if (relative := _relative(value)) is not None:
            return replace(relative, after=_called(relative.after, promise_of)).words
    if isinstance(value, dict):
        fields = ((name.replace("_", " "), value_words(v, promise_of)) for name, v in value.items())
        return "; ".join(f"{name}: {words}" for name, words in fields)
    if isinstance(value, list):
        return ", ".join(value_words(each, promise_of) for each in value)
    if value is None:
        return "says nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _text_words(value) if isinstance(value, str) else text_of(value)


def _text_words(text: str) -> str:
    """A recurrence, an instant, a date or a length in words; any other text as it is."""
    if recurrence := RECURRENCE.fullmatch(text):
        unit, interval = UNITS[recurrence[1]], int(recurrence[2] or 1)
        return f"every {unit}" if interval == 1 else f"every {interval} {unit}s"
    if instant := INSTANT.fullmatch(text):
        return f"{date_words(instant[1])} {instant[2]}{instant[3]}"
    return date_words(text) if DATE.fullmatch(text) else in_words(text)


def _relative(value: Any) -> Relative | None:
    """A date that is counted from another promise, as it is recorded or written; else None."""
    if isinstance(value, dict) and value.keys() >= {"after", "moment"}:
        return convert(value, Relative)
    return relative_of(value) if isinstance(value, str) and " after " in f" {value}" else None
