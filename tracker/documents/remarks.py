"""What a reader is to know of a promise beside its four axes. Pure.

Each is a sentence, made from the document of `status --json`; a surface writes instants its way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from events import parse_instant
from tracker.dates.durations import parse_duration
from tracker.dates.zones import day_ended_at
from tracker.documents.ends import ending_notice

Document = Mapping[str, Any]
InstantWords = Callable[[str], object]
"""Writes an instant as its surface does, e.g. in the zone of the reader."""

TAGS = {
    "window_edge": "partly outside the window",
    "while_suspended": "while suspended: not counted",
    "out_of_force": "out of force: not counted",
    "contested_window": "between its contested ends",
}
"""What the tags of an incident mean."""

TERMS = {"due": "due", "end": "ends", "start": "begins"}


def remarks(c: Document, when: InstantWords) -> Iterator[str]:
    """Tells who suspended it, what its clause renews, who withdraws, and what it waits for."""
    # Rows of an earlier edition lack what is new.
    if c.get("suspension"):
        yield _suspension(c, when)
    # Where a notice of withdrawal ends it before, nothing is left to renew.
    if c.get("renewal") and ending_notice(c) is None:
        # Rows of an earlier edition do not say whose notice it takes.
        is_own = c["renewal"].get("only_own", False)
        yield _renewal(c["renewal"], " or ".join(c["debtor"]) if is_own else "a party", when)
    yield from waiver_words(c)
    for notice in c.get("withdrawals", ()):
        yield (
            f"{_names(notice['by'])} withdraws: it ends with the notice, at "
            f"{end_words(notice, 'ends_at', when)}, unless that is revoked"
        )
    if c.get("awaiting"):
        yield f"{awaiting_words(c)}; not known yet"
    for each in c.get("pending", ()):
        if each["term"] == "offer":
            yield f"the offer runs out at {end_words(each, 'at', when)}"
        elif each["timing"] == "passed":
            passed = end_words(each, "at", when)
            yield f"its own {each['term']} passed at {passed} while its conditions are open"


def waiver_words(c: Document) -> Iterator[str]:
    """Tells which of its creditors have waived a promise, and to whom it is owed still."""
    waived, owed = c.get("waived_by", ()), list(owed_to(c))
    if waived and not set(owed) & set(waived):
        yield f"{_names(waived)} waived it; owed still to {_names(owed)}"


def owed_to(c: Document) -> Sequence[str]:
    """The creditors who have not waived a promise; all of them where each has."""
    creditors = c.get("creditor", ())
    return [party for party in creditors if party not in c.get("waived_by", ())] or creditors


def _renewal(renewal: Document, whose: str, when: InstantWords) -> str:
    if renewal["outlook"] == "ends":
        return "ends with this period: notice was given that it is not renewed"
    if renewal["outlook"] == "renews_once":
        return "renews itself once more, and then ends: notice came too late for this period"
    period = parse_duration(renewal["period"]).words if renewal["period"] else "its own length"
    by = f" by {end_words(renewal, 'notice_by', when)}" if renewal["notice_by"] else ""
    return f"renews itself at its end for {period}, unless {whose} gives notice{by}"


def _suspension(c: Document, when: InstantWords) -> str:
    suspension = c["suspension"]
    by, since = suspension["by"], f"since {when(suspension['since'])}"
    # Rows of an earlier edition have no zone.
    ends = {"zone": "UTC", **suspension}
    until = f" until {end_words(ends, 'until', when)}" if suspension["until"] else ""
    if not suspension["contested"]:
        how = agreed_words(by, (*c["debtor"], *c["creditor"]))
        return f"suspended {how}, {since}{until}: nothing is owed meanwhile"
    return f"{state_words(c)}, {since}{until}: that shields nobody"


def agreed_words(by: Collection[str], parties: Collection[str]) -> str:
    """Why a suspension rests all: `by agreement by NOR, ISL`, or `by NOR, as a clause allows`."""
    who = ", ".join(by)
    if by and not {*parties} <= {*by}:
        return f"by {who}, as a clause allows"
    return f"by agreement by {who}" if by else "by agreement"


def state_words(c: Document) -> str:
    """The state, and of a contested suspension whose word it rests on."""
    suspension = c.get("suspension")
    if not suspension or not suspension["contested"]:
        return str(c["state"]).replace("_", " ")
    side = "its debtor's" if set(suspension["by"]) & set(c["debtor"]) else "one side's"
    return f"suspended by {side} own word ({_names(suspension['by'])})"


def end_words(document: Document, key: str, when: InstantWords) -> object:
    """An end of a day in its zone as that day, `the end of 5 May 2025`; else the instant."""
    day = day_ended_at(parse_instant(document[key]), document["zone"])
    return f"the end of {day.day} {day:%B %Y}" if day else when(document[key])


def waiting_words(on: str | None, awaits: str | None) -> str:
    """What a condition hangs on: `, waits until reform is discharged`; empty where on nothing."""
    if on and awaits:
        return f", waits until {on} is {awaits.replace('_', ' ')}"
    return f", hangs on {on}" if on else ""


def awaiting_words(c: Document) -> str:
    """When something is due, ends or begins: `due 14 days after m2 is discharged`."""
    awaiting = c["awaiting"]
    count = f" {awaiting['count']}" if awaiting["count"] else ""
    text = f"{awaiting['by']} after {awaiting['after']} {awaiting['moment']}{count}"
    terms = (reading["term"] for reading in c["readings"] if reading.get("value") == text)
    return f"{TERMS.get(next(terms, 'due'), 'due')} {awaiting['words']}"


def _names(parties: list[str]) -> str:
    return ", ".join(parties) or "nobody named"
