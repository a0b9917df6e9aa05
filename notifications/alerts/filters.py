"""What a subscription or a snooze is about, and what is muted whatever it is about. Pure.

An empty part of a filter leaves nothing out. The ceiling is by TLP 2.0: what is marked higher is
not told, and RED is never mailed. A milestone is muted while something graver holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from events import parse_instant
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.deadlines import deadline_of
from notifications.alerts.kinds import KINDS as ALERT_KINDS
from notifications.language import N_, Language
from tracker.dates.durations import parse_duration
from tracker.entries.tlp import LEVELS, is_within
from tracker.model.vocabulary import CLOSED_STATES, PeriodState, State

SEVERITIES = ("info", "warning", "critical")
KINDS = tuple(ALERT_KINDS)
CEILINGS = LEVELS[:-1]
"""RED is for the ears of those present: no mail may carry it."""
MILESTONES = frozenset(
    {"due_soon", "period_due_soon", "offer_expires_soon", "condition_due_soon", "withdrawal_soon"}
    | {"stale", "suggestion"}
)
"""Warnings about what is still to come; what has come is told whatever else stands."""
LAPSED = frozenset({State.LAPSED, State.VIOLATED, State.EXPIRED, State.CANCELLED})
PAST = frozenset({State.OVERDUE, State.LAPSED}) | CLOSED_STATES
WAITING = frozenset({State.PROPOSED, State.CONDITIONAL, State.SUSPENDED})


PARTS: Mapping[str, str] = {
    "agreements": N_("agreement {names}"),
    "commitments": N_("promise {names}"),
    "parties": N_("party {names}"),
    "tags": N_("tag {names}"),
    "kinds": N_("kind {names}"),
}
"""The parts of a filter that name something."""
GRAVER: Mapping[str, str] = {
    "warning": N_("warning or graver"),
    "critical": N_("critical or graver"),
}


NO_NAMES: Mapping[str, str] = {}


class Filter(Struct, frozen=True, omit_defaults=True):
    """Takes an alert when every part that is given does; `severity` is the least it takes."""

    agreements: tuple[str, ...] = ()
    commitments: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    severity: str = "info"
    tlp: str = CEILINGS[-1]

    def takes(self, alert: Alert, commitment: CommitmentDocument, tlp: str = "CLEAR") -> bool:
        """Whether this alert of the commitment is wanted."""
        return (
            _within(alert.kind, self.kinds)
            and SEVERITIES.index(alert.severity) >= SEVERITIES.index(self.severity)
            and is_within(tlp, self.tlp)
            and self.covers(alert.agreement, alert.commitment, commitment)
        )

    def covers(self, agreement: str, commitment: str, document: CommitmentDocument) -> bool:
        """Whether it is about this commitment at all; `document` has the tags of its agreement."""
        parties = {*document.get("debtor", ()), *document.get("creditor", ())}
        return (
            _within(agreement, self.agreements)
            and _within(commitment, self.commitments)
            and (not self.parties or not parties.isdisjoint(self.parties))
            and (not self.tags or not set(self.tags).isdisjoint(document.get("tags", ())))
        )

    @property
    def words(self) -> str:
        """The filter in words for an operator."""
        return self.words_in(Language())

    def words_in(self, language: Language, names: Mapping[str, str] = NO_NAMES) -> str:
        """The filter in words of a language; what it names by id goes by `names` where it can."""
        word = language.text("or")
        either = f" {word} "
        named = [
            language.text(
                message, names=either.join(dict.fromkeys(names.get(id_, id_) for id_ in ids))
            )
            for part, message in PARTS.items()
            if (ids := getattr(self, part))
        ]
        if self.severity != "info":
            named.append(language.text(GRAVER[self.severity]))
        if self.tlp != CEILINGS[-1]:
            named.append(language.text("up to TLP:{level}", level=self.tlp))
        return "; ".join(named) or language.text("everything")


def _within(value: str, names: tuple[str, ...]) -> bool:
    return not names or value in names


def lapsed_agreements(commitments: Iterable[Mapping[str, Any]]) -> set[str]:
    """Agreements of which something has lapsed and nothing is in force or due any more.

    Each commitment is `{"agreement": ..., "state": ...}`.
    """
    states: dict[str, set[str]] = {}
    for commitment in commitments:
        states.setdefault(commitment["agreement"], set()).add(commitment["state"])
    at_rest = LAPSED | CLOSED_STATES | WAITING
    return {name for name, own in states.items() if own & LAPSED and own <= at_rest}


def muted_by(alert: Alert, state: str | None, lapsed: set[str]) -> str | None:
    """Why a milestone is muted: its commitment or its agreement has lapsed; None when it is not."""
    if alert.kind not in MILESTONES:
        return None
    if state in PAST:
        return f"{alert.commitment} is {state}"
    if alert.agreement in lapsed:
        return f"the agreement {alert.agreement} has lapsed"
    return None


def muted_by_its_period(alert: Alert, commitment: CommitmentDocument, now: datetime) -> str | None:
    """Why a warning of a period is muted: nothing is owed of it, or its end is news by now."""
    deadline = deadline_of(alert, commitment) if alert.kind == "period_due_soon" else None
    if deadline is None:
        return None
    if _is_settled(str(alert.before), commitment.get("periods") or {}):
        return f"nothing is owed any more for the period of {alert.before}"
    grace = parse_duration((commitment.get("periods") or {}).get("grace") or "P0D")
    closing = grace.add_to_day_end(parse_instant(str(deadline["at"])), str(deadline["zone"]))
    return f"the period of {alert.before} is over" if closing <= now else None


def _is_settled(day: str, periods: Mapping[str, Any]) -> bool:
    """Whether a period that has begun is met, waived or excused, as far as the counts tell."""
    current, in_grace = periods.get("current"), periods.get("in_grace")
    if current is not None and current["period"] == day:
        return bool(current["state"] != PeriodState.OPEN)
    # Of the periods in their grace only the first is named.
    return "in_grace" in periods and (in_grace is None or in_grace["period"] > day)
