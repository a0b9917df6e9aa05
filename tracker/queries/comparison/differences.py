"""In what two answers of one agreement differ, and by which changes it came about. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NotRequired, TypedDict

from events import format_instant
from tracker.documents.changes import EndDocument, ends_json, origin_of
from tracker.documents.commitments import commitment_json
from tracker.documents.pending import pending_words
from tracker.documents.periods import UnmetPeriod, newly_unmet, periods_words
from tracker.entries.tlp import highest
from tracker.model.commitment import Commitment
from tracker.rules.agreement import AgreementState, is_known, roll_up
from tracker.rules.news.change import Change
from tracker.rules.news.ends import all_ends

STEP_BY_STEP = (
    "state", "compliance", "timing", "fulfilment", "incident", "condition", "renewal", "withdrawal",
)  # fmt: skip
"""What is listed change by change, also where it stands again as it did; each moved end as well."""


class WithEnds(TypedDict):
    """`ends` are those before and after, where ends moved."""

    ends: NotRequired[list[EndDocument]]


class Difference(WithEnds):
    """An axis, or whatever else a status has, in which two answers differ.

    `unmet` are the periods that were missed since, or met in part alone, where counts differ.
    """

    agreement: str
    commitment: str | None
    axis: str
    before: object
    after: object
    unmet: list[UnmetPeriod]
    tlp: str


class Origin(WithEnds):
    """How something came about, when, when it was recorded, and by which entries.

    `by` where an entry says so, with the parties behind accounts; `delivered` is how much of a
    period that was not met, `text` what the entry says in words of its own.
    """

    how: str
    at: str | None
    recorded_at: str | None
    rule: str | None
    events: list[str]
    by: NotRequired[list[str]]
    speaks_for: NotRequired[dict[str, str]]
    delivered: NotRequired[str]
    text: NotRequired[str]


class DiffRow(Difference, Origin):
    """A difference with how it came about."""


Answer = dict[tuple[str | None, str], object]
"""What an agreement answers at an instant, by commitment and axis."""


def differences(
    one: AgreementState, other: AgreementState, answer: Answer | None = None
) -> Iterator[Difference]:
    """Every axis, and whatever else a status has, in which two answers differ.

    `answer` is that of `one`, where it is at hand.
    """
    old, new = answer_of(one) if answer is None else answer, answer_of(other)
    for key in dict.fromkeys([*new, *old]):
        if old.get(key) != new.get(key):
            yield _difference(one, other, key, old.get(key), new.get(key))


def first_values(one: AgreementState, made: AgreementState) -> Iterator[Difference]:
    """How the promises that are not on record yet in `one` stand when they are made."""
    for commitment in made.commitments.values():
        if commitment.id not in one.commitments:
            for axis, value in axes_in_words(commitment, made.as_of).items():
                yield _difference(one, made, (commitment.id, axis), None, value)


def _difference(
    one: AgreementState,
    other: AgreementState,
    place: tuple[str | None, str],
    before: object,
    after: object,
) -> Difference:
    """A difference of one axis, with the ends that moved and the periods that were not met."""
    commitment, axis = place
    difference: Difference = {
        "agreement": other.id,
        "commitment": commitment,
        "axis": axis,
        "before": before,
        "after": after,
        "unmet": [],
        "tlp": highest((one.tlp, other.tlp)),
    }
    root, _, reading = axis.partition(" ")
    if root == "end" and commitment is not None:
        sides = (state.commitments.get(commitment) for state in (one, other))
        moves = (m for m in all_ends(*sides) if reading in ("", m.reading))
        difference["ends"] = ends_json(moves)
    promise = other.commitments.get(commitment) if commitment else None
    if axis == "periods" and promise is not None:
        was = one.commitments.get(promise.id)
        difference["unmet"] = newly_unmet(was, one.as_of, promise, other.as_of)
    return difference


def answer_of(state: AgreementState) -> Answer:
    """Every axis of every commitment, and the roll-up of all."""
    if not is_known(state):
        return {}
    roll_up_of_all = roll_up(state.commitments.values()).value
    answer: Answer = {(None, "roll_up"): roll_up_of_all}
    for commitment in state.commitments.values():
        axes = axes_in_words(commitment, state.as_of)
        answer |= {(commitment.id, axis): value for axis, value in axes.items()}
    return answer


def axes_in_words(commitment: Commitment, as_of: datetime) -> dict[str, object]:
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
    axes |= {"clear_until": document["clear_until"]} if document["clear_until"] else {}
    axes |= {"delivered": done["delivered"]} if done["delivered"] is not None else {}
    axes |= {"periods": periods_words(document["periods"])} if document["periods"] else {}
    axes |= {"late": "late"} if document["late"] else {}
    axes |= {"end": " or ".join(ends)} if ends else {}
    axes |= {f"end {r.id}": format_instant(r.at) for r in commitment.readings if len(ends) > 1}
    flags = [*document["flags"], *sorted(pending_words(document))]
    axes |= {f"flag {flag}": "raised" for flag in flags}
    axes |= {f"incident {i['id']}": i["status"] for i in document["incidents"]}
    return axes | {f"condition {c['id']}": c["status"] for c in document["conditions"]}


def steps_between(
    one: AgreementState,
    other: AgreementState,
    how: str,
    recorded_at: Mapping[str, datetime],
    made: Mapping[str, list[Difference]],
) -> Iterator[DiffRow]:
    """What changes in the world from one instant to another, as now known.

    Every change of every axis in the order of time; then what else differs at the two instants.
    `made` is how each promise stands when it is made.
    """
    values, moved = answer_of(one), set()
    first = {(row["commitment"], row["axis"]): row["after"] for name in made for row in made[name]}
    rows = differences(one, other, {**first, **values})
    differing = {(row["commitment"], row["axis"]): row for row in rows}
    to_come = dict(made)
    tlp = highest((one.tlp, other.tlp))
    since = [change for change in other.changes if change.at > one.as_of]
    for change in sorted(filter(_is_step, since), key=lambda change: change.at):
        axis = (change.commitment, _axis(change))
        for row in to_come.pop(change.commitment, ()):
            yield {**row, **_origin(change, how, recorded_at)}
            values[(change.commitment, row["axis"])] = row["after"]
        before: object = values.get(axis)
        after: str | None = change.after
        origin = _origin(change, how, recorded_at)
        if change.ends:
            moved.add(change.commitment)
            sides = ({getattr(end, side) for end in change.ends} for side in ("before", "after"))
            before, after = (
                " or ".join(map(format_instant, sorted(filter(None, side)))) or None
                for side in sides
            )
        values[axis] = after
        # The moment of a lead says again what the timing is already.
        if before != after:
            yield {
                "agreement": other.id,
                "commitment": change.commitment,
                "axis": axis[1],
                "before": before and str(before),
                "after": after,
                "unmet": [],
                "tlp": tlp,
                **origin,
            }
    newest_first = since[::-1]
    for place, row in differing.items():
        is_moved = place[0] in moved and place[1].partition(" ")[0] == "end"
        if values.get(place) != row["after"] and not is_moved:
            cause = next((c for c in newest_first if (c.commitment, c.axis) == place), None)
            yield {**row, "before": values.get(place), **_origin(cause, how, recorded_at)}


def _is_step(change: Change) -> bool:
    is_lead = change.axis == "withdrawal" and change.lead is not None
    return bool(change.ends) or (change.axis.partition(" ")[0] in STEP_BY_STEP and not is_lead)


def _axis(change: Change) -> str:
    """The axis by which a change is listed: moved ends as ends, a reading's by its id."""
    root, _, about = change.axis.partition(" ")
    if not change.ends:
        return change.axis
    return f"end {about}" if root == "reading" else "end"


def _origin(change: Change | None, how: str, recorded_at: Mapping[str, datetime]) -> Origin:
    events = list(change.events) if change else []
    known = [recorded_at[event] for event in events if event in recorded_at]
    whose = origin_of(change) if change else {}
    return {
        "how": how,
        "at": format_instant(change.at) if change else None,
        "recorded_at": format_instant(max(known)) if known else None,
        "rule": change.rule if change else None,
        "events": events,
        **whose,
    }
