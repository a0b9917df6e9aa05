"""Which alerts an event would cause, and which it would withdraw. Pure."""

from __future__ import annotations

from datetime import datetime

from notifications.alerts.alert import Alert, AlertDocument, alerts_among, as_json
from tracker.documents.changes import stored_change
from tracker.rules.fold import AgreementState


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
