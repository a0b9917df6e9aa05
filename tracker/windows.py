"""The readings of a commitment's window, worked out from what each account says of its terms.

The first account sets the terms; any other account is read as the same terms with what it
says differently. Silence sets no clock.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, structs
from msgspec.structs import replace

from tracker.attribution import WINDOW_TERMS
from tracker.commitment import Account, Commitment
from tracker.deadlines import Reading, readings, window_start
from tracker.event_types import is_set
from tracker.terms import Terms, merge

TERM_FIELDS = frozenset(Terms.__struct_fields__)
ANCHORS = ("due", "end", "duration")


def as_terms(term: str, value: Any) -> Terms | None:
    """A single named term as partial terms; None when the term is none of ours."""
    return Terms(**{term: value}) if term in TERM_FIELDS else None


def rewindowed(base: Terms, override: Terms) -> Terms:
    """Base terms under an override; a new due date or length replaces the older way to say it."""
    given = [name for name in ANCHORS if is_set(getattr(override, name))]
    if given:
        base = replace(base, **dict.fromkeys(ANCHORS, UNSET))
    return merge(base, override)


def with_readings(commitment: Commitment) -> Commitment:
    """The commitment with its window worked out anew from its accounts."""
    found: dict[str, Reading] = {}
    for account in commitment.accounts:
        for reading in _account_readings(commitment, account):
            found.setdefault(reading.id, reading)
    start = window_start(commitment.terms, commitment.zone, commitment.entered_at)
    return replace(commitment, readings=tuple(found.values()), start=start)


def _account_readings(commitment: Commitment, account: Account) -> tuple[Reading, ...]:
    if not _speaks_of_window(account):
        return ()
    terms = replace(rewindowed(commitment.terms, account.terms), reading_of=account.by or UNSET)
    return readings(
        terms,
        term=commitment.end_term,
        zone=commitment.zone,
        base_id=account.id,
        entered_at=commitment.entered_at,
        renewals=commitment.renewals,
        shift=commitment.tolled,
    )


def _speaks_of_window(account: Account) -> bool:
    said = structs.asdict(account.terms)
    given = [said[name] for name in (*WINDOW_TERMS, "count", "zone", "zones") if is_set(said[name])]
    return any(value is not None for value in given)


def silent_on_window(account: Account) -> Account:
    """The account without what it says of the window: a later agreement has settled it."""
    blank = dict.fromkeys((*WINDOW_TERMS, "count", "zone", "zones"), UNSET)
    return replace(account, terms=replace(account.terms, **blank))


def without_term(account: Account, term: str) -> Account:
    other = {name: value for name, value in account.other.items() if name != term}
    terms = replace(account.terms, **{term: UNSET}) if term in TERM_FIELDS else account.terms
    return replace(account, terms=terms, other=other)
