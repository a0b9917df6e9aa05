"""Writes the command that records an entry anew, or what can be recorded in its place. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import to_builtins

from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.payload import defaults_of, own_fields

OF_EVERY_TYPE = (
    "speaker", "occurred", "said", "text", "tlp", "reported_by", "primary_source",
    "source", "reliability", "credibility", "derived_from", "note",
)  # fmt: skip
"""Without them the command would tell of somebody else, of today, or more openly than was typed,
and what was said would have to be typed anew."""
LONGER = ("TermExtended", "TermRenewed")
"""The types of entries that may say by how much a term grows."""


def command_instead(name: str, commitment: str, entry: Entry, *more: str) -> str:
    """The command that records a type with what an entry says of its fields, and `more`."""
    fields = (*own_fields(types.EVENT_TYPES[name]), *OF_EVERY_TYPE)
    return _command(name, commitment, entry, fields, more)


def command_again(target: str, entry: Entry, *more: str, without: tuple[str, ...] = ()) -> str:
    """The command that records an entry anew: `more` in place of the fields that it names."""
    replaced = {re.split(r"[.=]", word)[0] for word in more} | {*without}
    fields = (*own_fields(type(entry.payload)), *OF_EVERY_TYPE, "basis")
    others = [field for field in fields if field not in replaced]
    return _command(entry.type, target, entry, others, more)


def _command(
    name: str, target: str, entry: Entry, fields: Iterable[str], more: Iterable[str]
) -> str:
    given = to_builtins(entry.payload)
    plain = defaults_of(type(entry.payload))
    values = ((field, given.get(field)) for field in dict.fromkeys(fields))
    words = [
        word
        for field, value in values
        if value and value != plain.get(field)
        for word in _words(field, value)
        # A reading says how long it is, and not by how much it grew.
        if name in LONGER or not word.startswith("terms.extend_by=")
    ]
    return shlex.join(["pactwatch", "record", name, target, *words, *more])


def _words(field: str, value: Any) -> Iterator[str]:
    """A field as it is typed in: parts with dots, lists with commas, what is neither as JSON."""
    if isinstance(value, dict):
        for part, inner in value.items():
            yield from _words(f"{field}.{part}", inner)
    elif isinstance(value, str):
        yield f"{field}={value}"
    elif isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        yield f"{field}={','.join(value)}"
    else:
        yield f"{field}={json.dumps(value)}"
