"""What a promise waits for: its antecedents, added, satisfied, failed or waived. Pure."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Account, Commitment, Condition
from tracker.model.payload import Antecedent
from tracker.model.terms import Terms
from tracker.model.vocabulary import State
from tracker.rules.accounts import instant_of, promised


def accepted(c: Commitment, p: types.CommitmentAccepted, entry: Entry) -> Commitment:
    """Waives the antecedents that are still open: the acceptance names no conditions."""
    waived = tuple(
        replace(condition, status="waived") if condition.status == "open" else condition
        for condition in c.conditions
    )
    return promised(replace(c, conditions=waived), p, entry)


def accepted_conditionally(
    c: Commitment, p: types.AcceptedConditionally, entry: Entry
) -> Commitment:
    conditions = tuple(condition_of(antecedent, c.zone) for antecedent in p.antecedents)
    return promised(replace(c, conditions=conditions, require=p.require), p, entry)


def condition_of(antecedent: Antecedent, zone: str) -> Condition:
    deadline = instant_of(antecedent.deadline, zone)
    a = antecedent
    return Condition(a.id, a.text, deadline, by=a.by, on=a.on, awaits=a.awaits)


def antecedent_id(payload: Any) -> str:
    antecedent = payload.antecedent
    return antecedent if isinstance(antecedent, str) else str(antecedent.id)


def condition_added(c: Commitment, p: types.ConditionAdded, entry: Entry) -> Commitment:
    """Adds an antecedent to a conditional promise; on one in force, only a disputed reading."""
    if c.state is not State.CONDITIONAL:
        source = entry.chain
        text = p.antecedent if isinstance(p.antecedent, str) else p.antecedent.text
        other: dict[str, object] = {"condition": text or antecedent_id(p)}
        account = Account(entry.id, p.speaker, source.root, Terms(), entry.id, other, source)
        return replace(c, accounts=(*c.accounts, account), added_conditions=True)
    antecedent = p.antecedent
    if isinstance(antecedent, str):
        antecedent = Antecedent(id=antecedent)
    return replace(c, conditions=(*c.conditions, condition_of(antecedent, c.zone)))


def condition_satisfied(c: Commitment, p: types.ConditionSatisfied, _: Entry) -> Commitment:
    return _mark_condition(c, antecedent_id(p), "satisfied")


def condition_failed(c: Commitment, p: types.ConditionFailed, _: Entry) -> Commitment:
    return _mark_condition(c, antecedent_id(p), "failed")


def _mark_condition(c: Commitment, condition_id: str, status: Any) -> Commitment:
    marked = (replace(h, status=status) if h.id == condition_id else h for h in c.conditions)
    return replace(c, conditions=tuple(marked))


def antecedents_hold(c: Commitment) -> bool:
    fulfilled = [condition.status in ("satisfied", "waived") for condition in c.conditions]
    return any(fulfilled) if c.require == "any" else all(fulfilled)


def antecedents_fail(c: Commitment) -> bool:
    """Whether the antecedents can no longer hold: one that failed, or all where any is enough."""
    failed = [condition.status == "failed" for condition in c.conditions]
    return all(failed) if c.require == "any" else any(failed)
