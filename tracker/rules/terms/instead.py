"""Writes the command that keeps a refused entry as a report. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

from msgspec import to_builtins

from tracker.entries.entry import Entry
from tracker.model.event_types import EVENT_TYPES
from tracker.model.payload import own_fields


def command_instead(name: str, commitment: str, entry: Entry, *more: str) -> str:
    """The command that records a type with what an entry says of its fields, and `more`."""
    given = to_builtins(entry.payload)
    fields = own_fields(EVENT_TYPES[name])
    values = ((field, given.get(field)) for field in (*fields, "speaker"))
    words = [word for field, value in values if value for word in _words(field, value)]
    return shlex.join(["pactwatch", "record", name, commitment, *words, *more])


def _words(field: str, value: Any) -> Iterator[str]:
    """A field as it is typed in: parts with dots, lists with commas, what is neither as JSON."""
    if isinstance(value, dict):
        for part, inner in value.items():
            # A reading says how long it is, and not by how much it grew.
            if part != "extend_by":
                yield from _words(f"{field}.{part}", inner)
    elif isinstance(value, str):
        yield f"{field}={value}"
    elif isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        yield f"{field}={','.join(value)}"
    else:
        yield f"{field}={json.dumps(value)}"
