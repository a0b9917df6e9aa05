"""Upcasters: a stored event keeps its bytes for ever, a reader gets the newest form of it.

An event's type ends in its version, `name.v2`. An upcaster is a pure function from the data of one
version to the data of the next; a chain of them leads from any version that was ever written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from msgspec.structs import replace

from events.envelope import EventData, RecordedEvent
from events.errors import EventStoreError

Upcaster = Callable[[EventData], EventData]
Steps = Mapping[tuple[str, int], Upcaster]
"""From (type without version, version) to what makes the next version of it."""
VERSIONED = re.compile(r"^(?P<name>.+)\.v(?P<version>[1-9]\d*)\Z", re.ASCII)


class NewerEvent(EventStoreError):
    """An event in a form that only a later version knows."""


@lru_cache(maxsize=1024)
def split_type(event_type: str) -> tuple[str, int]:
    """`pactwatch.RoundHeld.v1` -> (`pactwatch.RoundHeld`, 1); version 0 where there is none."""
    match = VERSIONED.match(event_type)
    return (match["name"], int(match["version"])) if match else (event_type, 0)


def newest(name: str, steps: Steps) -> int:
    """The version that readers get of this type."""
    version = 1
    while (name, version) in steps:
        version += 1
    return version


def upcast(event: RecordedEvent, steps: Steps) -> RecordedEvent:
    """The event in the newest form of its type; raises NewerEvent for one from the future."""
    name, version = split_type(event.type)
    if version > newest(name, steps):
        raise NewerEvent(
            f"event {event.id!r} is {event.type}, this version knows up to .v{newest(name, steps)}",
            hint="install the newest pactwatch",
        )
    if (name, version) not in steps:
        return event
    data = event.data
    while step := steps.get((name, version)):
        data, version = step(data), version + 1
    return replace(event, type=f"{name}.v{version}", data=data)
