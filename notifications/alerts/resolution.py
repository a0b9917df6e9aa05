"""How an alert ended: its condition is over, or what it warned of came true. Pure.

Both are read from the history of the commitment as it is now known, never from its state of today:
an old alert must not open again when another like it comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from events import in_order
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.wording import what_happened
from tracker.documents.changes import OF_INCIDENT, StoredChange
from tracker.model.silences import STALE, unanswered_incident
from tracker.model.vocabulary import CLOSED_STATES, Compliance, State

STATES = ("withdrawn", "historical", "resolved", "came_true", "snoozed", "acknowledged", "open")
"""How an alert stands, the first that holds."""
OVERDUE = ("overdue", "lapsed")
"""The kinds that say that something was not done in time."""
SUGGESTION = "suggestion"


def state_of(
    *,
    withdrawn: bool,
    resolved: bool,
    historical: bool = False,
    came_true: bool = False,
    snoozed: bool = False,
    acknowledged: bool = False,
) -> str:
    """Gives the state of an alert: the first word of STATES that holds."""
    holds = (withdrawn, historical, resolved, came_true, snoozed, acknowledged, True)
    return next(word for word, is_so in zip(STATES, holds, strict=True) if is_so)


CONDITIONS: Mapping[str, tuple[str, frozenset[str]]] = {
    "overdue": ("state", frozenset({"overdue", "lapsed"})),
    "lapsed": ("state", frozenset({"lapsed"})),
    "contested_end_began": ("timing", frozenset({"contested_end"})),
    "due_soon": ("timing", frozenset({"due_soon"})),
    "stale": ("timing", frozenset({"stale"})),
    "withdrawal_notified": ("withdrawal", frozenset({"notified", "soon"})),
    "withdrawal_soon": ("withdrawal", frozenset({"notified", "soon"})),
    "offer_expires_soon": ("state", frozenset({"proposed"})),
    "condition_due_soon": ("state", frozenset({"conditional"})),
    "due_while_conditional": ("due", frozenset({"while_conditional"})),
    "release_available": ("flag", frozenset({"release_available"})),
    "suspension_contested": ("state", frozenset({"suspended"})),
}
"""Alerts of a condition: the axis to watch, and what it says while the condition lasts.

An alert about something that happened once (it ended, it was resumed) is no condition.
"""
CAME_TRUE: Mapping[str, frozenset[str]] = {
    "contested_end_began": frozenset({"in_grace", "past"}),
    "due_soon": frozenset({"contested_end", "in_grace", "past"}),
    "offer_expires_soon": frozenset({"expired"}),
    "condition_due_soon": frozenset({"expired"}),
    "state_changed": frozenset({"confirmed"}),
    "incident_alleged": frozenset({"confirmed"}),
    "incident_denied": frozenset({"confirmed"}),
}
"""What the axis says when what was warned of has come: news of its own, and no relief."""
PAST_WORDS = {
    "overdue": "was overdue",
    "lapsed": "had lapsed",
    "contested_end_began": "had reached a contested end",
    "due_soon": "was near its end",
    "stale": "was silent too long",
    "withdrawal_notified": "was to end by withdrawal",
    "offer_expires_soon": "was an offer soon to run out",
    "condition_due_soon": "had a condition soon to be missed",
    "due_while_conditional": "was past its end while conditional",
    "release_available": "could be walked away from by its debtor",
}
"""What a digest says of a condition that is over; of kinds without words it says nothing."""


class Outcome(Struct, frozen=True):
    """The change that ended the condition of an alert, and whether it was what was warned of."""

    change: StoredChange
    came_true: bool


def outcome_of(alert: Alert, changes: Iterable[StoredChange]) -> Outcome | None:
    """How the condition of an alert ended, by the history as it is now known; None while it lasts.

    `changes` are those of its commitment so far, in order.
    """
    known = list(changes)
    endings = [_ending(alert, *condition, known) for condition in _conditions(alert)]
    ended = [each for each in endings if each is not None]
    if not ended or len(ended) < len(endings):
        return None
    last = max(ended, key=lambda change: in_order(change.at))
    return Outcome(last, last.after in CAME_TRUE.get(alert.kind, ()))


def _conditions(alert: Alert) -> list[tuple[str, frozenset[str]]]:
    """What an alert is about: the axes to watch; a suggestion may point out several silences."""
    if alert.axis == "compliance" or alert.axis.startswith(OF_INCIDENT):
        return [(alert.axis, frozenset({alert.after}))]
    if alert.kind == SUGGESTION:
        return [_of_silence(words) for words in alert.after.split("; ")]
    return [CONDITIONS[alert.kind]] if alert.kind in CONDITIONS else []


def _of_silence(words: str) -> tuple[str, frozenset[str]]:
    incident = unanswered_incident(words)
    if incident is not None:
        return f"{OF_INCIDENT}{incident}", frozenset({Compliance.ALLEGED.value})
    return CONDITIONS["stale" if words == STALE else "overdue"]


def _ending(
    alert: Alert, axis: str, lasting: frozenset[str], changes: list[StoredChange]
) -> StoredChange | None:
    later = _changes_after(alert, [change for change in changes if change.axis == axis])
    return next((change for change in later if change.after not in lasting), None)


def _changes_after(alert: Alert, changes: list[StoredChange]) -> list[StoredChange]:
    """The changes of an axis that follow the alert's own; by time, where that is of another."""
    own = (alert.axis, alert.at, alert.after, alert.lead)
    for n, change in enumerate(changes, 1):
        if (change.axis, change.at, change.after, change.lead) == own:
            return changes[n:]
    is_of_another_axis = bool(changes) and changes[0].axis != alert.axis
    later = (change for change in changes if in_order(change.at) > in_order(alert.at))
    return [*later] if is_of_another_axis else []


class Resolution(Struct, frozen=True):
    """An alert that a reader was sent, and the change by which it is over."""

    alert: Alert
    change: StoredChange

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
        """The alert as resolved: with the instant, rule and events of the change; severity info."""
        change = self.change
        return replace(
            self.alert, at=change.at, rule=change.rule, events=change.events, severity="info"
        )

    def words(self, commitment: CommitmentDocument) -> str:
        """What was and what is now, as it follows the id of the commitment."""
        return f"{PAST_WORDS[self.alert.kind]}, is now {self._now(commitment)}"

    def _now(self, commitment: CommitmentDocument) -> str:
        state = commitment.get("state", self.change.after)
        ended = state in CLOSED_STATES or state == State.SUSPENDED
        is_by_state = self.change.axis == "flag" or (ended and self.change.axis == "timing")
        value = state if is_by_state else self.change.after
        return str(value).replace("_", " ")


def last_of_each_commitment(resolutions: Iterable[Resolution]) -> list[Resolution]:
    """The last of several alerts of one commitment that are over stands for all of them."""
    ordered = sorted(resolutions, key=lambda each: in_order(each.alert.at))
    last = {each.commitment: each for each in ordered}
    return sorted(last.values(), key=lambda each: (in_order(each.change.at), each.commitment))


class Correction(Struct, frozen=True):
    """A correction of what was sent: of the alert itself, or of its end.

    `is_ahead` where it is not wrong but not so yet: a clock that was wrong sent it too early.
    """

    alert: Alert
    stands_again: bool = False
    is_ahead: bool = False

    @property
    def agreement(self) -> str:
        return self.alert.agreement

    @property
    def words(self) -> str:
        if self.is_ahead:
            return f"{what_happened(self.alert)}: not so yet, sent too early by a clock set wrong"
        again = "stands again" if self.stands_again else "no longer so"
        return f"{what_happened(self.alert)}: {again}, by later news"
