"""TLP 2.0: how far an entry may travel, what an output is marked with, what stays below a ceiling.

An output under a ceiling is what the record would say if nothing above the ceiling were in it:
states are folded from what the reader may know, so no word and no state can leak. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from events import RecordedEvent
from events.upcasters import split_type

LEVELS: Final = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
"""From what anybody may read to what stays with those who were told."""

RANK: Final = {level: rank for rank, level in enumerate(LEVELS)}
OPEN: Final = LEVELS[0]
MAIL_CEILING: Final = "AMBER+STRICT"
"""RED is for the eyes of those present; no mail, feed or page carries it."""

AMENDING: Final = frozenset({"EntryCorrected", "EntryRetracted", "FindingRevised"})


def highest(levels: Iterable[str]) -> str:
    """What something is marked that is made of entries with these levels."""
    return max(levels, key=RANK.__getitem__, default=OPEN)


def is_within(level: str, ceiling: str | None) -> bool:
    """Whether an entry of this level may be shown under a ceiling; None is no ceiling."""
    return ceiling is None or RANK[level] <= RANK[ceiling]


def may_be_mailed(level: str) -> bool:
    return is_within(level, MAIL_CEILING)


def marking(level: str) -> str:
    """The mark as TLP 2.0 writes it: `TLP:AMBER+STRICT`."""
    return f"TLP:{level}"


def level_of(event: RecordedEvent) -> str:
    """What the entry says of itself; amendments may have raised it, see `levels`."""
    return str(event.data.get("tlp", OPEN))


def levels(events: Iterable[RecordedEvent]) -> dict[str, str]:
    """The level of each event of a stream, by id.

    A correction raises the level of what it corrects and never lowers it: the first wording
    stays in the log. An amendment is as high as the entry that it speaks of.
    """
    ordered = list(events)
    marks = {event.id: level_of(event) for event in ordered}
    amending = [event for event in ordered if _name(event) in AMENDING]
    for event in amending:
        target = str(event.data.get("event"))
        if target in marks:
            marks[target] = highest((marks[target], _replaced(event)))
    for event in amending:
        marks[event.id] = highest((marks[event.id], marks.get(str(event.data.get("event")), OPEN)))
    return marks


def level_behind(ids: Iterable[str], known: Mapping[str, str]) -> str:
    """The level of news that rests on these entries; one that is not known is taken for RED.

    `known` is what `levels` gives. An alert goes out by mail when `may_be_mailed` says so of it.
    """
    return highest(known.get(event, LEVELS[-1]) for event in ids)


def _name(event: RecordedEvent) -> str:
    return split_type(event.type)[0].rpartition(".")[2]


def _replaced(event: RecordedEvent) -> str:
    return str((event.data.get("replacement") or {}).get("tlp", OPEN))


def below(events: Iterable[RecordedEvent], ceiling: str | None) -> list[RecordedEvent]:
    """The events of a stream that a reader under this ceiling may know, in their order."""
    ordered = list(events)
    if ceiling is None or not any("tlp" in event.data or _raises(event) for event in ordered):
        return ordered
    known = levels(ordered)
    return [event for event in ordered if is_within(known[event.id], ceiling)]


def _raises(event: RecordedEvent) -> bool:
    return "replacement" in event.data
