"""What a reader was told before and must hear more of: what is over, and what was wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace
from sqlalchemy import select

from notifications.alerts.alert import Alert
from notifications.alerts.noticing import changes_of
from notifications.alerts.resolution import Correction, Resolution, resolving
from notifications.alerts.stored import ALERTS, alert_of
from notifications.planning import notification_log as tellings
from notifications.planning.context import DigestContext
from notifications.planning.rulings import (
    CORRECTED,
    ESCALATED,
    HELD,
    MUTED,
    REMINDED,
    RESOLVED,
    TOLD,
    NotificationDecision,
)
from notifications.subscriptions.subscription import Subscription

TURNED = ALERTS.c.resolved_seq
STANDS = ALERTS.c.withdrawn_seq.is_(None)


def resolutions(held: Subscription, briefing: DigestContext) -> list[Resolution]:
    """What this reader was told that has turned out to be over since."""
    turned = (held.told_until < TURNED, ALERTS.c.resolved_at.is_not(None), STANDS)
    alerts = _told(held, briefing, turned, lambda last: last in (TOLD, REMINDED, ESCALATED))
    history = changes_of(briefing.connection, {a.commitment for a in alerts}, briefing.now)
    found = ((alert, resolving(alert, history.get(alert.commitment, ()))) for alert in alerts)
    over = [Resolution(alert, change) for alert, change in found if change is not None]
    return [each for each in over if _is_for(held, briefing, each.alert, each.change.events)]


def corrections(held: Subscription, briefing: DigestContext) -> list[Correction]:
    """What this reader was told and later news has undone, also that something was over.

    What was noticed before the reader came, or was kept from them, needs no correction.
    """
    theirs = ALERTS.c.noticed_at >= held.created_at
    undone = (ALERTS.c.withdrawn_seq > held.told_until, theirs)
    again = (held.told_until < TURNED, ALERTS.c.resolved_at.is_(None), STANDS)
    wrong = _told(held, briefing, undone, lambda last: last not in (HELD, MUTED))
    early = _told(held, briefing, again, lambda last: last == RESOLVED)
    found = [Correction(alert) for alert in wrong]
    found += [Correction(alert, stands_again=True) for alert in early]
    return [each for each in found if _is_for(held, briefing, each.alert)]


def rulings(over: Iterable[Resolution], wrong: Iterable[Correction]) -> list[NotificationDecision]:
    """For the record. What stands again is told again, so it can be over again."""
    told = [
        NotificationDecision(each.alert, RESOLVED, f"over by rule {each.change.rule}")
        for each in over
    ]
    for each in wrong:
        outcome = TOLD if each.stands_again else CORRECTED
        told.append(NotificationDecision(each.alert, outcome, each.words))
    return told


def _told(
    held: Subscription,
    briefing: DigestContext,
    wanted: Iterable[Any],
    heard: Callable[[str | None], bool],
) -> list[Alert]:
    """Alerts up to the last one told, by what became of each for this reader."""
    query = select(ALERTS).where(ALERTS.c.seq <= held.told_until, *wanted)
    if held.agreements:
        query = query.where(ALERTS.c.agreement_id.in_(held.agreements))
    rows = briefing.connection.execute(query.order_by(ALERTS.c.at, ALERTS.c.seq))
    alerts = [alert_of(row) for row in rows]
    keys = [alert.key for alert in alerts]
    last = tellings.last_outcomes(briefing.connection, held.id, keys)
    briefing.read(alerts)
    return [alert for alert in alerts if heard(last.get(alert.key))]


def _is_for(
    held: Subscription, briefing: DigestContext, alert: Alert, events: tuple[str, ...] = ()
) -> bool:
    """Whether the filter takes it, and the ceiling with what the news of it rests on."""
    tlp = briefing.tlp_of(replace(alert, events=(*alert.events, *events)))
    return held.wants.takes(alert, briefing.held(alert), tlp)
