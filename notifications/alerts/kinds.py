"""The kinds of alerts: how grave each is, where a digest has it, and which changes it comes of.

One table: what becomes news gets a row here, in `BY_CHANGE`, and in docs/notifications.md.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from notifications.language import N_
from tracker.documents.changes import StoredChange

Severity = Literal["critical", "warning", "info"]

MISSED, PERIODS, BREACHES = N_("Overdue or missed"), N_("Periods missed"), N_("Breaches")
RELEASES, SOON = N_("Free to walk away"), N_("Due or ending soon")
CONTESTED = N_("Disputed, or over by one reading")
PENDING, ENDED = N_("Not binding yet"), N_("Ended")
TERMS, CHANGES = N_("Deadlines and terms moved"), N_("Changes")
QUIET = N_("Nothing heard for long")
HEADINGS: Final = (
    MISSED,
    TERMS,
    PERIODS,
    RELEASES,
    BREACHES,
    CONTESTED,
    SOON,
    PENDING,
    ENDED,
    CHANGES,
)
"""The sections of a digest, gravest first; what is quiet comes last of all."""


class AlertKind(Struct, frozen=True):
    """One kind of news, and its words: `{by}` is who says so, `{news}` what an entry is news of.

    Where it may end otherwise at the same instant, its `outcome` is part of the key. What comes
    of each entry of its own is told `per_entry`.
    """

    severity: Severity
    heading: str
    words: str
    outcome: bool = False
    per_entry: bool = False


def _of_entry(severity: Severity, heading: str) -> AlertKind:
    return AlertKind(severity, heading, "{news}{by}", outcome=True, per_entry=True)


KINDS: Final[dict[str, AlertKind]] = {
    "overdue": AlertKind("critical", MISSED, "is overdue"),
    "lapsed": AlertKind("critical", MISSED, "has lapsed: presumed not kept, a finding decides"),
    "release_available": AlertKind(
        "critical", RELEASES, "may now be walked away from by its debtor"
    ),
    "due_soon": AlertKind("warning", SOON, "reaches its end within {lead}"),
    "contested_end_began": AlertKind(
        "warning", CONTESTED, "has reached the first reading of its end; others count on"
    ),
    "contested_end_closed": AlertKind(
        "warning", CONTESTED, "has passed the last reading of its end"
    ),
    "ended": AlertKind("warning", ENDED, "has ended: {after}", outcome=True),
    "stale": AlertKind("warning", QUIET, "has been silent too long"),
    "withdrawal_notified": AlertKind(
        "warning", CHANGES, "ends when a notice of withdrawal has run out{by}"
    ),
    "withdrawal_soon": AlertKind("warning", SOON, "ends by withdrawal within {lead}"),
    "offer_expires_soon": AlertKind("warning", PENDING, "is an offer that runs out within {lead}"),
    "condition_due_soon": AlertKind(
        "warning", PENDING, "needs its condition {before} to be met within {lead}"
    ),
    "due_while_conditional": AlertKind(
        "warning", PENDING, "has reached its own end while its conditions are not met"
    ),
    "period_missed": AlertKind("warning", PERIODS, "{how} {in_period}", outcome=True),
    "period_due_soon": AlertKind("warning", SOON, "is due within {lead}, {in_period}"),
    "terms_changed": _of_entry("warning", TERMS),
    "reading_added": _of_entry("info", CHANGES),
    "incident_alleged": _of_entry("warning", BREACHES),
    "incident_denied": _of_entry("info", BREACHES),
    "incident_confirmed": _of_entry("critical", BREACHES),
    "incident_refuted": _of_entry("info", BREACHES),
    "suspension_contested": _of_entry("warning", CONTESTED),
    "performance": _of_entry("info", CHANGES),
    "round_held": _of_entry("info", CHANGES),
    "condition_satisfied": _of_entry("info", CHANGES),
    "renewed_tacitly": AlertKind("info", CHANGES, "was renewed tacitly for one more period{ends}"),
    "resumed": AlertKind("info", CHANGES, "is in force again", outcome=True),
    "suggestion": AlertKind("info", QUIET, "may need a look: {after}"),
    "state_changed": AlertKind("info", CHANGES, "{axis}: {before} -> {after}", outcome=True),
}

SEVERITY: Final[dict[str, Severity]] = {name: kind.severity for name, kind in KINDS.items()}
SECTIONS: Final = tuple(
    (heading, tuple(name for name, kind in KINDS.items() if kind.heading == heading))
    for heading in (*HEADINGS, QUIET)
)
GRAVE: Final[dict[str, Severity]] = {
    "confirmed": "critical",
    "violated": "critical",
    "alleged": "warning",
    "disputed": "warning",
}
GRADED: Final = ("state_changed", "ended")
"""Kinds as grave as what they end in."""


def heading_of(kind: str, after: str) -> str:
    """The section of some news; what ends in a breach stands with the breaches."""
    return BREACHES if kind in GRADED and after in GRAVE else KINDS[kind].heading


BY_CHANGE: Final[dict[tuple[str, str], str]] = {
    ("flag", "release_available"): "release_available",
    ("withdrawal", "notified"): "withdrawal_notified",
    ("withdrawal", "soon"): "withdrawal_soon",
    ("withdrawal", "revoked"): "state_changed",
    ("offer", "soon"): "offer_expires_soon",
    ("condition", "soon"): "condition_due_soon",
    ("condition", "satisfied"): "condition_satisfied",
    ("condition", "added"): "reading_added",
    ("due", "while_conditional"): "due_while_conditional",
    ("period", "due_soon"): "period_due_soon",
    ("period", "partial"): "period_missed",
    ("period", "missed"): "period_missed",
    ("period", "met"): "performance",
    ("period", "met_late"): "performance",
    ("period", "waived"): "state_changed",
    ("suspension", "contested"): "suspension_contested",
}
"""Kinds by axis, without the id that may follow it, and by what the axis becomes."""
BY_AXIS: Final = {
    "compliance": "state_changed",
    "window": "renewed_tacitly",
    "suggestion": "suggestion",
    "performance": "performance",
    "round": "round_held",
    "milestone": "round_held",
    "reading": "reading_added",
    "end": "terms_changed",
    "terms": "terms_changed",
    "governing": "terms_changed",
    "renewal": "terms_changed",
    "debtor": "terms_changed",
    "creditor": "terms_changed",
}
"""Kinds of an axis whatever it becomes."""
BY_STATE_RULE: Final = {
    "T6": "overdue",
    "T7": "lapsed",
    "T8": "ended",
    "35": "ended",
    "T14": "ended",
}
"""State changes with a kind of their own."""
BY_INCIDENT_RULE: Final = {
    "15": "incident_alleged",
    "16": "incident_denied",
    "17": "incident_confirmed",
    "18": "incident_refuted",
}


def kinds_of(change: StoredChange) -> list[str]:
    """The kinds of alerts that a change gives: mostly one, two when a contested end closes."""
    axis = change.axis.partition(" ")[0]
    if axis == "state":
        is_resumed = change.before == "suspended" and change.after == "in_force"
        return ["resumed" if is_resumed else BY_STATE_RULE.get(change.rule, "state_changed")]
    if axis == "timing":
        return _timing_kinds(change)
    if axis == "incident":
        return [BY_INCIDENT_RULE[change.rule]] if change.rule in BY_INCIDENT_RULE else []
    kind = BY_CHANGE.get((axis, change.after), BY_AXIS.get(axis))
    return [kind] if kind else []


def _timing_kinds(change: StoredChange) -> list[str]:
    kinds = []
    # What was ended by an act meanwhile has no end that counts: its new state says all.
    if change.before == "contested_end" and change.after != "n/a":
        kinds.append("contested_end_closed")
    if change.after == "contested_end":
        kinds.append("contested_end_began")
    if change.after == "due_soon" and change.lead:
        kinds.append("due_soon")
    if change.after == "stale":
        kinds.append("stale")
    return kinds
