"""Turns changes of an axis into alerts, each with a key of its own. Pure.

Each alert has a key made of what happened and when, so the same one is never told twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict

from msgspec import Struct

from tracker.documents.changes import StoredChange, stored_change

if TYPE_CHECKING:
    from tracker.rules.fold import AgreementState

Severity = Literal["critical", "warning", "info"]
CommitmentDocument = Mapping[str, Any]
"""A commitment as `status --json` prints it."""

BY_RULE = {"T6": "overdue", "T7": "lapsed", "T8": "ended", "35": "ended", "T14": "ended"}
"""State changes with a kind of their own."""

SEVERITY: dict[str, Severity] = {
    "overdue": "critical",
    "lapsed": "critical",
    "release_available": "critical",
    "due_soon": "warning",
    "contested_end_began": "warning",
    "contested_end_closed": "warning",
    "ended": "warning",
    "stale": "warning",
    "withdrawal_notified": "warning",
    "withdrawal_soon": "warning",
    "period_missed": "warning",
    "period_due_soon": "warning",
    "offer_expires_soon": "warning",
    "condition_due_soon": "warning",
    "due_while_conditional": "warning",
    "renewed_tacitly": "info",
    "resumed": "info",
    "suggestion": "info",
    "state_changed": "info",
}
GRAVE: dict[str, Severity] = {
    "confirmed": "critical",
    "violated": "critical",
    "alleged": "warning",
    "disputed": "warning",
}
PERIOD_KINDS = {
    "due_soon": ["period_due_soon"],
    "partial": ["period_missed"],
    "missed": ["period_missed"],
}
"""Of what became of a period, what is told; that one was met or waived comes with its entry."""
WAITING_KINDS = {
    "offer": "offer_expires_soon",
    "condition": "condition_due_soon",
    "due": "due_while_conditional",
}
"""Of what does not bind yet, by axis: an offer, a condition (named by `before`), its own due."""
GRADED = ("state_changed", "ended")
WITH_OUTCOME = (*GRADED, "resumed", "period_missed")
"""Kinds that may end otherwise at the same instant: another outcome is another alert."""


OVERTAKEN = ("timing", "suggestion", *WAITING_KINDS)
"""Axes of warnings, which say nothing any more once what they warned of was settled."""


class Alert(Struct, frozen=True):
    """One thing to report: of which commitment, at which instant, by which rule and events."""

    kind: str
    agreement: str
    commitment: str
    at: str
    key: str
    axis: str
    before: str | None
    after: str
    rule: str
    events: tuple[str, ...]
    severity: Severity
    lead: str | None = None


def alerts_of(change: StoredChange) -> list[Alert]:
    """The alerts of one row of `status_changes`: none, one, or two when a contested end closes."""
    alerts = []
    for kind in _kinds(change):
        what = change.lead or (change.after if kind in WITH_OUTCOME else "")
        what = f"{change.before}/{what}" if kind == "condition_due_soon" else what
        key = "/".join(part for part in (change.commitment_id, kind, what, change.at) if part)
        severity = GRAVE.get(change.after, SEVERITY[kind]) if kind in GRADED else SEVERITY[kind]
        alert = Alert(
            kind,
            change.agreement_id,
            change.commitment_id,
            change.at,
            key,
            change.axis,
            change.before,
            change.after,
            change.rule,
            tuple(change.events),
            severity,
            change.lead,
        )
        alerts.append(alert)
    return alerts


def alerts_among(changes: Sequence[StoredChange]) -> Iterator[Alert]:
    """The alerts of changes, each commitment's in order, without warnings that were overtaken."""
    for n, change in enumerate(changes):
        if not _is_overtaken(change, changes, n + 1):
            yield from alerts_of(change)


def _is_overtaken(change: StoredChange, changes: Sequence[StoredChange], following: int) -> bool:
    """Whether something later settled a warning about the past before it could be sent."""
    if change.known_at == change.at or change.axis not in OVERTAKEN:
        return False
    rest = (changes[n] for n in range(following, len(changes)))
    after = next((later for later in rest if later.axis in ("timing", "state")), None)
    same = after is not None and after.commitment_id == change.commitment_id
    return bool(same and after and after.at <= change.known_at)


def _kinds(change: StoredChange) -> list[str]:
    if change.axis == "state":
        is_resumed = change.before == "suspended" and change.after == "in_force"
        return ["resumed" if is_resumed else BY_RULE.get(change.rule, "state_changed")]
    if change.axis == "timing":
        return _timing_kinds(change)
    if change.axis == "flag":
        return ["release_available"] if change.after == "release_available" else []
    if change.axis == "withdrawal":
        return {"notified": ["withdrawal_notified"], "soon": ["withdrawal_soon"]}.get(
            change.after, ["state_changed"]
        )
    if change.axis == "period":
        return PERIOD_KINDS.get(change.after, [])
    fixed = {
        "compliance": "state_changed",
        "window": "renewed_tacitly",
        "suggestion": "suggestion",
    }
    if change.axis in WAITING_KINDS:
        return [] if change.after == "none" else [WAITING_KINDS[change.axis]]
    return [fixed[change.axis]] if change.axis in fixed else []


def _timing_kinds(change: StoredChange) -> list[str]:
    kinds = []
    if change.before == "contested_end":
        kinds.append("contested_end_closed")
    if change.after == "contested_end":
        kinds.append("contested_end_began")
    if change.after == "due_soon" and change.lead:
        kinds.append("due_soon")
    if change.after == "stale":
        kinds.append("stale")
    return kinds


class AlertDocument(TypedDict):
    """An alert as `tick --json` prints it; `lead` only where a lead time brought it."""

    kind: str
    agreement: str
    commitment: str
    at: str
    key: str
    severity: Severity
    before: str | None
    after: str
    rule: str
    lead: NotRequired[str]


def as_json(alert: Alert) -> AlertDocument:
    document: AlertDocument = {
        "kind": alert.kind,
        "agreement": alert.agreement,
        "commitment": alert.commitment,
        "at": alert.at,
        "key": alert.key,
        "severity": alert.severity,
        "before": alert.before,
        "after": alert.after,
        "rule": alert.rule,
    }
    if alert.lead:
        document["lead"] = alert.lead
    return document


def preview_alerts(
    before: AgreementState, after: AgreementState, now: datetime
) -> dict[str, list[AlertDocument]]:
    """Alerts that the next turn would send, and those already sent that it would withdraw."""
    alerts_before, alerts_after = _alerts(before, now), _alerts(after, now)
    return {
        "alerts": _only_in(alerts_after, alerts_before),
        "withdrawn": _only_in(alerts_before, alerts_after),
    }


def _only_in(some: dict[str, Alert], others: dict[str, Alert]) -> list[AlertDocument]:
    added = (alert for key, alert in some.items() if key not in others)
    return [as_json(a) for a in sorted(added, key=lambda a: (a.at, a.commitment, a.key))]


def _alerts(state: AgreementState, now: datetime) -> dict[str, Alert]:
    reached = [stored_change(change) for change in state.changes if change.at <= now]
    ordered = sorted(reached, key=lambda change: change.commitment_id)
    return {alert.key: alert for alert in alerts_among(ordered)}
