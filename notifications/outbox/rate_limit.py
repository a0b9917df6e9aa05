"""What has left within the last minute, counted from the steps of every worker's messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, func, select, text

from events import format_instant
from events.locks import AdvisoryLock
from notifications.addresses.channels import MAIL
from notifications.tables import OutboxRow, OutboxStepRow, table_of

WINDOW = timedelta(minutes=1)


class Limits(Struct, frozen=True):
    """Messages in any minute: by a channel in all, and to one domain; None is no limit."""

    relay: int | None = None
    domain: int | None = None

    @property
    def are_set(self) -> bool:
        return self.relay is not None or self.domain is not None


class Allowance(Struct):
    """What is left of a window, given what left for each domain within it."""

    limits: Limits
    used: dict[str, int]

    @classmethod
    def of(cls, limits: Limits, used: Mapping[str, int]) -> Allowance:
        return cls(limits, dict(used))

    @property
    def left(self) -> int | None:
        """How many more in all; None when that is not limited."""
        if self.limits.relay is None:
            return None
        return max(self.limits.relay - sum(self.used.values()), 0)

    def take(self, domain: str) -> bool:
        """Count one message to a domain, if there is room for it."""
        if self.left == 0 or domain in self.spent:
            return False
        self.used[domain] = self.used.get(domain, 0) + 1
        return True

    @property
    def spent(self) -> set[str]:
        """Domains that have had their share."""
        limit = self.limits.domain
        if limit is None:
            return set()
        return {domain for domain, count in self.used.items() if count >= limit}


OUTBOX, STEPS = table_of(OutboxRow), table_of(OutboxStepRow)


def allowance(
    connection: Connection, limits: Limits, at: datetime, channel: str = MAIL
) -> Allowance | None:
    """What limits of this channel leave at this instant; None when there are none."""
    if not limits.are_set:
        return None
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.RATE_COUNTING}
        )
    return Allowance.of(limits, _used(connection, at, channel))


def _used(connection: Connection, at: datetime, channel: str) -> dict[str, int]:
    """Messages claimed within the window, by domain; what was given back counts until it ends."""
    window = STEPS.c.at.between(format_instant(at - WINDOW), format_instant(at))
    query = (
        select(OUTBOX.c.domain, func.count())
        .join(STEPS, STEPS.c.outbox_id == OUTBOX.c.id)
        .where(STEPS.c.state == "leased", window, OUTBOX.c.channel == channel)
        .group_by(OUTBOX.c.domain)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
