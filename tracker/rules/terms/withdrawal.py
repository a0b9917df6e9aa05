"""A party's notice that it withdraws under a clause, and when that notice ends. Pure.

Rows 37 and 38. Until the notice ends the promise binds as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from tracker.dates.durations import parse_duration
from tracker.dates.edtf import day_of
from tracker.dates.zones import midnight
from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import DEFAULT_LEADS, Commitment
from tracker.model.parts import Withdrawal
from tracker.model.vocabulary import Basis
from tracker.rules.terms.commands import command_again
from tracker.rules.terms.extension import Lack
from tracker.rules.terms.parties import (
    acting_parties,
    acts_for_all,
    notice_for_others,
    parties_of,
)
from tracker.rules.terms.suspension import FOUND


def withdrawal_notice(commitment: Commitment) -> str | None:
    """How long a notice the clause on record asks for; None where none allows a withdrawal."""
    return commitment.withdrawal_clause


def withdrawal_end(commitment: Commitment) -> datetime | None:
    """When the first notice that stands ends; None without one."""
    notices = commitment.withdrawals
    return min(notice.ends_at for notice in notices) if notices else None


def withdrawal_moments(commitment: Commitment) -> Iterator[tuple[str, datetime]]:
    """The end of each notice, and the instants of the lead times before it, each with its lead."""
    for notice in commitment.withdrawals:
        yield "", notice.ends_at
        yield from notice_leads(commitment, notice)


def notice_leads(commitment: Commitment, notice: Withdrawal) -> Iterator[tuple[str, datetime]]:
    """Each lead time before the end of a notice with its instant."""
    leads = commitment.terms.leads
    for lead in leads if isinstance(leads, list) else DEFAULT_LEADS:
        before = parse_duration(lead).times(-1)
        yield lead, before.add_to_day_end(notice.ends_at, notice.zone)


def lack_of_withdrawal(commitment: Commitment, entry: Entry) -> Lack | None:
    """What keeps a notice from standing, and what can be recorded instead; None for a sound one."""
    payload = entry.payload
    if isinstance(payload, types.WithdrawalNotified):
        return lack_of_own(commitment, entry) or _lack_of_notice(commitment, payload, entry)
    if isinstance(payload, types.WithdrawalRevoked):
        return _lack_of_revocation(commitment, payload, entry)
    return None


def lack_of_own(commitment: Commitment, entry: Entry) -> Lack | None:
    """What keeps a notice, of withdrawal or against renewal, from ending what others owe."""
    why = notice_for_others(commitment, entry)
    if not why:
        return None
    who, agreement = acting_parties(commitment, entry)[0], commitment.agreement
    own = f"pactwatch record {entry.type} {agreement} speaker={who}"
    return Lack(why, f"for all that {who} owes: {own}")


def _lack_of_notice(c: Commitment, p: types.WithdrawalNotified, entry: Entry) -> Lack | None:
    acting, clause = {*acting_parties(c, entry)}, withdrawal_notice(c)
    is_of_party = acting & {*parties_of(c)} or acts_for_all(c, entry)
    if not is_of_party and p.basis not in FOUND:
        return Lack(
            f"it is for a party to withdraw, {_names(parties_of(c))}; found {_names(acting)}",
            f"as what it says: pactwatch record PositionStated {c.id} text='it withdraws'",
        )
    if clause is None and (p.basis is not Basis.CLAUSE or p.notice is None):
        who = next(iter(sorted(acting & {*c.debtor} or acting)), c.debtor[0])
        leaving = f"pactwatch record DebtorCancelled {c.id} speaker={who}"
        statement = f"pactwatch record PositionStated {c.id} speaker={who} text='it withdraws'"
        cites = command_again(c.id, entry, "basis=clause", f"notice={p.notice or 'NOTICE'}")
        instead = leaving if acting & {*c.debtor} or not acting else statement
        return Lack(
            "no clause on record allows a withdrawal",
            f"that it stops keeping to it: {instead}; a clause that is not on record: {cites}",
        )
    shortest = _ends_at(c, entry, clause) if clause is not None else None
    if shortest is not None and p.notice and _ends_at(c, entry, p.notice) < shortest:
        return Lack(
            f"its clause asks for a notice of {clause}; found {p.notice}",
            command_again(c.id, entry, f"notice={clause}"),
        )
    return None


def _lack_of_revocation(c: Commitment, p: types.WithdrawalRevoked, entry: Entry) -> Lack | None:
    acting, parties = {*acting_parties(c, entry)}, {*parties_of(c)}
    if not c.withdrawals:
        return Lack("no notice of withdrawal stands", f"pactwatch explain {c.id}")
    notified = {party for notice in c.withdrawals for party in notice.by}
    if p.basis in FOUND or acting & notified or parties <= acting:
        return None
    return Lack(
        f"the notice is that of {_names(notified)}, who may revoke it; found {_names(acting)}",
        f"as what it says: pactwatch record PositionStated {c.id} text='the notice is revoked'",
    )


def _names(parties: Iterable[str]) -> str:
    return ", ".join(sorted(parties)) or "nobody"


def _zone_of(c: Commitment, entry: Entry) -> str:
    """A notice for the whole agreement ends at one instant, by the agreement's days."""
    return c.zone if entry.payload.commitment else c.package.zone


def _ends_at(c: Commitment, entry: Entry, notice: str) -> datetime:
    """The end of a notice: the close of its last day, the day of the notice not counted."""
    length, zone = parse_duration(notice), _zone_of(c, entry)
    day = day_of(entry.occurred, entry.effective_at, zone)
    if length.seconds or length.is_clock_only:
        return length.add_to_instant(entry.effective_at, zone)
    first = day or entry.effective_at.astimezone(ZoneInfo(zone)).date()
    return midnight(length.add_to_date(first) + timedelta(days=1), zone)


def withdrawal_notified(c: Commitment, p: types.WithdrawalNotified, entry: Entry) -> Commitment:
    """Row 37: the promise ends with the notice, if it is not revoked before."""
    notice = p.notice or withdrawal_notice(c) or "P0D"
    by = acting_parties(c, entry) or c.debtor
    withdrawal = Withdrawal(by, notice, _ends_at(c, entry, notice), entry.id, _zone_of(c, entry))
    return replace(c, withdrawals=(*c.withdrawals, withdrawal))


def withdrawal_revoked(c: Commitment, p: types.WithdrawalRevoked, entry: Entry) -> Commitment:
    """Row 38: takes back the notices of whoever speaks; of all, where nobody in particular does."""
    acting = {*acting_parties(c, entry)}
    is_all = not acting or p.basis in FOUND or {*parties_of(c)} <= acting
    left = () if is_all else tuple(w for w in c.withdrawals if not acting & {*w.by})
    return replace(c, withdrawals=left)
