"""Random entries of every type: plausible ones, and ones with odd values in any field.

References are to what is on record, of the right kind or the wrong one, and to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any

import msgspec
from msgspec import inspect as info

from events import format_instant, parse_instant
from events.cloudevents import CloudEvent
from tracker.entries.decoding import full_type
from tracker.entries.streams import PARTIES, STATEMENTS, source_stream
from tracker.model.event_types import EVENT_TYPES, Amendment
from tracker.model.payload import Collective

BEGIN = parse_instant("2025-01-01T09:00:00Z")
END = parse_instant("2025-06-01T00:00:00Z")
AGREEMENTS = ("acc", "ok.html", "pack")
COMMITMENTS = ("acc-due", "acc-window", "acc-offer", "acc-if", "ok-talks", "acc-daily", "acc-after",
               "pack-a", "pack-b", "new-1", "new-2", "new-3", "new-4", "new-5")  # fmt: skip
PEOPLE = ("NOR", "ISL", "RUS", "mediator", "nor-mod", "Ærø ☃")
DATES = (
    "2025-02-10", "2025-03", "2025", "2025-03-01/2025-03-09", "2025-03-20T18:00:00Z", "2025-04-30",
    "2025-05-05T00:00:00+03:00", "2026-01-01", "2024-12-01", "2025-02-01~", "2025-02-01?",
    "2025-03-01/..", "../2025-03-01", "9999-12-31", "0001-01-01", "-0044-03-15", "2025-02-30", "",
)  # fmt: skip
INSTANTS = (
    "2025-02-03T10:00:00Z", "2025-05-20T10:00:00.5Z", "2026-02-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2025-02-03", "never",
)  # fmt: skip
LENGTHS = (
    "P30D", "P1M", "P12M", "PT12H", "P1Y", "P3D", "PT1S", "P0D", "P9000Y", "P99999999D",
    "-P3D", "P",
)  # fmt: skip
ZONES = ("Europe/Oslo", "UTC", "Pacific/Kiritimati", "Nope/Nope", "../../etc/passwd")
TEXTS = ("said so", "ZZ" * 60, "a\nb", "Ünïcode ☃ \u202e", "<b>&", "[x](y) | z", " ", "")
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 2**62, 2**80, "", "x", "null", [], [[]], ["a", ["b"]], [1, None],
    {}, {"a": 1}, {"due": "2025-04-01"}, [{}],
)  # fmt: skip
BY_NAME: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("occurred", "start", "due", "end", "until", "deadline", "first_seen",
                     "last_seen", "window", "offer_valid_until"), DATES),
    **dict.fromkeys(("effective_at", "retrieved_at"), INSTANTS),
    **dict.fromkeys(("duration", "grace", "stale_after", "leads", "tacit_renewal",
                     "extend_by", "notice"), LENGTHS),
    **dict.fromkeys(("zone", "zones"), ZONES),
    **dict.fromkeys(("speaker", "by", "debtor", "creditor", "parties", "party", "reported_by",
                     "reading_of", "proposed_by", "speaks_for"), PEOPLE),
    **dict.fromkeys(("commitment", "successor", "reciprocal_with", "on"), (*COMMITMENTS, "nope")),
    **dict.fromkeys(("agreement", "predecessor", "precedent"), (*AGREEMENTS, "nope", STATEMENTS)),
    "after": (*COMMITMENTS, *AGREEMENTS, "nope"),
    "commitments": (*COMMITMENTS, "nope"),
    "document": ("blog", "blog", "blog", "nope"),
    "sha256": ("ab" * 32, "cd" * 32, "x"),
    "line_hashes": ("abcdefgh" * 3, "abcdefghABCDEFGH", "x"),
    "phase": ("one", "nope"),
    "moment": ("in_force", "start", "end", "due", "discharged", "satisfied:a1", "milestone:m", "x"),
    "period": ("2025-01-05", "2025-02-10", "2025-03", "2024-01-01", "never"),
    "recurrence": ("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYMONTHDAY=31",
                   "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=YEARLY;INTERVAL=2",
                   "FREQ=DAILY;COUNT=3", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY",
                   "FREQ=DAILY;COUNT=3;UNTIL=20250201", "FREQ=", "x"),
    "calendar": ("NOR", "ISL", "RUS", "XXX"),
    "incident": ("i1", "i1", "i1", "i2", "nope"),
    "antecedent": ("a1", "a1", "a2", "nope"),
    "id": ("a1", "a2", "a3"),
    "reading": ("r1", "r2", "end_of_day", "nope"),
    "term": ("due", "end", "start", "duration", "zone", "zones", "quantity", "scope", "leads",
             "grace", "perdurant", "tacit_renewal", "count", "call_length", "Ünïcode", ""),
    "value": (*DATES, *LENGTHS, *ZONES, *ODD, 3, "148 minutes", ["NOR"]),
}  # fmt: skip


def base_entries() -> Iterator[CloudEvent]:
    """Agreements with a promise of each kind, so that most types have what they refer to.

    Those of the last have its terms.
    """
    made: dict[str, Any] = {"debtor": ["NOR"], "creditor": ["ISL"], "speaker": "NOR"}
    first = {"occurred": "2025-01-01", "promise": "what was said", **made}
    yield _event("b0", "AgreementRecorded", "acc", {"agreement": "acc", "title": "Accord"})
    yield _event("b1", "AgreementRecorded", "ok.html", {"agreement": "ok.html", "title": "Talks"})
    due = {"due": "2025-03-10", "quantity": 5, "reading": "r1"}
    lasting = {"start": "2025-01-01", "duration": "P30D", "tacit_renewal": True}
    daily = {"recurrence": "FREQ=DAILY", "start": "2025-01-02", "end": "2025-03-01", "quantity": 5}
    after = {"due": {"after": "acc-window", "moment": "end", "by": "P10D"}}
    condition = {"id": "a1", "text": "the ban is lifted", "deadline": "2025-04-01"}
    for number, (name, commitment, kind, more) in enumerate(
        (
            ("CommitmentAccepted", "acc-due", "achievement", {"terms": due}),
            ("CommitmentAccepted", "acc-window", "maintenance", {"terms": lasting}),
            ("CommitmentProposed", "acc-offer", "achievement", {}),
            ("AcceptedConditionally", "acc-if", "achievement", {"antecedents": [condition]}),
            ("CommitmentAccepted", "ok-talks", "process", {}),
            ("CommitmentAccepted", "acc-daily", "recurring", {"terms": daily}),
            ("CommitmentAccepted", "acc-after", "achievement", {"terms": after}),
        ),
        start=2,
    ):
        data = {**first, "commitment": commitment, "kind": kind, **more}
        yield _event(f"b{number}", name, "ok.html" if kind == "process" else "acc", data)
    clauses = {"renewal": {"period": "P20D", "notice": "P5D"}, "withdrawal": {"notice": "P30D"}}
    yield _event("b9", "AgreementRecorded", "pack", {
        "agreement": "pack", "title": "Package", "parties": ["NOR", "ISL"], "clauses": clauses,
        "terms": {"start": "2025-01-01", "duration": "P40D"}, "phases": [{"id": "one"}],
    })  # fmt: skip
    for name, side in (("pack-a", "NOR"), ("pack-b", "ISL")):
        data = {**first, "commitment": name, "kind": "maintenance", "debtor": [side]}
        yield _event(name, "CommitmentAccepted", "pack", {**data, "phase": "one"})


def _event(name: str, type_: str, subject: str, data: dict[str, Any]) -> CloudEvent:
    return CloudEvent(name, "test", full_type(type_), subject, BEGIN, data)


def odd_entries(random: Random, number: int) -> Iterator[CloudEvent]:
    """So many entries in the order in which they are recorded; most would be refused."""
    known = [f"b{n}" for n in range(10)]
    step = (END - BEGIN) / (number + 1)
    for n in range(number):
        type_ = random.choice(list(EVENT_TYPES))
        data = data_of(random, type_, known)
        if random.random() < 0.1 and data:
            data[random.choice(list(data))] = random.choice(ODD)
        at = BEGIN + step * n + timedelta(seconds=1)
        subject = subject_of(random, type_, data)
        yield CloudEvent(f"x{n}", "test", full_type(type_), subject, at, data)
        known.append(f"x{n}")


def data_of(random: Random, type_: str, known: list[str]) -> dict[str, Any]:
    """Data of an entry of a type, which may refer to the entries `known`."""
    data = _struct(random, fields_of(EVENT_TYPES[type_]), known)
    if issubclass(EVENT_TYPES[type_], Collective) and random.random() < 0.5:
        data.pop("commitment", None)
    return data


def subject_of(random: Random, type_: str, data: dict[str, Any]) -> str:
    if random.random() < 0.1:
        return random.choice((*AGREEMENTS, PARTIES, STATEMENTS, "new-agreement"))
    if type_.startswith("Source"):
        return source_stream("blog")
    if EVENT_TYPES[type_].level == "registry":
        return PARTIES
    if isinstance(data.get("agreement"), str):
        return str(data["agreement"]) or "acc"
    about = str(data.get("commitment", "pack"))
    return {"ok-talks": "ok.html"}.get(about, "pack" if about.startswith("pack") else "acc")


@cache
def fields_of(struct: type) -> tuple[info.Field, ...]:
    """The fields of a struct, which to work out takes longer than to fill them."""
    return info.type_info(struct).fields  # type: ignore[attr-defined, no-any-return]


def _struct(random: Random, fields: tuple[info.Field, ...], known: list[str]) -> dict[str, Any]:
    data = {}
    for field in fields:
        share = 0.97 if field.required or field.name in LIKELY else 0.08
        if random.random() < share:
            data[field.encode_name] = _value(random, field.name, field.type, known)
    return data


LIKELY = {
    "commitment", "speaker", "occurred", "kind", "debtor", "promise", "event", "term", "value",
    "replacement", "party", "by", "after", "moment",
}  # fmt: skip


def _value(random: Random, name: str, type_: Any, known: list[str]) -> Any:
    """A value of the type that a field wants, and now and then of another."""
    if random.random() < 0.004:
        return random.choice(ODD)
    if isinstance(type_, info.UnionType):
        members = [m for m in type_.types if not isinstance(m, info.NoneType)]
        return _value(random, name, random.choice(members), known)
    if isinstance(type_, info.ListType | info.VarTupleType):
        length = random.choice((0, 1, 1, 2))
        return [_value(random, name, type_.item_type, known) for _ in range(length)]
    if isinstance(type_, info.StructType):
        return _struct(random, type_.fields, known)
    if isinstance(type_, info.DictType):
        return _replacement(random, known)
    if isinstance(type_, info.LiteralType | info.EnumType | info.BoolType | info.IntType):
        return random.choice(_choices(type_))
    if name in ("event", "derived_from"):
        return random.choice((*known[-12:], *known[:9], "nope"))
    # Nearly always what could be meant, or little would be accepted.
    values = BY_NAME.get(name, TEXTS)
    return random.choice(values[:5] if random.random() < 0.93 else values)


def _choices(type_: Any) -> tuple[Any, ...]:
    if isinstance(type_, info.LiteralType):
        return tuple(type_.values)
    if isinstance(type_, info.EnumType):
        return tuple(member.value for member in type_.cls)
    return (True, False) if isinstance(type_, info.BoolType) else (0, 1, 2, 3, 5, 40, -1, 2**62)


def _replacement(random: Random, known: list[str]) -> dict[str, Any]:
    """Fields that a correction or revision may put in place of others."""
    return field_of(random, random.choice(list(EVENT_TYPES)), known)


def field_of(random: Random, type_: str, known: list[str]) -> dict[str, Any]:
    """One or two fields of an entry of a type, with new values; often its terms."""
    fields = fields_of(EVENT_TYPES[type_])
    terms = [field for field in fields if field.name == "terms"]
    fields = terms if terms and random.random() < 0.4 else fields
    chosen = random.sample(fields, k=min(len(fields), random.choice((1, 1, 2))))
    return {f.encode_name: _value(random, f.name, f.type, known) for f in chosen}


def is_amendment(event: CloudEvent) -> bool:
    return issubclass(EVENT_TYPES[event.type.split(".")[1]], Amendment)


def line_of(event: CloudEvent) -> str:
    """The entry as a line of an event file, to try it alone."""
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": event.id,
            "source": event.source,
            "type": event.type,
            "subject": event.subject,
            "time": format_instant(event.time),
            "data": event.data,
        }
    ).decode()
