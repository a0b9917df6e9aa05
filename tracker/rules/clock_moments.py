"""When the clock may matter to a commitment: every instant at which one of T1 to T13 acts. Pure."""

from __future__ import annotations

from datetime import datetime

from tracker.dates.durations import LATEST
from tracker.model.commitment import Commitment
from tracker.model.parts import Incident
from tracker.model.silences import PAST_DUE, PAST_END, STALE, SUGGEST_AFTER
from tracker.model.vocabulary import Kind, State
from tracker.rules.recurring.moments import last_period_moment
from tracker.rules.terms.pending import PENDING, pending_moments
from tracker.rules.terms.withdrawal import withdrawal_moments

ACHIEVEMENT, RECURRING, EXPIRED = Kind.ACHIEVEMENT, Kind.RECURRING, State.EXPIRED


def last_moment(commitment: Commitment, until: datetime) -> datetime | None:
    """The last instant up to another at which the clock may have mattered; None without any."""
    past = (*_moments(commitment), last_period_moment(commitment, until))
    return max([at for at in past if at is not None and at <= until], default=None)


def next_moment(commitment: Commitment, after: datetime) -> datetime | None:
    """The first instant after another at which the clock may matter; None where there is none."""
    first = LATEST
    for at in _moments(commitment):
        if at is not None and after < at < first:
            first = at
    return None if first is LATEST else first


def _moments(commitment: Commitment) -> list[datetime | None]:
    stale = stale_from(commitment)
    moments: list[datetime | None] = [at for at, _ in _silences(commitment, stale)]
    if not commitment.is_open:
        return moments
    moments += (commitment.suspended_until, stale)
    if commitment.state in PENDING:
        return [*moments, *pending_moments(commitment)]
    moments += (commitment.start, commitment.latest_start)
    if commitment.withdrawals:
        moments += [at for _, at in withdrawal_moments(commitment)]
    alert_end, state_end = commitment.alert_end, commitment.state_end
    if commitment.clock_is_tolled:
        return moments
    kind = commitment.kind
    if kind is RECURRING:
        moments += (state_end, commitment.grace_end)
    if alert_end is None or state_end is None:
        return moments
    moments += [at for _, at in commitment.leads]
    moments += (alert_end, state_end)
    if kind is ACHIEVEMENT:
        moments.append(commitment.grace_end)
    return moments


def stale_from(commitment: Commitment) -> datetime | None:
    """The instant from which silence counts as stale (T11); None where it never does.

    Nobody has anything to report of a promise before it starts, so silence begins then.
    """
    last_activity, after = commitment.last_activity, commitment.stale_after
    if last_activity is None or after is None or not commitment.is_open:
        return None
    return max(last_activity, commitment.start or last_activity) + after


def silences(commitment: Commitment) -> list[tuple[datetime, Incident | str]]:
    """T12: the instants at which a long silence is pointed out, each with its words.

    Of an allegation the incident is given: this is asked much more often than said.
    """
    return _silences(commitment, stale_from(commitment))


def _silences(
    commitment: Commitment, stale: datetime | None
) -> list[tuple[datetime, Incident | str]]:
    """The silences to point out of a commitment that counts as stale from an instant on."""
    state = commitment.state
    if not commitment.is_open and state is not EXPIRED:
        return []
    silent: list[tuple[datetime, Incident | str]] = []
    if stale is not None:
        silent.append((stale + SUGGEST_AFTER, STALE))
    silent += [
        (incident.at + SUGGEST_AFTER, incident)
        for incident in commitment.incidents
        if incident.counted and incident.status == "alleged"
    ]
    due, last_activity = commitment.state_end, commitment.last_activity
    if state not in PAST_END or due is None:
        return silent
    if last_activity is None or last_activity < due:
        silent.append((due + SUGGEST_AFTER, PAST_DUE))
    return silent
