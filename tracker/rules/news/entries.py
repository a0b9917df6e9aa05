"""Finds what an entry is news of by itself, beside the axes that it moves. Pure.

Each allegation, denial and finding, each performance, round and reading is a change of its own:
the second breach alleged moves no axis, and is news all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from events import format_instant
from tracker.entries.entry import Entry
from tracker.model.commitment import Account, Commitment
from tracker.model.parts import Claim
from tracker.model.payload import Payload, is_set
from tracker.model.vocabulary import Kind
from tracker.rules.changes import Change
from tracker.rules.conditions import antecedent_id
from tracker.rules.news.ends import EndMove, end_moves, new_ends
from tracker.rules.recurring.performance import amount, period_or_none, promised_in
from tracker.rules.recurring.standing import state_of
from tracker.rules.terms.accounts import terms_named

OF_BREACHES = {
    "ViolationAlleged": ("alleged", "15"),
    "ViolationDenied": ("disputed", "16"),
    "ViolationConfirmed": ("confirmed", "17"),
    "ViolationRefuted": ("refuted", "18"),
}
"""What each type makes of an incident, and its rule."""


ROWS = {
    "TermExtended": "22",
    "TermRenewed": "23",
    "TermsClarified": "9",
    "GoverningReadingChosen": "9",
    "Resumed": "21",
}
"""The rows by which an entry moves an end; by any other the state has moved as well."""


class AxisNews(NamedTuple):
    """One thing that changed: of which axis, from what to what, and by which row."""

    axis: str
    before: str | None
    after: str
    rule: str
    ends: tuple[EndMove, ...] = ()


def entry_news(
    before: Commitment | None, after: Commitment, entry: Entry, known_at: datetime
) -> list[Change]:
    """The changes that an entry about a promise on record is by itself, with who says so."""
    if before is None or entry.id in after.unapplied:
        return []
    name = entry.type
    news: list[AxisNews] = []
    # What an entry leaves as it was is the same object.
    if after.incidents is not before.incidents:
        news += _incident(before, after, entry)
    if after.suspension is not before.suspension:
        news += _suspension(before, after)
    if after.debtor is not before.debtor or after.creditor is not before.creditor:
        news += _sides(before, after)
    if after.readings is not before.readings and name != "ReadingAsserted":
        news += _moved(before, after, ROWS.get(name))
    is_only_claimed = after.claims is not before.claims and name not in NEWS_AS_CLAIMS
    if name in _OF_TYPE and not is_only_claimed:
        news += _OF_TYPE[name](before, after, entry)
    if not news:
        return []
    by, behind = voices_of(entry)
    about = (after, entry.effective_at, known_at)
    return [_change(*about, each, (entry.id,), by, behind) for each in news]


def said_by(changes: list[Change], entry: Entry) -> list[Change]:
    """Changes that an entry makes, those of the state with who says so."""
    # Most entries move no state, and whom a speaker speaks for takes a while to look up.
    if not any(change.axis == "state" for change in changes):
        return changes
    by, behind = voices_of(entry)
    return [
        replace(change, by=by, speaks_for=behind) if by and change.axis == "state" else change
        for change in changes
    ]


def voices_of(entry: Entry) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Who acts or speaks by an entry, and the parties that these speak for."""
    by = speakers_of(entry.payload)
    return by, tuple(entry.registry.speaks_for(by).items()) if by else ()


def moved_by_others(
    before: Commitment,
    after: Commitment,
    at: datetime,
    known_at: datetime,
    events: tuple[str, ...] = (),
) -> list[Change]:
    """The ends of a promise that the clock has moved, or the promise that its deadline hangs on."""
    # A renewal by its own clause says so itself.
    moved = [] if after.renewed > before.renewed else _moved(before, after, None)
    return [_change(after, at, known_at, each, events) for each in moved]


def _change(
    c: Commitment,
    at: datetime,
    known_at: datetime,
    news: AxisNews,
    events: tuple[str, ...],
    by: tuple[str, ...] = (),
    speaks_for: tuple[tuple[str, str], ...] = (),
) -> Change:
    return Change(
        c.agreement,
        c.id,
        at,
        known_at,
        news.axis,
        news.before,
        news.after,
        news.rule,
        events,
        ends=news.ends,
        by=by,
        speaks_for=speaks_for,
    )


def speakers_of(payload: Payload) -> tuple[str, ...]:
    """Names who acts or speaks by an entry: those it names, else its speaker."""
    by = getattr(payload, "by", None)
    named = tuple(filter(None, by if isinstance(by, tuple) else (by,))) if by else ()
    return named or ((payload.speaker,) if payload.speaker else ())


def _incident(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
    """The incident that the entry speaks of, also where it keeps its status."""
    name = getattr(entry.payload, "incident", None) or entry.id
    known, incident = before.incident(name), after.incident(name)
    if incident is not None:
        _, rule = OF_BREACHES.get(entry.type, ("alleged", "15"))
        was = known.status if known else None
        yield AxisNews(f"incident {name}", was, incident.status, rule)


def _claimed_breach(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
    """An allegation or denial that stays a claim, as of a promise that has no incidents."""
    if before.claims is after.claims or before.incidents is not after.incidents:
        return
    claim: Claim = after.claims[-1]
    status, rule = OF_BREACHES[entry.type]
    yield AxisNews(f"incident {claim.incident or entry.id}", None, status, rule)


def _suspension(before: Commitment, after: Commitment) -> Iterator[AxisNews]:
    if after.suspension_contested and not before.suspension_contested:
        yield AxisNews("suspension", None, "contested", "20")


def _sides(before: Commitment, after: Commitment) -> Iterator[AxisNews]:
    """Who owes it and to whom, where a side was handed on."""
    for side in ("debtor", "creditor"):
        was, now = getattr(before, side), getattr(after, side)
        if was != now:
            yield AxisNews(side, ", ".join(was) or None, ", ".join(now) or "nobody", "30")


def _waiver(before: Commitment, after: Commitment, _: Entry) -> Iterator[AxisNews]:
    """Which creditors waive it, where it is still owed to others; else it says so itself."""
    given = [party for party in after.waived_by if party not in before.waived_by]
    if given and after.owed_to:
        yield AxisNews("creditor", ", ".join(given), ", ".join(after.owed_to), "26")


def _moved(before: Commitment, after: Commitment, rule: str | None) -> Iterator[AxisNews]:
    """The ends that were moved; those that only entering into force has set are none."""
    begins = before.entered_at is None and after.entered_at is not None
    if before.readings is after.readings or (begins and not before.readings):
        return
    if ends := end_moves(before, after):
        row = rule or after.state_cause.rule
        yield AxisNews("end", _ends_of(before), _ends_of(after) or "none", row, ends)


def _ends_of(commitment: Commitment) -> str | None:
    ends = sorted({reading.at for reading in commitment.readings})
    return " or ".join(map(format_instant, ends)) or None


def _performance(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
    """How much is done of how much; what is only reported stands beside what is confirmed."""
    if after.kind is Kind.RECURRING:
        yield from _performance_in_period(before, after, entry)
        return
    # What is full ends the promise.
    if before.is_open is not after.is_open:
        return
    was = amount(before.delivered, before.promised) or before.grade.value
    if after.fulfilment_cause is not before.fulfilment_cause and after.fulfilment_cause:
        now = amount(after.delivered, after.promised) or after.grade.value
        yield AxisNews("performance", was, now, after.fulfilment_cause.rule)
    elif after.claims is not before.claims:
        yield AxisNews("performance", was, _reported(entry, after.promised), "10")


def _performance_in_period(
    before: Commitment, after: Commitment, entry: Entry
) -> Iterator[AxisNews]:
    """How much is done of a long period; what becomes of the period is a change of its own."""
    period, at = period_or_none(after, entry), entry.effective_at
    if period is None or after.schedule is None or not after.schedule.is_long(period.number):
        return
    if state_of(before, period, at) is not state_of(after, period, at):
        return
    known, record = (c.period_records.get(period.number) for c in (before, after))
    axis, promised = f"performance {period.day}", promised_in(after, period)
    was = amount(known.delivered, promised) or "partial" if known and known.is_begun else None
    if record is not known and record is not None:
        now = amount(record.delivered, promised) or "partial"
        yield AxisNews(
            axis, was, now, after.fulfilment_cause.rule if after.fulfilment_cause else "12"
        )
    elif after.claims is not before.claims:
        yield AxisNews(axis, was, _reported(entry, promised), "10")


def _reported(entry: Entry, promised: int | None) -> str:
    payload: Any = entry.payload
    of = getattr(payload, "of", None) or promised
    quantity = amount(getattr(payload, "quantity", None), of)
    return f"{quantity or getattr(payload, 'fulfilment', None) or 'done'} reported"


def _round(_: Commitment, __: Commitment, entry: Entry) -> Iterator[AxisNews]:
    payload: Any = entry.payload
    axis = "milestone" if entry.type == "MilestoneReached" else "round"
    yield AxisNews(axis, None, payload.milestone or payload.text or "held", "31")


def _condition(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
    name = antecedent_id(entry.payload)
    was, now = ({each.id: each.status for each in c.conditions} for c in (before, after))
    if was.get(name) != now.get(name) == "satisfied":
        yield AxisNews(f"condition {name}", was.get(name), "satisfied", "7")


def _added_condition(_: Commitment, __: Commitment, entry: Entry) -> Iterator[AxisNews]:
    yield AxisNews(f"condition {antecedent_id(entry.payload)}", None, "added", "6")


def _reading(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
    """A reading of one account: the ends by it, else the term that it names.

    It may only complete what its source has said before: then that end moves. What it said last
    and says once more is no news.
    """
    if _is_repeated(before, after.accounts[-1]):
        return
    ends = new_ends(before, after) or end_moves(before, after)
    instants = sorted({each.after for each in ends if each.after})
    words = " or ".join(map(format_instant, instants)) or _terms_in_words(after, entry)
    yield AxisNews(f"reading {after.accounts[-1].id}", None, words, "9", ends)


def _is_repeated(before: Commitment, account: Account) -> bool:
    """Whether somebody said the same when last speaking of any of these terms."""
    earlier = (each for each in reversed(before.accounts) if each.by == account.by)
    last = next((each for each in earlier if each.named & account.named), None)
    return last is not None and last.content == account.content


def _clarified(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
    """Terms on which all parties agree; an end that moves is said as such."""
    if not end_moves(before, after):
        yield AxisNews("terms", None, _terms_in_words(after, entry), "9")


def _terms_in_words(after: Commitment, entry: Entry) -> str:
    """The terms that an entry names; of one period, as the account of it has them."""
    payload: Any = entry.payload
    terms, other = terms_named(payload)
    if payload.period is not None and after.kind is Kind.RECURRING and after.accounts:
        terms, other = after.accounts[-1].terms, after.accounts[-1].other
    named = {name: getattr(terms, name) for name in terms.__struct_fields__}
    stated = {name: value for name, value in (named | other).items() if is_set(value)}
    ids = ("reading", "reading_of")
    words = (f"{n}: {'silent' if v is None else v}" for n, v in stated.items() if n not in ids)
    return "; ".join(words) or "terms"


def _governing(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
    payload: Any = entry.payload
    if not end_moves(before, after):
        was, now = before.governing.get(payload.term), str(payload.reading)
        yield AxisNews(f"governing {payload.term}", was, now, "9")


def _not_renewed(_: Commitment, after: Commitment, __: Entry) -> Iterator[AxisNews]:
    """A notice; one that came too late for this period ends the promise after the next."""
    yield AxisNews("renewal", None, "none" if after.non_renewal else "once", "24")


NEWS_AS_CLAIMS = frozenset(
    {"ViolationAlleged", "ViolationDenied", "PerformanceReported", "PerformanceConfirmed",
     "CommitmentClosed"}
)  # fmt: skip
"""What is news also where it changes nothing: another act is none until it is more than claimed."""
_OF_TYPE: dict[str, Callable[[Commitment, Commitment, Entry], Iterator[AxisNews]]] = {
    "ViolationAlleged": _claimed_breach,
    "ViolationDenied": _claimed_breach,
    "PerformanceReported": _performance,
    "PerformanceConfirmed": _performance,
    "CommitmentClosed": _performance,
    "RoundHeld": _round,
    "MilestoneReached": _round,
    "ConditionSatisfied": _condition,
    "ConditionAdded": _added_condition,
    "ReadingAsserted": _reading,
    "TermsClarified": _clarified,
    "GoverningReadingChosen": _governing,
    "NonRenewalNotified": _not_renewed,
    "CreditorReleased": _waiver,
}
