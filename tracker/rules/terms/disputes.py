"""What each account says of a term, which terms are disputed, and what rests on a single source.

Independent chains are counted, not articles: two reports that go back to the same primary
source are one source (`tracker.model.sources`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import combinations
from typing import Any

from tracker.dates.durations import parse_duration
from tracker.dates.edtf import parse_edtf
from tracker.errors import TrackerError
from tracker.model.commitment import RELEASABLE, Account, Commitment
from tracker.model.payload import is_set
from tracker.model.sources import Chain, Support, by_party, support_of
from tracker.model.vocabulary import Flag
from tracker.rules.recurring.standing import standing

DATES = ("start", "due", "end")
LENGTHS = ("duration", "grace", "stale_after")
SETS = ("parties", "zones")


def are_incompatible(term: str, values: Iterable[Any]) -> bool:
    """Whether any two of the given values exclude each other."""
    stated = [value for value in values if value is not None]
    return any(not _agree(term, one, other) for one, other in combinations(stated, 2))


def _agree(term: str, one: Any, other: Any) -> bool:
    """Whether two values are the same; as text where they are not of the form of their term.

    Two dates may be the same when they are equal instants, or the less precise covers the other.
    """
    are_texts = isinstance(one, str) and isinstance(other, str)
    try:
        if are_texts and term in DATES:
            first, second = parse_edtf(one), parse_edtf(other)
            if first.instant is not None and second.instant is not None:
                return first.instant == second.instant
            spans = (first.first, first.last), (second.first, second.last)
            return _covers(*spans) or _covers(*reversed(spans))
        if are_texts and term in LENGTHS:
            return _length(one) == _length(other)
    except TrackerError:
        pass
    return bool(_comparable(term, one) == _comparable(term, other))


def _covers(outer: tuple[date | None, date | None], inner: tuple[date | None, date | None]) -> bool:
    begins = outer[0] is None or (inner[0] is not None and outer[0] <= inner[0])
    ends = outer[1] is None or (inner[1] is not None and inner[1] <= outer[1])
    return begins and ends


def _length(text: str) -> tuple[int, int, int]:
    length = parse_duration(text)
    return length.months, length.days, length.seconds


def _comparable(term: str, value: Any) -> Any:
    if term in SETS and isinstance(value, list | tuple):
        return frozenset(_folded_text(item) for item in value)
    return _folded_text(value)


def _folded_text(value: Any) -> str:
    return " ".join(str(value).casefold().split())


WINDOW_TERMS = ("start", "due", "end", "duration")
COMPARED_TERMS = (*WINDOW_TERMS, "count", "scope", "quantity", "parties", "recurrence")


def stated_terms(account: Account) -> dict[str, object]:
    """The terms that an account states, null included: silence is evidence."""
    named = {name: getattr(account.terms, name) for name in COMPARED_TERMS}
    stated = {name: value for name, value in named.items() if is_set(value)} | account.other
    return {name: getattr(value, "text", value) for name, value in stated.items()}


def are_terms_disputed(commitment: Commitment) -> bool:
    """Whether two accounts give incompatible values of one term; silence contradicts nobody."""
    if commitment.added_conditions or commitment.ends_disputed:
        return True
    values: dict[str, dict[str, object]] = {}
    for account in commitment.accounts:
        for term, value in stated_terms(account).items():
            values.setdefault(term, {})[account.id] = value
    return any(
        are_incompatible(term, by_account.values())
        for term, by_account in values.items()
        if term not in commitment.agreed
    )


def source_of(account: Account) -> Chain:
    return account.source or Chain(account.event, account.by, (), account.root)


def support_for(commitment: Commitment) -> Support | None:
    """The sources of what sets the clock; None where no account states when it is over."""
    chains = [source_of(account) for account in commitment.accounts]
    # Who counts from another day moves the end, too.
    ending = {reading.account for reading in commitment.readings}
    timed = [
        source_of(account)
        for account in commitment.accounts
        if account.id in ending
        or any(is_set(value) and value is not None for value in account.terms_of_end)
    ]
    return support_of(timed, chains) if timed else None


def promise_sources(commitment: Commitment) -> tuple[str, ...]:
    """The independent sources of the promise itself."""
    return by_party(commitment.roots, commitment.root_parties)


def is_single_source(commitment: Commitment, support: Support | None = None) -> bool:
    """Whether the terms that set the clock, or the promise itself, rest on one primary source."""
    support = support or support_for(commitment)
    return support.is_single if support else len(promise_sources(commitment)) == 1


def account_behind(commitment: Commitment, reading: str) -> Account | None:
    """The account that a reading follows from: a reading's id begins with its account's.

    Of a later period it is that of who renewed it, where the reading only goes on from the last.
    """
    boundary = commitment.boundary
    if boundary is not None and any(end.id == reading for end in boundary.ends):
        renewing = (each for each in commitment.accounts if each.id == boundary.account)
        if (account := next(renewing, None)) is not None:
            return account
    named = [
        account
        for account in commitment.accounts
        if reading == account.id or reading.startswith(f"{account.id}-")
    ]
    return max(named, key=lambda account: len(account.id), default=None)


def flags_of(
    commitment: Commitment, at: datetime | None = None, support: Support | None = None
) -> tuple[Flag, ...]:
    """The flags that a reader has to know beside the state, in the order shown.

    Only at an instant is it known what the clock has made of the periods of a promise. `support`
    is what `support_for` gives, where that is at hand.
    """
    raised = (
        (Flag.TERMS_DISPUTED, are_terms_disputed(commitment)),
        (Flag.SUSPENSION_CONTESTED, commitment.suspension_contested),
        (Flag.RELEASE_AVAILABLE, commitment.release_available and commitment.state in RELEASABLE),
        (Flag.SINGLE_SOURCE, is_single_source(commitment, support)),
        (Flag.PERIODS_MISSED, at is not None and standing(commitment, at).has_unmet),
    )
    return tuple(flag for flag, is_raised in raised if is_raised)
