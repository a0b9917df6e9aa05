"""Why a commitment stands where it stands, who says so, and what would change it. Pure but for
`explain`, which reads the log.

Each axis comes with its rule row in words, the events behind it with their chains, and the
readings it was reckoned from. Claims are shown as claims: none of them moved a state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from events import EventStore, format_instant
from tracker.analysis.precedents import precedents
from tracker.dates.instants import both_clocks
from tracker.documents.changes import step_json
from tracker.documents.commitments import commitment_json
from tracker.entries.entry import Entry
from tracker.entries.tlp import highest
from tracker.errors import UnknownId
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.likelihood import in_words
from tracker.model.payload import Source, is_set
from tracker.model.sources import chain_of
from tracker.model.vocabulary import Kind
from tracker.queries.dossier import Dossier, dossier_of, with_precedents
from tracker.recording.lint import lint_commitment, slips_in
from tracker.rules.clock import apply_clock_rules, next_change_at, next_moment, timing
from tracker.rules.clock_rules import BY_NUMBER
from tracker.rules.disputes import account_behind
from tracker.rules.transitions import TRANSITIONS, Target, Transition


def rule_text(number: str) -> str:
    """A rule row in words, as the tables have it."""
    if number in BY_NUMBER:
        rule = BY_NUMBER[number]
        return f"{rule.moment}: {rule.effect}"
    rows = [row for row in TRANSITIONS if row.number == number]
    return "; ".join(dict.fromkeys(map(_row_words, rows)))


def _row_words(row: Transition) -> str:
    sources = ", ".join(sorted(str(source or "none") for source in row.sources))
    kinds = "" if row.kinds == frozenset(Kind) else f" ({', '.join(sorted(row.kinds))})"
    case = f" when {row.guard.replace('_', ' ')}" if row.guard else ""
    origin = "any state" if len(row.sources) > 6 else sources
    return f"{row.event}{kinds} from {origin} -> {_destination(row.to)}{case}"


def _destination(to: Any) -> str:
    return to.value if isinstance(to, Target) else str(to)


def explain(
    store: EventStore, commitment_id: str, as_of: datetime, known_at: datetime
) -> dict[str, Any]:
    """Each axis with its rule and events, then readings, claims, judgements, and what is next."""
    dossier, named = dossier_of(store, commitment_id, as_of, known_at)
    if named is None:
        raise _an_agreement(dossier)
    c = dossier.state.commitments[named]
    around = with_precedents(store, dossier, as_of, known_at)
    earlier = precedents(dossier.state.id, around)
    return {
        **both_clocks(as_of, known_at),
        "tlp": highest((dossier.state.tlp, *(case["tlp"] for case in earlier["precedents"]))),
        "agreement": dossier.state.id,
        **explanation(c, dossier, as_of),
        "precedents": earlier["precedents"],
        "base_rate": earlier["base_rate"],
    }


def _an_agreement(dossier: Dossier) -> UnknownId:
    own = list(dossier.state.commitments)
    hint = f"pactwatch explain {own[0]}" if own else f"pactwatch readout {dossier.state.id}"
    names = ", ".join(own) or "none yet"
    return UnknownId(f"{dossier.state.id!r} is an agreement; its commitments: {names}", hint=hint)


def explanation(c: Commitment, dossier: Dossier, as_of: datetime) -> dict[str, Any]:
    """Explains one commitment from the record of its agreement."""
    status = commitment_json(c, as_of)
    steps = (change for change in dossier.state.changes if change.commitment == c.id)
    return {
        "commitment": status,
        "axes": [_axis(axis, status, dossier) for axis in AXES],
        "window": _window(c),
        "claims": [entry_json(entry) for entry in _claims(c, dossier)],
        "judgements": [entry_json(entry) for entry in _judgements(c, dossier)],
        "statements": [entry_json(entry) for entry in _statements(c, dossier)],
        "next": {"clock": _by_clock(c, as_of), "events": _by_event(c)},
        "history": [step_json(change) for change in steps],
        "events": _events(c.events, dossier),
        "unapplied": _events(c.unapplied, dossier),
        "lint": _lint(c, dossier),
    }


AXES = ("state", "compliance", "timing", "fulfilment")


def _axis(axis: str, status: Mapping[str, Any], dossier: Dossier) -> dict[str, Any]:
    because = status["because"][axis]
    value = status[axis]["grade"] if axis == "fulfilment" else status[axis]
    rule = because.get("rule", "")
    return {
        "axis": axis,
        "value": value,
        "rule": rule,
        "meaning": rule_text(rule) if rule else "nothing has been recorded that would set it",
        "events": _events(because.get("events", ()), dossier),
    }


def _events(ids: Iterable[str], dossier: Dossier) -> list[dict[str, Any]]:
    return [entry_json(entry) for entry in map(dossier.entry, ids) if entry is not None]


def entry_json(entry: Entry) -> dict[str, Any]:
    """An entry for a reader: what, when, who says so, how reliable, and where it stands."""
    payload: Any = entry.payload
    chain = chain_of(entry.id, payload)
    fields = ("text", "reason", "promise", "value")
    words = next((getattr(payload, name) for name in fields if _is_said(payload, name)), None)
    return {
        "id": entry.id,
        "position": entry.position,
        "type": entry.type,
        "occurred": entry.occurred,
        "recorded_at": format_instant(entry.recorded_at),
        "speaker": payload.speaker,
        "reported_by": list(payload.reported_by),
        "primary_source": payload.primary_source,
        "derived_from": list(payload.derived_from),
        "root": chain.root,
        "source": _source(payload.source),
        "rating": f"{payload.reliability}{payload.credibility}",
        "tlp": payload.tlp,
        "basis": payload.basis.value if payload.basis else None,
        "by": getattr(payload, "by", None),
        "says": words,
        "likelihood": getattr(payload, "likelihood", None),
        "analytic_confidence": getattr(payload, "analytic_confidence", None),
    }


def _is_said(payload: Any, name: str) -> bool:
    value = getattr(payload, name, None)
    return is_set(value) and value not in (None, "")


def _source(source: Source | None) -> dict[str, Any] | None:
    if source is None:
        return None
    fields = {name: getattr(source, name) for name in source.__struct_fields__}
    return {name: value for name, value in fields.items() if value is not None}


def _window(c: Commitment) -> list[dict[str, Any]]:
    """Each reading of the end with the account and entry it follows from, and what it decides."""
    return [
        {
            "id": reading.id,
            "term": reading.term,
            "at": format_instant(reading.at),
            "rule": reading.rule,
            "zone": reading.zone,
            "by": reading.by,
            "event": account.event if (account := account_behind(c, reading.id)) else None,
            "root": account.root if account else None,
            "decides": _decides(c, reading.at, reading.id),
        }
        for reading in sorted(c.readings, key=lambda reading: reading.at)
    ]


def _decides(c: Commitment, at: datetime, reading: str) -> list[str]:
    """Says which reading alerts and state go by: one each, unless one was chosen for both."""
    governing = c.governing_reading
    if governing is not None:
        return ["alerts", "state"] if governing.id == reading else []
    return [what for what, end in (("alerts", c.alert_end), ("state", c.state_end)) if end == at]


def _claims(c: Commitment, dossier: Dossier) -> list[Entry]:
    """Reports that moved no state: of delivery, of breach, of anything with basis `claim`."""
    claimed = {claim.event for claim in c.claims}
    return [e for e in dossier.about(c.id) if e.id in claimed or e.type in types.REPORTS]


def _judgements(c: Commitment, dossier: Dossier) -> list[Entry]:
    """Analysts' judgements and forecasts of this commitment, or of its whole agreement."""
    judged = (entry for entry in dossier.entries if isinstance(entry.payload, types.Judgement))
    return [entry for entry in judged if entry.payload.commitment in (None, c.id)]


def _statements(c: Commitment, dossier: Dossier) -> list[Entry]:
    """What was said of this commitment and commits nobody."""
    plain = (types.PositionStated, types.FactClaimed, types.RequestMade)
    return [entry for entry in dossier.about(c.id) if isinstance(entry.payload, plain)]


def judgement_words(judgement: dict[str, Any]) -> str:
    """Likelihood and confidence, kept apart."""
    parts = [in_words(judgement["likelihood"])] if judgement["likelihood"] else []
    parts += (
        [f"confidence {judgement['analytic_confidence']}"]
        if judgement["analytic_confidence"]
        else []
    )
    return "; ".join(parts)


def _by_clock(c: Commitment, as_of: datetime) -> dict[str, Any] | None:
    """What the clock alone will change next, if nothing more is recorded."""
    at = next_change_at(c, as_of)
    if at is None:
        return None
    after, moment = c, next_moment(c, as_of)
    while moment is not None and moment <= at:
        after, moment = (
            apply_clock_rules(after, moment),
            next_moment(apply_clock_rules(after, moment), moment),
        )
    when, rule = timing(after, at)
    moved = after.state is not c.state
    number = after.state_cause.rule if moved else rule
    return {
        "at": format_instant(at),
        "state": after.state.value,
        "timing": when.value,
        "rule": number,
        "meaning": rule_text(number) if number else "",
    }


def _by_event(c: Commitment) -> list[dict[str, Any]]:
    """The events that the table would accept now, and where each would lead."""
    return [
        {"event": row.event, "rule": row.number, "to": _destination(row.to), "case": row.guard}
        for row in TRANSITIONS
        if c.kind in row.kinds and c.state in row.sources
    ]


def _lint(c: Commitment, dossier: Dossier) -> list[dict[str, str]]:
    """What an expert would point out, of the promise and of each entry about it."""
    warnings = lint_commitment(c, dossier.state.commitments)
    for entry in dossier.about(c.id):
        warnings += slips_in(entry, c, lambda: list(dossier.entries))
    return [{"code": slip.code, "about": slip.about, "text": slip.text} for slip in warnings]
