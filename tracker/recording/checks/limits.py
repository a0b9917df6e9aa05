"""Limits the length of names, texts and lists as they are recorded, and how far ahead they act.

A log that has longer ones is read as before: the limits are for what comes in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import astuple

from events import format_instant
from tracker.entries.entry import Entry
from tracker.errors import InvalidEvent
from tracker.model.payload import Payload

NAME: Final = 200
LINE: Final = 2_000
TEXT: Final = 20_000
ITEMS: Final = 200
SEQUENCES: Final = (list, tuple)
LINES: Final = (
    "title", "promise", "scope", "where", "why", "value", "milestone", "url", "archived_url",
    "event", "reading",
)  # fmt: skip
HASHES: Final = 400_000
"""Eight characters a line: a document has at most 50,000."""
FAR_AHEAD: Final = timedelta(days=36525)
TEXTS: Final = ("text", "note", "reason", "quote")
LIMITS: Final = {
    **dict.fromkeys(LINES, LINE),
    **dict.fromkeys(TEXTS, TEXT),
    "line_hashes": HASHES,
}
"""Characters of a field by its name, at any depth; every other text is a name.

The id of an event may have 512, and that of a reading is made of one and its speaker.
"""


def check_not_far_ahead(entry: Entry) -> None:
    """Refuses an entry that takes effect so late that no reader could fold up to it."""
    if entry.effective_at - entry.recorded_at > FAR_AHEAD:
        raise InvalidEvent(
            f"it takes effect at {format_instant(entry.effective_at)}, more than 100 years "
            f"after it is recorded",
            hint="`occurred` says when it happened, `terms` until when it is promised",
        )


def check_lengths(payload: Payload, names: Collection[str] | None) -> None:
    """Checks the texts and lists of every field, or of some.

    Raises InvalidEvent naming field, length and limit.
    """
    fields = _fields_of(payload)
    if names is not None:
        fields = [field for field in fields if field[0] in names]
    _check_fields(fields, f"{type(payload).__name__}: ")


def _fields_of(struct: Struct) -> Iterable[tuple[str, object]]:
    return zip(struct.__struct_fields__, astuple(struct), strict=True)


def _check_fields(fields: Iterable[tuple[str, object]], path: str) -> None:
    for name, value in fields:
        if not value:
            continue
        if isinstance(value, str):
            if len(value) > NAME:
                _check_length(f"{path}{name}", value, LIMITS.get(name, NAME))
        elif isinstance(value, Struct):
            _check_fields(_fields_of(value), f"{path}{name}.")
        elif isinstance(value, SEQUENCES):
            _check_items(f"{path}{name}", value, LIMITS.get(name, NAME))


def _check_items(field: str, items: Sequence[object], limit: int) -> None:
    if len(items) > ITEMS:
        raise InvalidEvent(
            f"{field}: {len(items)} items; expected at most {ITEMS}",
            hint="give a group one name, and say in `note` who belongs to it",
        )
    for item in items:
        if isinstance(item, str):
            _check_length(field, item, limit)
        elif isinstance(item, Struct):
            _check_fields(_fields_of(item), f"{field}.")


def _check_length(field: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise InvalidEvent(
            f"{field}: {len(text)} characters; expected at most {limit}",
            hint="shorten it: `note` has room for 20000 characters, "
            "`source.url` for where the whole text stands",
        )
