"""Finds what an entry is news of the terms: of ends, readings, and which of them governs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from events import format_instant
from tracker.entries.entry import Entry
from tracker.model.commitment import Account, Commitment
from tracker.model.payload import is_set
from tracker.model.vocabulary import Kind
from tracker.rules.news.change import AxisNews
from tracker.rules.news.ends import end_moves, new_ends
from tracker.rules.terms.accounts import terms_named

END_ROWS = {
    "TermExtended": "22",
    "TermRenewed": "23",
    "TermsClarified": "9",
    "GoverningReadingChosen": "9",
    "Resumed": "21",
}
"""The rows by which an entry moves an end; by any other the state has moved as well."""


def moved_ends_news(before: Commitment, after: Commitment, rule: str | None) -> Iterator[AxisNews]:
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


def reading_news(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
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


def clarification_news(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
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


def governing_news(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
    payload: Any = entry.payload
    if not end_moves(before, after):
        was, now = before.governing.get(payload.term), str(payload.reading)
        yield AxisNews(f"governing {payload.term}", was, now, "9")


def renewal_news(_: Commitment, after: Commitment, __: Entry) -> Iterator[AxisNews]:
    """A notice; one that came too late for this period ends the promise after the next."""
    yield AxisNews("renewal", None, "none" if after.non_renewal else "once", "24")
