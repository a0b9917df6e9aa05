"""Reads from `status_changes` which alerts are over, and marks them in their rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, bindparam, or_, select, update

from events import format_instant
from events.batches import batches
from events.database.owned_tables import table_of
from notifications.alerts.alert import Alert
from notifications.alerts.resolution import CONDITIONS, SUGGESTION, Outcome, outcome_of
from notifications.alerts.stored import ALERTS, IS_NOT_WITHDRAWN, alert_of
from tracker.documents.changes import OF_INCIDENT, change_of_row
from tracker.projections.tables import StatusChangeRow

CHANGES = table_of(StatusChangeRow)
IS_ENDING = or_(
    CHANGES.c.axis.in_(("state", "timing", "compliance", "flag", "due", "withdrawal")),
    CHANGES.c.axis.startswith(OF_INCIDENT),
)
"""Of an axis on which an alert can end."""
IS_CONDITION = or_(
    ALERTS.c.kind.in_((*CONDITIONS, SUGGESTION)),
    ALERTS.c.axis == "compliance",
    ALERTS.c.axis.startswith(OF_INCIDENT),
)
"""Of something that lasts, and so can be over."""


IS_REACHED = CHANGES.c.at <= bindparam("now")
"""Of a change that the clock has reached at `now`."""
ENDINGS = (
    select(CHANGES)
    .where(
        CHANGES.c.commitment_id.in_(bindparam("commitments", expanding=True)),
        IS_ENDING,
        IS_REACHED,
    )
    .order_by(CHANGES.c.commitment_id, CHANGES.c.ordinal)
)
STANDING = select(ALERTS).where(
    IS_NOT_WITHDRAWN,
    IS_CONDITION,
    ALERTS.c.agreement_id.in_(bindparam("agreements", expanding=True)),
)


def outcomes_of(
    connection: Connection, alerts: Iterable[Alert], now: datetime
) -> dict[str, Outcome]:
    """How those of these alerts ended that have ended by `now`, by key."""
    by_commitment: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_commitment.setdefault(alert.commitment, []).append(alert)
    outcomes: dict[str, Outcome] = {}
    for some in batches(sorted(by_commitment)):
        rows = connection.execute(ENDINGS, {"commitments": some, "now": format_instant(now)})
        for commitment, group in groupby(rows, key=attrgetter("commitment_id")):
            history = [change_of_row(row._mapping) for row in group]
            for alert in by_commitment[commitment]:
                if (outcome := outcome_of(alert, history)) is not None:
                    outcomes[alert.key] = outcome
    return outcomes


def mark_resolved(
    connection: Connection, agreements: Collection[str], now: datetime, seq: int
) -> None:
    """Marks the alerts of these agreements that are over, and unmarks those that stand again."""
    rows = connection.execute(STANDING, {"agreements": agreements}).all()
    outcomes = outcomes_of(connection, map(alert_of, rows), now)
    resolved = {key for key, outcome in outcomes.items() if not outcome.came_true}
    marked = {row.key for row in rows if row.resolved_at is not None}
    for keys, at in ((resolved - marked, format_instant(now)), (marked - resolved, None)):
        values = {"resolved_at": at, "resolved_seq": seq}
        for some in batches(sorted(keys)):
            connection.execute(update(ALERTS).where(ALERTS.c.key.in_(some)).values(values))
