"""Finds what an entry is news of by itself, beside the axes that it moves. Pure.

Each allegation, denial and finding, each performance, round and reading is a change of its own:
the second breach alleged moves no axis, and is news all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from tracker.entries.entry import Entry
from tracker.model.commitment import Commitment
from tracker.model.parts import Claim
from tracker.model.payload import Payload
from tracker.model.vocabulary import OF_BREACHES
from tracker.rules.conditions import antecedent_id
from tracker.rules.news.change import AxisNews, Change, Occasion, change_of
from tracker.rules.news.performance import performance_news
from tracker.rules.news.terms import (
    END_ROWS,
    clarification_news,
    governing_news,
    moved_ends_news,
    reading_news,
    renewal_news,
)

SAID_BY = ("state", "withdrawal")
"""The axes of which a reader hears by whose act or word they move."""


def entry_news(
    before: Commitment | None, after: Commitment, entry: Entry, occasion: Occasion
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
        news += moved_ends_news(before, after, END_ROWS.get(name))
    is_only_claimed = after.claims is not before.claims and name not in NEWS_AS_CLAIMS
    if name in _OF_TYPE and not is_only_claimed:
        news += _OF_TYPE[name](before, after, entry)
    if not news:
        return []
    by, behind = speakers_and_parties(entry)
    occasion = replace(occasion, by=by, speaks_for=behind)
    return [change_of(after, each, occasion) for each in news]


def said_by(changes: list[Change], entry: Entry) -> list[Change]:
    """Changes that an entry makes; those of the state, and notices, with who says so."""
    # Most entries move no state, and whom a speaker speaks for takes a while to look up.
    if not any(change.axis in SAID_BY for change in changes):
        return changes
    by, behind = speakers_and_parties(entry)
    return [
        replace(change, by=by, speaks_for=behind) if by and change.axis in SAID_BY else change
        for change in changes
    ]


def speakers_and_parties(entry: Entry) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Who acts or speaks by an entry, and the parties that these speak for."""
    by = speakers_of(entry.payload)
    return by, tuple(entry.registry.speaks_for(by).items()) if by else ()


def moved_by_others(before: Commitment, after: Commitment, occasion: Occasion) -> list[Change]:
    """The ends of a promise that the clock has moved, or the promise that its deadline hangs on."""
    # A renewal by its own clause says so itself.
    moved = [] if after.renewed > before.renewed else moved_ends_news(before, after, None)
    return [change_of(after, each, occasion) for each in moved]


def speakers_of(payload: Payload) -> tuple[str, ...]:
    """Names who acts or speaks by an entry: those it names, else its speaker."""
    by = getattr(payload, "by", None)
    named = tuple(filter(None, by if isinstance(by, tuple) else (by,))) if by else ()
    return named or ((payload.speaker,) if payload.speaker else ())


def _incident(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
    """The incident that the entry speaks of, also where it keeps its status.

    Who alleges it after others is told with words of their own.
    """
    name = getattr(entry.payload, "incident", None) or entry.id
    known, incident = before.incident(name), after.incident(name)
    if incident is not None:
        _, rule = OF_BREACHES.get(entry.type, ("alleged", "15"))
        was = known.status if known else None
        is_alleged_again = known is not None and entry.type == "ViolationAlleged"
        text = getattr(entry.payload, "text", "") if is_alleged_again else ""
        yield AxisNews(f"incident {name}", was, incident.status, rule, text=text)


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
    """Who owes it and to whom, where a side was handed on; not who waived it."""
    sides = (("debtor", "debtor"), ("creditor", "owed_to"))
    for side, name in sides:
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield AxisNews(side, ", ".join(was) or None, ", ".join(now) or "nobody", "30")


def _waiver(before: Commitment, after: Commitment, _: Entry) -> Iterator[AxisNews]:
    """Which creditors waive it, where it is still owed to others; else it says so itself."""
    given = [party for party in after.waived_by if party not in before.waived_by]
    if given and after.owed_to:
        yield AxisNews("creditor", ", ".join(given), ", ".join(after.owed_to), "26")


def _round(_: Commitment, __: Commitment, entry: Entry) -> Iterator[AxisNews]:
    payload: Any = entry.payload
    axis = "milestone" if entry.type == "MilestoneReached" else "round"
    text = payload.text or "" if payload.milestone else ""
    yield AxisNews(axis, None, payload.milestone or payload.text or "held", "31", text=text)


def _condition(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
    name = antecedent_id(entry.payload)
    was, now = ({each.id: each.status for each in c.conditions} for c in (before, after))
    if was.get(name) != now.get(name) == "satisfied":
        yield AxisNews(f"condition {name}", was.get(name), "satisfied", "7")


def _added_condition(_: Commitment, __: Commitment, entry: Entry) -> Iterator[AxisNews]:
    yield AxisNews(f"condition {antecedent_id(entry.payload)}", None, "added", "6")


NEWS_AS_CLAIMS = frozenset(
    {"ViolationAlleged", "ViolationDenied", "PerformanceReported", "PerformanceConfirmed",
     "CommitmentClosed"}
)  # fmt: skip
"""What is news also where it changes nothing: another act is none until it is more than claimed."""
_OF_TYPE: dict[str, Callable[[Commitment, Commitment, Entry], Iterator[AxisNews]]] = {
    "ViolationAlleged": _claimed_breach,
    "ViolationDenied": _claimed_breach,
    "PerformanceReported": performance_news,
    "PerformanceConfirmed": performance_news,
    "CommitmentClosed": performance_news,
    "RoundHeld": _round,
    "MilestoneReached": _round,
    "ConditionSatisfied": _condition,
    "ConditionAdded": _added_condition,
    "ReadingAsserted": reading_news,
    "TermsClarified": clarification_news,
    "GoverningReadingChosen": governing_news,
    "NonRenewalNotified": renewal_news,
    "CreditorReleased": _waiver,
}
