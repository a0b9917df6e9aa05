"""When a promise is over, in words, and how its ends moved: by each reading. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import combinations
from operator import attrgetter
from typing import Any, TypedDict, TypeVar

from events import format_instant, in_order, parse_instant
from tracker.dates.durations import parse_duration
from tracker.entries.parties import NOBODY, account_words
from tracker.model.commitment import Commitment
from tracker.model.readings import last_moment, rule_of_end, stated_ends
from tracker.model.vocabulary import Kind
from tracker.rules.terms.withdrawal import withdrawal_end

NOBODY_COUNTS = "nobody says whether the first day counts"

Ends = Mapping[str, tuple[str | None, str | None]]
"""The ends before and after by the name of their axis: `end`, or `end ID` where there are more."""


AnyReading = TypeVar("AnyReading", bound=Mapping[str, Any])


def do_accounts_differ(days: Iterable[tuple[str | None, date]]) -> bool:
    """Whether two accounts have no day of an end in common; two ways to count are no dispute."""
    by_account: dict[str | None, set[date]] = {}
    for account, day in days:
        by_account.setdefault(account, set()).add(day)
    return any(one.isdisjoint(other) for one, other in combinations(by_account.values(), 2))


def without_repeats(
    readings: Iterable[AnyReading], governing: str | None = None
) -> list[AnyReading]:
    """The readings of ends and terms, each once where one account gives it several times.

    Of several the one that decides stays: `governing` is the id of what an analyst has chosen.
    """
    distinct: dict[tuple[str, ...], AnyReading] = {}
    for reading in readings:
        names = ("commitment", "term", "by", "root", "rule", "zone", "at", "value")
        key = tuple(str(reading.get(name)) for name in names)
        decides = reading.get("governing") or reading.get("decides")
        decides = decides or (governing is not None and reading.get("id") == governing)
        if key not in distinct or decides:
            distinct[key] = reading
    return list(distinct.values())


def moved_ends(before: Commitment | None, after: Commitment | None) -> Ends:
    """The ends that differ between two states of a commitment, reading by reading."""
    old, new = (
        {reading.id: format_instant(reading.at) for reading in c.readings} if c else {}
        for c in (before, after)
    )
    known = after or before
    if known is None or old == new:
        return {}
    if len(old) <= 1 and len(new) <= 1:
        ends = (next(iter(old.values()), None), next(iter(new.values()), None))
        return {known.end_term: ends} if ends[0] != ends[1] else {}
    return {
        f"{known.end_term} {name}": (old.get(name), new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    }


def moved_withdrawal(before: Commitment, after: Commitment) -> Ends:
    """When a notice ends it, before and after an entry that gives or revokes one."""
    old, new = (withdrawal_end(commitment) for commitment in (before, after))
    ends = format_instant(old) if old else None, format_instant(new) if new else None
    return {"withdrawal": ends} if old != new else {}


class RenewalDocument(TypedDict):
    """What its clause does at its end: `outlook` is renews, renews_once or ends.

    `period` is null where it is its own length. Where it is `only_own`, the notice of its debtor
    alone ends it. `notice_by` is the instant before which a party has
    to object; `events` are the notices that stand.
    """

    outlook: str
    period: str | None
    only_own: bool
    notice: str | None
    notice_by: str | None
    zone: str
    events: list[str]


def renewal_json(commitment: Commitment) -> RenewalDocument | None:
    """What its clause does at the end of the period; None where no clause renews it."""
    words = renewal_in_words(commitment)
    if words is None:
        return None
    clause, notice = commitment.terms.tacit_renewal, commitment.renewal_notice
    own = commitment.package.clauses.renewal
    last = max(commitment.governing_readings, key=attrgetter("at"), default=None)
    by = last and last.moved(parse_duration(notice or "P0D").times(-1))
    return {
        "outlook": OUTLOOKS[words],
        "period": clause if isinstance(clause, str) else None,
        "only_own": own is not None and own.only_own,
        "notice": notice,
        "notice_by": format_instant(by) if by and words == RENEWS else None,
        "zone": last.zone if last else commitment.zone,
        "events": list(commitment.notices),
    }


RENEWS, RENEWS_ONCE, ENDS = "renews itself", "renewed once more, then ends", "ends with this period"
OUTLOOKS = {RENEWS: "renews", RENEWS_ONCE: "renews_once", ENDS: "ends"}


def renewal_in_words(commitment: Commitment | None) -> str | None:
    """What its clause does at the end of the period; None where no clause renews it."""
    if commitment is None or not commitment.renews_tacitly or not commitment.is_open:
        return None
    # A clause of the agreement is inherited by what has no period to renew as well.
    if commitment.kind in (Kind.PROCESS, Kind.ACHIEVEMENT):
        return None
    if commitment.non_renewal:
        return ENDS
    return RENEWS_ONCE if commitment.late_notice else RENEWS


def ends_in_words(
    readings: Iterable[Mapping[str, Any]], speaks_for: Mapping[str, str] = NOBODY
) -> str:
    """`16 or 17 April 2025 (nobody says whether the first day counts)`; empty without an end.

    Readings are those of `status --json`. Where accounts differ, each end has who says so, an
    account with the party that it speaks for.
    """
    saying: dict[date | datetime, set[str]] = {}
    rules: set[str] = set()
    for reading in readings:
        if "at" in reading:
            rules.add(reading["rule"])
            account = account_words(reading.get("by") or "nobody named", speaks_for)
            saying.setdefault(last_moment(reading), set()).add(account)
    by_accounts: dict[frozenset[str], list[date | datetime]] = {}
    for last, accounts in saying.items():
        by_accounts.setdefault(frozenset(accounts), []).append(last)
    if len(by_accounts) == 1:
        (ends,) = by_accounts.values()
        is_count = len(ends) > 1 and rules == {"inclusive", "exclusive"}
        return _either(ends) + (f" ({NOBODY_COUNTS})" if is_count else "")
    return " or ".join(f"{_either(e)} ({', '.join(sorted(a))})" for a, e in by_accounts.items())


def ending_notice(c: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The notice of withdrawal that ends a promise first, unless its own terms end it before."""
    notices = sorted(c.get("withdrawals", ()), key=lambda notice: in_order(notice["ends_at"]))
    ends = (in_order(end["at"]) for end in stated_ends(c))
    if not notices or any(end <= in_order(notices[0]["ends_at"]) for end in ends):
        return None
    first: Mapping[str, Any] = notices[0]
    return first


class EndReading(TypedDict):
    """An end as a reading of `status --json` has it, but for who says so."""

    at: str
    rule: str
    zone: str


def end_of_notice(notice: Mapping[str, Any]) -> EndReading:
    """The end of a notice of withdrawal as that of a reading: of a day, or at an instant."""
    return end_at(notice["ends_at"], notice["zone"])


def end_of_last_period(commitment: Mapping[str, Any]) -> EndReading | None:
    """The end of a promise that a number of periods bounds (COUNT, UNTIL), and no term of its own.

    None of any other.
    """
    periods = commitment.get("periods") or {}
    # Rows of an earlier edition do not say when the last is due.
    last_due = periods.get("last_due")
    if not last_due or stated_ends(commitment):
        return None
    return end_at(last_due, periods["zone"])


def end_at(at: str, zone: str) -> EndReading:
    """An instant as an end: of a day, where a day of its zone ends then."""
    return {"at": at, "rule": rule_of_end(parse_instant(at), zone), "zone": zone}


def _either(ends: list[date | datetime]) -> str:
    """Writes ends of one month with the month once."""
    first, *others = ends
    is_of_days = not any(isinstance(end, datetime) for end in ends)
    months = {(end.year, end.month) for end in ends}
    if not others or not is_of_days or len(months) > 1:
        return " or ".join(_day(end) for end in ends)
    return f"{' or '.join(str(end.day) for end in ends)} {first:%B %Y}"


def _day(end: date | datetime) -> str:
    if isinstance(end, datetime):
        return f"{end.day} {end:%B %Y %H:%M} ({end.tzinfo})"
    return f"{end.day} {end:%B %Y}"
