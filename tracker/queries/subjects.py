"""What an entry is about: its promises, its parties, and its words in one line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from events import RecordedEvent
from tracker.entries.amendments import Amendments
from tracker.entries.parties import Registry

PARTY_FIELDS = ("speaker", "by", "debtor", "creditor", "party", "parties", "proposed_by", "to")
"""Fields that name a party or an account, or several."""


def commitments_of(
    data: Mapping[str, Any], position: int, events: Mapping[str, RecordedEvent], amended: Amendments
) -> list[str]:
    """The commitments that an entry names; an amendment is about those of the entry it amends."""
    while not {"commitment", "commitments"} & set(data):
        target = events.get(str(data.get("event")))
        # A log of another writer may name the entry itself, or a later one.
        if target is None or target.position >= position:
            return []
        data, position = amended.data(target), target.position
    return list(names_in(data.get("commitment"))) or list(names_in(data.get("commitments")))


def parties_of(data: Mapping[str, Any], bound: Iterable[str], registry: Registry) -> list[str]:
    """The parties that an entry concerns: who speaks, acts or is named, and who is `bound` by it.

    Each account comes with the party that it speaks for.
    """
    named = [name for field in PARTY_FIELDS for name in names_in(data.get(field))]
    accounts = dict.fromkeys([*named, *bound])
    return list(dict.fromkeys(n for a in accounts for n in (a, registry.party_of(a))))


def names_in(value: Any) -> Iterator[str]:
    """The names in a field of one name or of several; a log of another writer may have neither."""
    for name in value if isinstance(value, list | tuple) else [value]:
        if isinstance(name, str):
            yield name


TEXT_FIELDS = ("title", "promise", "text", "reason", "why", "milestone", "incident", "precedent",
               "successor", "to")  # fmt: skip


def summary(data: Mapping[str, Any]) -> str:
    """An entry in one line: its first field with text, its quantity, and what else was said."""
    words = next((str(data[name]) for name in TEXT_FIELDS if data.get(name)), "")
    if data.get("term"):
        value = "says nothing" if data.get("value") is None else data["value"]
        words = f"{data['term']}: {value if 'value' in data else data.get('reading')}"
    elif not words:
        words = "; ".join(_values(data.get("terms") or data.get("replacement") or {}))
    antecedent = data.get("antecedent")
    if isinstance(antecedent, dict):
        antecedent = antecedent.get("text") or antecedent.get("id")
    if antecedent:
        words = str(antecedent)
    if data.get("line") and data.get("document"):
        last = f"-{data['last_line']}" if data.get("last_line") else ""
        words = f"{data['document']}:{data['line']}{last} {words}"
    if data.get("quantity") is not None:
        of = f" of {data['of']}" if data.get("of") else ""
        words += f" {data['quantity']}{of}"
    text = data.get("text")
    if text and str(text) not in words:
        words += f": {text}"
    return words.strip() or str(data.get("event") or "")


def _values(fields: Mapping[str, Any], of: str = "") -> Iterator[str]:
    """The parts of a structure, however deep they lie: `terms.due: 2026-12-31`."""
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _values(value, f"{of}{name}.")
        else:
            yield f"{of}{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
