"""The alerts that an entry would cause, and those that it would withdraw. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import structs

from events import in_order
from notifications.alerts.alert import Alert, AlertDocument, alerts_among, as_json
from notifications.alerts.wording import what_happened
from tracker.documents.changes import stored_change
from tracker.documents.periods import naming_of

if TYPE_CHECKING:
    from tracker.rules.agreement import AgreementState


class PreviewedAlert(AlertDocument):
    """An alert that is not on record yet; `what` happened follows the id of its commitment."""

    what: str


def preview_alerts(
    before: AgreementState, after: AgreementState, now: datetime
) -> dict[str, list[PreviewedAlert]]:
    """Alerts that the next turn would send, and those already sent that it would withdraw."""
    alerts_before, alerts_after = _alerts(before, now), _alerts(after, now)
    return {
        "alerts": _only_in(alerts_after, alerts_before),
        "withdrawn": _only_in(alerts_before, alerts_after),
    }


def _only_in(some: dict[str, Alert], others: dict[str, Alert]) -> list[PreviewedAlert]:
    added = (alert for key, alert in some.items() if key not in others)
    ordered = sorted(added, key=lambda a: (in_order(a.at), a.commitment, a.key))
    return [{"what": what_happened(alert), **as_json(alert)} for alert in ordered]


def _alerts(state: AgreementState, now: datetime) -> dict[str, Alert]:
    reached = [stored_change(change) for change in state.changes if change.at <= now]
    ordered = sorted(reached, key=lambda change: change.commitment_id)
    return {
        alert.key: _with_its_rule(alert, state)
        for alert in alerts_among(ordered)
        if not alert.historical
    }


def _with_its_rule(alert: Alert, state: AgreementState) -> Alert:
    c = state.commitments[alert.commitment]
    if c.schedule is None:
        return alert
    return structs.replace(alert, periods=naming_of(c, c.schedule))
