"""The shape of `status --json`: a commitment and an agreement as the contract words them. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from msgspec import to_builtins

from events import format_instant
from tracker.documents.ends import RenewalDocument, renewal_json, without_repeats
from tracker.documents.fulfilment import (
    Fulfilment,
    IncidentDocument,
    fulfilment_json,
    incident_json,
)
from tracker.documents.pending import (
    AnchorDocument,
    AwaitingDocument,
    ConditionDocument,
    PendingDocument,
    anchors_json,
    awaiting_json,
    conditions_json,
    pending_json,
)
from tracker.documents.periods import PeriodsDocument, periods_json
from tracker.model.commitment import Commitment
from tracker.model.parts import Cause
from tracker.model.sources import Support
from tracker.model.vocabulary import State
from tracker.rules.agreement import AgreementState, roll_up
from tracker.rules.packages.inheritance import inherits
from tracker.rules.terms.disputes import flags_of, promise_sources, stated_terms, support_for
from tracker.rules.terms.withdrawal import notice_leads
from tracker.rules.timing import next_change_at, timing, timing_events


class CauseDocument(TypedDict, total=False):
    """The rule that set an axis, and the events behind it; empty where nothing has set it."""

    rule: str
    events: list[str]


class Because(TypedDict):
    state: CauseDocument
    compliance: CauseDocument
    timing: CauseDocument
    fulfilment: CauseDocument


class ReadingDocument(TypedDict):
    """An end of the window, with `rule`, `zone` and `at`; or another term, with its `value`."""

    term: str
    id: str
    by: str | None
    rule: NotRequired[str]
    zone: NotRequired[str]
    at: NotRequired[str]
    value: NotRequired[Any]


class SourcesDocument(TypedDict):
    """The independent sources of the `window` or the `promise`, and names citing in circles."""

    of: str
    independent: list[str]
    circular: list[list[str]]


class WithdrawalDocument(TypedDict):
    """A notice of withdrawal that stands: whose it is, its length, and when it ends.

    `timing` is ahead, or soon within a lead time.
    """

    by: list[str]
    notice: str
    ends_at: str
    zone: str
    timing: str


class SuspensionDocument(TypedDict):
    """Who suspended it, since when and until when, why, and whether it was one side's own act.

    `zone` is that of its days.
    """

    by: list[str]
    since: str
    contested: bool
    until: str | None
    zone: str
    reason: str | None


class CommitmentDocument(TypedDict):
    """One commitment on its four axes, with every reading and the cause of each axis."""

    id: str
    kind: str
    deontic: str
    debtor: list[str]
    creditor: list[str]
    promise: str
    state: str
    since: str
    last_activity: str | None
    compliance: str
    clear_until: str | None
    clear_through: str | None
    timing: str
    fulfilment: Fulfilment
    late: bool
    flags: list[str]
    readings: list[ReadingDocument]
    earliest: str | None
    latest: str | None
    governing: str | None
    next_change_at: str | None
    awaiting: AwaitingDocument | None
    anchors: list[AnchorDocument]
    pending: list[PendingDocument]
    conditions: list[ConditionDocument]
    incidents: list[IncidentDocument]
    reciprocal_with: str | None
    release_on: str | None
    responsible: list[str]
    waived_by: list[str]
    phase: str | None
    inherits: list[str]
    successor: str | None
    children: list[str]
    suspension: SuspensionDocument | None
    renewal: RenewalDocument | None
    withdrawals: list[WithdrawalDocument]
    periods: PeriodsDocument | None
    tlp: str
    sources: SourcesDocument
    because: Because


class AgreementDocument(TypedDict):
    """An agreement with its commitments, in the order they were made."""

    id: str
    title: str
    parties: list[str]
    predecessor: str | None
    roll_up: str
    tlp: str
    zone: str
    tags: list[str]
    clauses: dict[str, Any]
    phases: list[dict[str, str]]
    commitments: list[CommitmentDocument]


def instant_or_none(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)


def agreement_json(state: AgreementState) -> AgreementDocument:
    """One agreement with its commitments, in the order they were made."""
    commitments = list(state.commitments.values())
    return {
        "id": state.id,
        "title": state.title,
        "parties": list(state.parties),
        "predecessor": state.predecessor,
        "roll_up": roll_up(commitments).value,
        "tlp": state.tlp,
        "zone": state.zone,
        "tags": list(state.tags),
        "clauses": to_builtins(state.clauses),
        "phases": [{"id": phase.id, "title": phase.title} for phase in state.phases],
        "commitments": [commitment_json(commitment, state.as_of) for commitment in commitments],
    }


def commitment_json(c: Commitment, as_of: datetime) -> CommitmentDocument:
    """Makes the document of a commitment: four axes, every reading, the cause of each axis."""
    when, rule = timing(c, as_of)
    periods = periods_json(c, as_of)
    governing, support = c.governing_reading, support_for(c)
    return {
        "id": c.id,
        "kind": c.kind.value,
        "deontic": c.deontic,
        "debtor": list(c.debtor),
        "creditor": list(c.creditor),
        "promise": c.promise,
        "state": c.state.value,
        "since": format_instant(c.since),
        "last_activity": instant_or_none(c.last_activity),
        "compliance": c.compliance.value,
        "clear_until": instant_or_none(c.clear_until),
        "clear_through": c.clear_through.isoformat() if c.clear_through else None,
        "timing": when.value,
        "fulfilment": fulfilment_json(c, periods),
        "late": c.late,
        "flags": [flag.value for flag in flags_of(c, as_of, support)],
        "readings": readings_json(c),
        "earliest": instant_or_none(c.earliest),
        "latest": instant_or_none(c.latest),
        "governing": governing.id if governing else None,
        "next_change_at": instant_or_none(next_change_at(c, as_of)),
        "awaiting": awaiting_json(c.awaiting) if c.awaiting else None,
        "anchors": anchors_json(c),
        "pending": pending_json(c, as_of),
        "conditions": conditions_json(c),
        "incidents": [incident_json(incident) for incident in c.incidents],
        "reciprocal_with": c.reciprocal_with,
        "release_on": c.release_on,
        "responsible": list(c.responsible),
        "waived_by": list(c.waived_by),
        "phase": c.phase,
        "inherits": inherits(c),
        "successor": c.successor,
        "children": list(c.children),
        "suspension": _suspension(c),
        "renewal": renewal_json(c),
        "withdrawals": withdrawals_json(c, as_of),
        "periods": periods,
        "tlp": c.tlp,
        "sources": _sources(c, support),
        "because": {
            "state": _cause(c.state_cause),
            "compliance": _cause(c.compliance_cause),
            "timing": _cause(Cause(rule, timing_events(c, rule))) if rule else {},
            "fulfilment": _cause(c.fulfilment_cause),
        },
    }


def _suspension(c: Commitment) -> SuspensionDocument | None:
    suspension = c.suspension
    if suspension is None or c.state is not State.SUSPENDED:
        return None
    return {
        "by": list(suspension.by),
        "since": format_instant(suspension.since),
        "contested": suspension.contested,
        "until": instant_or_none(suspension.until),
        "zone": c.zone,
        "reason": suspension.reason,
    }


def withdrawals_json(c: Commitment, as_of: datetime) -> list[WithdrawalDocument]:
    """The notices of withdrawal that stand; none once the promise is closed."""
    return [
        {
            "by": list(notice.by),
            "notice": notice.notice,
            "ends_at": format_instant(notice.ends_at),
            "zone": notice.zone,
            "timing": "soon" if any(at <= as_of for _, at in notice_leads(c, notice)) else "ahead",
        }
        for notice in (c.withdrawals if c.is_open else ())
    ]


def _sources(c: Commitment, support: Support | None) -> SourcesDocument:
    """The independent sources behind what sets the clock, or behind the promise itself."""
    if support is None:
        return {"of": "promise", "independent": list(promise_sources(c)), "circular": []}
    circles = [list(circle) for circle in support.circles]
    return {"of": "window", "independent": list(support.roots), "circular": circles}


def readings_json(c: Commitment) -> list[ReadingDocument]:
    """Window readings first, then what each account says of every other term, null for silence.

    What an account repeats stands once: under the id that governs, else under its first.
    """
    governing = c.governing_reading
    windows: list[ReadingDocument] = [
        {
            "term": reading.term,
            "id": reading.id,
            "by": reading.by,
            "rule": reading.rule,
            "zone": reading.zone,
            "at": format_instant(reading.at),
        }
        for reading in sorted(c.readings, key=lambda reading: reading.at)
    ]
    values: list[ReadingDocument] = [
        {"term": term, "id": account.id, "by": account.by, "value": value}
        for account in c.accounts
        for term, value in stated_terms(account).items()
    ]
    rows = windows + sorted(values, key=lambda reading: str(reading["term"]))
    return without_repeats(rows, governing.id if governing else None)


def _cause(cause: Cause | None) -> CauseDocument:
    return {} if cause is None else {"rule": cause.rule, "events": list(cause.events)}
