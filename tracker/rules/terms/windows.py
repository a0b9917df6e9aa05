"""Works out the readings of a commitment's window from what each account says of its terms.

The first account sets the terms; any other account is read as the same terms with what it
says differently. Silence, null included, sets no clock and shifts none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import combinations
from operator import attrgetter
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from tracker.dates.durations import parse_duration
from tracker.model.commitment import DEFAULT_GRACE, DEFAULT_LEADS, Account, Boundary, Commitment
from tracker.model.readings import Reading, readings, window_start
from tracker.model.terms import Terms, merge
from tracker.model.vocabulary import Kind
from tracker.rules.recurring.schedule import with_schedule, without_unknown_start
from tracker.rules.terms.anchors import awaited, concrete, is_hanging
from tracker.rules.terms.periods import carried_readings, counted_readings, with_own_boundary
from tracker.rules.terms.window_accounts import (
    ANCHORS,
    CHOICES,
    COUNTING,
    is_stated,
    joined_accounts,
    merge_window,
    states_any,
)


def recompute_readings(commitment: Commitment) -> Commitment:
    """Works out the window of a commitment anew from its accounts, and from what they hang on."""
    if not is_hanging(commitment):
        stated = commitment if commitment.awaiting is None else replace(commitment, awaiting=None)
        return _with_readings(stated)
    computed = _with_readings(concrete(commitment))
    stated = replace(computed, terms=commitment.terms, accounts=commitment.accounts)
    stated = without_unknown_start(stated) if stated.kind is Kind.RECURRING else stated
    return replace(stated, awaiting=awaited(stated))


def _with_readings(commitment: Commitment) -> Commitment:
    stated = tuple(
        reading
        for account in joined_accounts(commitment)
        for reading in _account_readings(commitment, account)
    )
    if commitment.boundary is not None:
        carried = carried_readings(commitment, commitment.boundary)
        accounts = [reading.account for reading in carried]
        stated += tuple(sorted(carried, key=lambda reading: accounts.index(reading.account)))
    is_chosen = commitment.governing or commitment.boundary is not None
    governed = _governed_readings(commitment, stated) if is_chosen else ()
    starts = _starts(commitment)
    return _with_ends(
        replace(
            commitment,
            readings=tuple(dict.fromkeys((*stated, *governed))),
            governed=governed,
            start=min(starts, default=None),
            latest_start=max(starts, default=None),
            ends_disputed=_are_ends_disputed(commitment.accounts, stated),
        )
    )


def _are_ends_disputed(accounts: Iterable[Account], stated: Iterable[Reading]) -> bool:
    """Whether two accounts have no end in common; one that counts in several ways is one.

    Nobody disagrees with another where nobody says whether a first day counts.
    """
    counted = {account.id: account.counted for account in accounts if account.counted}
    ends: dict[str, set[datetime]] = {}
    for reading in stated:
        ends.setdefault(counted.get(reading.account, reading.account), set()).add(reading.at)
    return any(one.isdisjoint(other) for one, other in combinations(ends.values(), 2))


def begin_own_period(commitment: Commitment) -> Commitment:
    """Gives the current period a boundary of its own, where a clause has added it to another."""
    if not commitment.renewals:
        return commitment
    before = recompute_readings(replace(commitment, renewals=commitment.renewals - 1))
    if not before.readings:
        return commitment
    return recompute_readings(with_own_boundary(before, commitment))


def _with_ends(commitment: Commitment) -> Commitment:
    """Sets the ends that follow from the readings, kept since every step of the clock asks them."""
    governing = () if commitment.kind is Kind.PROCESS else commitment.governing_readings
    if commitment.kind is Kind.RECURRING:
        return with_schedule(commitment, governing)
    if not governing:
        return replace(commitment, alert_end=None, state_end=None, grace_end=None, leads=())
    first, last = min(governing, key=attrgetter("at")), max(governing, key=attrgetter("at"))
    terms = commitment.terms
    leads = tuple(terms.leads) if isinstance(terms.leads, list) else DEFAULT_LEADS
    return replace(
        commitment,
        alert_end=first.at,
        state_end=last.at,
        grace_end=last.moved(parse_duration(str(terms.grace or DEFAULT_GRACE))),
        leads=tuple(
            (lead, first.moved(parse_duration(lead).times(-1))) for lead in _longest_first(leads)
        ),
    )


@lru_cache(maxsize=1024)
def _longest_first(leads: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(leads, key=lambda lead: parse_duration(lead).elapsed(), reverse=True))


def _governed_readings(commitment: Commitment, stated: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """The ends that the analyst's choices leave: whose start, length, count and end.

    A choice of one term is read into every account, so what it does not settle stays contested.
    An end that no account gives by itself is told apart by its id.
    """
    if commitment.boundary is not None:
        return _governed_in_period(commitment, commitment.boundary, stated)
    chosen = {term: commitment.governing[term] for term in CHOICES if term in commitment.governing}
    if not chosen:
        return ()
    accounts = {account.id: account.terms for account in commitment.accounts}
    for term in set(chosen) - {"due", "end"}:
        if chosen[term] in accounts:
            commitment = _with_governing_term(
                commitment, term, getattr(accounts[chosen[term]], term)
            )
    governed = [
        r for account in joined_accounts(commitment) for r in _account_readings(commitment, account)
    ]
    ends = {
        chosen[term] for term in chosen if term in ("due", "end") or chosen[term] not in accounts
    }
    if ends:
        governed = [r for r in stated if ends & {r.id, r.account}] or governed
    return tuple(_stated_reading(reading, stated) for reading in governed)


def _governed_in_period(
    commitment: Commitment, boundary: Boundary, stated: tuple[Reading, ...]
) -> tuple[Reading, ...]:
    """The ends of a later period that choices leave: of this period, else of the one before."""
    chosen = {commitment.governing[term] for term in CHOICES if term in commitment.governing}
    of_period = tuple(r for r in stated if chosen & {r.id, r.account})
    return of_period or tuple(r for r in stated if r.id in boundary.governed)


def _with_governing_term(commitment: Commitment, term: str, value: Any) -> Commitment:
    one = Terms(**{term: value})
    accounts = tuple(
        replace(account, terms=merge_window(account.terms, one)) for account in commitment.accounts
    )
    return replace(commitment, terms=merge_window(commitment.terms, one), accounts=accounts)


def _stated_reading(reading: Reading, stated: tuple[Reading, ...]) -> Reading:
    same = (r for r in stated if (r.at, r.rule, r.zone) == (reading.at, reading.rule, reading.zone))
    by_itself = sorted(same, key=lambda r: r.id != reading.id)
    return by_itself[0] if by_itself else replace(reading, id=f"{reading.id}-governed")


def _starts(commitment: Commitment) -> list[datetime]:
    """The starts of the window by every account that states one; else by the terms as a whole."""
    chosen = commitment.governing.get("start")
    by_account = {each.id: each.terms for each in commitment.accounts if not each.period}
    speaking = [by_account[chosen]] if chosen in by_account else list(by_account.values())
    starts = [
        window_start(merge(commitment.terms, terms), commitment.zone, None)
        for terms in speaking
        if is_stated(terms.start)
    ]
    stated = [start for start in starts if start is not None]
    terms = commitment.terms
    if not is_stated(terms.duration):
        # A length that only a later account gives opens the window as well.
        lengths = (account.terms.duration for account in commitment.accounts)
        terms = replace(terms, duration=next(filter(is_stated, lengths), UNSET))
    whole = window_start(terms, commitment.zone, commitment.entered_at)
    return stated or ([whole] if whole is not None else [])


def _account_readings(commitment: Commitment, account: Account) -> tuple[Reading, ...]:
    """The ends by an account that sets one, or that counts the one on record differently."""
    given, base, boundary = account.terms, commitment.terms, commitment.boundary
    if boundary is not None and not boundary.is_read_by(account):
        return ()
    sets_end = states_any(given, ANCHORS)
    counted = (name for name in COUNTING if is_stated(getattr(given, name)))
    if not sets_end and all(getattr(given, name) == getattr(base, name) for name in counted):
        return ()
    silent = [name for name in CHOICES if getattr(given, name) is None]
    spoken = replace(given, **dict.fromkeys(silent, UNSET)) if silent else given
    terms = replace(merge_window(base, spoken), reading_of=account.by or UNSET)
    shared_start = commitment.package.start
    if account.of_agreement and shared_start and "start" in commitment.own_terms:
        # What all its promises share ends at one instant, whenever this one begins.
        terms = replace(terms, start=shared_start)
    if boundary is not None and not any(map(is_stated, (given.due, given.end, given.start))):
        if not is_stated(given.duration) or not boundary.ends:
            return ()
        return counted_readings(commitment, boundary, account, terms)
    ends = readings(
        terms,
        term=commitment.end_term,
        zone=commitment.zone,
        base_id=account.id,
        entered_at=commitment.entered_at,
        renewals=commitment.renewals,
        tolled=commitment.tolled,
    )
    return tuple(end.lasting(account.extended) for end in ends)
