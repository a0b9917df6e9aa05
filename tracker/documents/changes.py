"""A change of one axis in text: as a row of `status_changes`, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import msgspec
from msgspec import Struct

from events import format_instant

if TYPE_CHECKING:
    from tracker.rules.news.change import Change
    from tracker.rules.news.ends import EndMove


class EndDocument(TypedDict):
    """An end before and after, by one reading; the days are those at whose close it was and is.

    A day is null where the end is an instant, or is not stated at all. One that is new and stands
    `beside` others says so.
    """

    reading: str
    before: str | None
    after: str | None
    zone: str
    day_before: str | None
    day_after: str | None
    beside: NotRequired[bool]


class Origin(TypedDict, total=False):
    """Whose change it is, and which ends it moves; each only where there are any.

    `delivered` is how much is on record of a period that was not met: `3 of 5`; `text` is what its
    entry says, of an incident that others have put otherwise or of what goes by its id.
    """

    by: list[str]
    speaks_for: dict[str, str]
    ends: list[EndDocument]
    delivered: str
    text: str


class StepDocument(Origin):
    """What a history says of one change, where its commitment is known."""

    at: str
    axis: str
    before: str | None
    after: str
    rule: str
    events: list[str]
    lead: str | None


class ChangeDocument(StepDocument):
    """A change with its commitment, and since when it could be reported."""

    known_at: str
    commitment: str
    agreement: str


OF_INCIDENT = "incident "
"""How the axis of a change of an incident begins; what follows is its id."""
OWN_FIELDS = ("at", "known_at", "axis", "before", "after", "rule", "lead")
"""What a document of a change and its row have by the same name."""


class StoredChange(Struct, frozen=True, gc=False):
    """`at` is when it came about, `known_at` when it could first be reported; both RFC 3339."""

    agreement_id: str
    commitment_id: str
    at: str
    known_at: str
    axis: str
    before: str | None
    after: str
    rule: str
    events: tuple[str, ...]
    lead: str | None
    origin: Origin = {}


def stored_change(change: Change) -> StoredChange:
    """The text of a change that the fold has found."""
    return StoredChange(
        change.agreement,
        change.commitment,
        format_instant(change.at),
        format_instant(change.known_at),
        change.axis,
        change.before and str(change.before),
        str(change.after),
        change.rule,
        change.events,
        change.lead,
        origin_of(change),
    )


def origin_of(change: Change) -> Origin:
    """Whose change it is, which ends it moves, how much is on record of a period, and its text."""
    origin: Origin = {"by": list(change.by)} if change.by else {}
    if change.speaks_for:
        origin["speaks_for"] = dict(change.speaks_for)
    if change.ends:
        origin["ends"] = ends_json(change.ends)
    if change.delivered:
        origin["delivered"] = change.delivered
    if change.text:
        origin["text"] = change.text
    return origin


def day_moved_from(end: EndDocument) -> str | None:
    """The day that an end is moved from; None where only its zone moved, so its instant says it."""
    return end["day_before"] if end["day_before"] != end["day_after"] else None


def ends_json(moves: Iterable[EndMove]) -> list[EndDocument]:
    """Ends before and after, reading by reading."""
    return [end_json(move) for move in moves]


def end_json(move: EndMove) -> EndDocument:
    """One end before and after."""
    document: EndDocument = {
        "reading": move.reading,
        "before": format_instant(move.before) if move.before else None,
        "after": format_instant(move.after) if move.after else None,
        "zone": move.zone,
        "day_before": move.day_before.isoformat() if move.day_before else None,
        "day_after": move.day_after.isoformat() if move.day_after else None,
    }
    if move.is_beside:
        document["beside"] = True
    return document


def change_of_row(row: Any) -> StoredChange:
    """The change of a row of `status_changes`, read by column name."""
    parsed = ("events", "origin")
    plain = {name: row[name] for name in StoredChange.__struct_fields__ if name not in parsed}
    origin: Origin = msgspec.json.decode(row["origin"] or "{}")
    return StoredChange(**plain, events=tuple(msgspec.json.decode(row["events"])), origin=origin)


def change_of_json(document: Mapping[str, Any]) -> StoredChange:
    """The change from its JSON object."""
    origin: Any = {name: document[name] for name in Origin.__annotations__ if name in document}
    own = {name: document[name] for name in OWN_FIELDS}
    return StoredChange(
        agreement_id=document["agreement"],
        commitment_id=document["commitment"],
        events=tuple(document["events"]),
        origin=origin,
        **own,
    )


def change_json(change: StoredChange) -> ChangeDocument:
    """The change as a JSON object."""
    return {
        "at": change.at,
        "known_at": change.known_at,
        **step_json(change),
        "commitment": change.commitment_id,
        "agreement": change.agreement_id,
    }


def step_json(change: StoredChange) -> StepDocument:
    """What a history says of one change of a commitment."""
    return {
        "at": change.at,
        "axis": change.axis,
        "before": change.before,
        "after": change.after,
        "rule": change.rule,
        "events": list(change.events),
        "lead": change.lead,
        **change.origin,
    }
