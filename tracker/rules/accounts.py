"""What events say of the terms: each account beside the others, until all parties settle one. Pure.

An account is kept with its source; readings of the window are worked out from all of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from tracker.dates.durations import NOTHING
from tracker.dates.edtf import day_of, parse_edtf
from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Account, Commitment
from tracker.model.payload import Payload, is_set
from tracker.model.readings import readings
from tracker.model.sources import chain_of
from tracker.model.terms import Terms, check_terms
from tracker.rules.windows import (
    as_terms,
    merge_window,
    recompute_readings,
    settled_on,
    silent_on_window,
)


def instant_of(text: str | None, zone: str) -> datetime | None:
    """The instant of a stated deadline: itself, or the close of a day or span in the zone.

    None where nothing is stated, or an interval without an end.
    """
    if text is None or parse_edtf(text).last is None:
        return None
    closing = readings(Terms(due=text), term="due", zone=zone, base_id="", entered_at=None)
    return closing[0].at


def account_id(c: Commitment, payload: Payload, terms: Terms, entry: Entry) -> str:
    """The id of a reading as given; made unique by its event when another account has it."""
    if not isinstance(terms.reading, str):
        return f"{payload.speaker}-{entry.id}" if payload.speaker else entry.id
    taken = any(account.id == terms.reading for account in c.accounts)
    return f"{terms.reading}-{entry.id}" if taken else terms.reading


def account_of(
    c: Commitment, payload: Payload, terms: Terms, entry: Entry, **other: Any
) -> Account:
    """What this event states of the terms, as one account beside those on record."""
    by = terms.reading_of if isinstance(terms.reading_of, str) else payload.speaker
    known = replace(terms, reading=UNSET, reading_of=UNSET)
    name = account_id(c, payload, terms, entry)
    source = chain_of(entry.id, payload)
    return Account(name, by, source.root, known, entry.id, dict(other), source)


def _with_account(commitment: Commitment, account: Account) -> Commitment:
    """Adds an account: every reading counts until all parties settle the term.

    Terms that are sound by themselves may still not go together: P1M has no elapsed length.
    """
    check_terms(merge_window(commitment.terms, account.terms))
    return recompute_readings(replace(commitment, accounts=(*commitment.accounts, account)))


def promised(c: Commitment, p: types.Promise, entry: Entry) -> Commitment:
    """Takes the terms that a proposal or an acceptance brings, with their source."""
    c = replace(
        c,
        roots=c.roots | {chain_of(entry.id, p).root},
        reciprocal_with=c.reciprocal_with or p.reciprocal_with,
        proposed_by=c.proposed_by or p.proposed_by,
    )
    if p.terms is not None:
        if not c.accounts:
            terms = replace(p.terms, reading=UNSET, reading_of=UNSET)
            c = _with_quantity(replace(c, terms=terms), p.terms)
        c = replace(c, accounts=(*c.accounts, account_of(c, p, p.terms, entry)))
    until = instant_of(p.offer_valid_until, c.zone)
    return recompute_readings(replace(c, offer_until=until or c.offer_until))


def _with_quantity(c: Commitment, terms: Terms) -> Commitment:
    """Takes a quantity that both sides state for what is promised."""
    return replace(c, promised=terms.quantity) if isinstance(terms.quantity, int) else c


def terms_named(p: types.ReadingAsserted | types.TermsClarified) -> tuple[Terms, dict[str, object]]:
    """The partial terms and free-form terms that a reading or a clarification names."""
    terms = p.terms or Terms()
    if p.term is None or not is_set(p.value):
        return terms, {}
    single = as_terms(p.term, p.value)
    return (merge_window(terms, single), {}) if single is not None else (terms, {p.term: p.value})


def reading_asserted(c: Commitment, p: types.ReadingAsserted, entry: Entry) -> Commitment:
    terms, other = terms_named(p)
    return _with_account(c, account_of(c, p, terms, entry, **other))


def terms_clarified(c: Commitment, p: types.TermsClarified, entry: Entry) -> Commitment:
    """Settles terms by all parties: what other accounts state of them no longer counts."""
    if p.power is not None:
        c = replace(c, release_on=p.power.release_on)
    terms, other = terms_named(p)
    settled = {name for name in Terms.__struct_fields__ if is_set(getattr(terms, name))}
    settled |= set(other)
    account = replace(account_of(c, p, terms, entry, **other), by="all parties")
    c = replace(
        _with_quantity(c, terms),
        terms=merge_window(c.terms, terms),
        accounts=tuple(settled_on(each, settled) for each in c.accounts),
        agreed=c.agreed | settled,
        governing={term: chosen for term, chosen in c.governing.items() if term not in settled},
        added_conditions=c.added_conditions and not settled & {"condition", "conditions"},
    )
    return _with_account(c, account)


def governing_chosen(c: Commitment, p: types.GoverningReadingChosen, _: Entry) -> Commitment:
    return recompute_readings(replace(c, governing={**c.governing, p.term: p.reading}))


def term_extended(c: Commitment, p: types.TermChange, entry: Entry) -> Commitment:
    """Replaces every earlier reading of a window by the one that both sides agreed."""
    terms = merge_window(c.terms, replace(p.terms, reading=UNSET, reading_of=UNSET))
    account = replace(account_of(c, p, p.terms, entry), by=p.speaker)
    c = replace(
        _with_quantity(c, p.terms),
        terms=terms,
        accounts=tuple(silent_on_window(each) for each in c.accounts),
        governing={},
        late=False,
        renewals=0,
    )
    return _with_account(_restart_tolling(c, p.terms, entry), account)


def _restart_tolling(c: Commitment, terms: Terms, entry: Entry) -> Commitment:
    """Takes a new date as stated: only time suspended after it was agreed is added to it."""
    if not any(isinstance(getattr(terms, name), str) for name in ("due", "end", "start")):
        return c
    suspension = c.suspension
    if suspension is not None:
        since_day = day_of(entry.occurred, entry.effective_at, c.zone)
        suspension = replace(suspension, since=entry.effective_at, since_day=since_day)
    return replace(c, tolled=NOTHING, suspension=suspension)


def term_renewed(c: Commitment, p: types.TermRenewed, entry: Entry) -> Commitment:
    """Renews the window: by new terms, or by one more period of the old one."""
    if p.terms != Terms():
        return term_extended(c, p, entry)
    return recompute_readings(replace(c, renewals=c.renewals + 1, non_renewal=False))


def non_renewal(c: Commitment, _: Any, __: Entry) -> Commitment:
    return replace(c, non_renewal=True)
