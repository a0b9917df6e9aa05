"""What goes into the store and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field
from uuid_utils import uuid7

from events.errors import InvalidEventData
from events.instants import format_instant

EventData = dict[str, Any]
"""What an event says: a JSON object of the form that its type asks for."""


def new_id() -> str:
    """A time-ordered unique id (UUID version 7)."""
    return str(uuid7())


class NewEvent(Struct, frozen=True, gc=False):
    """An event to append. Keep its `id` over a retry: the same id and content count once.

    `recorded_at` is when it became known; left out, the store's clock says. `erasable` names text
    fields of `data` that may be erased later without breaking what is proven about the event.
    """

    type: str
    data: EventData
    id: str = field(default_factory=new_id)
    source: str = "pactwatch"
    recorded_at: datetime | None = None
    erasable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.recorded_at is not None and self.recorded_at.tzinfo is None:
            raise InvalidEventData(
                f"recorded_at of event {self.id!r} has no offset",
                hint="give an aware datetime, e.g. datetime.now(UTC)",
            )


Items = Sequence[tuple[str, NewEvent]]
"""Events to append, each with its stream."""


class RecordedEvent(Struct, frozen=True, gc=False):
    """An event as it stands in the log: `position` overall, `version` within its stream.

    `erased` names the fields of `data` whose text was erased; they read as None.
    """

    position: int
    stream: str
    version: int
    id: str
    type: str
    source: str
    recorded_at: datetime
    data: EventData
    erased: tuple[str, ...] = ()


StoredText = tuple[int, str, bytes, str]
"""Position of the event, field, salt, text: an erasable text as it is kept beside the log."""


class AppendResult:
    """Every event asked for, in order, and how many of them were new.

    The events are made when they are first asked for: most writers only want to know it is done.
    """

    def __init__(
        self,
        events: tuple[RecordedEvent, ...] | Callable[[], tuple[RecordedEvent, ...]],
        appended: int,
    ) -> None:
        self._events = events
        self.appended = appended

    @property
    def events(self) -> tuple[RecordedEvent, ...]:
        if callable(self._events):
            self._events = self._events()
        return self._events


NOTABLE_LAG = 1.0
"""Seconds from which on readers of a standby are told."""


class ReplicaLag(Struct, frozen=True):
    """The state of a standby: `replayed_at` is the commit on the primary that it last repeated."""

    is_following: bool
    seconds: float
    replayed_at: datetime | None

    @property
    def is_notable(self) -> bool:
        """Whether a reader should know of it."""
        return not self.is_following or self.seconds >= NOTABLE_LAG

    @property
    def words(self) -> str:
        """The lag in whole seconds, or from minutes on in whole minutes."""
        if not self.is_following:
            at = self.replayed_at
            since = format_instant(at.replace(microsecond=0)) if at else "it was started"
            return f"cut off from its primary since {since} or later"
        minutes = int(self.seconds // 60)
        amount = f"{minutes} min" if minutes else f"{int(self.seconds)} s"
        return f"{amount} behind its primary"
