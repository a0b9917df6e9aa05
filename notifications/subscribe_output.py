"""How the commands of subscribers print one that stands or has just changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.terminal.output import emit
from tracker.terminal.session import Session

if TYPE_CHECKING:
    from notifications.subscriptions.subscription import Subscription

SUBSCRIPTION_COLUMNS = [
    "id", "email", "agreements", "cadence", "hour", "zone", "next_due", "state", "follows",
    "channel", "recipient",
]  # fmt: skip
SHOWN_COLUMNS = ["id", "recipient", "state", "follows", "cadence", "zone", "next_due"]


def columns(session: Session) -> list[str]:
    """Those that fit a terminal, or all."""
    return SHOWN_COLUMNS if session.format == "table" else SUBSCRIPTION_COLUMNS


def emit_held(session: Session, connection: Any, held: Subscription) -> None:
    """One subscription as it stands now."""
    from notifications.planning import subscription_report as subscription_views

    row = subscription_views.as_row(connection, held, session.now)
    emit(session, row, [row], columns(session))
