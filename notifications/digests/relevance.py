"""Decides which news is still worth sending beside other news, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from events import in_order
from notifications.alerts.alert import Alert
from notifications.alerts.kinds import HEADINGS, heading_of
from notifications.alerts.resolution import OVERDUE, SUGGESTION, Correction, Resolution
from tracker.documents.changes import OF_INCIDENT
from tracker.model.silences import STALE
from tracker.model.vocabulary import CLOSED_STATES, State

RANK = {heading: n for n, heading in enumerate(HEADINGS)}
"""How grave what stands under a heading is beside the rest: 0 is the gravest."""
COVERED_BY_RESOLUTION = frozenset({"state_changed", "resumed", "contested_end_closed"})
"""What says no more than the change that resolves something."""
ENDING_KINDS = frozenset(
    {"contested_end_began", "contested_end_closed", "overdue", "lapsed", "ended"}
)
CONTESTED_KINDS = frozenset({"contested_end_began", "contested_end_closed"})
OVER_KINDS = ENDING_KINDS - CONTESTED_KINDS
LEAD_KINDS = frozenset({"due_soon", "offer_expires_soon", "condition_due_soon", "withdrawal_soon"})
"""Warnings of a deadline that come several times before it."""
AXES_OF_COURSE = frozenset({"state", "timing"})
"""What moves on these a promise goes through once: what it has come to undoes what it was."""
WAITING: Mapping[str, State] = {
    "offer_expires_soon": State.PROPOSED,
    "condition_due_soon": State.CONDITIONAL,
}
"""Warnings that say themselves in which state a promise waits for an answer or a condition."""
RENEWED = "renewed_tacitly"
UNDONE_BY_MOVES = frozenset({"due_soon", "overdue", "lapsed"})
"""What is over once its end has moved."""
WRONG_BY_MOVES = UNDONE_BY_MOVES | ENDING_KINDS
"""What was never so where its end had moved before."""
COVERING_KINDS = (ENDING_KINDS - COVERED_BY_RESOLUTION) | {RENEWED}
"""Kinds that say themselves what resolves something."""


def without_overtaken(alerts: Iterable[Alert]) -> list[Alert]:
    """Removes news that later news of the same commitment has overtaken.

    Of several lead times only the last still holds, and none once the end itself is news, or has
    moved; but an end put off has lead times of its own. Which readings of an end have passed says
    nothing more once it is overdue, over or renewed, that it is overdue nothing once it has
    lapsed, that it is late nothing once it is closed, and that it was resumed nothing once it is
    late or over. A notice of withdrawal is told with its end once that comes near.
    """
    ordered = sorted(alerts, key=lambda alert: in_order(alert.at))
    lapsed = _last_at(alert for alert in ordered if alert.kind == "lapsed")
    over = _last_at(a for a in ordered if a.kind in OVER_KINDS or a.kind == RENEWED)
    ended = _last_at(alert for alert in ordered if alert.kind in ENDING_KINDS or closes(alert))
    closed = _last_at(alert for alert in ordered if closes(alert))
    gone = _last_at(a for a in ordered if a.kind in OVER_KINDS or closes(a))
    moved = _last_at(a for a in ordered if moves_end(a) or a.kind == RENEWED)
    leaving = _last_at(alert for alert in ordered if alert.kind == "withdrawal_soon")
    last = {_warned_of(alert): alert.key for alert in ordered if alert.kind in LEAD_KINDS}

    def is_by(alert: Alert, instants: dict[str, str]) -> bool:
        return in_order(alert.at) <= instants.get(alert.commitment, "")

    return [
        alert
        for alert in ordered
        if not (alert.kind in CONTESTED_KINDS and is_by(alert, over))
        if not (alert.kind == "overdue" and is_by(alert, lapsed))
        if not (alert.kind in OVERDUE and is_by(alert, closed))
        if not (alert.kind == "resumed" and is_by(alert, gone))
        if not (alert.kind == "withdrawal_notified" and is_by(alert, leaving))
        if not (alert.kind == "due_soon" and is_by(alert, moved))
        if alert.kind not in LEAD_KINDS
        or (not is_by(alert, ended) and last[_warned_of(alert)] == alert.key)
    ]


def closes(alert: Alert) -> bool:
    """Whether an alert says that its promise is over."""
    return alert.axis == "state" and alert.after in CLOSED_STATES


def is_new_state(alert: Alert) -> bool:
    """Whether an alert says itself what has become of its promise."""
    return (alert.kind, alert.axis) == ("state_changed", "state")


def moves_end(alert: Alert) -> bool:
    """Whether an alert says that an end has moved."""
    return (alert.kind, alert.axis) == ("terms_changed", "end")


def _last_at(ordered: Iterable[Alert]) -> dict[str, str]:
    """When the last of some alerts of each commitment came about, as it is compared."""
    return {alert.commitment: in_order(alert.at) for alert in ordered}


def _warned_of(alert: Alert) -> tuple[str, ...]:
    """The deadline that a lead time belongs to; `before` tells conditions apart."""
    return (alert.commitment, alert.kind, alert.before or "")


def without_repeats(
    alerts: list[Alert], resolved: Iterable[Resolution]
) -> tuple[list[Alert], list[Resolution]]:
    """Lists a change that resolves something as a resolution only, unless it is graver news."""
    told_by_alert = {
        (a.commitment, a.at) for a in alerts if a.severity == "critical" or a.kind in COVERING_KINDS
    }
    resolutions = [each for each in resolved if each.moment not in told_by_alert]
    covered = {alert.key for alert in covered_by(resolutions, alerts)}
    return [alert for alert in alerts if alert.key not in covered], resolutions


def covered_by(resolutions: Iterable[Resolution], alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """The alerts of changes that these resolutions tell."""
    moments = {each.moment for each in resolutions}
    return tuple(
        alert
        for alert in alerts
        if alert.kind in COVERED_BY_RESOLUTION and (alert.commitment, alert.at) in moments
    )


def told_wrong(corrections: Iterable[Correction]) -> frozenset[str]:
    """The commitments whose course was told wrong: the correction says how it came out."""
    return frozenset(
        each.alert.commitment
        for each in corrections
        if each.alert.axis in AXES_OF_COURSE and not (each.stands_again or each.is_ahead)
    )


def undone_by_moves(
    alerts: Iterable[Alert], resolved: Iterable[Resolution], corrected: Iterable[Correction]
) -> tuple[tuple[Resolution, ...], tuple[Correction, ...]]:
    """What is over, or was wrong, since an end has moved: the news of that tells it."""
    moves = {(alert.commitment, alert.at) for alert in alerts if moves_end(alert)}
    moved = {commitment for commitment, _ in moves}
    over = (r for r in resolved if r.moment in moves and r.alert.kind in UNDONE_BY_MOVES)
    wrong = (
        each
        for each in corrected
        if each.alert.commitment in moved and each.alert.kind in WRONG_BY_MOVES
        if not (each.stands_again or each.is_ahead)
    )
    return tuple(over), tuple(wrong)


def without_echoes(alerts: Iterable[Alert]) -> list[Alert]:
    """Removes what other news says already.

    That is a change of which its incident or its suspension is the news, and the suggestion that
    points out the silence that is news itself.
    """
    all_alerts = list(alerts)
    silent = {alert.commitment for alert in all_alerts if alert.kind == "stale"}
    incidents = {(a.commitment, a.at) for a in all_alerts if a.axis.startswith(OF_INCIDENT)}
    contested = {(a.commitment, a.at) for a in all_alerts if a.kind == "suspension_contested"}
    echoed = {"compliance": incidents, "state": contested}
    return [
        alert
        for alert in all_alerts
        if (alert.commitment, alert.at) not in echoed.get(alert.axis, ())
        if not (alert.axis == SUGGESTION and alert.after == STALE and alert.commitment in silent)
    ]


def says_itself(gravest: Alert, alert: Alert, comes_at: str) -> bool:
    """Whether the gravest news of a promise is told with what other news of it says.

    What is late is told with who reports it as done, what is done with what was delivered on the
    way. That an offer was made, or a promise on a condition, is told with the day by which it is
    accepted or met, and a warning of an end with the move of that end. `comes_at` is when what the
    other is about comes.
    """
    if gravest.kind in WAITING and alert.axis == "state":
        return alert.after == WAITING[gravest.kind]
    if alert.kind == "due_soon" and moves_end(gravest):
        given = (end["after"] for end in gravest.origin.get("ends", ()))
        return comes_at in map(in_order, filter(None, given))
    is_done = closes(gravest) and gravest.after == State.DISCHARGED
    is_claim = alert.kind == "performance" and (is_done or alert.after == "done reported")
    return is_claim and (is_done or gravest.kind in OVERDUE)


def came_at(alert: Alert) -> str:
    """When an alert came about, as it is compared."""
    return in_order(alert.at)


def groups_of(
    alerts: Iterable[Alert],
    others: Sequence[Alert],
    comes_at: Callable[[Alert], str] = came_at,
) -> list[list[Alert]]:
    """The alerts of each commitment, gravest first, in the order in which each of these comes.

    `others` are of the same commitments, and stand after their own.
    """
    groups: dict[str, list[Alert]] = {}
    for alert in (*alerts, *others):
        groups.setdefault(alert.commitment, []).append(alert)
    later = {alert.key for alert in others}
    for group in groups.values():
        # How it came to be over leads what was heard of it on the way.
        group.sort(
            key=lambda a: (
                a.key in later,
                RANK.get(heading_of(a.kind, a.after), len(RANK)),
                not closes(a),
                in_order(a.at),
            )
        )
    gravest = (group[0] for group in groups.values())
    return [groups[alert.commitment] for alert in by_agreement(sorted(gravest, key=comes_at))]


class HasAgreement(Protocol):
    @property
    def agreement(self) -> str: ...


AnyNews = TypeVar("AnyNews", bound=HasAgreement)


def by_agreement(news: Iterable[AnyNews]) -> list[AnyNews]:
    """Groups the news of each agreement, in order of their first."""
    groups: dict[str, list[AnyNews]] = {}
    for each in news:
        groups.setdefault(each.agreement, []).append(each)
    return [each for group in groups.values() for each in group]
