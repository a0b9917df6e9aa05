"""What a promise has of its agreement: the terms and clauses that it does not state itself. Pure.

The terms of an agreement are an account beside those of the promise. They are read in the zone of
the agreement, so that all its promises end at one instant.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET
from msgspec.structs import replace

from tracker.entries.entry import Entry
from tracker.entries.order import stated_zone
from tracker.model import event_types as types
from tracker.model.clauses import Clauses, Package
from tracker.model.commitment import Account, Commitment
from tracker.model.payload import is_set
from tracker.model.terms import Terms
from tracker.model.vocabulary import Kind
from tracker.rules.terms.window_accounts import ANCHORS, merge_window, settled_on, states_any

WINDOW = (*ANCHORS, "start")
ZONES = ("zone", "zones")
NAMES = tuple(name for name in Terms.__struct_fields__ if name not in ("reading", "reading_of"))
"""The terms by name; a reading's id and whose it is are no terms."""


def named_terms(terms: Terms) -> frozenset[str]:
    """The terms that are named, null included; who names an end settles how its days are read."""
    named = {name for name in NAMES if is_set(getattr(terms, name))}
    if named & {*ANCHORS, "extend_by"}:
        named |= {*ANCHORS, *ZONES}
    return frozenset(named | ({*ZONES} if named & {*ZONES} else set()))


def without(terms: Terms, names: Iterable[str]) -> Terms:
    return replace(terms, **dict.fromkeys(set(names) & {*NAMES}, UNSET))


def in_zone(terms: Terms, zone: str) -> Terms:
    """Terms whose window is read in a zone, where they do not name one themselves."""
    is_dated = states_any(terms, WINDOW)
    has_zone = any(is_set(getattr(terms, name)) for name in ZONES)
    return replace(terms, zone=zone) if is_dated and not has_zone else terms


def package_of(entry: Entry) -> Package:
    """What an agreement says of all its promises, and the zone in which its days are read."""
    payload = entry.payload
    assert isinstance(payload, types.AgreementRecorded)
    zone = stated_zone(payload.zone, payload.parties, entry.registry)
    start = payload.terms.start if payload.terms else None
    begin = start if isinstance(start, str) else None
    parties = tuple(dict.fromkeys(payload.parties))
    return Package(parties, payload.clauses or Clauses(), zone, begin)


def agreed_terms(payload: types.AgreementRecorded, zone: str) -> Terms:
    """The terms of an agreement; a clause on renewal is one of them."""
    terms = in_zone(payload.terms or Terms(), zone)
    renewal = payload.clauses.renewal if payload.clauses else None
    if renewal is None or is_set(terms.tacit_renewal):
        return terms
    return replace(terms, tacit_renewal=renewal.period or True)


def inherited(commitment: Commitment, entry: Entry) -> Commitment:
    """A new promise with all that its agreement says of it."""
    payload, package = entry.payload, package_of(entry)
    assert isinstance(payload, types.AgreementRecorded)
    clauses = package.clauses
    commitment = replace(
        commitment,
        package=package,
        release_on=clauses.release.on if clauses.release else commitment.release_on,
        renewal_notice=clauses.renewal.notice if clauses.renewal else None,
        withdrawal_clause=(clauses.withdrawal.notice or "P0D") if clauses.withdrawal else None,
    )
    terms = agreed_terms(payload, package.zone)
    if commitment.kind is Kind.PROCESS:
        # Rounds and milestones have no end, and are not over with the rest.
        commitment = replace(commitment, own_terms=frozenset(ANCHORS))
        terms = without(terms, ANCHORS)
    if terms == Terms():
        return commitment
    by = terms.reading_of if isinstance(terms.reading_of, str) else payload.speaker
    source = entry.chain_of_account(by)
    name = terms.reading if isinstance(terms.reading, str) else entry.id
    terms = replace(terms, reading=UNSET, reading_of=UNSET)
    account = Account(name, by, source.root, terms, entry.id, source=source, of_agreement=True)
    promised = terms.quantity if isinstance(terms.quantity, int) else commitment.promised
    return replace(commitment, terms=terms, accounts=(account,), promised=promised)


def with_own_terms(commitment: Commitment, terms: Terms) -> Commitment:
    """A promise whose first word states some of its terms: it does not inherit these."""
    own = named_terms(terms)
    settled = (settled_on(account, {*own}) for account in commitment.accounts)
    quantity = terms.quantity
    return replace(
        commitment,
        terms=merge_window(
            without(commitment.terms, own & {*ZONES}),
            replace(terms, reading=UNSET, reading_of=UNSET),
        ),
        accounts=tuple(account for account in settled if account.terms != Terms()),
        promised=quantity if isinstance(quantity, int) else commitment.promised,
        own_terms=commitment.own_terms | own,
    )


def inherits(commitment: Commitment) -> list[str]:
    """The terms that a promise has of its agreement, in the order of the terms."""
    shared = [account.terms for account in commitment.accounts if account.of_agreement]
    named = {name for terms in shared for name in NAMES if is_set(getattr(terms, name))}
    return [name for name in NAMES if name in named - {"extend_by"}]
