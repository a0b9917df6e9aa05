"""Precedents: how earlier deals of the kind ended, how soon and upon what, as a base rate. Pure.

Few cases make no rate: the count always stands beside the word, and the word rests on the rule of
succession, (k + 1) / (n + 2), which does not call two of two a certainty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import sqrt
from statistics import median
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from tracker.dates.edtf import parse_edtf
from tracker.entries.entry import Entry
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import RollUp, State, likelihood_in_words, likelihood_of
from tracker.queries.dossier import Dossier, links_of
from tracker.rules.agreement import roll_up

COLLAPSED = {RollUp.ENDED, RollUp.VIOLATED}
FAILED = {State.VIOLATED, State.CANCELLED, State.RELEASED, State.REJECTED}
OUTCOME = {RollUp.FULFILLED: "fulfilled", RollUp.EXPIRED: "ran out"}
TOO_FEW = 5
FEW = 30
Z95 = 1.96


Link = tuple[str, str, Entry | None]
"""The agreement that links, how (precedent or predecessor), and the entry that says so."""

# `from` is a key of the document, which no class can have as a field.
Precedent = TypedDict(
    "Precedent",
    {
        "id": str,
        "title": str,
        "tlp": str,
        "linked": str,
        "from": str,
        "why": str,
        "outcome": str,
        "began": str | None,
        "ended": str | None,
        "days": int | None,
        "approximate": bool,
        "at_most": bool,
        "trigger": str,
        "events": list[str],
        "states": dict[str, str],
    },
)


class Days(TypedDict):
    """How long those that collapsed had lasted; at most, where no more is known of one."""

    each: list[int]
    median: int | None
    shortest: int | None
    longest: int | None


class BaseRate(TypedDict):
    """How many of the closed precedents collapsed; `interval` is the 95 % one, in percent."""

    collapsed: int
    closed: int
    days: Days
    likelihood: str | None
    analytic_confidence: str | None
    interval: list[int] | None
    words: str


class Precedents(TypedDict):
    """The document of `precedents --json` for one agreement."""

    agreement: str
    title: str
    tlp: str
    precedents: list[Precedent]
    base_rate: BaseRate


def precedents(agreement: str, dossiers: Mapping[str, Dossier]) -> Precedents:
    """The precedents of an agreement, and their base rate."""
    dossier, linked = dossiers[agreement], linked_to(agreement, dossiers)
    cases = [_precedent(name, dossiers[name], link) for name, link in linked]
    return {
        "agreement": agreement,
        "title": dossier.state.title,
        "tlp": dossier.state.tlp,
        "precedents": cases,
        "base_rate": base_rate(cases),
    }


def linked_to(agreement: str, dossiers: Mapping[str, Dossier]) -> list[tuple[str, Link]]:
    """Precedents and predecessors, and theirs in turn, each once with the link that led to it."""
    links: dict[str, Link] = {}
    queue = [agreement]
    while queue:
        name = queue.pop(0)
        for target, how, entry in links_of(dossiers[name]):
            if target != agreement and target not in links and target in dossiers:
                links[target] = (name, how, entry)
                queue.append(target)
    return list(links.items())


def _precedent(name: str, dossier: Dossier, link: Link) -> Precedent:
    source, how, entry = link
    commitments = list(dossier.state.commitments.values())
    began = next((each for each in dossier.entries if each.payload.commitment), None)
    ended = _last_cause(commitments, dossier)
    closing: Any = ended.payload if ended else None
    return {
        "id": name,
        "title": dossier.state.title,
        "tlp": dossier.state.tlp,
        "linked": how,
        "from": source,
        "why": entry.payload.why if entry else "",  # type: ignore[attr-defined]
        "outcome": outcome_of(commitments),
        "began": began.occurred if began else None,
        "ended": ended.occurred if ended else None,
        **_lasted(began, ended, dossier.state.zone),
        "trigger": getattr(closing, "reason", None) or getattr(closing, "text", None) or "",
        "events": [e.id for e in (began, ended) if e],
        "states": {c.id: c.state.value for c in commitments},
    }


class Lasted(TypedDict):
    """How long a deal lasted; `at_most` where its dates overlap, so that no more is known."""

    days: int | None
    approximate: bool
    at_most: bool


def _lasted(began: Entry | None, ended: Entry | None, zone: str) -> Lasted:
    """The days from date to date in the zone of the agreement, whatever its clocks did."""
    approximate = _is_vague(began) or _is_vague(ended)
    if began is None or ended is None:
        return {"days": None, "approximate": approximate, "at_most": False}
    first, last = began.span.first, ended.span.last
    if approximate and first and last and not began.span.is_before(ended.span):
        return {"days": (last - first).days, "approximate": True, "at_most": True}
    first_day, last_day = (e.effective_at.astimezone(ZoneInfo(zone)).date() for e in (began, ended))
    days = max((last_day - first_day).days, 0)
    return {"days": days, "approximate": approximate, "at_most": False}


def outcome_of(commitments: list[Commitment]) -> str:
    """Tells in one word how a deal ended: collapsed, fulfilled, ran out, or still open."""
    if not commitments or any(c.is_open for c in commitments):
        return "open" if commitments else "unknown"
    word = roll_up(commitments)
    return "collapsed" if word in COLLAPSED else OUTCOME.get(word, "other")


def _last_cause(commitments: list[Commitment], dossier: Dossier) -> Entry | None:
    """The entry behind the end of a deal; None while it is open, or when the clock closed it.

    One that collapsed ended when the last promise failed: what was kept or ran out after that does
    not make it last longer.
    """
    if not commitments or any(c.is_open for c in commitments):
        return None
    last = max([c for c in commitments if c.state in FAILED] or commitments, key=lambda c: c.since)
    return dossier.entry(last.state_cause.events[-1]) if last.state_cause.events else None


def _is_vague(entry: Entry | None) -> bool:
    if entry is None:
        return False
    occurred = parse_edtf(entry.occurred)
    return (
        occurred.precision not in ("instant", "day") or occurred.approximate or occurred.uncertain
    )


def base_rate(cases: Iterable[Precedent]) -> BaseRate:
    """How many of the closed precedents collapsed, with likelihood word and interval."""
    closed = [case for case in cases if case["outcome"] not in ("open", "unknown")]
    collapsed = [case for case in closed if case["outcome"] == "collapsed"]
    times = [case["days"] for case in collapsed if case["days"] is not None]
    k, n = len(collapsed), len(closed)
    rate: BaseRate = {
        "collapsed": k,
        "closed": n,
        "days": {
            "each": times,
            "median": int(median(times)) if times else None,
            "shortest": min(times, default=None),
            "longest": max(times, default=None),
        },
        "likelihood": None,
        "analytic_confidence": None,
        "interval": None,
        "words": "no closed precedent is linked: there is no base rate",
    }
    if n == 0:
        return rate
    word, (low, high) = likelihood_of((k + 1) / (n + 2)), interval95(k, n)
    caution = f"; n={n} is too few for a rate, an anecdote at most" if n < TOO_FEW else ""
    return rate | {
        "likelihood": word,
        "analytic_confidence": "low" if n < FEW else "moderate",
        "interval": [low, high],
        "words": f"{k} of {n} collapsed: collapse {likelihood_in_words(word)} by precedent alone, "
        f"95% interval {low}-{high}%{caution}",
    }


def interval95(k: int, n: int) -> tuple[int, int]:
    """Wilson's score interval for k of n, in whole percent."""
    share, spread = k / n, Z95**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return round(max(middle - half, 0) * 100), round(min(middle + half, 1) * 100)
