"""Finds new alerts in `status_changes`, some agreements in each transaction.

Looked at are the changes that the clock has reached since the last turn, and everything of the
agreements that have news. An alert that late news has undone is withdrawn, and so corrected.

A turn earlier than the last one shows that one of the two had a wrong clock. Everything is then
looked at anew: alerts that lie ahead of the turn are withdrawn, and are news again in their time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, func, select, update

from events import format_instant, parse_instant
from events.batches import IDS_PER_STATEMENT, batches
from events.database.owned_tables import table_of
from notifications.alerts.alert import Alert, alerts_among, is_history
from notifications.alerts.cursor import advance, is_set_back, read_cursor
from notifications.alerts.kinds import KINDS
from notifications.alerts.outcomes import CHANGES, IS_REACHED, mark_resolved
from notifications.alerts.stored import (
    ALERTS,
    IS_NOT_WITHDRAWN,
    IS_UNNUMBERED,
    insert_unnumbered,
    is_any_of_number,
    not_stored,
    number_alerts,
)
from tracker.documents.changes import change_of_row
from tracker.projections.tables import AgreementRow, UnreadableAgreementRow

AGREEMENTS = table_of(AgreementRow)
UNREADABLE = select(table_of(UnreadableAgreementRow).c.agreement_id)
WITH_EVENTS = select(AGREEMENTS.c.id).where(
    AGREEMENTS.c.last_position > bindparam("position"), AGREEMENTS.c.id.not_in(UNREADABLE)
)
"""The agreements that have events since the last turn.

Those that cannot be read are left out: their alerts are neither true nor undone.
"""
IS_SINCE = CHANGES.c.at > bindparam("since")
"""Of a change that the clock has reached since the last turn; any, where `since` is empty."""
TO_LOOK_AT = WITH_EVENTS.union(select(CHANGES.c.agreement_id).where(IS_REACHED, IS_SINCE))
"""The agreements with events or changes since the last turn.

By two index ranges, so that what is neither new nor due costs nothing.
"""
IS_AMONG = CHANGES.c.agreement_id.in_(bindparam("names", expanding=True))
COUNTS = (
    select(CHANGES.c.agreement_id, func.count()).where(IS_AMONG).group_by(CHANGES.c.agreement_id)
)
WITH_EVENTS_AMONG = WITH_EVENTS.where(AGREEMENTS.c.id.in_(bindparam("names", expanding=True)))
BY_CLOCK = select(CHANGES).where(IS_REACHED, IS_SINCE, IS_AMONG)
BY_NEWS = select(CHANGES).where(IS_REACHED, CHANGES.c.agreement_id.in_(WITH_EVENTS_AMONG))
CURRENT = BY_CLOCK.union(BY_NEWS).order_by("commitment_id", "ordinal")
"""What the clock has reached since the last turn, and all of the agreements that have news."""
FIRST_AMONG = select(AGREEMENTS.c.id).where(
    AGREEMENTS.c.first_position > bindparam("position"),
    AGREEMENTS.c.id.in_(bindparam("names", expanding=True)),
)
STORED_OF_NEWS = select(ALERTS.c.key).where(
    ALERTS.c.agreement_id.in_(WITH_EVENTS_AMONG), IS_NOT_WITHDRAWN
)
CHANGES_TOGETHER = 10_000
"""So many changes are looked at in one transaction, unless one agreement has more."""


class Noticing:
    """The alerts of one turn at `now`, with the log projected up to `position`.

    Alerts are stored without a number. The last part numbers all of them in order and moves the
    cursor: until then nobody is sent one, and a turn that was cut off is taken again, where what
    is stored already is not stored twice. `numbers` are those given out in the end.
    """

    def __init__(self, connection: Connection, now: datetime, position: int) -> None:
        self.now, self.position = now, position
        self.cursor = read_cursor(connection)
        self.since = None if self.cursor and is_set_back(self.cursor, now) else self.cursor
        self.numbers = range(0)
        # A turn that is a little earlier than the last one leaves everything to the next.
        self.is_over = self.since is not None and now < parse_instant(self.since.instant)
        # They are taken from the end.
        rows = () if self.is_over else connection.execute(TO_LOOK_AT, self._limits).scalars()
        self._waiting: list[str] = sorted(rows, reverse=True)
        self.of = len(self._waiting)

    @property
    def done(self) -> int:
        """How many agreements, `of` all, have been looked at."""
        return self.of - len(self._waiting)

    @property
    def seq(self) -> int:
        """The number of this turn, by which what it withdraws and resolves is known."""
        return (self.cursor.seq if self.cursor else 0) + 1

    def take_all(self, connection: Connection) -> None:
        """Takes every part in one transaction."""
        while not self.is_over:
            self.take_part(connection)

    def take_part(self, connection: Connection) -> None:
        """Looks at the next agreements; after the last ones numbers the alerts.

        Where another turn has come to its end meanwhile, it has looked at all of them.
        """
        self.is_over = self.is_over or read_cursor(connection) != self.cursor
        if self.is_over:
            return
        if self._waiting:
            self._look_at(connection, self._next_agreements(connection))
        if not self._waiting:
            self._finish(connection)
            self.is_over = True

    def _next_agreements(self, connection: Connection) -> list[str]:
        """Takes from those that wait as many as have CHANGES_TOGETHER changes together."""
        names = self._waiting[-IDS_PER_STATEMENT:]
        rows = connection.execute(COUNTS, {"names": names})
        counts: dict[str, int] = {row[0]: row[1] for row in rows}
        together: list[str] = []
        changes = 0
        while names and (not together or changes + counts.get(names[-1], 0) <= CHANGES_TOGETHER):
            changes += counts.get(names[-1], 0)
            together.append(names.pop())
        del self._waiting[-len(together) :]
        return together

    def _look_at(self, connection: Connection, names: list[str]) -> None:
        rows = connection.execute(CURRENT, self._limits | {"names": names})
        current = {a.key: a for a in alerts_among([change_of_row(row._mapping) for row in rows])}
        new = self._with_history(connection, not_stored(connection, current), names)
        self._withdraw(connection, names, current)
        insert_unnumbered(connection, new, self.now)
        mark_resolved(connection, names, self.now, self.seq)

    def _finish(self, connection: Connection) -> None:
        count = number_alerts(connection, self.seq, self.now)
        self.numbers = range(self.seq + 1, self.seq + 1 + count)
        has_news = count > 0 or is_any_of_number(connection, self.seq)
        last_seq = self.seq + count if has_news else self.seq - 1
        advance(connection, self.cursor, self.now, self.position, last_seq)

    @property
    def _limits(self) -> dict[str, Any]:
        """Where the last turn ended and this one does: position and instants of the statements."""
        position = self.since.position if self.since else 0
        instant = self.since.instant if self.since else ""
        return {"position": position, "since": instant, "now": format_instant(self.now)}

    def _with_history(
        self, connection: Connection, new: Sequence[Alert], names: Collection[str]
    ) -> Sequence[Alert]:
        """Marks as history what lies far before the last turn, and was on record by no turn.

        An agreement that the last turn did not have came with entries of an earlier date, as an
        import brings them. What an entry says was noticed when it came, unless it is only now seen
        as news.
        """
        cursor = self.since
        if cursor is None or not new:
            return new
        among = {"position": cursor.position, "names": names}
        new_agreements = set(connection.execute(FIRST_AMONG, among).scalars())
        return [
            replace(alert, historical=True)
            if is_history(alert.at, cursor.instant)
            and (alert.agreement in new_agreements or KINDS[alert.kind].per_entry)
            else alert
            for alert in new
        ]

    def _withdraw(
        self, connection: Connection, names: Collection[str], current: Mapping[str, Alert]
    ) -> None:
        """Withdraws alerts of agreements with events that are not true at `now`."""
        among = {"position": self._limits["position"], "names": names}
        stored = connection.execute(STORED_OF_NEWS, among).scalars()
        gone = [key for key in stored if key not in current]
        values = {"withdrawn_at": format_instant(self.now), "withdrawn_seq": self.seq}
        for keys in batches(gone):
            is_gone = ALERTS.c.key.in_(keys)
            # What a turn that was cut off has left, nobody has heard.
            connection.execute(delete(ALERTS).where(is_gone, IS_UNNUMBERED))
            connection.execute(update(ALERTS).where(is_gone).values(values))
