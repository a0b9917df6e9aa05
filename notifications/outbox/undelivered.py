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
Trouble = Literal["held", "parked", "given_up", "suppressed", "refused"]
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
}
"""Of one and of several."""
HINTS: dict[Trouble, str] = {
    "held": "pactwatch outbox list --state uncertain",
    "parked": "pactwatch outbox list --state parked",
    "given_up": "pactwatch outbox list --state dead",
    "suppressed": "pactwatch suppression list",
    "refused": "pactwatch bounce list; policy, sender, block lists and sizes: docs/operations.md",
}
RECENT = timedelta(days=7)
"""What was refused so long ago, and not since, is settled."""
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
    """Which lists' uncertain messages are sent once more: all but those held, or only some."""

    only: tuple[str, ...] | None = None
    held: tuple[str, ...] = ()

    @classmethod
    def of(cls, resend: str, hold: str) -> ResendPolicy:
        """The policy of the two settings, each a text of names with commas between.

        An empty `resend` names every list: it is what an unset variable often comes as.
        """
        only, held = _names(resend), _names(hold)
        return cls(None if not only or ALL_LISTS in only else only, held)

    def sends_again(self, list_name: str) -> bool:
        if ALL_LISTS in self.held or list_name in self.held:
            return False
        return self.only is None or list_name in self.only


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


class Undelivered(Struct, frozen=True):
    """So many messages or addresses, the oldest planned, suppressed or refused at `since`.

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
    """What is held, parked, given up, suppressed and refused; what is still tried is not."""
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
    refusal = _refusals(store)
    return (*troubles, refusal) if refusal else tuple(troubles)


STATE_TROUBLES: dict[str, Trouble] = {
    "uncertain": "held",
    "parked": "parked",
    "dead": "given_up",
}


def _refusals(store: EventStore) -> Undelivered | None:
    """The readers whose servers have lately refused mail for our sake, and the last refusal."""
    query = "SELECT at FROM bounces UNION ALL SELECT at FROM turns WHERE name = 'good'"
    newest = max((row[0] for row in store.read_table("bounces", query)), default=None)
    if newest is None:
        return None
    since = format_instant(parse_instant(newest) - RECENT)
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
    return any(trouble.trouble not in ("suppressed", "refused") for trouble in troubles)
