"""Compares two instants: what changed in the world, or in what was known of it.

Four answers are compared: as of each instant, from what was known at each. What the later
knowledge says of the first instant was learned, and where it contradicts the answer of then it is
a correction; what lies between the two instants, as now known, happened. What was answered in
between and no longer holds is a correction as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypedDict

from msgspec import Struct

from events import EventStore, RecordedEvent, format_instant
from tracker.dates.instants import Clocks, both_clocks
from tracker.documents.commitments import commitment_json
from tracker.documents.periods import periods_words
from tracker.entries.decoding import commitment_made_by, entries
from tracker.entries.streams import agreement_ids
from tracker.entries.tlp import highest
from tracker.entries.unreadable import (
    Recorded,
    UnreadableDocument,
    readable,
    unreadable_document,
)
from tracker.errors import UnreadableAgreement, unknown_id
from tracker.model.commitment import Commitment
from tracker.projections.elsewhere import Surroundings
from tracker.rules.changes import Change
from tracker.rules.fold import AgreementState, fold, is_known, roll_up
from tracker.rules.replay import Replay

"""The parties as known at an instant."""
TICK = timedelta(microseconds=1)
EARLIEST = datetime.min.replace(tzinfo=UTC)
HAPPENED, LEARNED, CORRECTED = "happened", "learned", "corrected"


class ClockPair(Struct, frozen=True):
    """One of the two sides of a comparison: where each clock stands."""

    as_of: datetime
    known_at: datetime

    def as_json(self) -> Clocks:
        return both_clocks(self.as_of, self.known_at)


class Difference(TypedDict):
    """An axis, or whatever else a status has, in which two answers differ."""

    agreement: str
    commitment: str | None
    axis: str
    before: object
    after: object
    tlp: str


class DiffRow(Difference):
    """A difference with how it came about, when, when it was recorded, and by which entries."""

    how: str
    at: str | None
    recorded_at: str | None
    rule: str | None
    events: list[str]


DiffDocument = TypedDict(
    "DiffDocument",
    {
        "from": Clocks,
        "to": Clocks,
        "tlp": str,
        "counts": dict[str, int],
        "changes": list[DiffRow],
        "unreadable": list[UnreadableDocument],
    },
)
"""The document of `diff --json`."""


def compare(
    store: EventStore, before: ClockPair, after: ClockPair, name: str | None = None
) -> DiffDocument:
    """Every difference with how it came about; of one agreement or commitment, or of all."""
    around = Surroundings(store)
    rows: list[DiffRow] = []
    known: list[str] = []
    unreadable: list[UnreadableDocument] = []
    for agreement in agreement_ids(store):
        recorded = list(store.read_stream(agreement))
        names = [agreement, *filter(None, map(commitment_made_by, recorded))]
        known += names
        try:
            compared = partial(_of_agreement, agreement, around, before, after)
            changes = readable(agreement, recorded, compared)
        except UnreadableAgreement as error:
            if name in names:
                raise
            unreadable.append(unreadable_document(error))
            continue
        rows += [row for row in changes if name in (None, agreement, row["commitment"])]
    if name is not None and name not in known:
        raise unknown_id("agreement or commitment", name, known)
    hows = (HAPPENED, LEARNED, CORRECTED)
    return {
        "from": before.as_json(),
        "to": after.as_json(),
        "tlp": highest(row["tlp"] for row in (*rows, *unreadable)),
        "counts": {how: sum(row["how"] == how for row in rows) for how in hows},
        "changes": rows,
        "unreadable": [] if name else unreadable,
    }


def _of_agreement(
    agreement: str, around: Surroundings, before: ClockPair, after: ClockPair, recorded: Recorded
) -> list[DiffRow]:
    """The rows of one agreement: corrections of what was answered in between come first."""
    folded = partial(_folded, agreement, recorded, around)
    first, last = folded(before.as_of, before.known_at), folded(after.as_of, after.known_at)
    now_known = folded(before.as_of, after.known_at)
    new = [e for e in recorded if before.known_at < e.recorded_at <= after.known_at]
    standing = entries(recorded, around.parties(after.known_at), after.known_at)
    news = sorted({event.recorded_at for event in new}) if before.as_of < after.as_of else []
    answers = _answers_before(news, agreement, around, recorded)
    return [
        *_withdrawn(answers, new, before, after, last),
        *_learned(first, now_known, new),
        *_happened(now_known, last, {entry.id: entry.recorded_at for entry in standing}),
    ]


def _folded(
    agreement: str,
    recorded: Recorded,
    around: Surroundings,
    as_of: datetime,
    known_at: datetime,
) -> AgreementState:
    parties, outside = around.parties(known_at), around.outside(known_at)
    return fold(agreement, entries(recorded, parties, known_at), as_of, parties, outside)


def _learned(
    first: AgreementState, now_known: AgreementState, new: list[RecordedEvent]
) -> Iterator[DiffRow]:
    """What is now known of the first instant; a correction if the answer was another."""
    for row in _differences(first, now_known):
        # Amendments and entries of the whole agreement may concern any commitment.
        own = row["commitment"]
        concerned = (e for e in new if own is None or e.data.get("commitment", own) == own)
        yield {
            **row,
            "how": LEARNED if row["before"] is None else CORRECTED,
            "at": format_instant(now_known.as_of),
            "recorded_at": format_instant(max(e.recorded_at for e in new)) if new else None,
            "rule": None,
            "events": [event.id for event in concerned],
        }


def _happened(
    now_known: AgreementState, last: AgreementState, recorded_at: Mapping[str, datetime]
) -> Iterator[DiffRow]:
    """What changed in the world from the first instant to the second, as now known."""
    newest_first = [c for c in reversed(last.changes) if c.at > now_known.as_of]
    for row in _differences(now_known, last):
        place = (row["commitment"], row["axis"])
        change = next((c for c in newest_first if (c.commitment, c.axis) == place), None)
        events = list(change.events) if change else []
        known = [recorded_at[event] for event in events if event in recorded_at]
        yield {
            **row,
            "how": HAPPENED,
            "at": format_instant(change.at) if change else None,
            "recorded_at": format_instant(max(known)) if known else None,
            "rule": change.rule if change else None,
            "events": events,
        }


def _answers_before(
    instants: Iterable[datetime], agreement: str, around: Surroundings, recorded: Recorded
) -> Iterator[tuple[datetime, AgreementState]]:
    """What was answered just before each instant; one fold is carried on from one to the next."""
    replay, since = None, EARLIEST
    for at in instants:
        parties, outside = around.parties(at - TICK), around.outside(at - TICK)
        if replay is None or replay.registry is not parties or replay.hangs_on_others:
            replay, since = Replay(agreement, parties, outside=outside), EARLIEST
        replay.learn(event for event in recorded if since <= event.recorded_at < at)
        since = at
        yield at, replay.at(at - TICK)


def _withdrawn(
    answers: Iterable[tuple[datetime, AgreementState]],
    new: list[RecordedEvent],
    before: ClockPair,
    after: ClockPair,
    last: AgreementState,
) -> list[DiffRow]:
    """What was answered between the instants and is no longer so, with when it ceased."""
    valid = set(map(_identity, last.changes))
    withdrawn: dict[Identity, DiffRow] = {}
    for at, answer in answers:
        for change in answer.changes:
            identity = _identity(change)
            if identity in valid or identity in withdrawn:
                continue
            if before.as_of < change.at <= after.as_of:
                withdrawn[identity] = _correction(change, at, new, last)
    return list(withdrawn.values())


Identity = tuple[str, str, datetime, str, str | None]


def _identity(change: Change) -> Identity:
    return (change.commitment, change.axis, change.at, change.after, change.lead)


def _correction(
    change: Change, at: datetime, new: list[RecordedEvent], last: AgreementState
) -> DiffRow:
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
        "events": [event.id for event in new if event.recorded_at == at],
        "tlp": last.tlp,
    }


def _differences(one: AgreementState, other: AgreementState) -> Iterator[Difference]:
    """Every axis, and whatever else a status has, in which two answers differ."""
    old, new = _answer_of(one), _answer_of(other)
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


def _answer_of(state: AgreementState) -> dict[tuple[str | None, str], object]:
    """Every axis of every commitment, and the roll-up of all."""
    if not is_known(state):
        return {}
    roll_up_of_all = roll_up(state.commitments.values()).value
    answer: dict[tuple[str | None, str], object] = {(None, "roll_up"): roll_up_of_all}
    for commitment in state.commitments.values():
        axes = _axes(commitment, state.as_of)
        answer |= {(commitment.id, axis): value for axis, value in axes.items()}
    return answer


def _axes(commitment: Commitment, as_of: datetime) -> dict[str, object]:
    """The axes in words; an axis without a value is left out, so it does not count as a change."""
    document = commitment_json(commitment, as_of)
    done = document["fulfilment"]
    ends = sorted({end for end in (document["earliest"], document["latest"]) if end})
    axes: dict[str, object] = {
        "state": document["state"],
        "compliance": document["compliance"],
        "timing": document["timing"],
        "fulfilment": done["grade"],
    }
    axes |= {"delivered": done["delivered"]} if done["delivered"] is not None else {}
    axes |= {"periods": periods_words(document["periods"])} if document["periods"] else {}
    axes |= {"late": "late"} if document["late"] else {}
    axes |= {"end": " or ".join(ends)} if ends else {}
    axes |= {f"end {r.id}": format_instant(r.at) for r in commitment.readings if len(ends) > 1}
    axes |= {f"flag {flag}": "raised" for flag in document["flags"]}
    axes |= {f"incident {i['id']}": i["status"] for i in document["incidents"]}
    return axes | {f"condition {c['id']}": c["status"] for c in document["conditions"]}
