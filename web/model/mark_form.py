"""The form by which a reader acknowledges or snoozes news: reading what comes back. Pure."""

from __future__ import annotations

from msgspec import Struct

from notifications.alerts.marks import ACK, SNOOZE
from notifications.planning.link_marks import (
    LONGEST_NAME,
    LONGEST_REASON,
    LinkedNews,
    NewMark,
)
from web.model.preference_form import Fields, day_to_come

ACTS = (ACK, SNOOZE)


class MarkValues(Struct, frozen=True):
    """What stands in each field, as text, and the news that is ticked."""

    keys: tuple[str, ...] = ()
    reason: str = ""
    name: str = ""
    until: str = ""


def posted_mark(fields: Fields) -> MarkValues:
    """What was posted, each text cut to what a mark may hold."""
    texts = {name: text.strip() for name, text in fields}
    return MarkValues(
        keys=tuple(text for name, text in fields if name == "keys"),
        reason=texts.get("reason", "")[:LONGEST_REASON],
        name=texts.get("name", "")[:LONGEST_NAME],
        until=texts.get("until", ""),
    )


def read_mark(act: str, values: MarkValues, linked: LinkedNews) -> tuple[NewMark, dict[str, str]]:
    """The mark that is asked for, and what is wrong by field."""
    reader, errors = linked.reader, dict[str, str]()
    if not set(values.keys) & {each.key for each in linked.news}:
        errors["keys"] = reader.text("Tick what it is about.")
    if not values.reason:
        errors["reason"] = reader.text("A reason is needed: it stands beside it for everybody.")
    until = day_to_come(values.until, reader, errors)
    if act == SNOOZE and not values.until:
        errors["until"] = reader.text("A snooze needs a day on which it ends.")
    return NewMark(act, values.keys, values.reason, values.name, until), errors
