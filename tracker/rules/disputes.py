"""Who says so: what each account says of a term, disputed terms, and single sources.

Independent chains are counted, not articles: two reports that go back to the same primary
source are one source (`tracker.model.sources`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.compatible import incompatible
from tracker.model.event_types import is_set
from tracker.model.sources import Chain, Support, support_of

if TYPE_CHECKING:
    from tracker.model.commitment import Account, Commitment

WINDOW_TERMS = ("start", "due", "end", "duration")
COMPARED_TERMS = (*WINDOW_TERMS, "count", "scope", "quantity", "parties")


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


def source_of(account: Account) -> Chain:
    return account.source or Chain(account.event, account.by, (), account.root)


def support_for(commitment: Commitment) -> Support | None:
    """The sources of what sets the clock; None where no account says when it is over."""
    chains = [source_of(account) for account in commitment.accounts]
    timed = [
        source_of(account)
        for account in commitment.accounts
        if any(is_set(value) and value is not None for value in account.terms_of_end)
    ]
    return support_of(timed, chains) if timed else None


def is_single_source(commitment: Commitment) -> bool:
    """Whether the terms that set the clock, or the promise itself, rest on one primary source."""
    support = support_for(commitment)
    return support.is_single if support else len(commitment.roots) == 1


def account_behind(commitment: Commitment, reading: str) -> Account | None:
    """The account that a reading follows from; a reading's id begins with its account's."""
    named = [
        account
        for account in commitment.accounts
        if reading == account.id or reading.startswith(f"{account.id}-")
    ]
    return max(named, key=lambda account: len(account.id), default=None)
