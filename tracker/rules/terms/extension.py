"""Says what an extension or a renewal lacks before its end can be worked out. Pure."""

from __future__ import annotations

from msgspec import Struct

from events import format_instant
from tracker.dates.durations import parse_duration
from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.payload import is_set
from tracker.model.readings import Reading, readings
from tracker.model.terms import Terms
from tracker.model.vocabulary import Basis
from tracker.rules.terms.commands import command_again

FINDINGS = (Basis.BOTH_SIDES, Basis.NEUTRAL_BODY, Basis.ANALYST_FINDING)


class Lack(Struct, frozen=True):
    """What is wrong with a change of terms, and the commands that say it soundly."""

    why: str
    hint: str


def lack_of_change(commitment: Commitment, entry: Entry) -> Lack | None:
    """What keeps the new end from being worked out; None for a sound change, or for another."""
    payload = entry.payload
    if not isinstance(payload, types.TermChange) or payload.whole_window:
        return None
    if isinstance(payload, types.TermRenewed):
        return _lack_of_renewal(commitment, payload, entry)
    return _lack_of_extension(commitment, payload, entry)


def _lack_of_extension(c: Commitment, p: types.TermChange, entry: Entry) -> Lack | None:
    terms, named = p.terms, _named(p.terms)
    moves = [name for name in named if name in ("due", "end", "extend_by")]
    if "extend_by" in moves and len(moves) > 1:
        words = " and ".join(f"terms.{name}" for name in moves)
        return Lack(f"it moves the end twice, by {words}", _ways(c, entry, str(terms.extend_by)))
    if "extend_by" in moves and not _has_end(c):
        return Lack("there is no end on record that could be moved", _ways(c, entry, None))
    if moves or ("duration" in named and "start" in named):
        return None
    if "duration" not in named:
        return Lack(
            "it moves no end: expected terms.extend_by or terms.end, found neither",
            _ways(c, entry, "P30D" if _has_end(c) else None),
        )
    return Lack(
        f"terms.duration={terms.duration} alone may be the whole length or what is added to it: "
        "expected terms.extend_by or terms.end, found neither",
        _ways(c, entry, str(terms.duration) if _has_end(c) else None),
    )


def _lack_of_renewal(c: Commitment, p: types.TermRenewed, entry: Entry) -> Lack | None:
    terms, named = p.terms, _named(p.terms)
    as_conduct = _again(c, entry, "tacit=conduct", "basis=neutral_body")
    if p.tacit == "clause" and not c.renews_tacitly:
        return Lack(
            "no clause on record renews it: expected terms.tacit_renewal, found none",
            f"what all agreed: {_again(c, entry, without=('tacit',))}; what was done without "
            f"words: {as_conduct}",
        )
    if p.tacit == "conduct" and p.basis not in FINDINGS:
        bases = ", ".join(FINDINGS)
        return Lack(
            f"that conduct renewed it is a finding, of basis {bases}; found {p.basis or 'none'}",
            as_conduct,
        )
    if named == ["duration"] and not c.readings:
        return Lack(
            "there is no end on record from which terms.duration could be counted",
            _again(c, entry, "terms.end=2026-01-31"),
        )
    first = c.earliest
    for name in {"due", "end"} & set(named):
        stated = Terms(**{name: getattr(terms, name)})
        ends = readings(stated, term=c.end_term, zone=c.zone, base_id="", entered_at=c.entered_at)
        at = max((end.at for end in ends), default=None)
        if at is not None and first is not None and at <= first:
            return Lack(
                f"terms.{name}={getattr(terms, name)} lies before the end of the current period, "
                f"{day_of_end(min(c.readings, key=lambda r: r.at))}",
                f"when it is over was misunderstood: pactwatch record ReadingAsserted {c.id} "
                f"term=end value={getattr(terms, name)}",
            )
    return None


def extended_end(c: Commitment, entry: Entry) -> tuple[str, ...]:
    """The fields of a reading of the end to which an extension by a length leads; else none."""
    payload = entry.payload
    length = payload.terms.extend_by if isinstance(payload, types.TermExtended) else None
    last = max(c.readings, key=lambda reading: reading.at, default=None)
    if not isinstance(length, str) or last is None:
        return ()
    return f"term={c.end_term}", f"value={day_of_end(last.lasting(parse_duration(length)))}"


def _named(terms: Terms) -> list[str]:
    """The terms of a window that are named; null counts, since it leaves the end open."""
    names = ("due", "end", "duration", "start", "extend_by")
    return [name for name in names if is_set(getattr(terms, name))]


def _has_end(c: Commitment) -> bool:
    stated = (value for account in c.accounts for value in account.terms_of_end)
    return bool(c.readings) or any(is_set(value) and value is not None for value in stated)


def _again(c: Commitment, entry: Entry, *more: str, without: tuple[str, ...] = ()) -> str:
    """The change recorded anew, with places for those who agreed where none are named."""
    by = () if getattr(entry.payload, "by", ()) else ("by=A,B",)
    return command_again(c.id, entry, *by, *more, without=without)


def _ways(c: Commitment, entry: Entry, length: str | None) -> str:
    """The commands that extend it: by a length, and to the day that this leads to."""
    last = max(c.readings, key=lambda reading: reading.at, default=None)
    if length is None or last is None:
        return _again(c, entry, f"terms.{c.end_term}=2026-01-31")
    day = day_of_end(last.lasting(parse_duration(length)))
    longer = _again(c, entry, f"terms.extend_by={length}")
    return f"so much longer: {longer}; until then: {_again(c, entry, f'terms.{c.end_term}={day}')}"


def day_of_end(reading: Reading) -> str:
    """The last day of a reading in its zone; the instant where it is no end of a day."""
    last = reading.last_day
    return last.isoformat() if last else format_instant(reading.at)
