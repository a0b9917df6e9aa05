"""Compares two instants: what changed in the world, or in what was known of it.

Four answers are compared: as of each instant, from what was known at each. What the later
knowledge says of the first instant was learned, and where it contradicts what was said then it is
a correction; what lies between the two instants, as now known, happened. What was told in between
and no longer holds is a correction as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from msgspec import Struct

from events import EventStore, RecordedEvent, format_instant
from tracker.dates.instants import Clocks, both_clocks
from tracker.documents.commitments import commitment_json
from tracker.entries.decoding import commitment_made_by, entries
from tracker.entries.entry import Entry
from tracker.entries.parties import Registry, read_registry
from tracker.entries.streams import agreement_ids
from tracker.entries.tlp import highest
from tracker.entries.unreadable import (
    Recorded,
    UnreadableDocument,
    readable,
    unreadable_document,
)
from tracker.errors import UnreadableAgreement, unknown_id
from tracker.queries.entries import Document
from tracker.rules.changes import Change
from tracker.rules.fold import AgreementState, fold, is_known
from tracker.rules.roll_up import roll_up

Fold = Callable[[datetime, datetime], AgreementState]
"""The agreement as of an instant, from what was known at another."""
Registries = Callable[[datetime], Registry]
"""The parties as known at an instant."""
TICK = timedelta(microseconds=1)
HAPPENED, LEARNED, CORRECTED = "happened", "learned", "corrected"


class ClockPair(Struct, frozen=True):
    """One of the two sides of a comparison: where each clock stands."""

    as_of: datetime
    known_at: datetime

    def as_json(self) -> Clocks:
        return both_clocks(self.as_of, self.known_at)


def compare(
    store: EventStore, before: ClockPair, after: ClockPair, name: str | None = None
) -> Document:
    """Every difference with how it came about; of one agreement or commitment, or of all."""
    registry = lru_cache(partial(read_registry, store))
    rows: list[Document] = []
    known: list[str] = []
    unreadable: list[UnreadableDocument] = []

    def changes_in(agreement: str, events: Recorded) -> list[Document]:
        return list(_of_agreement(agreement, events, registry, before, after))

    for agreement in agreement_ids(store):
        recorded = list(store.read_stream(agreement))
        names = [agreement, *filter(None, map(commitment_made_by, recorded))]
        known += names
        try:
            changes = readable(agreement, recorded, partial(changes_in, agreement))
        except UnreadableAgreement as error:
            if name in names:
                raise
            unreadable.append(unreadable_document(error))
            continue
        rows += [row for row in changes if name in (None, agreement, row["commitment"])]
    if name is not None and name not in known:
        raise unknown_id("agreement or commitment", name, known)
    counted = {
        how: sum(row["how"] == how for row in rows) for how in (HAPPENED, LEARNED, CORRECTED)
    }
    return {
        "from": before.as_json(),
        "to": after.as_json(),
        "tlp": highest(row["tlp"] for row in (*rows, *unreadable)),
        "counts": counted,
        "changes": rows,
        "unreadable": [] if name else unreadable,
    }


def _of_agreement(
    agreement: str,
    recorded: Recorded,
    registry: Registries,
    before: ClockPair,
    after: ClockPair,
) -> Iterator[Document]:
    folded = partial(_folded, agreement, recorded, registry)
    first, last = folded(before.as_of, before.known_at), folded(after.as_of, after.known_at)
    now_known = folded(before.as_of, after.known_at)
    new = [e for e in recorded if before.known_at < e.recorded_at <= after.known_at]
    zone_of = registry(after.known_at).zone_of
    decoded = {e.id: e for e in entries(recorded, zone_of, after.known_at)}
    if before.as_of < after.as_of:
        yield from _withdrawn(folded, new, before, after, last)
    yield from _learned(first, now_known, new)
    yield from _happened(now_known, last, decoded)


def _folded(
    agreement: str,
    recorded: Recorded,
    registry: Registries,
    as_of: datetime,
    known_at: datetime,
) -> AgreementState:
    zone_of = registry(known_at).zone_of
    return fold(agreement, entries(recorded, zone_of, known_at), as_of, zone_of)


def _learned(
    first: AgreementState, now_known: AgreementState, new: list[RecordedEvent]
) -> Iterator[Document]:
    """What is now known of the first instant; a correction if something else was said."""
    for row in _differences(first, now_known):
        said_otherwise = row["before"] is not None
        yield row | {
            "how": CORRECTED if said_otherwise else LEARNED,
            "at": format_instant(now_known.as_of),
            "recorded_at": format_instant(max(e.recorded_at for e in new)) if new else None,
            "rule": None,
            "events": [event.id for event in new if _concerns(event, row["commitment"])],
        }


def _concerns(event: RecordedEvent, commitment: str | None) -> bool:
    """Whether an entry concerns a commitment; amendments and agreement entries may concern any."""
    return commitment is None or event.data.get("commitment", commitment) == commitment


def _happened(
    now_known: AgreementState, last: AgreementState, decoded: dict[str, Entry]
) -> Iterator[Document]:
    """What changed in the world from the first instant to the second, as now known."""
    for row in _differences(now_known, last):
        made = _last_change(last, now_known.as_of, row)
        known = [decoded[e].recorded_at for e in made.events if e in decoded] if made else []
        yield row | {
            "how": HAPPENED,
            "at": format_instant(made.at) if made else None,
            "recorded_at": format_instant(max(known)) if known else None,
            "rule": made.rule if made else None,
            "events": list(made.events) if made else [],
        }


def _last_change(state: AgreementState, after: datetime, row: Document) -> Change | None:
    """The change behind a row's value, where one axis has it."""
    fitting = (
        change
        for change in reversed(state.changes)
        if change.commitment == row["commitment"] and change.axis == row["axis"]
    )
    return next((change for change in fitting if change.at > after), None)


def _withdrawn(
    folded: Fold,
    new: list[RecordedEvent],
    before: ClockPair,
    after: ClockPair,
    last: AgreementState,
) -> Iterator[Document]:
    """What was said between the instants and is no longer so, with when it ceased.

    Told is what stood in the answer just before the news came.
    """
    truth = {_told(change): change for change in last.changes}
    withdrawn: dict[Any, Document] = {}
    for at in sorted({event.recorded_at for event in new}):
        for change in folded(at - TICK, at - TICK).changes:
            key = _told(change)
            if (
                key not in truth
                and key not in withdrawn
                and before.as_of < change.at <= after.as_of
            ):
                withdrawn[key] = _correction(change, at, new, last)
    yield from withdrawn.values()


def _told(change: Change) -> tuple[Any, ...]:
    return (change.commitment, change.axis, change.at, change.after, change.lead)


def _correction(
    change: Change, at: datetime, new: list[RecordedEvent], last: AgreementState
) -> Document:
    events = [event.id for event in new if event.recorded_at == at]
    commitment = last.commitments.get(change.commitment)
    axes = _axes(commitment, last.as_of) if commitment else {}
    return {
        "agreement": change.agreement,
        "commitment": change.commitment,
        "axis": change.axis,
        "before": f"{change.after} since {format_instant(change.at)}",
        "after": axes.get(change.axis),
        "how": CORRECTED,
        "at": format_instant(change.at),
        "recorded_at": format_instant(at),
        "rule": change.rule,
        "events": events,
        "tlp": last.tlp,
    }


def _differences(one: AgreementState, other: AgreementState) -> Iterator[Document]:
    """Every axis, and whatever else a status has, in which two answers differ."""
    old, new = _told_of(one), _told_of(other)
    for key in dict.fromkeys([*new, *old]):
        if old.get(key) != new.get(key):
            commitment, axis = key
            yield {
                "agreement": other.id,
                "commitment": commitment,
                "axis": axis,
                "before": old.get(key),
                "after": new.get(key),
                "tlp": highest((one.tlp, other.tlp)),
            }


Told = dict[tuple[str | None, str], Any]


def _told_of(state: AgreementState) -> Told:
    if not is_known(state):
        return {}
    axes: Told = {(None, "roll_up"): roll_up(state.commitments.values()).value}
    for commitment in state.commitments.values():
        axes |= {
            (commitment.id, axis): value for axis, value in _axes(commitment, state.as_of).items()
        }
    return axes


def _axes(commitment: Any, as_of: datetime) -> Document:
    """The axes in words; an axis without a value is left out, so it does not count as a change."""
    document = commitment_json(commitment, as_of)
    done = document["fulfilment"]
    ends = sorted({end for end in (document["earliest"], document["latest"]) if end})
    axes: Document = {
        "state": document["state"],
        "compliance": document["compliance"],
        "timing": document["timing"],
        "fulfilment": done["grade"],
    }
    axes |= {"delivered": done["delivered"]} if done["delivered"] is not None else {}
    axes |= {"late": "late"} if document["late"] else {}
    axes |= {"end": " or ".join(ends)} if ends else {}
    axes |= {f"flag {flag}": "raised" for flag in document["flags"]}
    axes |= {f"incident {i['id']}": i["status"] for i in document["incidents"]}
    return axes | {f"condition {c['id']}": c["status"] for c in document["conditions"]}
