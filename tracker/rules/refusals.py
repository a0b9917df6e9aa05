"""Words the refusal of an entry: what stands in the way, and what can be recorded instead. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from events.wording import first_few
from tracker.entries.entry import Entry
from tracker.errors import AlreadyOnRecord, IllegalTransition
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Kind, State
from tracker.rules.terms.commands import command_instead
from tracker.rules.terms.extension import Lack
from tracker.rules.transitions import Transition, likely_instead

REPORT_INSTEAD = {
    "PerformanceConfirmed": "PerformanceReported",
    "ViolationConfirmed": "ViolationAlleged",
    "ViolationRefuted": "ViolationDenied",
    "TermsClarified": "ReadingAsserted",
    "TermExtended": "ReadingAsserted",
}


def lacking(commitment: Commitment, entry: Entry, row: str, lack: Lack) -> IllegalTransition:
    """Words a refusal of an entry that its row allows, with what can be recorded instead."""
    return IllegalTransition(
        f"{entry.type} (row {row}) on commitment {commitment.id!r}: {lack.why}", hint=lack.hint
    )


def numbers(rows: Iterable[Transition]) -> str:
    return "/".join(dict.fromkeys(row.number for row in rows)) or "none"


class PromiseState(Struct, frozen=True):
    """What a refusal says of its commitment; `state` is None before it is made."""

    id: str
    kind: Kind
    state: State | None = None

    @classmethod
    def of(cls, commitment: Commitment) -> PromiseState:
        return cls(commitment.id, commitment.kind, commitment.state)


def refusal(
    promise: PromiseState,
    entry: Entry,
    row: str,
    why: str = "",
    *,
    is_row_fitting: bool = False,
    more: Iterable[str] = (),
) -> IllegalTransition:
    """Words a refusal: what was recorded, what stands in the way, and what is possible instead.

    What is likely to have been meant is named, unless a row fits and only its actor or a field
    does not. A claim is on record as one side's word, and is no way round a state; `more` are
    fields of what is recorded instead.
    """
    state = promise.state
    if isinstance(entry.payload, types.Promise) and entry.payload.promise and state and not why:
        return AlreadyOnRecord(
            "commitment",
            promise.id,
            f"already on record, in state {state}; another promise needs an id of its own",
            f"pactwatch commitment show {promise.id}",
        )
    reason = f": {why}" if why else ""
    if not is_row_fitting:
        likely = likely_instead(entry.type, promise.kind, state)
        reason += f"; allowed: {first_few(likely, 3) or 'none'}"
        reason += "; all: pactwatch help entries" if len(likely) > 3 else ""
    report = REPORT_INSTEAD.get(entry.type)
    hint = f"pactwatch explain {promise.id}"
    if report is not None and why:
        hint = f"as one side's word: {command_instead(report, promise.id, entry, *more)}"
    elif is_row_fitting and entry.payload.level != "any":
        claim = command_instead(entry.type, promise.id, entry, "basis=claim")
        hint = f"as a claim, which moves nothing: {claim}"
    return IllegalTransition(
        f"{entry.type} (row {row}) is not possible for {promise.kind} commitment {promise.id!r} "
        f"in state {state or 'none'}{reason}",
        hint=hint,
    )


def refusal_to_supersede_broken(commitment: Commitment, row: str) -> IllegalTransition:
    """Words why a violated promise has no successor, and how what is agreed after it is entered."""
    c = commitment
    return IllegalTransition(
        f"Superseded (row {row}) is not possible for {c.kind} commitment {c.id!r} in state "
        "violated: what was broken stays broken, whatever is agreed after it",
        hint="enter what is agreed now as a promise of its own: pactwatch commitment add "
        f"{c.agreement} ID; or as an agreement that follows: pactwatch agreement add ID "
        f"--predecessor {c.agreement}",
    )
