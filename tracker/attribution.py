"""Who says so: the root of an attribution chain, disputed terms, and single sources.

Independent chains are counted, not articles: two reports that go back to the same primary
source are one source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.compatible import incompatible
from tracker.event_types import Payload, is_set

if TYPE_CHECKING:
    from tracker.commitment import Account, Commitment

UNATTRIBUTED = "unattributed"
WINDOW_TERMS = ("start", "due", "end", "duration")
COMPARED_TERMS = (*WINDOW_TERMS, "count", "scope", "quantity", "parties")


def root_of(payload: Payload) -> str:
    """The primary source a report goes back to; the speaker where none is named."""
    return payload.primary_source or payload.speaker or UNATTRIBUTED


def stated_terms(account: Account) -> dict[str, Any]:
    """Every term an account speaks of, null included: silence is evidence."""
    named = {name: getattr(account.terms, name) for name in COMPARED_TERMS}
    return {name: value for name, value in named.items() if is_set(value)} | account.other


def values_of(commitment: Commitment, term: str) -> dict[str, Any]:
    """What each account says of a term, by account id."""
    said = ((account.id, stated_terms(account)) for account in commitment.accounts)
    return {account: terms[term] for account, terms in said if term in terms}


def terms_disputed(commitment: Commitment) -> bool:
    """Whether two accounts give incompatible values of one term; silence contradicts nobody."""
    terms = {term for account in commitment.accounts for term in stated_terms(account)}
    return (
        commitment.added_conditions
        or commitment.ends_disputed
        or any(
            incompatible(term, values_of(commitment, term).values())
            for term in terms - commitment.agreed
        )
    )


def is_single_source(commitment: Commitment) -> bool:
    """Whether the terms that set the clock, or the promise itself, rest on one primary source."""
    timing = {
        account.root
        for account in commitment.accounts
        if any(is_set(value) and value is not None for value in account.terms_of_end)
    }
    return len(timing or commitment.roots) == 1
