"""The columns that a sheet may have: the fields of events, with dots into their parts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import Struct

from events.wording import did_you_mean, nearest
from tracker.entries.decoding import type_name
from tracker.errors import InvalidEvent
from tracker.model.event_types import EVENT_TYPES, PROMISES
from tracker.model.payload import own_fields
from tracker.recording.fields import fields_of
from tracker.spreadsheets.sheet import Problem, Sheet

ENVELOPE = ("id", "type", "agreement", "commitment")
"""What names the entry and what it is about; `id` may be left out."""
USUAL_TERMS = ("start", "due", "end", "duration", "quantity", "scope")
USUAL = ("occurred", "speaker", "basis", "source", "note")
"""What a template has beside the fields of the type; any other field may be added."""
USUAL_SOURCE = ("title", "publisher", "published", "url", "quote")
TEMPLATE = "pactwatch import --template ViolationAlleged"


def heading_problems(sheet: Sheet) -> list[Problem]:
    """The columns that no event has, those that stand twice, and `type` where it is missing."""
    problems = []
    for column, name in enumerate(sheet.heading, start=1):
        number = sheet.heading_row
        if name and name not in known_columns():
            close = nearest(name, known_columns(), most=1)
            words = f"no field {name!r}{did_you_mean(name, close)}"
            hint = f"head it {close[0]}" if close else TEMPLATE
            problems.append(sheet.problem(number, column, words, hint))
        elif name and sheet.heading.index(name) < column - 1:
            problems.append(sheet.problem(number, column, f"{name!r} heads two columns"))
    if "type" not in sheet.heading:
        problems.append(
            sheet.problem(
                sheet.heading_row,
                None,
                f"no column `type`; found {', '.join(filter(None, sheet.heading))[:200]}",
                TEMPLATE,
            )
        )
    return problems


def column_name(heading: str) -> str:
    """The column that a heading means: `Source URL` is source.url; else what it says."""
    return _names().get(_plain(heading), heading.strip())


@cache
def _names() -> dict[str, str]:
    return {_plain(name): name for name in known_columns()}


def _plain(heading: str) -> str:
    return re.sub(r"[\s._-]+", ".", heading.strip().casefold())


@cache
def known_columns() -> dict[str, None]:
    """Every field of every type, with the parts of its structures."""
    columns = dict.fromkeys(ENVELOPE)
    for payload in EVENT_TYPES.values():
        for field, hint in get_type_hints(payload).items():
            if field in payload.__struct_fields__:
                columns |= dict.fromkeys(_with_parts(field, hint))
    return columns


def template(name: str) -> list[str]:
    """The heading of a sheet of entries of one type: what it needs first."""
    name = written_type(name)
    payload = EVENT_TYPES[name]
    hints = get_type_hints(payload)
    columns = ["type", "agreement", "commitment"]
    if payload.level in ("registry", "agreement"):
        columns = ["type"] if name in ("PartyRegistered", "AgreementRecorded") else columns[:2]
    own = own_fields(payload)
    for field in fields_of(name, new=name in PROMISES):
        if field.name in own or field.needed or field.name in USUAL:
            columns += _usual(field.name, hints[field.name])
    return list(dict.fromkeys(columns))


def written_type(text: str) -> str:
    """The type that is meant: `ViolationAlleged`, or its full name in an event file."""
    if text in EVENT_TYPES:
        return text
    if text.startswith("pactwatch."):
        return type_name(text)
    raise InvalidEvent(
        f"no type {text!r}{did_you_mean(text, EVENT_TYPES)}", hint="pactwatch help entries"
    )


def _usual(field: str, hint: Any) -> list[str]:
    usual = {"terms": USUAL_TERMS, "source": USUAL_SOURCE}.get(field)
    if usual is not None:
        return [f"{field}.{part}" for part in usual]
    parts = list(_with_parts(field, hint))
    parts = [part for part in parts if not any(each.startswith(f"{part}.") for each in parts)]
    return parts


def _with_parts(field: str, hint: Any) -> Iterator[str]:
    """A field, and the parts of the structure that it may be."""
    yield field
    alternatives = (hint,) if get_origin(hint) in (tuple, list, dict) else (hint, *get_args(hint))
    for each in alternatives:
        if isinstance(each, type) and issubclass(each, Struct):
            for part, inner in get_type_hints(each).items():
                if part in each.__struct_fields__:
                    yield from _with_parts(f"{field}.{part}", inner)
