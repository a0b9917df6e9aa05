"""When what was alerted is over, by the history as it is now known. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from notifications.alerts.alert import Alert, Noticed
from notifications.alerts.wording import what_happened
from tracker.model.vocabulary import CLOSED_STATES, State

STATES = ("withdrawn", "resolved", "snoozed", "acknowledged", "open")
OVERDUE = ("overdue", "lapsed")


def is_resolved(alert: Any, commitment: Mapping[str, Any]) -> bool:
    """Whether what was alerted no longer holds, by how the commitment stands now.

    An alert about something that happened once (it ended, it was resumed) is no condition and
    does not resolve.
    """
    timing, state = commitment.get("timing"), commitment.get("state")
    over = {
        "overdue": state not in OVERDUE,
        "lapsed": state != "lapsed",
        "due_soon": timing != "due_soon",
        "contested_end_began": timing != "contested_end",
        "stale": timing != "stale",
        "suggestion": timing != "stale",
        "release_available": "release_available" not in commitment.get("flags", ()),
    }
    if alert.kind == "state_changed" and alert.axis == "compliance":
        return bool(commitment.get("compliance") != alert.after)
    return over.get(alert.kind, False)


def state_of(
    *, withdrawn: bool, resolved: bool, snoozed: bool = False, acknowledged: bool = False
) -> str:
    """One word of STATES: the first that holds."""
    holds = (withdrawn, resolved, snoozed, acknowledged, True)
    return next(word for word, is_so in zip(STATES, holds, strict=True) if is_so)


STANDS: Mapping[str, frozenset[str]] = {
    "overdue": frozenset({"overdue", "lapsed"}),
    "lapsed": frozenset({"lapsed"}),
    "contested_end_began": frozenset({"contested_end"}),
    "due_soon": frozenset({"due_soon"}),
    "stale": frozenset({"stale"}),
}
"""Alerts of a condition, and what its axis says while that lasts."""
CAME_TRUE: Mapping[str, frozenset[str]] = {
    "contested_end_began": frozenset({"in_grace", "past"}),
    "due_soon": frozenset({"contested_end", "in_grace", "past"}),
}
"""What the axis says when the end has come that was warned of: news of its own, and no relief."""
WAS = {
    "overdue": "was overdue",
    "lapsed": "had lapsed",
    "contested_end_began": "had reached a contested end",
    "due_soon": "was due soon",
    "stale": "was silent too long",
}


class Resolution(Struct, frozen=True):
    """An alert that a reader was told, and the change by which it is over."""

    alert: Alert
    change: Noticed

    @property
    def agreement(self) -> str:
        return self.alert.agreement

    @property
    def commitment(self) -> str:
        return self.alert.commitment

    @property
    def moment(self) -> tuple[str, str]:
        """Which commitment, and when it was over."""
        return self.commitment, self.change.at

    @property
    def as_alert(self) -> Alert:
        """The alert as it stands resolved: when, by which rule and events; nobody need hurry."""
        change = self.change
        return replace(
            self.alert, at=change.at, rule=change.rule, events=change.events, severity="info"
        )

    def words(self, commitment: Mapping[str, Any]) -> str:
        """What was and what is, as it follows the id of the commitment `held`."""
        return f"{WAS[self.alert.kind]}, is now {self._now(commitment)}"

    def _now(self, commitment: Mapping[str, Any]) -> str:
        state = commitment.get("state", self.change.after)
        ended = state in CLOSED_STATES or state == State.SUSPENDED
        value = state if ended and self.change.axis == "timing" else self.change.after
        return str(value).replace("_", " ")


def one_each(resolutions: Iterable[Resolution]) -> list[Resolution]:
    """Of several alerts of one commitment that are over, the last one speaks for all."""
    ordered = sorted(resolutions, key=lambda each: each.alert.at)
    last = {each.commitment: each for each in ordered}
    return sorted(last.values(), key=lambda each: (each.change.at, each.commitment))


class Correction(Struct, frozen=True):
    """Something told before that was wrong: the alert itself, or that it was over."""

    alert: Alert
    stands_again: bool = False

    @property
    def agreement(self) -> str:
        return self.alert.agreement

    @property
    def words(self) -> str:
        again = "stands again" if self.stands_again else "no longer so"
        return f"{what_happened(self.alert)}: {again}, by later news"


def resolving(alert: Alert, changes: Iterable[Noticed]) -> Noticed | None:
    """The change that ended the condition of an alert; None while it stands, or has come true.

    `changes` are those of its commitment so far, in order.
    """
    if alert.kind not in STANDS:
        return None
    ours = [change for change in changes if change.axis == alert.axis]
    after = next((n for n, change in enumerate(ours, 1) if _is_of(change, alert)), len(ours))
    condition = STANDS[alert.kind]
    left = next((change for change in ours[after:] if change.after not in condition), None)
    came_true = left is not None and left.after in CAME_TRUE.get(alert.kind, ())
    return None if came_true else left


def _is_of(change: Noticed, alert: Alert) -> bool:
    return (change.at, change.after, change.lead) == (alert.at, alert.after, alert.lead)
