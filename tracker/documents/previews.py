"""What an entry would change beside the axes: ends, breaches, and what it is news of. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypedDict

from events import RecordedEvent, format_instant
from tracker.dates.zones import day_ended_at
from tracker.documents.changes import EndDocument, step_json, stored_change
from tracker.documents.news_words import moved_ends_words, news_words, speakers_words
from tracker.documents.periods import naming_of
from tracker.documents.remarks import TAGS
from tracker.model.commitment import Commitment
from tracker.model.parts import Incident, Withdrawal
from tracker.rules.agreement import AgreementState
from tracker.rules.news.ends import EndMove, end_moves, first_ends

SHOWN_APART = ("end", "incident", "state", "compliance", "fulfilment", "timing", "window")
"""Axes of which a preview has rows or sentences of their own, as it has of each end."""


class MovedEnd(EndDocument):
    """One end of a promise before and after, by one reading; `day` where it closes a day."""

    commitment: str
    term: str
    by: str | None
    rule: str


class BreachDocument(TypedDict):
    """What an entry says of one breach: what it was and is, where it fell, how many there are.

    `position` is that of the entry whose id names it; None where it has a name of its own.
    """

    commitment: str
    incident: str
    position: int | None
    before: str | None
    after: str
    tags: list[str]
    breaches: int


Commitments = Mapping[str, Commitment]
Places = list[tuple[Commitment | None, Commitment]]


def ends_moved(before: Commitments, after: Commitments) -> list[MovedEnd]:
    """Each end that an entry moves, sets or takes away, reading by reading."""
    return [
        _end(old, new, move)
        for old, new in _pairs(before, after)
        for move in (end_moves(old, new) if old else first_ends(new))
    ]


def _pairs(before: Commitments, after: Commitments) -> Places:
    return [(before.get(name), commitment) for name, commitment in after.items()]


def _end(old: Commitment | None, new: Commitment, move: EndMove) -> MovedEnd:
    known = (*new.readings, *(old.readings if old else ()))
    reading = next(reading for reading in known if reading.id == move.reading)
    return {
        "commitment": new.id,
        "term": reading.term,
        "reading": move.reading,
        "by": reading.by,
        "rule": reading.rule,
        "zone": move.zone,
        "before": format_instant(move.before) if move.before else None,
        "after": format_instant(move.after) if move.after else None,
        "day_before": move.day_before.isoformat() if move.day_before else None,
        "day_after": move.day_after.isoformat() if move.day_after else None,
    }


def ends_words(ends: Iterable[MovedEnd]) -> Iterator[str]:
    """`c: end inclusive (kremlin): end of ... -> end of ...`, one line a reading."""
    for end in ends:
        rule = f" {end['rule']}" if end["rule"] in ("inclusive", "exclusive") else ""
        by = f" ({end['by']})" if end["by"] else ""
        words = moved_ends_words([end])
        moves = words if end["before"] else f"none -> {words}"
        yield f"{end['commitment']}: {end['term']}{rule}{by}: {moves}"


def breaches(
    event: str,
    before: Commitments,
    after: Commitments,
    find: Callable[[str], RecordedEvent | None],
) -> list[BreachDocument]:
    """What an entry makes of each breach that it speaks of, and which are no longer on record.

    `find` returns the entry of an id.
    """
    made: list[BreachDocument] = []
    gone: list[BreachDocument] = []
    for old, new in _pairs(before, after):
        known = {incident.id: incident for incident in old.incidents} if old else {}
        for incident in new.incidents:
            earlier = known.pop(incident.id, None)
            if event in incident.events and not (earlier and event in earlier.events):
                was = earlier.status if earlier else None
                made.append(_breach(new, incident, was, incident.status, incident.tags))
        gone += [_breach(new, each, each.status, "none", ()) for each in known.values()]
    for row in made + gone:
        first = find(row["incident"])
        row["position"] = first.position if first else None
    return made + gone


def _breach(
    c: Commitment, incident: Incident, before: str | None, after: str, tags: Iterable[str]
) -> BreachDocument:
    return {
        "commitment": c.id,
        "incident": incident.id,
        "position": None,
        "before": before,
        "after": after,
        "tags": list(tags),
        "breaches": len(c.incidents),
    }


def breach_words(event: str, rows: Iterable[BreachDocument]) -> Iterator[str]:
    """`c: breach i2: none -> alleged, beside 1 more on record`, with where it fell."""
    for row in rows:
        name = f"#{row['position']}" if row["position"] else row["incident"]
        name = "" if row["incident"] == event else f" {name}"
        change = f"{row['before'] or 'none'} -> {row['after']}"
        if row["before"] == row["after"]:
            change = f"{row['after']} already, said once more"
        elif row["before"] is None and row["breaches"] > 1:
            change += f", beside {row['breaches'] - 1} more on record"
        elif row["after"] == "none" and row["breaches"]:
            change += f", {row['breaches']} more on record"
        tags = "".join(f"; tagged {t}: {TAGS.get(t, t).rpartition(': ')[2]}" for t in row["tags"])
        yield f"{row['commitment']}: breach{name}: {change}{tags}"


def other_news(event: str, before: AgreementState, after: AgreementState) -> list[str]:
    """What else an entry is news of: a part delivered, a round, a reading, a waiver of one."""
    known = set(_news_of(event, before))
    notices = _notices(before.commitments, after.commitments)
    return [*(words for words in _news_of(event, after) if words not in known), *notices]


def _notices(before: Commitments, after: Commitments) -> Iterator[str]:
    """When a promise ends by a notice of withdrawal that an entry gives or takes back."""
    for old, new in _pairs(before, after):
        known = old.withdrawals if old else ()
        for notice in new.withdrawals:
            if notice not in known:
                by = ", ".join(notice.by) or "nobody named"
                yield f"{new.id}: ends by the notice of {by}: {moved_ends_words([_close(notice)])}"
        if known and not new.withdrawals and new.is_open:
            yield f"{new.id}: ends by no notice any more"


def _close(notice: Withdrawal) -> EndDocument:
    """The end of a notice: of a day, where it is midnight in its zone."""
    last = day_ended_at(notice.ends_at, notice.zone)
    return {
        "reading": "notice",
        "before": None,
        "after": format_instant(notice.ends_at),
        "zone": notice.zone,
        "day_before": None,
        "day_after": last.isoformat() if last else None,
    }


def _news_of(event: str, state: AgreementState) -> Iterator[str]:
    for change in state.changes:
        is_apart = change.axis.partition(" ")[0] in SHOWN_APART or change.ends
        if event in change.events and not is_apart:
            # Who records it may have given its entry an id, and knows a breach by that.
            step = {**step_json(stored_change(change)), "events": ()}
            c = state.commitments[change.commitment]
            periods = naming_of(c, c.schedule) if c.schedule else None
            if words := news_words(step, periods):
                yield f"{change.commitment}: {words}{speakers_words(step)}"
