"""In what two answers of one agreement differ: every axis, and whatever else a status has. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TypedDict

from events import format_instant
from tracker.documents.commitments import commitment_json
from tracker.documents.periods import periods_words
from tracker.entries.tlp import highest
from tracker.model.commitment import Commitment
from tracker.rules.agreement import AgreementState, is_known, roll_up


class Difference(TypedDict):
    """An axis, or whatever else a status has, in which two answers differ."""

    agreement: str
    commitment: str | None
    axis: str
    before: object
    after: object
    tlp: str


def differences(one: AgreementState, other: AgreementState) -> Iterator[Difference]:
    """Every axis, and whatever else a status has, in which two answers differ."""
    old, new = answer_of(one), answer_of(other)
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


def answer_of(state: AgreementState) -> dict[tuple[str | None, str], object]:
    """Every axis of every commitment, and the roll-up of all."""
    if not is_known(state):
        return {}
    roll_up_of_all = roll_up(state.commitments.values()).value
    answer: dict[tuple[str | None, str], object] = {(None, "roll_up"): roll_up_of_all}
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
    axes |= {f"flag {flag}": "raised" for flag in document["flags"]}
    axes |= {f"incident {i['id']}": i["status"] for i in document["incidents"]}
    return axes | {f"condition {c['id']}": c["status"] for c in document["conditions"]}
