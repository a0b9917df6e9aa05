"""What does each contender write? The same four fields, by the same number of commits."""

from __future__ import annotations

from typing import Any, NamedTuple

from events import EventStore, NewEvent

FACT: dict[str, Any] = {
    "commitment": "energy-pause-2025",
    "occurred": "2025-03-18",
    "speaker": "RUS",
    "reported_by": ["tass"],
}
TYPE = "commitment.reported"


class Load(NamedTuple):
    """So many commits; in each, `each` events to every one of `streams`."""

    name: str
    commits: int
    streams: int
    each: int

    @property
    def a_commit(self) -> int:
        return self.streams * self.each

    @property
    def total(self) -> int:
        return self.commits * self.a_commit


def begin(store: EventStore, load: Load) -> None:
    """The first event of every stream, as the peer's aggregates have one before they are timed."""
    store.append_batch(
        [(f"stream-{n}", NewEvent(type=TYPE, data=FACT)) for n in range(load.streams)]
    )


def append(store: EventStore, load: Load) -> None:
    """Make the events and append them, refused like the peer's if another had written between."""
    for commit in range(load.commits):
        version = 1 + commit * load.each
        if load.streams == 1:
            events = [NewEvent(type=TYPE, data=FACT) for _ in range(load.each)]
            store.append("stream-0", events, expected_version=version)
        else:
            names = [f"stream-{n}" for n in range(load.streams)]
            items = [
                (name, NewEvent(type=TYPE, data=FACT)) for name in names for _ in range(load.each)
            ]
            store.append_batch(items, dict.fromkeys(names, version))
