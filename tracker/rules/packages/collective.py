"""Entries about a whole agreement: which of its promises one moves, and why it leaves others. Pure.

An entry of terms moves each open promise that has these terms of its agreement, one of a state
each open promise. What it may do to each is judged as if it were about that promise alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from events.wording import first_few
from tracker.entries.entry import Entry
from tracker.errors import IllegalTransition, TrackerError
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.payload import Collective, Payload, is_set
from tracker.model.vocabulary import State
from tracker.rules.conditions import with_condition
from tracker.rules.effects import EFFECTS
from tracker.rules.evolve import evolve
from tracker.rules.packages.inheritance import NAMES, WINDOW, in_zone, named_terms, without
from tracker.rules.terms.accounts import terms_changed, terms_named
from tracker.rules.terms.commands import command_again
from tracker.rules.terms.parties import acting_parties, is_for_others, notice_for_others

OF_TERMS = (
    types.ReadingAsserted,
    types.TermsClarified,
    types.GoverningReadingChosen,
    types.TermChange,
    types.NonRenewalNotified,
)
"""What a promise that is made later has of its agreement as well."""
BY_ITS_END = ("T8", "T14", "35")
"""The rows that close a promise since its time was over."""
NOT_NAMED = "it is not among its commitments"
OWN = "it states its own"
NO_END = "it is a process, which has no end"
"""Why terms of the agreement leave a promise alone."""
MOST_NAMED = 3
"""How many reasons a refusal gives, and promises of each."""


class Outcome(Struct, frozen=True):
    """The promises that an entry moves, as it leaves them, and why it leaves the others alone.

    `hint` is what can be recorded instead, of the whole as well.
    """

    moved: dict[str, Commitment] = {}
    left: dict[str, str] = {}
    hint: str = ""


def is_collective(entry: Entry) -> bool:
    """Whether an entry acts on a whole agreement, or on some of its promises by name."""
    return entry.payload.commitment is None and isinstance(entry.payload, Collective)


def outcome_of(commitments: Mapping[str, Commitment], entry: Entry) -> Outcome:
    """What an entry about a whole agreement does to each of its promises."""
    moved: dict[str, Commitment] = {}
    left: dict[str, str] = {}
    hints: dict[bool, str] = {}
    for commitment in commitments.values():
        try:
            moved[commitment.id] = evolve_as_one(commitment, entry)
        except TrackerError as error:
            left[commitment.id] = _reason(commitment, error)
            is_own = not {*commitment.debtor}.isdisjoint(acting_parties(commitment, entry))
            hints[is_own] = hints.get(is_own) or _hint_for_all(commitment, entry, error)
    return Outcome(moved, left, hints.get(True) or hints.get(False, ""))


def _hint_for_all(commitment: Commitment, entry: Entry, error: TrackerError) -> str:
    """What can be recorded of the whole instead, where the refusal of one promise says it."""

    def of_all(match: re.Match[str]) -> str:
        is_collective = issubclass(types.EVENT_TYPES.get(match[2], Payload), Collective)
        return f"{match[1]}{entry.stream if is_collective else match[3]}"

    hint = error.hint or ""
    command = rf"(pactwatch record (\w+) )({re.escape(commitment.id)})(?=\s|$)"
    return re.sub(command, of_all, hint) if "pactwatch record" in hint else ""


def evolve_as_one(commitment: Commitment, entry: Entry) -> Commitment:
    """Applies an entry about the whole to one promise; raises a TrackerError where it leaves it."""
    part = part_for(commitment, entry)
    if isinstance(part.payload, types.ConditionAdded) and commitment.state is State.PROPOSED:
        # It stays proposed; what it waits for counts once it is accepted.
        return replace(
            with_condition(commitment, part.payload), events=(*commitment.events, entry.id)
        )
    return evolve(commitment, part)


def part_for(commitment: Commitment, entry: Entry) -> Entry:
    """The part of an entry that concerns a promise; raises IllegalTransition where none does."""
    payload = entry.payload
    assert isinstance(payload, Collective)
    if payload.commitments and commitment.id not in payload.commitments:
        raise IllegalTransition(NOT_NAMED)
    is_ended = commitment.state is State.EXPIRED and commitment.state_cause.rule in BY_ITS_END
    if not (commitment.is_open or (is_ended and isinstance(payload, types.TermChange))):
        raise IllegalTransition(f"it is closed: {commitment.state}")
    if why := _not_its_own(commitment, entry):
        raise IllegalTransition(why)
    return replace(entry, payload=_with_inherited_terms(commitment, payload))


def _not_its_own(commitment: Commitment, entry: Entry) -> str:
    """Why one party's act leaves the promises of others alone; empty where it does not."""
    if not isinstance(entry.payload, types.SuspensionDeclared):
        return notice_for_others(commitment, entry)
    clause = commitment.package.clauses.suspension
    if not is_for_others(commitment, entry) or (clause is not None and clause.allowed):
        return ""
    who = ", ".join(sorted(acting_parties(commitment, entry)))
    return f"alone {who} can suspend only what it owes itself"


def _with_inherited_terms(commitment: Commitment, payload: Collective) -> Collective:
    """The payload with the terms that the promise has of its agreement, in the agreement's zone."""
    own, zone = commitment.own_terms, commitment.package.zone
    named = named_terms(terms_changed(payload))
    if isinstance(payload, types.TermRenewed) and not named:
        named = frozenset(WINDOW) - {"start"}
    if not named:
        return payload
    if commitment.id in payload.commitments and named & own:
        # Who names a promise means it, also where it has terms of its own.
        return payload
    if named - {"zone", "zones", "extend_by"} <= own:
        stated = (name for name in NAMES if name in named & own)
        words = ", ".join(name for name in stated if is_set(getattr(commitment.terms, name)))
        raise IllegalTransition(f"{OWN} {words}" if words else NO_END)
    if isinstance(payload, types.TermChange):
        return replace(payload, terms=in_zone(without(payload.terms, own & named), zone))
    if isinstance(payload, types.ReadingAsserted | types.TermsClarified):
        terms, other = terms_named(payload)
        if other:
            return payload
        return replace(
            payload, term=None, value=UNSET, terms=in_zone(without(terms, own & named), zone)
        )
    return payload


def _reason(commitment: Commitment, error: TrackerError) -> str:
    """Why it is left, without what is the same for every promise."""
    words = error.message.partition("; allowed: ")[0]
    _, _, after = words.partition(f"commitment {commitment.id!r}")
    reason = after.removeprefix(":").strip() or words
    if re.fullmatch(r"in state \w+", reason):
        return f"it is not possible for {commitment.kind} commitments {reason}"
    return reason


def with_earlier_entry(commitment: Commitment, entry: Entry) -> Commitment:
    """A new promise with terms that all parties had changed before it was made."""
    if not isinstance(entry.payload, OF_TERMS):
        return commitment
    try:
        part = part_for(commitment, entry)
        return EFFECTS[entry.type](commitment, part.payload, part)
    except TrackerError:
        return commitment


def moves_nothing(entry: Entry, outcome: Outcome) -> IllegalTransition:
    """The refusal of an entry that moves no promise of its agreement, with the reason of some."""
    left = outcome.left
    meant = {name: why for name, why in left.items() if why != NOT_NAMED} or left
    by_reason: dict[str, list[str]] = {}
    for name, why in meant.items():
        by_reason.setdefault(why, []).append(name)
    reasons = [f"{first_few(names, MOST_NAMED)}: {why}" for why, names in by_reason.items()]
    del reasons[MOST_NAMED:]
    reasons += [f"and {len(by_reason) - MOST_NAMED} more"] if len(by_reason) > MOST_NAMED else []
    words = f"; {'; '.join(reasons)}" if reasons else ""
    first = next(iter(meant), None)
    hint = outcome.hint or _as_position(entry) or _naming(entry, by_reason)
    hint = hint or f"pactwatch explain {first}"
    if first is None:
        hint = f"pactwatch commitment add {entry.stream} NEW-ID --kind achievement --debtor DEBTOR"
    movable = f"none among {len(left)}" if left else "that nothing is promised in it yet"
    return IllegalTransition(
        f"{entry.type} on agreement {entry.stream!r}: expected a promise that it moves, found "
        f"{movable}{words}",
        hint=hint,
    )


def _naming(entry: Entry, by_reason: dict[str, list[str]]) -> str:
    """How to name the promises whose own terms are meant; empty where that is not why."""
    own = [name for why, names in by_reason.items() if why.startswith(OWN) for name in names]
    payload: Any = entry.payload
    if not own or not isinstance(payload, types.TermChange):
        return ""
    again = command_again(entry.stream, entry, f"commitments={','.join(own)}")
    return f"name those that are meant: {again}"


POSITIONS = {
    "WithdrawalNotified": "it withdraws",
    "NonRenewalNotified": "it will not go on",
    "SuspensionDeclared": "it suspends its part",
}
"""What a party says that gives notice or suspends."""


def _as_position(entry: Entry) -> str:
    """How to record what a party says that moves nothing; empty for what is no party's word."""
    payload: Any = entry.payload
    who = payload.speaker or next(iter(getattr(payload, "by", None) or ()), None)
    if who is None or entry.type not in POSITIONS:
        return ""
    says = f"speaker={who} text='{POSITIONS[entry.type]}'"
    return f"as what it says: pactwatch record PositionStated {entry.stream} {says}"


def unapplied(commitments: Iterable[Commitment], entry: Entry) -> Iterable[Commitment]:
    """Keeps an entry that moves nothing any more with each promise that it might have moved."""
    payload = entry.payload
    named = payload.commitments if isinstance(payload, Collective) else ()
    for commitment in commitments:
        if commitment.is_open and (not named or commitment.id in named):
            noted = replace(commitment, events=(*commitment.events, entry.id))
            yield replace(noted, unapplied=(*noted.unapplied, entry.id))
