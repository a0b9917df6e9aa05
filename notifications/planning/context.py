"""What the digests of a turn are made from, each read once: commitments, marks, and TLP."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, select

from events.batches import batches
from notifications.alerts.alert import Alert
from notifications.alerts.filters import Filter
from notifications.alerts.inhibition import lapsed_agreements, muted_by
from notifications.alerts.marks import SNOOZE, Mark, active, first_about
from notifications.alerts.tlp import TlpLevels, markings
from notifications.digests.summary import Followed
from notifications.tables import AlertCursorRow, table_of
from tracker.entries.tlp import is_within
from tracker.projections.tables import AgreementRow, CommitmentRow

CURSOR = table_of(AlertCursorRow)
AGREEMENTS, COMMITMENTS = table_of(AgreementRow), table_of(CommitmentRow)


class DigestContext:
    """Reads agreements as news of them comes up, and keeps them for the next reader."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.commitments: dict[str, Any] = {}
        self.titles: dict[str, str] = {}
        self._agreement_of: dict[str, str] = {}
        self.lapsed: set[str] = set()
        self._marks_of: dict[str, TlpLevels] = {}

    @cached_property
    def cursor(self) -> Any:
        """How far alerts have been looked for; None before the first turn."""
        return self.connection.execute(select(CURSOR)).first()

    @cached_property
    def marks(self) -> list[Mark]:
        return active(self.connection, self.now)

    @cached_property
    def agreements(self) -> list[str]:
        """Every agreement on record."""
        return list(
            self.connection.execute(select(AGREEMENTS.c.id).order_by(AGREEMENTS.c.id)).scalars()
        )

    def read(self, alerts: Iterable[Alert]) -> None:
        """Makes sure that the agreements of these alerts are read."""
        self.read_agreements(alert.agreement for alert in alerts)

    def read_agreements(self, names: Iterable[str]) -> None:
        unread = sorted(set(names) - self._marks_of.keys())
        for some in batches(unread, 200):
            self._read(some)

    def _read(self, names: Sequence[str]) -> None:
        query = select(AGREEMENTS.c.id, AGREEMENTS.c.title).where(AGREEMENTS.c.id.in_(names))
        self.titles.update({row.id: row.title for row in self.connection.execute(query)})
        owned = select(COMMITMENTS.c.id, COMMITMENTS.c.agreement_id, COMMITMENTS.c.detail).where(
            COMMITMENTS.c.agreement_id.in_(names)
        )
        states = []
        for row in self.connection.execute(owned):
            self.commitments[row.id] = json.loads(row.detail)
            self._agreement_of[row.id] = row.agreement_id
            state = self.commitments[row.id].get("state")
            states.append({"agreement": row.agreement_id, "state": state})
        self.lapsed |= lapsed_agreements(states)
        levels = markings(self.connection, names)
        self._marks_of.update(dict.fromkeys(names, levels))

    def held(self, alert: Alert) -> dict[str, Any]:
        """The alert's commitment as it stands now; empty for one that is gone."""
        by_id: dict[str, Any] = self.commitments.get(alert.commitment, {})
        return by_id

    def tlp_of(self, alert: Alert) -> str:
        return self._marks_of[alert.agreement].of(alert, self.held(alert))

    def followed(self, wants: Filter) -> Iterator[tuple[Followed, str]]:
        """Each commitment that this filter is about, with the TLP mark of how it stands."""
        self.read_agreements(wants.agreements or self.agreements)
        for name, commitment in self.commitments.items():
            agreement = self._agreement_of[name]
            tlp = self._marks_of[agreement].of_standing(agreement, name, commitment)
            if wants.covers(agreement, name, commitment) and is_within(tlp, wants.tlp):
                yield Followed(agreement, self.titles.get(agreement, agreement), commitment), tlp

    def muted_by(self, alert: Alert) -> str | None:
        return muted_by(alert, self.held(alert).get("state"), self.lapsed)

    def held_by(self, alert: Alert) -> str | None:
        """The snooze that delays an alert now, in words."""
        mark = self.mark_of(SNOOZE, alert)
        return mark.words if mark else None

    def mark_of(self, mark: str, alert: Alert) -> Mark | None:
        return first_about(self.marks, mark, alert, self.held(alert), self.now)
