"""What events say of the terms: each account beside the others, until all parties settle one. Pure.

An account is kept with its source; readings of the window are worked out from all of them.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from tracker.dates.durations import NOTHING, parse_duration
from tracker.dates.edtf import day_of, parse_edtf
from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Account, Commitment
from tracker.model.payload import Payload, is_set
from tracker.model.readings import readings
from tracker.model.relative import Relative
from tracker.model.terms import Terms, check_terms, merge
from tracker.rules.packages.inheritance import named_terms, with_own_terms
from tracker.rules.recurring.quantity import reading_of_period
from tracker.rules.terms.anchors import relatives_in
from tracker.rules.terms.earlier import in_its_period
from tracker.rules.terms.periods import begin_period, settled_boundary
from tracker.rules.terms.window_accounts import (
    ANCHORS,
    CHOICES,
    as_terms,
    is_stated,
    merge_window,
    settled_on,
    silent_on_window,
    states_any,
)
from tracker.rules.terms.windows import begin_own_period, recompute_readings

ALL_PARTIES = "all parties"
"""Whose word a term is on which all have agreed."""
CONDITIONS = frozenset({"condition", "conditions"})
"""What conditions are called as a term: whoever settles them settles each that one side added."""


@lru_cache(maxsize=4096)
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
    source = entry.chain_of_account(by)
    period = c.boundary.number if c.boundary else 0
    shared = payload.commitment is None
    return Account(
        name, by, source.root, known, entry.id, dict(other), source, period, of_agreement=shared
    )


def _with_account(commitment: Commitment, account: Account) -> Commitment:
    """Adds an account: every reading counts until all parties settle the term.

    Terms that are sound by themselves may still not go together: P1M has no elapsed length.
    """
    check_terms(merge_window(commitment.terms, account.terms))
    return recompute_readings(replace(commitment, accounts=(*commitment.accounts, account)))


def promised(c: Commitment, p: types.Promise, entry: Entry) -> Commitment:
    """Takes the terms that a proposal or an acceptance brings, with their source.

    Their readings are worked out once it is known whether the promise is in force by then.
    """
    source = entry.chain
    c = replace(
        c,
        roots=c.roots | {source.root},
        root_parties={**c.root_parties, **source.parties},
        reciprocal_with=c.reciprocal_with or p.reciprocal_with,
        proposed_by=c.proposed_by or p.proposed_by,
        phase=c.phase or p.phase,
    )
    if p.terms is not None:
        if all(account.of_agreement for account in c.accounts):
            c = with_own_terms(c, p.terms)
        c = replace(c, accounts=(*c.accounts, account_of(c, p, p.terms, entry)))
    until = instant_of(p.offer_valid_until, c.zone)
    return replace(c, offer_until=until or c.offer_until)


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


def terms_changed(payload: Payload) -> Terms:
    """The terms that an entry settles, or of which it gives a reading."""
    if isinstance(payload, types.ReadingAsserted | types.TermsClarified):
        return terms_named(payload)[0]
    if isinstance(payload, types.GoverningReadingChosen):
        return as_terms(payload.term, "") or Terms()
    return payload.terms if isinstance(payload, types.TermChange) else Terms()


def with_settled_terms(c: Commitment, payload: Payload) -> Commitment:
    """What was settled of this promise alone, it no longer has of its agreement."""
    if payload.commitment is None or not isinstance(
        payload, types.TermsClarified | types.TermChange
    ):
        return c
    return replace(c, own_terms=c.own_terms | named_terms(terms_changed(payload)))


def relatives_of(payload: Payload) -> list[Relative]:
    """The terms of an entry that hang on a moment; a reading may give one as its value."""
    terms = getattr(payload, "terms", None)
    if isinstance(payload, types.ReadingAsserted | types.TermsClarified):
        terms, _ = terms_named(payload)
    return list(relatives_in(terms).values()) if isinstance(terms, Terms) else []


def reading_asserted(c: Commitment, p: types.ReadingAsserted, entry: Entry) -> Commitment:
    c, reading = reading_of_period(c, p, entry)
    return in_its_period(c, reading, lambda past: _with_reading(past, reading, entry))


def _with_reading(c: Commitment, p: types.ReadingAsserted, entry: Entry) -> Commitment:
    terms, other = terms_named(p)
    c = begin_own_period(c) if _sets_window(terms) else c
    return _with_account(c, account_of(c, p, terms, entry, **other))


def _sets_window(terms: Terms) -> bool:
    return states_any(terms, (*ANCHORS, "start"))


def terms_clarified(c: Commitment, p: types.TermsClarified, entry: Entry) -> Commitment:
    c, reading = reading_of_period(c, p, entry)
    return in_its_period(c, reading, lambda past: _with_settled_terms(past, reading, entry))


def _with_settled_terms(c: Commitment, p: types.TermsClarified, entry: Entry) -> Commitment:
    """Settles terms by all parties: what other accounts state of them no longer counts."""
    if p.power is not None:
        c = replace(c, release_on=p.power.release_on)
    terms, other = terms_named(p)
    c = begin_own_period(c) if _sets_window(terms) else c
    settled = {name for name in Terms.__struct_fields__ if is_set(getattr(terms, name))}
    settled |= set(other)
    settled |= CONDITIONS if settled & CONDITIONS else set()
    account = replace(account_of(c, p, terms, entry, **other), by=ALL_PARTIES)
    c = replace(
        _with_quantity(c, terms),
        terms=merge_window(c.terms, terms),
        accounts=tuple(settled_on(each, settled) for each in c.accounts),
        agreed=c.agreed | settled,
        governing={term: chosen for term, chosen in c.governing.items() if term not in settled},
        added_conditions=c.added_conditions and not settled & CONDITIONS,
        boundary=c.boundary and settled_boundary(c.boundary, terms, sets_end=_sets_window(terms)),
    )
    return _with_account(c, account)


def governing_chosen(c: Commitment, p: types.GoverningReadingChosen, _: Entry) -> Commitment:
    return recompute_readings(replace(c, governing={**c.governing, p.term: p.reading}))


def term_extended(c: Commitment, p: types.TermExtended, entry: Entry) -> Commitment:
    """Row 22: moves the end of the current period, to a date or by a length."""
    if not is_stated(p.terms.extend_by):
        return _with_new_window(c if p.whole_window else begin_own_period(c), p, entry)
    c = begin_own_period(c)
    length = parse_duration(str(p.terms.extend_by))
    account = replace(account_of(c, p, p.terms, entry), by=_agreed_by(p))
    accounts = tuple(replace(a, extended=a.extended.plus(length)) for a in c.accounts)
    boundary = c.boundary
    if boundary is not None:
        boundary = replace(boundary, extended=boundary.extended.plus(length))
    terms = merge(c.terms, replace(p.terms, reading=UNSET, reading_of=UNSET, extend_by=UNSET))
    c = replace(_with_quantity(c, p.terms), terms=terms, accounts=accounts, late=False)
    return _with_account(replace(c, boundary=boundary), account)


def _agreed_by(p: types.TermChange) -> str | None:
    """Whose word a term that was agreed is: who tells of it, else who decided it, or all."""
    if p.speaker is not None or not p.by:
        return p.speaker
    return p.by[0] if len(p.by) == 1 else ALL_PARTIES


def _with_new_window(c: Commitment, p: types.TermChange, entry: Entry) -> Commitment:
    """Replaces every earlier reading of a window by the one that both sides agreed."""
    account = replace(account_of(c, p, p.terms, entry), by=_agreed_by(p))
    before = c.terms if p.whole_window else _with_period_of_clause(c.terms)
    boundary = None if p.whole_window or c.boundary is None else c.boundary
    c = replace(
        _with_quantity(c, p.terms),
        terms=merge_window(before, replace(p.terms, reading=UNSET, reading_of=UNSET)),
        accounts=tuple(silent_on_window(each) for each in c.accounts),
        governing={},
        late=False,
        renewals=0,
        boundary=boundary and settled_boundary(boundary, p.terms, sets_end=True),
    )
    return _with_account(_restart_tolling(c, p.terms, entry), account)


def _with_period_of_clause(terms: Terms) -> Terms:
    """Terms that still say for how long they renew themselves once a date replaces their length."""
    if terms.tacit_renewal is True and isinstance(terms.duration, str):
        return replace(terms, tacit_renewal=terms.duration)
    return terms


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
    """Row 23: adds a period where the current one ends; without terms of one more of its length."""
    c = replace(c, non_renewal=False, late_notice=False, notices=())
    if p.whole_window and p.terms != Terms():
        return _with_new_window(c, p, entry)
    if any(is_set(getattr(p.terms, name)) for name in (*ANCHORS, "start")):
        return _with_next_period(c, p, entry)
    # Only what no one has agreed in words is told as a renewal of its own accord.
    c = replace(c, renewals=c.renewals + 1, renewed=c.renewed + bool(p.tacit))
    if p.terms == Terms():
        return recompute_readings(c)
    terms = merge(c.terms, replace(p.terms, reading=UNSET, reading_of=UNSET))
    return _with_account(
        replace(_with_quantity(c, p.terms), terms=terms), account_of(c, p, p.terms, entry)
    )


def _with_next_period(c: Commitment, p: types.TermRenewed, entry: Entry) -> Commitment:
    """Begins a period with terms of its own; a length is counted from each end of the last."""
    is_counted = is_stated(p.terms.duration) and not states_any(p.terms, ("due", "end", "start"))
    length = parse_duration(str(p.terms.duration)) if is_counted else None
    c = begin_period(c, length, account_id(c, p, p.terms, entry) if is_counted else "")
    account = replace(account_of(c, p, p.terms, entry), by=_agreed_by(p))
    before = c.terms if is_counted else _with_period_of_clause(c.terms)
    c = replace(
        _with_quantity(c, p.terms),
        terms=merge_window(before, replace(p.terms, reading=UNSET, reading_of=UNSET)),
        accounts=tuple(silent_on_window(each) for each in c.accounts),
        governing={term: by for term, by in c.governing.items() if term not in CHOICES},
        late=False,
    )
    return _with_account(_restart_tolling(c, p.terms, entry), account)


def non_renewal(c: Commitment, _: Any, entry: Entry) -> Commitment:
    """Row 24; a notice later than its clause asks for lets one more period begin."""
    c = replace(c, notices=(*c.notices, entry.id))
    end = max(c.governing_readings, key=attrgetter("at"), default=None)
    if c.renewal_notice is None or end is None:
        return replace(c, non_renewal=True)
    in_time = entry.effective_at < end.moved(parse_duration(c.renewal_notice).times(-1))
    return replace(c, non_renewal=c.non_renewal or in_time, late_notice=not in_time)
