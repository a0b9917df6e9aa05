"""Every event type there is, with one text in every field that takes text, each with its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import inspect

from events import EventStore, NewEvent, parse_instant
from tests.support.odd_entries import fields_of
from tests.support.served import project
from tracker.model.event_types import EVENT_TYPES

AT = parse_instant("2025-03-18T20:00:00Z")
FIXED: dict[str, Any] = {
    "occurred": "2025-03-18", "commitment": "c", "agreement": "accord", "party": "XXX",
    "zone": "Europe/Oslo", "incident": "i", "event": "accord-2", "kind": "maintenance",
    "term": "scope", "until": "2025-04-18", "offer_valid_until": "2025-04-18",
    "first_seen": "2025-03-18", "last_seen": "2025-03-18", "window": "2025-03",
    "deadline": "2025-04-18", "retrieved_at": "2025-03-18T20:00:00Z", "line": 7,
    "line_hashes": "abcdefgh", "sha256": "ab" * 32,
    "terms": {"due": "2025-03-25", "count": "inclusive"},
    "clauses": {"withdrawal": {"notice": "P5D"}, "release": {"on": "alleged"}},
}  # fmt: skip
"""What has a form of its own; the rest is text."""
LEFT_OUT = ("effective_at", "tlp", "replacement", "power", "basis", "successor", "id", "quantity",
            "on", "awaits", "derived_from", "children")  # fmt: skip
FIRST = ("PartyRegistered", "AgreementRecorded", "AcceptedConditionally", "ViolationAlleged")
"""What the others lean on, in the order of recording."""


def everything(database: str, text: str) -> None:
    """A party, an agreement and a commitment that say this wherever something can be said."""
    events = [
        NewEvent(f"pactwatch.{name}.v1", data, id=f"accord-{n}", source=text, recorded_at=AT)
        for n, (name, data) in enumerate(payloads(text))
    ]
    with EventStore.open(database) as store:
        store.append("parties", events[:1])
        store.append("accord", events[1:])
    project(database)


def payloads(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """One payload of every type, but the one that would take an entry back."""
    rest = (name for name in EVENT_TYPES if name not in (*FIRST, "EntryRetracted"))
    for name in (*FIRST, *rest):
        yield name, _filled(EVENT_TYPES[name], f"{text} {name}")


def texts(data: Any, text: str) -> Iterator[str]:
    """The texts in a payload that are ours, each of them unlike the others."""
    if isinstance(data, str):
        yield from [data] if text in data else []
    elif isinstance(data, dict):
        for value in data.values():
            yield from texts(value, text)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value, text)


def _filled(struct: type, text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for field in fields_of(struct):
        if field.name in FIXED and field.name != "line":
            fields[field.name] = FIXED[field.name]
        elif field.name not in LEFT_OUT or field.required:
            value = _value(field.type, f"{text}.{field.name}")
            fields |= {} if value is None else {field.name: value}
    return fields


def _value(kind: Any, text: str) -> Any:
    """A value of a type that carries the text; None where it has no room for one."""
    if isinstance(kind, inspect.Metadata):
        return _value(kind.type, text)
    if isinstance(kind, inspect.UnionType):
        return next((v for k in kind.types if (v := _value(k, text)) is not None), None)
    if isinstance(kind, inspect.StrType):
        return "named" if kind.pattern else text
    if isinstance(kind, inspect.AnyType):
        return text
    if isinstance(kind, inspect.VarTupleType):
        item = _value(kind.item_type, text)
        return None if item is None else [item]
    if isinstance(kind, inspect.StructType):
        return _filled(kind.cls, text)
    if isinstance(kind, inspect.LiteralType):
        return None
    return 5 if isinstance(kind, inspect.IntType) else None
