"""The fields of each event type, with their form, allowed words and meaning.

Derived from the payload structs; the meanings are what a person is told who is asked for a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import Struct, structs

from events.envelope import EventData
from events.wording import either, nearest, place_in, typo_of
from tracker.errors import InvalidEvent
from tracker.model.event_types import EVENT_TYPES, Promise
from tracker.model.payload import choices_of, own_fields
from tracker.rules.actors import confirming
from tracker.rules.guards import FACT_ONLY
from tracker.rules.transitions import TRANSITIONS, Actor

RARE = ("period", "commitments", "fulfilment", "whole_window")
"""Fields that few entries need: a prompt names them and does not ask for them."""
MEANINGS = {
    "commitment": "the commitment it is about",
    "occurred": "when it happened, as said: 2025-03-18, 2025-03~, 2025-03-08/2025-03-11",
    "effective_at": "the instant it counts from, when the day is not enough",
    "said": "when it was said or counted, where that is not when it occurred",
    "speaker": "who says so: a party's id",
    "reported_by": "through whom it came, nearest last",
    "primary_source": "the source that every report of it goes back to",
    "source": "where it stands: blog:53 or blog:53-55, source.url, source.quote",
    "reliability": "of the source, A (reliable) to F (can not be judged)",
    "credibility": "of what is said, 1 (confirmed) to 6 (can not be judged)",
    "tlp": "how far it may be passed on",
    "note": "free text, which can be erased later",
    "basis": "what makes it a fact; claim makes it a claim, which moves nothing",
    "party": "id of the party, e.g. NOR",
    "name": "name it is shown by",
    "zone": "time zone of its capital, e.g. Europe/Oslo",
    "aliases": "other names it is found by",
    "qid": "its number in Wikidata",
    "speaks_for": "the party that this account belongs to",
    "document": "id of the document",
    "sha256": "SHA-256 of its file",
    "line_hashes": "eight characters a line; the command `source add` works them out",
    "publisher": "who published it",
    "url": "where it stands",
    "archived_url": "where a copy of it is kept",
    "published": "when it was published, as said",
    "retrieved_at": "when it was read there",
    "cited_by": "the source of events that cite its lines without naming it",
    "line": "the line, or the first of them",
    "last_line": "the last of the lines",
    "agreement": "id of the agreement",
    "title": "what the agreement is called",
    "parties": "ids of the parties",
    "predecessor": "the earlier agreement it follows",
    "clauses": "of all its promises: clauses.renewal.period=P120D clauses.withdrawal.notice=P6M",
    "tags": "words that agreements are grouped by",
    "phases": 'its phases: [{"id":"one","title":"First phase"}]',
    "phase": "id of the agreement's phase that it belongs to",
    "commitments": "of an entry about the whole agreement: only these of its promises",
    "kind": "do it once, keep to it over a time, do it in every period, or go on talking",
    "deontic": "what is promised: to do, not to do, to allow, a power",
    "debtor": "who promises",
    "creditor": "to whom",
    "promise": "what is promised, in a sentence",
    "terms": "when, how long, how much: terms.due, terms.duration, terms.quantity",
    "reciprocal_with": "the commitment of the other side that mirrors it",
    "proposed_by": "whose proposal it is",
    "offer_valid_until": "when the offer ends",
    "antecedents": 'conditions first to be met: [{"id":"lift","text":"X lifts Y"}]',
    "require": "whether all conditions have to hold, or any one",
    "reason": "why",
    "withdrawal_clause": "whether a clause on withdrawal was honoured",
    "antecedent": "id of the condition",
    "term": "which term is read: start, due, end, duration, scope, quantity, parties",
    "value": "how it is read; null says that the account is silent on it",
    "by": "who takes part in it",
    "whole_window": "whether the terms count from the first day of the window, as in version 1",
    "tacit": "what renewed it where nobody said so: its clause, or conduct",
    "power": "what lets the other side walk away: power.release_on=alleged",
    "reading": "id of the reading that shall govern",
    "quantity": "how much was delivered",
    "period": "the period meant, by a date in it: 2025-01-20",
    "of": "out of how much",
    "fulfilment": "how nearly it was met, where no number says it: all but five points is partial",
    "incident": "id of the incident, or the number of an entry about it",
    "text": "what happened or was said",
    "where": "the place",
    "first_seen": "when it began",
    "last_seen": "when it was last seen",
    "claimed_count": "a number as claimed: claimed_count.at_least=5, claimed_count.text=hundreds",
    "window": "the time that was observed, and is clear up to its end",
    "tolls": "whether the deadline moves by the time suspended",
    "until": "when it ends by itself",
    "successor": "the commitment that takes its place",
    "notice": "how long it binds on (default: the notice of its clause)",
    "to": "who takes over",
    "released": "whether the one before is free of it",
    "milestone": "which milestone",
    "event": "id of the entry on record",
    "replacement": 'what it should have said: {"occurred":"2025-03-17"}',
    "precedent": "the earlier agreement",
    "derived_from": "entries on record that it follows from",
    "children": "the commitments that it leads to",
    "reserves": "a right that is kept, and not used",
    "likelihood": "how likely it is, in the words of ICD 203",
    "analytic_confidence": "how sure the analyst is of that",
    "why": "what they have in common",
}
OWN_MEANINGS = {
    ("TermExtended", "terms"): "the new end: terms.extend_by=P30D, or terms.end=2025-05-30",
    ("TermRenewed", "terms"): "the next period, else as long as the last: terms.duration=P60D",
    ("SuspensionDeclared", "by"): "who suspends it: all parties agree, one alone shields nobody",
}
"""Meanings of a field that one type has for itself."""
NEEDED_WHEN_NEW = ("kind", "debtor", "promise")
CONFIRMED = frozenset(row.event for row in TRANSITIONS if row.by is Actor.CONFIRMATION)
NEEDED = {
    **dict.fromkeys(CONFIRMED, ("basis",)),
    "TermsClarified": ("by",),
    "TermExtended": ("terms",),
}
"""Fields that the form lets out and the rules ask for."""
NAMES_STREAM = {
    "AgreementRecorded": ("agreement", "pactwatch agreement add ID --title TITLE"),
    "PartyRegistered": ("party", "pactwatch party add ID --name NAME"),
    "SourceRegistered": ("document", "pactwatch source add FILE --id ID --title TITLE"),
    "SourceLineRead": ("document", "pactwatch source mark ID LINES REASON"),
}
"""The field that the stream of an entry is named after, and the command for another name."""


class Field(Struct, frozen=True):
    """One field of one type; without a `needed` one nothing can be recorded."""

    name: str
    form: str
    needed: bool
    allowed: tuple[str, ...]
    meaning: str


@lru_cache(maxsize=256)
def fields_of(name: str, *, new: bool = False) -> tuple[Field, ...]:
    """The fields of a type: needed ones first, then its own, then those of every event."""
    payload = EVENT_TYPES[name]
    hints = get_type_hints(payload)
    required = {f.name for f in structs.fields(payload) if f.required} | needed(name, new=new)
    fields = [
        Field(
            field,
            _form(hints[field]),
            field in required,
            _allowed(name, field, hints[field]),
            OWN_MEANINGS.get((name, field)) or MEANINGS.get(field, ""),
        )
        for field in payload.__struct_fields__
        if field != "commitment"
    ]
    own = own_fields(payload)
    fields.sort(key=lambda field: place_in(own, field.name))
    shared = common_fields(name)
    return tuple(sorted(fields, key=lambda field: (not field.needed, field.name in shared)))


def common_fields(name: str) -> frozenset[str]:
    """The fields of a type that it has like every other, or that few entries need."""
    own = set(own_fields(EVENT_TYPES[name])) - set(RARE)
    return frozenset(EVENT_TYPES[name].__struct_fields__) - own


def needed(name: str, *, new: bool) -> set[str]:
    """The fields that the rules ask of a type beside its form."""
    promises = new and issubclass(EVENT_TYPES[name], Promise)
    return {*NEEDED.get(name, ()), *(NEEDED_WHEN_NEW if promises else ())}


def example_of(field: Field) -> str:
    """`terms.extend_by=P30D`, as its meaning has it; else its name in capitals: `basis=BASIS`."""
    example = re.search(rf"\b{field.name}\.[a-z_.]+=[^\s,]+", field.meaning)
    return example[0] if example else f"{field.name}={field.name.rpartition('.')[2].upper()}"


RECURRENCE = Field(
    "terms.recurrence", "text", True, (), "how often: daily, monthly, 'every 6 months', or an RRULE"
)
"""What a new recurring promise needs among its terms."""
WHO_OR_WHAT = ("speaker", "text")
"""Of these a person who records an allegation gives one at least: who says so, or what."""


def missing(name: str, data: EventData, *, new: bool = False) -> list[Field]:
    """The needed fields that the data lacks; of an allegation also who says what."""
    lacks_both = name == "ViolationAlleged" and not any(
        field in data for field in (*WHO_OR_WHAT, "source")
    )
    is_recurring = new and data.get("kind") == "recurring"
    of_terms = [RECURRENCE] if is_recurring and "recurrence" not in data.get("terms", {}) else []
    return of_terms + [
        field
        for field in fields_of(name, new=new)
        if (field.needed and field.name not in data) or (lacks_both and field.name in WHO_OR_WHAT)
    ]


def check_word(name: str, field: str, word: object) -> None:
    """Raises InvalidEvent for a word that the field of a type cannot have, naming those it can."""
    allowed = next((each.allowed for each in fields_of(name) if each.name == field), ())
    if allowed and isinstance(word, str) and word not in allowed:
        same = [each for each in allowed if each.casefold() == word.casefold()]
        meant = same or nearest(word, allowed, most=1)
        raise InvalidEvent(
            f"expected {either(allowed)}, found {word!r}",
            hint=", or ".join(f"{field}={each}" for each in meant or allowed),
            typo=typo_of(word, meant),
        ).of_field(field, type_name=name)


STAND_INS = frozenset({"...", "…", "TEXT", "TITLE", "VALUE", "WHY"})
"""What hints write where words of one's own belong, beside the name of a field in capitals."""


def check_stand_ins(data: Mapping[str, object], path: str = "") -> None:
    """Raises InvalidEvent for a value that is a hint's own, as in `title=TITLE`."""
    for field, value in data.items():
        if isinstance(value, Mapping):
            check_stand_ins(value, f"{path}{field}.")
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and (text in STAND_INS or text == field.upper()):
                raise InvalidEvent(
                    f"{path}{field}: {text!r} only stands for what you have to say",
                    hint="write that in its place",
                )


def _allowed(name: str, field: str, hint: Any) -> tuple[str, ...]:
    if field == "basis" and name in CONFIRMED:
        return tuple(basis.value for basis in confirming(name))
    words = tuple(_words(hint))
    is_fact = field == "basis" and name in FACT_ONLY
    return tuple(word for word in words if word != "claim") if is_fact else words


def _words(hint: Any) -> list[str]:
    """The words that an annotation admits; empty when it admits any text."""
    return choices_of(hint) or [word for part in get_args(hint) for word in _words(part)]


def _form(hint: Any) -> str:
    """How a value is typed in."""
    names = _plain(hint)
    if "tuple" in names:
        return "list, with commas" if "dict" not in names and not _structs(hint) else "JSON list"
    if "dict" in names or _structs(hint):
        return "parts, with dots"
    return "number" if "int" in names and "str" not in names else "text"


def _plain(hint: Any) -> set[str]:
    """The names of the plain types inside an annotation."""
    own = getattr(get_origin(hint) or hint, "__name__", "")
    return {own}.union(*map(_plain, get_args(hint)))


def _structs(hint: Any) -> bool:
    is_struct = isinstance(hint, type) and issubclass(hint, Struct)
    return is_struct or any(map(_structs, get_args(hint)))
