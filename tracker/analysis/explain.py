"""Why a commitment stands where it stands, who says so, and what would change it.

Pure but for `explain`, which reads the log.

Each axis comes with its rule row in words, the events behind it with their chains, and the
readings it was reckoned from. Claims are shown as claims: none of them moved a state.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import TypedDict

from events import EventStore, format_instant
from tracker.analysis.next_changes import Next, rule_text, what_comes_next
from tracker.analysis.precedents import BaseRate, Precedent, precedents
from tracker.dates.instants import Clocks, both_clocks
from tracker.documents.changes import StepDocument, step_json, stored_change
from tracker.documents.commitments import CommitmentDocument, commitment_json
from tracker.documents.evidence import EvidenceDocument, evidence_json
from tracker.documents.periods import PeriodDocument, latest_periods
from tracker.documents.remarks import agreed_words, awaiting_words
from tracker.entries.tlp import highest
from tracker.model import event_types as types
from tracker.model.commitment import Account, Commitment
from tracker.model.vocabulary import State, Timing, likelihood_in_words
from tracker.queries.agreements import no_commitment
from tracker.queries.dossier import Dossier, dossier_of, with_precedents
from tracker.recording.entry_slips import EntryIndex, slips_in
from tracker.recording.lint import lint_commitment
from tracker.rules.terms.disputes import account_behind
from tracker.rules.terms.parties import parties_of


class AxisDocument(TypedDict):
    """Where an axis stands, by which rule, in words, because of which entries."""

    axis: str
    value: str
    rule: str
    meaning: str
    events: list[EvidenceDocument]


class WindowReading(TypedDict):
    """A reading of the end; `decides` says whether alerts, the state, both or none go by it.

    `event` is the entry of its account, `moved_by` those that have moved the end since: an
    extension, a renewal, the suspension that stopped its clock.
    """

    id: str
    term: str
    at: str
    rule: str
    zone: str
    by: str | None
    event: str | None
    root: str | None
    moved_by: list[str]
    decides: list[str]


class Explanation(TypedDict):
    """Why one commitment stands where it stands."""

    commitment: CommitmentDocument
    axes: list[AxisDocument]
    window: list[WindowReading]
    periods: list[PeriodDocument]
    claims: list[EvidenceDocument]
    judgements: list[EvidenceDocument]
    statements: list[EvidenceDocument]
    next: Next
    history: list[StepDocument]
    events: list[EvidenceDocument]
    positions: dict[str, int]
    unapplied: list[EvidenceDocument]
    lint: list[dict[str, str]]
    speaks_for: dict[str, str]


class ExplainDocument(Clocks, Explanation):
    """The document of `explain --json`."""

    tlp: str
    agreement: str
    precedents: list[Precedent]
    base_rate: BaseRate


def explain(
    store: EventStore, commitment_id: str, as_of: datetime, known_at: datetime
) -> ExplainDocument:
    """Each axis with its rule and events, then readings, claims, judgements, and what is next."""
    dossier, named = dossier_of(store, commitment_id, as_of, known_at)
    if named is None:
        raise no_commitment(dossier.state)
    return explained(store, dossier, named, as_of, known_at)


def explained(
    store: EventStore, dossier: Dossier, commitment_id: str, as_of: datetime, known_at: datetime
) -> ExplainDocument:
    """Explains a commitment of an agreement that has been read."""
    agreement = dossier.state.id
    earlier = precedents(agreement, with_precedents(store, dossier, as_of, known_at))
    return {
        **both_clocks(as_of, known_at),
        "tlp": highest((dossier.state.tlp, *(case["tlp"] for case in earlier["precedents"]))),
        "agreement": agreement,
        **explanation(dossier.state.commitments[commitment_id], dossier, as_of),
        "precedents": earlier["precedents"],
        "base_rate": earlier["base_rate"],
    }


PLAIN_STATEMENTS = (types.PositionStated, types.FactClaimed, types.RequestMade)
"""What is said and commits nobody."""


def explanation(c: Commitment, dossier: Dossier, as_of: datetime) -> Explanation:
    """Explains one commitment from the record of its agreement."""
    status, about = commitment_json(c, as_of), dossier.about(c.id)
    claimed = {claim.event for claim in c.claims}
    judged = [entry for entry in dossier.entries if isinstance(entry.payload, types.Judgement)]
    history = [
        step_json(stored_change(each)) for each in dossier.state.changes if each.commitment == c.id
    ]
    window = _window(c, history)
    named = {event for step in history for event in step["events"]}
    named |= {reading["event"] for reading in window if reading["event"]}
    lint = _lint(c, dossier)
    named |= {each["about"] for each in lint}
    return {
        "commitment": status,
        "axes": _axes(status, dossier, c),
        "window": window,
        "periods": latest_periods(c, as_of),
        # Reports move no state: of delivery, of breach, of anything with basis `claim`.
        "claims": [evidence_json(e) for e in about if e.id in claimed or e.type in types.REPORTS],
        # Judgements are of one commitment or of its whole agreement.
        "judgements": [evidence_json(e) for e in judged if e.payload.commitment in (None, c.id)],
        "statements": [evidence_json(e) for e in about if isinstance(e.payload, PLAIN_STATEMENTS)],
        "next": what_comes_next(c, as_of),
        "history": history,
        "events": _events(c.events, dossier),
        "positions": {e.id: e.position for e in dossier.entries if e.id in named},
        "unapplied": _events(c.unapplied, dossier),
        "lint": lint,
        "speaks_for": dossier.speaks_for,
    }


def _axes(status: CommitmentDocument, dossier: Dossier, c: Commitment) -> list[AxisDocument]:
    because = status["because"]
    axes = (
        ("state", status["state"], because["state"], _state_meaning(c)),
        ("compliance", status["compliance"], because["compliance"], ""),
        ("timing", status["timing"], because["timing"], _timing_meaning(status, c)),
        ("fulfilment", status["fulfilment"]["grade"], because["fulfilment"], ""),
    )
    return [
        {
            "axis": axis,
            "value": value,
            "rule": (rule := cause.get("rule", "")),
            "meaning": meaning or _rule_meaning(rule, c),
            "events": _events(cause.get("events", ()), dossier),
        }
        for axis, value, cause, meaning in axes
    ]


def _rule_meaning(rule: str, c: Commitment) -> str:
    return rule_text(rule, c.kind) if rule else "nothing has been recorded that would set it"


def _timing_meaning(status: CommitmentDocument, c: Commitment) -> str:
    """Why no clock runs, where none does."""
    match c.is_open, status["timing"]:
        case _, Timing.AWAITING:
            return f"{awaiting_words(status)}; not known yet"
        case False, Timing.NOT_APPLICABLE:
            return "it is over, so no clock runs for it"
        case True, Timing.NOT_APPLICABLE:
            return "nothing is owed yet, so no clock runs for it"
        case _, Timing.OPEN_ENDED:
            return "no start and no end are on record"
    return ""


def _state_meaning(c: Commitment) -> str:
    """What the rule of the state says, and of a suspension whose it is."""
    text, suspension = _rule_meaning(c.state_cause.rule, c), c.suspension
    if suspension is None or c.state is not State.SUSPENDED:
        return text
    who = ", ".join(suspension.by)
    if not suspension.contested:
        how = agreed_words(suspension.by, parties_of(c))
        return f"{text}; {how}, so that nothing is owed meanwhile"
    side = "its debtor's" if set(suspension.by) & set(c.debtor) else "one side's"
    return f"{text}; suspended by {side} own word ({who}), which shields nobody"


def _events(ids: Iterable[str], dossier: Dossier) -> list[EvidenceDocument]:
    return [evidence_json(entry) for entry in map(dossier.entry, ids) if entry is not None]


def _window(c: Commitment, history: list[StepDocument]) -> list[WindowReading]:
    """Each reading of the end with the entries that it follows from, and what it decides.

    Alerts go by one reading and the state by one, unless one was chosen for both.
    """
    governing = c.governing_reading
    window: list[WindowReading] = []
    for reading in sorted(c.readings, key=lambda reading: reading.at):
        account = account_behind(c, reading.id)
        ends = (("alerts", c.alert_end), ("state", c.state_end))
        decides = [what for what, end in ends if end == reading.at]
        if governing is not None:
            decides = ["alerts", "state"] if governing.id == reading.id else []
        window.append(
            {
                "id": reading.id,
                "term": reading.term,
                "at": format_instant(reading.at),
                "rule": reading.rule,
                "zone": reading.zone,
                "by": reading.by,
                "event": account.event if account else None,
                "root": account.root if account else None,
                "moved_by": _moving_entries(reading.id, account, history),
                "decides": decides,
            }
        )
    return window


def _moving_entries(
    reading: str, account: Account | None, history: list[StepDocument]
) -> list[str]:
    """The entries that have moved the end of a reading since its account set it, oldest first.

    The end of a suspension by the clock cites nothing of an end, but the state that it moves.
    """
    states = {(s["rule"], s["at"]): s["events"] for s in history if s["axis"] == "state"}
    moving = (
        step["events"] or states.get((step["rule"], step["at"]), [])
        for step in history
        if any(end["reading"] == reading and end["before"] for end in step.get("ends", ()))
    )
    own = account.event if account else None
    return list(dict.fromkeys(event for events in moving for event in events if event != own))


def judgement_words(judgement: EvidenceDocument) -> str:
    """Likelihood and confidence, kept apart."""
    likelihood, confidence = judgement["likelihood"], judgement["analytic_confidence"]
    parts = [likelihood_in_words(likelihood)] if likelihood else []
    parts += [f"confidence {confidence}"] if confidence else []
    return "; ".join(parts)


def _lint(c: Commitment, dossier: Dossier) -> list[dict[str, str]]:
    """What an expert would point out, of the promise and of each entry about it."""
    warnings = lint_commitment(c, dossier.state.commitments)
    index = cache(lambda: EntryIndex(dossier.entries))
    for entry in dossier.about(c.id):
        warnings += slips_in(entry, c, index)
    return [{"code": slip.code, "about": slip.about, "text": slip.text} for slip in warnings]
