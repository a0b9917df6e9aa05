"""Rate limits over a sliding minute, counted from the attempts of every worker."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, func, select, text

from events import format_instant
from events.locks import AdvisoryLock
from notifications.outbox.attempts import ATTEMPTS
from notifications.outbox.locks import OUTBOX

WINDOW = timedelta(minutes=1)


class Limits(Struct, frozen=True):
    """Messages in any minute: by a channel in all, and to one domain; None is no limit."""

    relay: int | None = None
    domain: int | None = None

    @property
    def are_set(self) -> bool:
        return self.relay is not None or self.domain is not None


class Allowance(Struct):
    """What is left of a window, given how many left for each domain within it."""

    limits: Limits
    used: dict[str, int]

    @property
    def left(self) -> int | None:
        """How many more in all; None when that is not limited."""
        if self.limits.relay is None:
            return None
        return max(self.limits.relay - sum(self.used.values()), 0)

    @property
    def spent(self) -> set[str]:
        """Domains that have had their share."""
        limit = self.limits.domain
        if limit is None:
            return set()
        return {domain for domain, count in self.used.items() if count >= limit}

    def take(self, domain: str) -> bool:
        """Counts one message to a domain and returns True, if there is room for it."""
        if self.left == 0 or domain in self.spent:
            return False
        self.used[domain] = self.used.get(domain, 0) + 1
        return True


def load_allowance(
    connection: Connection, limits: Limits, at: datetime, channel: str
) -> Allowance | None:
    """What the limits of a channel leave at this instant; None when there are none.

    Messages claimed within the window count; those that were given back count until it ends.
    """
    if not limits.are_set:
        return None
    if connection.dialect.name == "postgresql":
        # One worker counts and claims at a time: two that count at once would both see room for
        # the same last message.
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.RATE_COUNTING}
        )
    in_window = ATTEMPTS.c.at.between(format_instant(at - WINDOW), format_instant(at))
    query = (
        select(OUTBOX.c.domain, func.count())
        .join(ATTEMPTS, ATTEMPTS.c.outbox_id == OUTBOX.c.id)
        .where(ATTEMPTS.c.state == "leased", in_window, OUTBOX.c.channel == channel)
        .group_by(OUTBOX.c.domain)
    )
    return Allowance(limits, {row[0]: row[1] for row in connection.execute(query)})
