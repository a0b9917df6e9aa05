"""What the digests of a turn are made from, each read once: commitments, marks, and TLP."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, select

from events.batches import batches
from events.database.owned_tables import table_of
from events.tables import EventRow
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.cursor import read_cursor
from notifications.alerts.filters import (
    MILESTONES,
    Filter,
    lapsed_agreements,
    muted_by,
    muted_by_its_period,
)
from notifications.alerts.marks import SNOOZE, Mark, active, first_about
from notifications.alerts.outcomes import outcomes_of
from notifications.alerts.stored import ALERTS, IS_NOT_WITHDRAWN, read_alerts
from notifications.alerts.tlp import TlpLevels, tlp_levels
from notifications.digests.summary import FollowedCommitment
from tracker.documents.summaries import tags_of_detail
from tracker.entries.lookup import GENERATED_ID
from tracker.entries.tlp import is_within
from tracker.projections.tables import (
    AgreementRow,
    CommitmentRow,
    PartyRow,
    UnreadableAgreementRow,
)

AGREEMENTS, COMMITMENTS = table_of(AgreementRow), table_of(CommitmentRow)
PARTIES, UNREADABLE = table_of(PartyRow), table_of(UnreadableAgreementRow)
EVENTS = table_of(EventRow)
UNREADABLE_IN_ORDER = select(UNREADABLE).order_by(UNREADABLE.c.agreement_id)
NAMES = select(PARTIES.c.id, PARTIES.c.name)
AGREEMENT_IDS = select(AGREEMENTS.c.id).order_by(AGREEMENTS.c.id)
AMONG: BindParameter[Any] = bindparam("agreements", expanding=True)
HEADS = select(AGREEMENTS.c.id, AGREEMENTS.c.title, AGREEMENTS.c.detail).where(
    AGREEMENTS.c.id.in_(AMONG)
)
DETAILS = select(COMMITMENTS.c.id, COMMITMENTS.c.agreement_id, COMMITMENTS.c.detail).where(
    COMMITMENTS.c.agreement_id.in_(AMONG)
)

NUMBERS = select(EVENTS.c.id, EVENTS.c.position).where(
    EVENTS.c.id.in_(bindparam("ids", expanding=True))
)


class DigestContext:
    """Reads agreements as news of them comes up, and keeps them for the next reader."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.commitments: dict[str, CommitmentDocument] = {}
        self.titles: dict[str, str] = {}
        self._agreement_of: dict[str, str] = {}
        self._commitments_of: defaultdict[str, list[str]] = defaultdict(list)
        self._numbers: dict[str, int] = {}
        self.lapsed: set[str] = set()
        self._tlp_levels: dict[str, TlpLevels] = {}
        self._over: dict[str, str | None] = {}

    @cached_property
    def cursor(self) -> Any:
        """How far alerts have been looked for; None before the first turn."""
        return read_cursor(self.connection)

    @cached_property
    def marks(self) -> list[Mark]:
        return active(self.connection, self.now)

    @cached_property
    def unreadable(self) -> Sequence[Any]:
        """The agreements of which nothing is known, because an entry cannot be applied."""
        return self.connection.execute(UNREADABLE_IN_ORDER).all()

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of registered parties."""
        return {row.id: row.name for row in self.connection.execute(NAMES)}

    @cached_property
    def agreements(self) -> list[str]:
        """Every agreement on record."""
        return list(self.connection.execute(AGREEMENT_IDS).scalars())

    def read(self, alerts: Iterable[Alert]) -> None:
        """Makes sure that the agreements of these alerts are read."""
        self.read_agreements(alert.agreement for alert in alerts)

    def open_alerts(self, *conditions: ColumnElement[bool]) -> list[Alert]:
        """The alerts of these conditions that are neither withdrawn nor over."""
        is_open = (IS_NOT_WITHDRAWN, ALERTS.c.resolved_at.is_(None))
        alerts = read_alerts(self.connection, *is_open, *conditions)
        self.read(alerts)
        outcomes = outcomes_of(self.connection, alerts, self.now)
        return [alert for alert in alerts if alert.key not in outcomes]

    def read_agreements(self, names: Iterable[str]) -> None:
        unread = sorted(set(names) - self._tlp_levels.keys())
        for some in batches(unread, 200):
            tags: dict[str, list[str]] = {}
            for head in self.connection.execute(HEADS, {"agreements": some}):
                self.titles[head.id] = head.title
                tags[head.id] = tags_of_detail(head.detail)

            states = []
            for row in self.connection.execute(DETAILS, {"agreements": some}):
                commitment = json.loads(row.detail) | {"tags": tags.get(row.agreement_id, [])}
                self.commitments[row.id] = commitment
                self._agreement_of[row.id] = row.agreement_id
                self._commitments_of[row.agreement_id].append(row.id)
                states.append({"agreement": row.agreement_id, "state": commitment.get("state")})
            self.lapsed |= lapsed_agreements(states)

            levels = tlp_levels(self.connection, some)
            self._tlp_levels.update(dict.fromkeys(some, levels))

    def commitment_of(self, alert: Alert) -> CommitmentDocument:
        """The alert's commitment as it stands now; empty for one that is gone."""
        return self.commitments.get(alert.commitment, {})

    def tlp_of(self, alert: Alert) -> str:
        return self._tlp_levels[alert.agreement].of(alert, self.commitment_of(alert))

    def numbers_of(self, events: Iterable[str]) -> dict[str, int]:
        """The numbers of those events whose ids nobody gave: no reader knows them by their ids."""
        generated = {event for event in events if GENERATED_ID.fullmatch(event)}
        for some in batches(sorted(generated - self._numbers.keys()), 200):
            rows = self.connection.execute(NUMBERS, {"ids": some})
            self._numbers |= {row.id: row.position for row in rows}
        return {event: self._numbers[event] for event in generated & self._numbers.keys()}

    def followed(self, wants: Filter) -> Iterator[tuple[FollowedCommitment, str]]:
        """Each commitment that this filter is about, with the TLP mark of how it stands."""
        self.read_agreements(wants.agreements or self.agreements)
        for name, commitment in self.commitments.items():
            agreement = self._agreement_of[name]
            tlp = self._tlp_levels[agreement].of_standing(agreement, name, commitment)
            if wants.covers(agreement, name, commitment) and is_within(tlp, wants.tlp):
                title = self.titles.get(agreement, agreement)
                yield FollowedCommitment(agreement, title, commitment), tlp

    def holds_several(self, agreement: str, ceiling: str) -> bool:
        """Whether more than one thing is promised in an agreement that is read, below a mark.

        What each side promises alike, or in return, is one.
        """
        visible: set[str] = set()
        promises: set[str] = set()
        for name in self._commitments_of[agreement]:
            commitment = self.commitments[name]
            tlp = self._tlp_levels[agreement].of_standing(agreement, name, commitment)
            if is_within(tlp, ceiling):
                visible.add(name)
                if commitment["reciprocal_with"] not in visible:
                    promises.add(str(commitment["promise"]))
        return len(promises) > 1

    def muted_by(self, alert: Alert) -> str | None:
        commitment = self.commitment_of(alert)
        is_over = muted_by(alert, commitment.get("state"), self.lapsed)
        return is_over or muted_by_its_period(alert, commitment, self.now)

    def over_warnings(self, alerts: Iterable[Alert]) -> dict[str, str]:
        """Of warnings that are over, though not by what they warned of: since when, by key."""
        warnings = [alert for alert in alerts if alert.kind in MILESTONES]
        unknown = [alert for alert in warnings if alert.key not in self._over]
        outcomes = outcomes_of(self.connection, unknown, self.now)
        for alert in unknown:
            outcome = outcomes.get(alert.key)
            is_over = outcome is not None and not outcome.came_true
            self._over[alert.key] = outcome.change.at if outcome and is_over else None
        ended = ((alert.key, self._over[alert.key]) for alert in warnings)
        return {key: at for key, at in ended if at is not None}

    def snoozed_by(self, alert: Alert) -> str | None:
        """The snooze that delays an alert now, in words."""
        mark = self.mark_of(SNOOZE, alert)
        return mark.words if mark else None

    def mark_of(self, mark: str, alert: Alert) -> Mark | None:
        return first_about(self.marks, mark, alert, self.commitment_of(alert), self.now)
