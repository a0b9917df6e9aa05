"""Precedents: how earlier deals of the kind ended, how soon and upon what, as a base rate. Pure.

Few cases make no rate: the count is always said with the word, and the word rests on the rule of
succession, (k + 1) / (n + 2), which does not call two of two a certainty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from math import sqrt
from statistics import median
from typing import Any

from tracker.dates.edtf import parse_edtf
from tracker.entries.entry import Entry
from tracker.model.commitment import Commitment
from tracker.model.likelihood import in_words, word_for
from tracker.model.vocabulary import RollUp
from tracker.queries.dossier import Dossier, _links
from tracker.rules.roll_up import roll_up

COLLAPSED = {RollUp.ENDED, RollUp.VIOLATED}
OUTCOME = {RollUp.FULFILLED: "fulfilled", RollUp.EXPIRED: "ran out"}
TOO_FEW = 5
FEW = 30
Z95 = 1.96


def precedents(agreement: str, dossiers: Mapping[str, Dossier]) -> dict[str, Any]:
    """The document of `precedents --json` for one agreement: its precedents and their base rate."""
    dossier = dossiers[agreement]
    cases = [_case(name, linked, dossiers) for name, linked in linked_to(agreement, dossiers)]
    return {
        "agreement": agreement,
        "title": dossier.state.title,
        "tlp": dossier.state.tlp,
        "precedents": cases,
        "base_rate": base_rate(cases),
    }


def linked_to(
    agreement: str, dossiers: Mapping[str, Dossier]
) -> list[tuple[str, tuple[str, str, Entry | None]]]:
    """Precedents and predecessors, and theirs in turn, each once; (id, (from, how, entry))."""
    links: dict[str, tuple[str, str, Entry | None]] = {}
    queue = [agreement]
    while queue:
        name = queue.pop(0)
        for target, how, entry in _links(name, dossiers):
            if target != agreement and target not in links and target in dossiers:
                links[target] = (name, how, entry)
                queue.append(target)
    return list(links.items())


def _case(
    name: str, linked: tuple[str, str, Entry | None], dossiers: Mapping[str, Dossier]
) -> dict[str, Any]:
    source, how, entry = linked
    dossier = dossiers[name]
    commitments = list(dossier.state.commitments.values())
    began, ended = _first_entry(dossier), _last_cause(commitments, dossier)
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
        "days": _days(began, ended),
        "approximate": _is_vague(began) or _is_vague(ended),
        "trigger": _trigger(ended),
        "events": [e.id for e in (began, ended) if e],
        "states": {c.id: c.state.value for c in commitments},
    }


def outcome_of(commitments: list[Commitment]) -> str:
    """One word for how a deal ended: collapsed, fulfilled, ran out, or still open."""
    if not commitments or any(c.is_open for c in commitments):
        return "open" if commitments else "unknown"
    word = roll_up(commitments)
    return "collapsed" if word in COLLAPSED else OUTCOME.get(word, "other")


def _first_entry(dossier: Dossier) -> Entry | None:
    return next((entry for entry in dossier.entries if entry.payload.commitment), None)


def _last_cause(commitments: list[Commitment], dossier: Dossier) -> Entry | None:
    """The entry behind the last close; None while any is open, or when the clock closed it."""
    if not commitments or any(c.is_open for c in commitments):
        return None
    last = max(commitments, key=lambda c: c.since)
    return dossier.entry(last.state_cause.events[-1]) if last.state_cause.events else None


def _days(began: Entry | None, ended: Entry | None) -> int | None:
    if began is None or ended is None:
        return None
    return max((_at(ended) - _at(began)).days, 0)


def _at(entry: Entry) -> datetime:
    return entry.effective_at


def _is_vague(entry: Entry | None) -> bool:
    if entry is None:
        return False
    occurred = parse_edtf(entry.occurred)
    return (
        occurred.precision not in ("instant", "day") or occurred.approximate or occurred.uncertain
    )


def _trigger(ended: Entry | None) -> str:
    payload: Any = ended.payload if ended else None
    return getattr(payload, "reason", None) or getattr(payload, "text", None) or ""


def base_rate(cases: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """How many of the closed precedents collapsed, with likelihood word and interval."""
    closed = [case for case in cases if case["outcome"] not in ("open", "unknown")]
    collapsed = [case for case in closed if case["outcome"] == "collapsed"]
    times = [case["days"] for case in collapsed if case["days"] is not None]
    return {
        "collapsed": len(collapsed),
        "closed": len(closed),
        "days": {
            "each": times,
            "median": int(median(times)) if times else None,
            "shortest": min(times, default=None),
            "longest": max(times, default=None),
        },
        **_judgement(len(collapsed), len(closed)),
    }


def _judgement(k: int, n: int) -> dict[str, Any]:
    if n == 0:
        return {"likelihood": None, "analytic_confidence": None, "interval": None,
                "words": "no closed precedent is linked: there is no base rate"}  # fmt: skip
    word = word_for((k + 1) / (n + 2))
    confidence = "low" if n < FEW else "moderate"
    low, high = interval95(k, n)
    caution = f"; n={n} is too few for a rate, an anecdote at most" if n < TOO_FEW else ""
    return {
        "likelihood": word,
        "analytic_confidence": confidence,
        "interval": [low, high],
        "words": f"{k} of {n} collapsed: collapse {in_words(word)} by precedent alone, "
        f"95% interval {low}-{high}%{caution}",
    }


def interval95(k: int, n: int) -> tuple[int, int]:
    """Wilson's score interval for k of n, in whole percent."""
    share, spread = k / n, Z95**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return round(max(middle - half, 0) * 100), round(min(middle + half, 1) * 100)
