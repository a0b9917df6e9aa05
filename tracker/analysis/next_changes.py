"""Rules in words, and which of them may change a commitment next: clock or entry. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from events import format_instant
from tracker.documents.commitments import instant_or_none
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Kind
from tracker.rules.clock import apply_clock_rules
from tracker.rules.clock_moments import next_moment
from tracker.rules.clock_rules import BY_NUMBER
from tracker.rules.recurring.moments import next_period_moment, period_moment_words
from tracker.rules.timing import looked_ahead_to, next_change_at, timing
from tracker.rules.transitions import TRANSITIONS, Target, Transition


def rule_text(number: str, kind: Kind | None = None) -> str:
    """A rule row in words, as the tables have it; of its cases those of one kind of promise."""
    if number in BY_NUMBER:
        rule = BY_NUMBER[number]
        return f"{rule.moment}: {rule.effect}"
    rows = [row for row in TRANSITIONS if row.number == number and kind in (None, *row.kinds)]
    return "; ".join(dict.fromkeys(map(_transition_text, rows)))


def _transition_text(row: Transition) -> str:
    sources = ", ".join(sorted(str(source or "none") for source in row.sources))
    kinds = "" if row.kinds == frozenset(Kind) else f" ({', '.join(sorted(row.kinds))})"
    case = f" when {row.guard.replace('_', ' ')}" if row.guard else ""
    origin = "any state" if len(row.sources) > 6 else sources
    return f"{row.event}{kinds} from {origin} -> {_destination(row.to)}{case}"


def _destination(to: object) -> str:
    return to.value if isinstance(to, Target) else str(to)


class NextByClock(TypedDict):
    """What the clock changes next; `period` says what it finds of one, where that is all."""

    at: str
    state: str
    timing: str
    rule: str
    meaning: str
    period: str | None


class NextByEvent(TypedDict):
    event: str
    rule: str
    to: str
    case: str | None


class Next(TypedDict):
    """What comes next; `horizon` is up to when the clock changes nothing, and was followed."""

    clock: NextByClock | None
    horizon: str | None
    events: list[NextByEvent]


def what_comes_next(c: Commitment, as_of: datetime) -> Next:
    """Tells what the clock alone changes next, and which entries would change the state."""
    return {
        "clock": _next_by_clock(c, as_of),
        "horizon": instant_or_none(looked_ahead_to(c, as_of)),
        "events": [
            {"event": r.event, "rule": r.number, "to": _destination(r.to), "case": r.guard}
            for r in TRANSITIONS
            if c.kind in r.kinds and c.state in r.sources
        ],
    }


def _next_by_clock(c: Commitment, as_of: datetime) -> NextByClock | None:
    """What the clock alone will change next, if nothing more is recorded."""
    at = next_change_at(c, as_of)
    if at is None:
        return None
    after, moment = c, next_moment(c, as_of)
    while moment is not None and moment <= at:
        after = apply_clock_rules(after, moment)
        moment = next_moment(after, moment)
    when, rule = timing(after, at)
    if after is c and next_period_moment(c, as_of) == at:
        rule = "T14"
    number = rule if after.state is c.state else after.state_cause.rule
    return {
        "at": format_instant(at),
        "state": after.state.value,
        "timing": when.value,
        "rule": number,
        "meaning": rule_text(number, c.kind) if number else "",
        "period": period_moment_words(c, at) if number == "T14" and after is c else None,
    }
