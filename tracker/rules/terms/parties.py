"""Whose act an entry is: the parties of a promise that it names, or that its accounts speak for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracker.entries.entry import Entry
from tracker.entries.parties import Registry
from tracker.model import event_types as types
from tracker.model.clauses import RenewalClause, WithdrawalClause
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Basis

NOTICES = (types.NonRenewalNotified, types.WithdrawalNotified, types.WithdrawalRevoked)

ONE_SIDED = (None, Basis.DEBTOR_ACT, Basis.CREDITOR_ADMISSION)
"""What an act rests on that is neither agreed nor found by others."""

SUSPENSIONS = (types.SuspensionDeclared, types.Resumed)


def parties_of(commitment: Commitment) -> tuple[str, ...]:
    """Its debtors, and the creditors that have not waived it."""
    return tuple(dict.fromkeys((*commitment.debtor, *commitment.owed_to)))


def acting_parties(commitment: Commitment, entry: Entry) -> tuple[str, ...]:
    """Whose act an entry is: those in its `by`, else the side of its basis, else its speaker.

    An account stands for the party of the promise that it speaks for.
    """
    sides = {
        Basis.DEBTOR_ACT: commitment.debtor,
        Basis.CREDITOR_ADMISSION: commitment.owed_to,
    }
    payload = entry.payload
    speaking = (payload.speaker,) if payload.speaker else ()
    by = getattr(payload, "by", None) or ()
    named = (by,) if isinstance(by, str) else tuple(by)
    accounts = named or sides.get(payload.basis, speaking) if payload.basis else named or speaking
    return as_parties(accounts, parties_of(commitment), entry.registry)


def as_parties(
    accounts: Iterable[str], parties: tuple[str, ...], registry: Registry
) -> tuple[str, ...]:
    """Each account as those of the parties that it speaks for; a stranger as its own party."""
    return tuple(
        dict.fromkeys(p for account in accounts for p in _behind(account, parties, registry))
    )


def _behind(account: str, parties: tuple[str, ...], registry: Registry) -> Iterator[str]:
    if account in parties:
        yield account
        return
    root = registry.party_of(account)
    of_one_party = [party for party in parties if registry.party_of(party) == root]
    yield from of_one_party or [root]


def acts_for_all(commitment: Commitment, entry: Entry) -> bool:
    """Whether a party of the agreement acts by a clause for all its promises.

    Its notice ends all of them, and where a clause lets it suspend, it suspends all.
    """
    payload, package = entry.payload, commitment.package
    if payload.commitment is not None:
        return False
    clause = package.clauses.suspension
    by_clause = SUSPENSIONS if clause is not None and clause.allowed else ()
    if not isinstance(payload, (*NOTICES, *by_clause)):
        return False
    acting = entry.registry.parties_of(acting_parties(commitment, entry))
    return bool(acting & entry.registry.parties_of(package.parties))


def is_for_others(commitment: Commitment, entry: Entry) -> bool:
    """Whether parties act alone, by nothing agreed or found, on a promise that others owe."""
    acting = {*acting_parties(commitment, entry)}
    return bool(acting) and not acting & {*commitment.debtor} and entry.payload.basis in ONE_SIDED


def notice_for_others(commitment: Commitment, entry: Entry) -> str:
    """Why a notice leaves a promise of others alone; empty where the clause lets it end all."""
    payload, clauses = entry.payload, commitment.package.clauses
    clause: RenewalClause | WithdrawalClause | None = None
    if isinstance(payload, types.NonRenewalNotified):
        clause = clauses.renewal
    elif isinstance(payload, types.WithdrawalNotified | types.WithdrawalRevoked):
        clause = clauses.withdrawal
    if clause is None or not clause.only_own or not is_for_others(commitment, entry):
        return ""
    who = ", ".join(sorted(acting_parties(commitment, entry)))
    return f"by its clause {who} gives notice only of its own promises"


def acting_members(side: tuple[str, ...], commitment: Commitment, entry: Entry) -> tuple[str, ...]:
    """The parties of a side whose act an entry is; all of them when it is the act of none."""
    acting = acting_parties(commitment, entry)
    return tuple(party for party in side if party in acting) or side
