"""The periods of a window: each begins where the one before ends, by every reading. Pure.

A period that a clause adds is one more of the same length (`Commitment.renewals`). One that the
parties add with terms of its own, or of which somebody gives a reading, has a `Boundary`: what
ends there is counted from the ends of the period before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from msgspec.structs import replace

from tracker.dates.durations import NOTHING, Duration, parse_duration
from tracker.model.commitment import Account, Boundary, Commitment
from tracker.model.readings import Reading
from tracker.model.terms import Terms


def renewal_period(terms: Terms) -> Duration | None:
    """The period that a renewal adds by these terms: that of its clause, else the length again."""
    for length in (terms.tacit_renewal, terms.duration):
        if isinstance(length, str):
            return parse_duration(length)
    return None


def begin_period(commitment: Commitment, length: Duration | None, account: str) -> Commitment:
    """Begins a period where the readings of the current one end, of this length by all of them.

    Without a length the period is counted from there by its own terms alone.
    """
    lengths = () if length is None else (length,) * len(commitment.readings)
    return _at_boundary(commitment, commitment, lengths, account)


def with_own_boundary(before: Commitment, commitment: Commitment) -> Commitment:
    """Gives a period that a clause has added its boundary, so that it can be read by itself.

    `before` is the commitment as it stood in the period before.
    """
    clause = commitment.terms.tacit_renewal
    carried = commitment.boundary
    again = {} if carried is None else {e.id: n for e, n in _carried_lengths(carried)}
    by_account = {account.id: account.terms for account in commitment.accounts}
    lengths = []
    for end in before.readings:
        own = by_account.get(end.account, Terms()).duration
        own = own if isinstance(own, str) else commitment.terms.duration
        stated = clause if isinstance(clause, str) else own
        known = again.get(end.id) if not isinstance(clause, str) else None
        lengths.append(known or (parse_duration(stated) if isinstance(stated, str) else NOTHING))
    return _at_boundary(commitment, before, tuple(lengths), "")


def _at_boundary(
    commitment: Commitment, before: Commitment, lengths: tuple[Duration, ...], account: str
) -> Commitment:
    number = commitment.boundary.number + 1 if commitment.boundary else 1
    governed = frozenset(reading.id for reading in commitment.governed)
    boundary = Boundary(
        number, before.readings, lengths, governed=governed, account=account, before=before
    )
    return replace(commitment, boundary=boundary, renewals=0, tolled=NOTHING)


def _carried_lengths(boundary: Boundary) -> Iterator[tuple[Reading, Duration]]:
    return zip(boundary.ends, boundary.lengths, strict=False)


def carried_readings(commitment: Commitment, boundary: Boundary) -> tuple[Reading, ...]:
    """The ends that follow from those of the period before, each under the same id.

    How long a renewal lasts is said by whoever tells of it, and no longer by who told the start.
    """
    renewing = next((a.by for a in commitment.accounts if a.id == boundary.account), None)
    clause = commitment.terms.tacit_renewal
    clause_period = parse_duration(clause) if isinstance(clause, str) else None
    carried = (
        end.lasting(
            length.plus((clause_period or length).times(commitment.renewals)),
            boundary.extended,
            commitment.tolled,
        )
        for end, length in _carried_lengths(boundary)
    )
    return tuple(replace(end, by=renewing or end.by) for end in carried)


def counted_readings(
    commitment: Commitment, boundary: Boundary, account: Account, terms: Terms
) -> tuple[Reading, ...]:
    """The ends of a period by an account of its length: from where it says that the last ended.

    An account that gave no end of the last period is counted from each end there is.
    """
    assert isinstance(terms.duration, str)
    length = parse_duration(terms.duration)
    again = (renewal_period(terms) or length).times(commitment.renewals)
    own = [end for end in boundary.ends if end.by is not None and end.by == account.by]
    begins = own or list(boundary.ends)
    return tuple(
        replace(
            end.lasting(length.plus(again), account.extended, commitment.tolled),
            id=name,
            by=account.by,
            account=account.id,
        )
        for end, name in zip(begins, _names(account.id, begins), strict=True)
    )


def _names(account: str, begins: list[Reading]) -> Iterator[str]:
    """Tells the readings of an account apart by rule and zone, else by where they begin."""
    rules, zones = {end.rule for end in begins}, {end.zone for end in begins}
    named = []
    for end in begins:
        parts = [account]
        parts += [end.rule] if len(rules) > 1 else []
        parts += [end.zone.replace("/", "-").lower()] if len(zones) > 1 else []
        named.append("-".join(parts))
    if len(set(named)) < len(named):
        named = [f"{account}-from-{end.id}" for end in begins]
    yield from named


def settled_boundary(boundary: Boundary, terms: Terms, *, sets_end: bool) -> Boundary:
    """The boundary once all parties have settled how days are counted, or when it is over."""
    if sets_end:
        return replace(boundary, lengths=(), extended=NOTHING, governed=frozenset())
    rules = {end.rule for end in boundary.ends}
    if not isinstance(terms.count, str) or terms.count not in rules:
        return boundary
    settled = [
        (end, boundary.lengths[n] if boundary.lengths else NOTHING)
        for n, end in enumerate(boundary.ends)
        if end.rule == terms.count
    ]
    lengths = tuple(length for _, length in settled) if boundary.lengths else ()
    return replace(boundary, ends=tuple(end for end, _ in settled), lengths=lengths)


def last_days(c: Commitment, end: datetime) -> set[date]:
    """The last days of the readings that end at an instant; none where it is no end of a day."""
    days = (reading.last_day for reading in c.governing_readings if reading.at == end)
    return {day for day in days if day is not None}
