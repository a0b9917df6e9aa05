"""What a promise waits for: its antecedents, added, satisfied, failed or waived. Pure."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Account, Commitment
from tracker.model.parts import Condition
from tracker.model.payload import Antecedent
from tracker.model.terms import Terms
from tracker.model.vocabulary import State
from tracker.rules.terms.accounts import instant_of, promised


def accepted(c: Commitment, p: types.CommitmentAccepted, entry: Entry) -> Commitment:
    """Waives its antecedents that are still open: the acceptance names no conditions."""
    waived = tuple(
        replace(each, status="waived") if each.status == "open" and not each.of_agreement else each
        for each in c.conditions
    )
    return promised(replace(c, conditions=waived), p, entry)


def accepted_conditionally(
    c: Commitment, p: types.AcceptedConditionally, entry: Entry
) -> Commitment:
    shared = tuple(condition for condition in c.conditions if condition.of_agreement)
    conditions = shared + tuple(condition_of(antecedent, c.zone) for antecedent in p.antecedents)
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
    return with_condition(c, p)


def with_condition(c: Commitment, p: types.ConditionAdded) -> Commitment:
    zone = c.zone if p.commitment is not None else c.package.zone
    return replace(c, conditions=(*c.conditions, added_condition(p, zone)))


def added_condition(p: types.ConditionAdded, zone: str) -> Condition:
    """The antecedent that an entry adds, to one promise or to all of an agreement."""
    antecedent = p.antecedent
    if isinstance(antecedent, str):
        antecedent = Antecedent(id=antecedent)
    return replace(condition_of(antecedent, zone), of_agreement=p.commitment is None)


def condition_satisfied(c: Commitment, p: types.ConditionSatisfied, _: Entry) -> Commitment:
    return replace(c, conditions=marked(c.conditions, antecedent_id(p), "satisfied"))


def condition_failed(c: Commitment, p: types.ConditionFailed, _: Entry) -> Commitment:
    return replace(c, conditions=marked(c.conditions, antecedent_id(p), "failed"))


def marked(
    conditions: tuple[Condition, ...], condition_id: str, status: Any
) -> tuple[Condition, ...]:
    """The conditions with the status of one of them set."""
    return tuple(replace(h, status=status) if h.id == condition_id else h for h in conditions)


def awaits_agreement(c: Commitment) -> bool:
    """Whether its agreement still waits for a condition of all its promises."""
    return any(each.of_agreement and each.status in ("open", "failed") for each in c.conditions)


def own_conditions(c: Commitment) -> list[Condition]:
    """The antecedents among which any one may be enough: not those of its agreement."""
    own = [condition for condition in c.conditions if not condition.of_agreement]
    return own if c.require == "any" else list(c.conditions)


def antecedents_hold(c: Commitment) -> bool:
    fulfilled = [each.status in ("satisfied", "waived") for each in own_conditions(c)]
    holds = any(fulfilled) if c.require == "any" and fulfilled else all(fulfilled)
    return holds and not awaits_agreement(c)


def antecedents_fail(c: Commitment) -> bool:
    """Whether the antecedents can no longer hold: one that failed, or all where any is enough."""
    if any(each.of_agreement and each.status == "failed" for each in c.conditions):
        return True
    failed = [each.status == "failed" for each in own_conditions(c)]
    return all(failed) if c.require == "any" and failed else any(failed)
