"""Finds the entry that somebody means: by number, by id or its first letters, or as the last one.

Numbers are positions in the log, as `event list` shows them. An id that is written whole comes
first, since an imported one may look like a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from events import EventStore, RecordedEvent
from events.envelope import EventData
from tracker.entries.amendments import CORRECTED, short_type
from tracker.errors import UnknownId, unknown_id

LAST = "last"
NUMBER = re.compile(r"#?([1-9][0-9]{0,14})")
"""The hash is for reading: most shells take `#17` for a comment."""
ROW_ID = "row-"
"""Begins the id that a row of a sheet has by what it says, before 20 digits."""
GENERATED_ID = re.compile(
    rf"(?:[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}|{ROW_ID}[0-9a-f]{{20}})"
)
"""The id that a command or a sheet gives an entry, and with it a breach or a reading."""
CANDIDATES = 5
WINDOW = 1000


def find_entry(store: EventStore, name: str, before: int | None = None) -> RecordedEvent:
    """The entry that is meant; raises UnknownId, with those that could be, where it is not one.

    With `before` it is looked for below that position only, as when the same was said first.
    """
    whole = store.find(name)
    if whole is not None:
        return whole
    if name == LAST:
        return _last(store, before)
    number = NUMBER.fullmatch(name)
    if number:
        numbered = next(store.read_all(after=int(number[1]) - 1, limit=1), None)
        if numbered is not None and numbered.position == int(number[1]):
            return numbered
    matches = (e for e in store.find_prefix(name) if before is None or e.position < before)
    candidates = list(islice(matches, CANDIDATES + 1))
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise _ambiguous(name, candidates)
    if number:
        last = next(newest_first(store), None)
        there = f"the last is {entry_words(last)}" if last else "nothing is recorded yet"
        raise UnknownId(f"there is no entry #{number[1]}; {there}", hint="pactwatch event list")
    raise unknown_id("event", name, (each.id for each in store.read_all()))


def find_entry_to_correct(store: EventStore, name: str, before: int | None = None) -> RecordedEvent:
    """The entry that is meant; where the last one is a correction, `last` is what it corrects."""
    event = find_entry(store, name, before)
    while name == LAST and short_type(event) == CORRECTED:
        corrected = store.find(str(event.data.get("event")))
        if corrected is None or corrected.position >= event.position:
            break
        event = corrected
    return event


def position_of(store: EventStore, event_id: str | None) -> int | None:
    """The position of an id that is on record, where the same is said again; else None."""
    event = store.find(event_id) if event_id else None
    return event.position if event else None


def with_entry_ids(store: EventStore, data: EventData, before: int | None = None) -> EventData:
    """The data with whole ids of the entries that it names in `event` and `derived_from`."""
    ids: EventData = {}
    if isinstance(data.get("event"), str):
        ids["event"] = find_entry(store, data["event"], before).id
    if isinstance(data.get("derived_from"), list):
        ids["derived_from"] = [find_entry(store, n, before).id for n in data["derived_from"]]
    return data | ids


def newest_first(store: EventStore, before: int | None = None) -> Iterator[RecordedEvent]:
    """The entries from the last one back, read in steps that grow."""
    end, size = store.head() if before is None else before - 1, 1
    while end > 0:
        start = max(0, end - size)
        # Under a ceiling some may be missing, and entries above `end` come in their place.
        window = list(store.read_all(after=start, limit=size))
        yield from reversed([event for event in window if event.position <= end])
        end, size = start, min(2 * size, WINDOW)


def entry_words(event: RecordedEvent) -> str:
    """An entry in a few words: `#17 ep-17 RoundHeld on energy-pause-2025`."""
    about = event.data.get("commitment") or event.stream
    return f"{numbered(event.id, event.position)} {short_type(event)} on {about}"


def numbered(event_id: str, position: int | None) -> str:
    """`#17 ep-17`: an entry by its number, and by the id that somebody gave it."""
    given = "" if GENERATED_ID.fullmatch(event_id) else event_id
    return " ".join(filter(None, [f"#{position}" if position else "", given]))


def known_as(event_id: str, position: int | None) -> str:
    """`ep-17`: an entry by the id that somebody gave it, and else by its number, `#17`."""
    is_generated = position is not None and GENERATED_ID.fullmatch(event_id)
    return f"#{position}" if is_generated else event_id


class Citation(NamedTuple):
    """An entry as a refusal names it, `#17` or `'ep-17'`, and as its hint has it in a command."""

    words: str
    argument: str


def citation(event_id: str, position: int | None) -> Citation:
    """Cites an entry, by its number where nobody gave it an id.

    What stands in the same file has no `position` yet.
    """
    name = known_as(event_id, position)
    number = name.removeprefix("#")
    return Citation(repr(name), name) if name == event_id else Citation(name, number)


def _last(store: EventStore, before: int | None) -> RecordedEvent:
    last = next(newest_first(store, before), None)
    if last is None:
        raise UnknownId("there is no entry yet", hint="pactwatch agreement add ID --title '...'")
    return last


def _ambiguous(name: str, candidates: list[RecordedEvent]) -> UnknownId:
    first_few = "; ".join(map(entry_words, candidates[:CANDIDATES]))
    more = "; and more" if len(candidates) > CANDIDATES else ""
    return UnknownId(
        f"several entries have an id that begins with {name!r}: {first_few}{more}",
        hint=f"give its number, e.g. pactwatch event show {candidates[0].position}",
    )
