"""The terms that make a window, and what each account says of them. Pure.

What one source says of a window in several entries is read as one account.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import UNSET, convert
from msgspec.structs import replace

from tracker.model.commitment import Account, Commitment
from tracker.model.payload import is_set
from tracker.model.relative import Relative
from tracker.model.terms import Terms, merge
from tracker.rules.terms.anchors import ANCHORED

TERM_FIELDS = frozenset(Terms.__struct_fields__)
ANCHORS = ("due", "end", "duration")
COUNTING = ("start", "count", "zone", "zones")
"""What a window's end is counted from and by; alone they shift it, but do not set it."""
CHOICES = (*ANCHORS, *COUNTING)
"""The terms whose governing reading, once chosen, decides the end."""


def as_terms(term: str, value: Any) -> Terms | None:
    """Makes one named term partial terms; None when it is no term of ours."""
    if term in ANCHORED and isinstance(value, dict):
        value = convert(value, Relative)
    return Terms(**{term: value}) if term in TERM_FIELDS else None


def is_stated(value: object) -> bool:
    return value is not UNSET and value is not None


def states_any(terms: Terms, names: Iterable[str]) -> bool:
    """Whether terms have a value for any of these names."""
    # A loop, since each account of a window is asked for it: it takes half of what `any` does.
    for name in names:
        value = getattr(terms, name)
        if value is not UNSET and value is not None:
            return True
    return False


def merge_window(base: Terms, override: Terms) -> Terms:
    """Base terms under an override; a new due date or length replaces the older form."""
    given = [name for name in ANCHORS if is_set(getattr(override, name))]
    if given:
        base = replace(base, **dict.fromkeys(ANCHORS, UNSET))
    return merge(base, override)


def joined_accounts(commitment: Commitment) -> list[Account]:
    """The accounts, those of one source joined: a length said once, and elsewhere its start.

    What a source says otherwise than before stands beside it, as an account of its own.
    """
    sources = {account.by for account in commitment.accounts}
    if len(sources) == len(commitment.accounts):
        return list(commitment.accounts)
    renewal = commitment.boundary.account if commitment.boundary else None
    joined: list[Account] = []
    for account in commitment.accounts:
        is_joinable = account.by and account.id != renewal and states_any(account.terms, CHOICES)
        same = [
            n
            for n, each in enumerate(joined if is_joinable else ())
            if each.by == account.by and each.period == account.period and each.id != renewal
        ]
        if not same:
            joined.append(account)
        elif open_to := _open_to(joined, same, account.terms):
            for n in open_to:
                name = "" if n == open_to[0] else joined[n].id
                joined[n] = _completed(joined[n], account, name)
        else:
            joined.append(_completed(joined[same[-1]], account, account.id))
    return joined


def _open_to(joined: list[Account], same: list[int], later: Terms) -> list[int]:
    """The accounts of a source to which a later one of it adds.

    Of those that say nothing of the window, since a later agreement has settled it, the last is
    enough.
    """
    open_to = [n for n in same if _leaves_open(joined[n].terms, later)]
    spoken = [n for n in open_to if states_any(joined[n].terms, CHOICES)]
    return spoken or open_to[-1:]


def _leaves_open(earlier: Terms, later: Terms) -> bool:
    """Whether what is said of a window later only adds to what was said of it earlier."""
    if states_any(earlier, ANCHORS) and states_any(later, ANCHORS):
        return False
    counted = ((getattr(earlier, name), getattr(later, name)) for name in COUNTING)
    return all(was == now for was, now in counted if is_stated(was) and is_stated(now))


def _completed(earlier: Account, later: Account, name: str) -> Account:
    """An account with what its source says later; it goes by the entry that says when it ends."""
    stated = {n: v for n in CHOICES if is_stated(v := getattr(later.terms, n))}
    sets_end = any(name in stated for name in ANCHORS)
    main = later if sets_end else earlier
    terms = merge_window(earlier.terms, Terms(**stated))
    return replace(main, id=name or main.id, terms=terms)


def silent_on_window(account: Account) -> Account:
    """The account without its window: a later agreement has settled it."""
    blank = dict.fromkeys(CHOICES, UNSET)
    return replace(account, terms=replace(account.terms, **blank))


def settled_on(account: Account, settled: set[str]) -> Account:
    """The account without the terms that all parties have settled, in whichever form."""
    if settled & set(ANCHORS):
        settled = settled | set(ANCHORS)
    other = {name: value for name, value in account.other.items() if name not in settled}
    terms = replace(account.terms, **dict.fromkeys(settled & TERM_FIELDS, UNSET))
    return replace(account, terms=terms, other=other)
