"""Deadlines that hang on a moment of another promise: what they become once it is known. Pure.

Each reading of the moment gives one of the deadline. As long as the moment is not known, the term
says nothing, and the promise awaits it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice, product
from operator import attrgetter
from typing import NamedTuple

from msgspec import UNSET, Struct
from msgspec.structs import replace

from tracker.dates.edtf import day_of, parse_edtf
from tracker.entries.entry import Entry
from tracker.errors import InvalidEvent
from tracker.model import event_types as types
from tracker.model.commitment import Account, Commitment
from tracker.model.payload import Payload
from tracker.model.readings import window_start
from tracker.model.relative import Anchor, Moment, Relative, end_after, start_after
from tracker.model.terms import Terms, merge, working_calendar
from tracker.model.vocabulary import Kind, State
from tracker.rules.news.change import Occasion

IN_FORCE, DISCHARGED = State.IN_FORCE, State.DISCHARGED
MOMENTS_BY_NAME = ("ConditionSatisfied", "RoundHeld", "MilestoneReached")
"""The types of entries that bring about a moment which has a name of its own."""
ANCHORED = ("start", "due", "end")
"""The terms that may hang on a moment."""
MOST_READINGS = 16
"""So many readings one account may have of its deadlines, however many its anchors have."""


_MOMENTS_FROM = attrgetter("readings", "moments", "accounts", "terms", "anchored", "zone")
"""All of a commitment that says when something of it begins, ends or came about."""


class Step(Struct, frozen=True):
    """A moment of another agreement as it became known: when in the world, and when on record."""

    at: datetime
    known_at: datetime
    moments: tuple[Moment, ...]


class Moved(NamedTuple):
    """A value that a commitment took: when it took effect and when it was known, and the value.

    What one entry makes of a commitment, or the clock at one instant, may be several of them, which
    have one and the same occasion.
    """

    occasion: Occasion
    commitment: Commitment


Outside = Callable[[Anchor, datetime], Sequence[Step]]
"""When a moment of another agreement became known, and when it changed, up to an instant."""


def nowhere(_anchor: Anchor, _until: datetime) -> Sequence[Step]:
    """An `Outside` that knows no other agreement."""
    return ()


def relatives_in(terms: Terms) -> dict[str, Relative]:
    """The terms that hang on a moment, by their name."""
    values = ((name, getattr(terms, name)) for name in ANCHORED)
    return {name: value for name, value in values if isinstance(value, Relative)}


def is_relative(terms: Terms) -> bool:
    """Whether any term hangs on a moment."""
    # Of the type itself, since every entry asks this and `isinstance` takes three times as long.
    return (
        type(terms.due) is Relative or type(terms.end) is Relative or type(terms.start) is Relative
    )


def relatives_stated(commitment: Commitment) -> Iterator[Relative]:
    """The dates of a commitment that count from a moment, account by account."""
    for account in commitment.accounts:
        if is_relative(account.terms):
            yield from relatives_in(account.terms).values()
    if is_relative(commitment.terms):
        yield from relatives_in(commitment.terms).values()


def is_hanging(commitment: Commitment) -> bool:
    """Whether any deadline of a commitment hangs on a moment, by any account."""
    return is_relative(commitment.terms) or any(
        is_relative(account.terms) for account in commitment.accounts
    )


def anchors_of(commitment: Commitment) -> set[Anchor]:
    """What the deadlines of a commitment hang on, by any account."""
    return {relative.anchor for relative in relatives_stated(commitment)}


def depends_on_deadlines(anchor: Anchor) -> bool:
    """Whether a moment follows from deadlines, so that a circle of such would never be settled."""
    return anchor.moment in ("start", "due", "end", "discharged")


def awaited(commitment: Commitment) -> Relative | None:
    """The first term that hangs on a moment not known yet; None where none does."""
    relatives = relatives_stated(commitment)
    return next((each for each in relatives if not commitment.anchored.get(each.anchor)), None)


def concrete(commitment: Commitment) -> Commitment:
    """The commitment with the dates that follow from the moments known so far."""
    by_account = (_concrete_accounts(commitment, account) for account in commitment.accounts)
    terms = commitment.terms
    if is_relative(terms):
        _, terms, _ = next(_concrete_terms(commitment, terms))
    return replace(commitment, terms=terms, accounts=tuple(chain.from_iterable(by_account)))


def _concrete_accounts(commitment: Commitment, account: Account) -> Iterator[Account]:
    if not is_relative(account.terms):
        yield account
        return
    for suffix, terms, moments in _concrete_terms(commitment, account.terms):
        counted = account.id if all(moment.by_count for moment in moments) else ""
        # Whose reading of the moment it is says so of the date, and not who first counted from it.
        by = next((moment.by for moment in moments if moment.by), account.by)
        yield replace(account, id=f"{account.id}{suffix}", by=by, terms=terms, counted=counted)


def _concrete_terms(
    commitment: Commitment, terms: Terms
) -> Iterator[tuple[str, Terms, list[Moment]]]:
    """The terms once for each reading of the moments, with what tells one reading's id apart.

    And with the moments of which there are several readings, as they are read there.
    """
    relatives = relatives_in(terms)
    moments = [commitment.anchored.get(each.anchor) or (None,) for each in relatives.values()]
    zone = terms.zone if isinstance(terms.zone, str) else commitment.zone
    calendar = working_calendar(merge(commitment.terms, terms))
    for combination in islice(product(*moments), MOST_READINGS):
        dates = {
            name: _date(name, relative, moment, zone, calendar)
            for (name, relative), moment in zip(relatives.items(), combination, strict=True)
        }
        told_apart = [moment for moment in combination if moment and moment.id]
        suffix = "".join(f"-{moment.id}" for moment in told_apart)
        yield suffix, replace(terms, **dates, **_counted_from(terms)), told_apart


def _counted_from(terms: Terms) -> dict[str, object]:
    """How days are counted of what begins where something else ends: its first day is one."""
    start = terms.start
    is_boundary = isinstance(start, Relative) and start.is_from_an_end
    return {"count": "inclusive"} if is_boundary and terms.count != "elapsed" else {}


def _date(
    name: str, relative: Relative, moment: Moment | None, zone: str, calendar: tuple[str, ...]
) -> object:
    if moment is None:
        # A length is not to be counted from elsewhere while its start is awaited.
        return relative if name == "start" else UNSET
    follow = start_after if name == "start" else end_after
    return follow(relative, moment, zone, calendar)


def moves_others(before: Commitment | None, after: Commitment) -> bool:
    """Whether a moment of a commitment may have moved, and with it what hangs on that."""
    return before is None or _MOMENTS_FROM(before) != _MOMENTS_FROM(after)


def moments_of(commitment: Commitment, moment: str) -> tuple[Moment, ...]:
    """A moment of a commitment, as far as it is known: several where accounts differ."""
    if moment in ("due", "end"):
        by_count = not commitment.ends_disputed
        return _distinct(
            Moment(r.at, r.last_day, r.by, r.id, by_count) for r in commitment.readings
        )
    if moment == "start":
        return _distinct(_starts(concrete(commitment)))
    came_about = commitment.moments.get(moment)
    return (came_about,) if came_about else ()


def can_come_about(commitment: Commitment, moment: str) -> bool:
    """Whether a moment that is not known yet still can be: its promise is open and speaks of it."""
    name, _, of = moment.partition(":")
    if not commitment.is_open and name not in ("due", "end", "start"):
        return False
    if name == "satisfied":
        return any(condition.id == of for condition in commitment.conditions)
    if name == "milestone":
        return commitment.kind is Kind.PROCESS
    return commitment.kind is not Kind.PROCESS or name in ("in_force", "start", "discharged")


def moments_of_all(commitments: Iterable[Commitment], moment: str) -> tuple[Moment, ...]:
    """A moment of an agreement: the first start of any of its promises, and the last end of all.

    It is in force with the first of them, discharged with the last; a milestone or a condition is
    that of whichever has it.
    """
    by_commitment = [moments_of(commitment, moment) for commitment in commitments]
    known = [each for moments in by_commitment for each in moments]
    if moment == "discharged":
        known = [max(known, key=_instant)] if known and all(by_commitment) else []
    elif moment in ("start", "in_force"):
        known = [min(known, key=_instant)] if known else []
    elif moment in ("due", "end"):
        # It is not over before each promise is, by the first reading of its end at least.
        firsts = [min(each.at for each in moments) for moments in by_commitment if moments]
        known = [each for each in known if each.at >= max(firsts)]
    return _distinct(known)


def _instant(moment: Moment) -> datetime:
    return moment.at


def endless_anchors(commitment: str) -> InvalidEvent:
    """The error of deadlines that move one another in a circle."""
    return InvalidEvent(
        f"the deadline of {commitment!r} moves itself in a circle",
        hint=f"give one of them a date of its own: pactwatch explain {commitment}",
    )


def _starts(commitment: Commitment) -> Iterator[Moment]:
    for account in commitment.accounts:
        if isinstance(account.terms.start, str):
            terms = merge(commitment.terms, account.terms)
            at, day = window_start(terms, commitment.zone, None), parse_edtf(account.terms.start)
            if at is not None:
                yield Moment(at, None if day.instant else day.first, account.by, account.id)


def _distinct(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    """One moment an instant; a single one needs no id to be told apart by."""
    by_instant = {moment.at: moment for moment in reversed(list(moments))}
    ordered = sorted(by_instant.values(), key=_instant)
    return tuple(ordered if len(ordered) > 1 else (replace(m, id="", by=None) for m in ordered))


def _moments_named(payload: Payload) -> Iterator[str]:
    """The condition that an entry says is met, or the milestone that it says is reached."""
    if isinstance(payload, types.ConditionSatisfied):
        antecedent = payload.antecedent
        yield f"satisfied:{antecedent if isinstance(antecedent, str) else antecedent.id}"
    if isinstance(payload, types.RoundHeld | types.MilestoneReached) and payload.milestone:
        yield f"milestone:{payload.milestone}"


def with_moments(
    before: Commitment | None, after: Commitment, at: datetime, entry: Entry | None
) -> Commitment:
    """Notes when a promise came into force or was discharged, and what an entry brought about."""
    reached, state = [], after.state
    if state is IN_FORCE and "in_force" not in after.moments:
        reached.append("in_force")
    if state is DISCHARGED and (before is None or before.state is not DISCHARGED):
        reached.append("discharged")
    if entry is not None and entry.type in MOMENTS_BY_NAME:
        reached += _moments_named(entry.payload)
    if not reached:
        return after
    day = day_of(entry.occurred, entry.effective_at, after.zone) if entry else None
    moment = Moment(at, day)
    return replace(after, moments={**after.moments, **dict.fromkeys(reached, moment)})
