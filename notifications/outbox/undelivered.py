"""What nobody will send any more unless somebody looks: so that no command passes over it.

Read through the store, so that `check` loads no SQLAlchemy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Literal

from msgspec import Struct

from events import EventStore, format_instant, parse_instant
from notifications.addresses.channels import MAIL
from notifications.addresses.mailbox import same_mailbox

MOST_RESENDS = 3
"""So often a message is sent again of which nobody knows whether it arrived; then it is held."""
Trouble = Literal["held", "parked", "given_up", "suppressed", "refused", "unread"]
ALL_LISTS = "all"
DROPPED = "dropped by the operator"
CANCELLED = "not sent"
"""How the reasons begin of what is dead because somebody decided so; neither is a trouble."""
MEANINGS: dict[Trouble, tuple[str, str]] = {
    "held": (
        "message uncertain whether it arrived, and not sent once more",
        "messages uncertain whether they arrived, and not sent once more",
    ),
    "parked": ("message refused for good", "messages refused for good"),
    "given_up": (
        "message given up after many failures",
        "messages given up after many failures",
    ),
    "suppressed": ("reader whose address gets no mail", "readers whose addresses get no mail"),
    "refused": (
        "reader whose server refuses our mail, for no fault of theirs",
        "readers whose servers refuse our mail, for no fault of theirs",
    ),
    "unread": (
        "mailbox of bounces that cannot be read",
        "mailboxes of bounces that cannot be read",
    ),
}
"""Of one and of several."""
HINTS: dict[Trouble, str] = {
    "held": "pactwatch outbox list --state uncertain",
    "parked": "pactwatch outbox list --state parked",
    "given_up": "pactwatch outbox list --state dead",
    "suppressed": "pactwatch suppression list",
    "refused": "pactwatch bounce list; policy, sender, block lists and sizes: docs/operations.md",
    "unread": "pactwatch bounce fetch --dry-run",
}
RECENT = timedelta(days=7)
"""What was refused so long ago, and not since, is settled."""
BOUNCES = "bounces"
"""The name of the mailbox of bounces in `mailbox_fetches`."""
UNREAD_AFTER = 3
"""So many fetches that fail, one after another, are no short trouble any more."""
TROUBLED = """
    SELECT state, list_name, resends, count(*), min(planned_at) FROM outbox
    WHERE state IN ('uncertain', 'parked')
       OR (state = 'dead' AND coalesce(last_error, '') NOT LIKE ?
           AND coalesce(last_error, '') NOT LIKE ?)
    GROUP BY state, list_name, resends
"""
READERS = """
    SELECT email FROM subscriptions
    WHERE channel = ? AND removed_at IS NULL AND confirmed_at IS NOT NULL
"""


class ResendPolicy(Struct, frozen=True):
    """Which lists' uncertain messages are sent once more: all but those excepted, or only some."""

    only: tuple[str, ...] | None = None
    excepted: tuple[str, ...] = ()

    @classmethod
    def of(cls, resend: str, hold: str) -> ResendPolicy:
        """The policy of the two settings, each a text of names with commas between.

        An empty `resend` names every list: it is what an unset variable often comes as.
        """
        only, excepted = _names(resend), _names(hold)
        return cls(None if not only or ALL_LISTS in only else only, excepted)

    def sends_again(self, list_name: str) -> bool:
        if ALL_LISTS in self.excepted or list_name in self.excepted:
            return False
        return self.only is None or list_name in self.only


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


class Undelivered(Struct, frozen=True):
    """A count of messages or addresses, the oldest planned, suppressed or refused at `since`.

    `detail` has the last words of a server.
    """

    trouble: Trouble
    count: int
    since: str | None
    hint: str
    detail: str = ""

    @property
    def words(self) -> str:
        words = f"{self.count} {MEANINGS[self.trouble][self.count > 1]}"
        return f"{words}: {self.detail}" if self.detail else words


def undelivered(store: EventStore, policy: ResendPolicy) -> tuple[Undelivered, ...]:
    """What is held, parked, given up, suppressed or refused, and a mailbox that cannot be read.

    What is still tried is none of it.
    """
    counts, since = Counter[Trouble](), dict[Trouble, str]()
    patterns = (f"{DROPPED}%", f"{CANCELLED}%")
    for state, list_name, resends, count, planned_at in store.read_table(
        "outbox", TROUBLED, patterns
    ):
        if state == "uncertain" and resends < MOST_RESENDS and policy.sends_again(list_name):
            continue
        trouble = STATE_TROUBLES[state]
        counts[trouble] += count
        since[trouble] = min(since.get(trouble, planned_at), planned_at)
    suppressed_at = _suppressed_readers(store)
    if suppressed_at:
        counts["suppressed"], since["suppressed"] = len(suppressed_at), min(suppressed_at)
    troubles = [
        Undelivered(trouble, counts[trouble], since[trouble], HINTS[trouble])
        for trouble in MEANINGS
        if counts[trouble]
    ]
    return (*troubles, *filter(None, (_refusals(store), _unread_mailbox(store))))


STATE_TROUBLES: dict[str, Trouble] = {
    "uncertain": "held",
    "parked": "parked",
    "dead": "given_up",
}


def _recent_from(store: EventStore, table: str, column: str) -> str | None:
    """The instant from which on an entry of this table is recent; None where it has none."""
    query = f"SELECT {column} FROM {table} UNION ALL SELECT at FROM turns WHERE name = 'good'"
    newest = max((row[0] for row in store.read_table(table, query)), default=None)
    return format_instant(parse_instant(newest) - RECENT) if newest else None


def _unread_mailbox(store: EventStore) -> Undelivered | None:
    """The mailbox of bounces where fetching keeps failing; one given up long ago is settled."""
    query = """
        SELECT failing_since, last_error FROM mailbox_fetches
        WHERE name = ? AND failures >= ? AND tried_at >= ?
    """
    recent_from = _recent_from(store, "mailbox_fetches", "tried_at")
    rows = store.read_table("mailbox_fetches", query, (BOUNCES, UNREAD_AFTER, recent_from))
    return next((Undelivered("unread", 1, at, HINTS["unread"], why) for at, why in rows), None)


def _refusals(store: EventStore) -> Undelivered | None:
    """The readers whose servers have lately refused mail for our sake, and the last refusal."""
    since = _recent_from(store, "bounces", "at")
    query = "SELECT address, at, detail FROM bounces WHERE verdict = 'ours' AND at >= ? ORDER BY id"
    rows = store.read_table("bounces", query, (since,))
    if not rows:
        return None
    addresses = {row[0] for row in rows}
    return Undelivered("refused", len(addresses), rows[0][1], HINTS["refused"], rows[-1][2])


def _suppressed_readers(store: EventStore) -> list[str]:
    """When the addresses were suppressed that somebody still subscribes with."""
    query = "SELECT address, at FROM suppressions WHERE lifted_at IS NULL"
    suppressed = dict(store.read_table("suppressions", query))
    if not suppressed:
        return []
    readers = {same_mailbox(row[0]) for row in store.read_table("subscriptions", READERS, (MAIL,))}
    return [at for address, at in suppressed.items() if address in readers]


def are_messages_lost(troubles: Iterable[Undelivered]) -> bool:
    """Whether a message is held, parked or given up; a suppressed address was decided on."""
    return any(trouble.trouble in STATE_TROUBLES.values() for trouble in troubles)
