"""What goes into the store and what comes out of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, field
from uuid_utils import uuid7

from events.errors import InvalidEventData


def new_id() -> str:
    """A time-ordered unique id (UUID version 7)."""
    return str(uuid7())


class NewEvent(Struct, frozen=True):
    """An event to append. Keep its `id` over a retry: the same id and content count once.

    `recorded_at` is when it became known; left out, the store's clock says. `erasable` names text
    fields of `data` that may be erased later without breaking what is proven about the event.
    """

    type: str
    data: dict[str, Any]
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


class RecordedEvent(Struct, frozen=True):
    """An event as it stands in the log: `position` overall, `version` within its stream."""

    position: int
    stream: str
    version: int
    id: str
    type: str
    source: str
    recorded_at: datetime
    data: dict[str, Any]


class AppendResult(Struct, frozen=True):
    """Every event asked for, in order, and how many of them were new."""

    events: tuple[RecordedEvent, ...]
    appended: int

    @property
    def idempotent(self) -> bool:
        """Whether all of it was there already: the first answer again."""
        return bool(self.events) and self.appended == 0


def in_utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
