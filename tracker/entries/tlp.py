"""TLP 2.0: how far an entry may travel, what an output is marked with, what a ceiling hides.

An output under a ceiling is what the record would say if nothing above the ceiling were in it:
states are folded from what the reader may know, so no word and no state can leak. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from events import RecordedEvent
from tracker.entries.amendments import AMENDING, replacement_of, short_type


class Tlp(StrEnum):
    """The marks of TLP 2.0, from what anybody may read to what stays with those who were told."""

    CLEAR = "CLEAR"
    GREEN = "GREEN"
    AMBER = "AMBER"
    AMBER_STRICT = "AMBER+STRICT"
    RED = "RED"


LEVELS: Final = tuple(level.value for level in Tlp)
RANK: Final = {level: rank for rank, level in enumerate(LEVELS)}
OPEN: Final = Tlp.CLEAR.value


def highest(levels: Iterable[str]) -> str:
    """The mark of something made of entries with these levels; CLEAR for none."""
    return max(levels, key=RANK.__getitem__, default=OPEN)


Marked = TypeVar("Marked", bound=Mapping[str, Any])


def noting_levels(levels: set[str], documents: Iterable[Marked]) -> Iterator[Marked]:
    """Passes documents on, and adds the level of each to `levels`."""
    for document in documents:
        levels.add(document["tlp"])
        yield document


def is_within(level: str, ceiling: str | None) -> bool:
    """Whether an entry of this level may be shown under a ceiling; None is no ceiling."""
    return ceiling is None or RANK[level] <= RANK[ceiling]


def marking(level: str) -> str:
    """The mark as TLP 2.0 writes it: `TLP:AMBER+STRICT`."""
    return f"TLP:{level}"


def level_of(event: RecordedEvent) -> str:
    """The level that the entry itself states; amendments may have raised it, see `levels`."""
    return _level(event.data)


def _level(data: Mapping[str, object]) -> str:
    """The level that data states; RED for a word that is no level, whatever wrote it."""
    level = data.get("tlp", OPEN)
    return level if level in LEVELS else Tlp.RED.value


def levels(events: Iterable[RecordedEvent]) -> dict[str, str]:
    """The level of each event of a stream, by id.

    A correction raises the level of what it corrects and never lowers it: the first wording
    stays in the log. An amendment is as high as the entry that it speaks of.
    """
    ordered = list(events)
    marks = {event.id: level_of(event) for event in ordered}
    amending = [event for event in ordered if short_type(event) in AMENDING]
    for event in amending:
        target = str(event.data.get("event"))
        if target in marks:
            marks[target] = highest((marks[target], replacement_level(event)))
    for event in amending:
        marks[event.id] = highest((marks[event.id], marks.get(str(event.data.get("event")), OPEN)))
    return marks


def states_above(event: RecordedEvent, ceiling: str) -> bool:
    """Whether it states a level above a ceiling, for itself or in a replacement that it brings."""
    stated = (level_of(event), replacement_level(event))
    return not all(is_within(level, ceiling) for level in stated)


def replacement_level(event: RecordedEvent) -> str:
    """The level in the replacement that an amendment brings; CLEAR where it brings none."""
    replacement = replacement_of(event.data)
    return OPEN if replacement.get("tlp") is None else _level(replacement)
