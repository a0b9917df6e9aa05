"""Is the log what it was? Every row, hash and text is worked out anew and compared.

What is found is the first position that is not as it was appended. Whoever can write the file can
also write matching hashes; only a checkpoint kept elsewhere tells that, so give one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from events.encoding.erasure import MARK, commitment, is_commitment
from events.encoding.rows import ERASABLE_MARK, Row, leaf_data
from events.envelope import StoredText
from events.errors import EventStoreError
from events.merkle.frontier import Frontier
from events.merkle.tree import EMPTY_ROOT, leaf_hash, root
from events.store import EventStore
from events.transparency.checkpoints import TreeHead

OnProgress = Callable[[int], None]


class Damage(Struct, frozen=True):
    """Where the log is not what it was, and how that shows."""

    position: int
    what: str
    exact: bool = True
    """False when only a checkpoint shows it: then it lies at this position or after it."""


class Verification(Struct, frozen=True):
    """The tree head over all events; or, in its place, the first damage.

    `unguarded` tells what would no longer keep the database from changing a log that is whole.
    """

    head: TreeHead | None
    damage: Damage | None
    unguarded: tuple[str, ...] = ()


def verify(
    store: EventStore, checkpoints: tuple[TreeHead, ...] = (), progress: OnProgress = lambda _: None
) -> Verification:
    """Check every event, in flat memory, and that the log extends each given checkpoint."""
    check = _Check(store, checkpoints)
    damage = check.run(progress)
    unguarded = tuple(store.guard_faults())
    if damage is not None:
        return Verification(None, damage, unguarded)
    return Verification(TreeHead(check.good, root(check.good, store.node)), None, unguarded)


class _Check:
    """One pass over the log: the tree grows again beside the one that is stored."""

    def __init__(self, store: EventStore, heads: Iterable[TreeHead]) -> None:
        self.store = store
        self.heads: dict[int, set[bytes]] = {}
        for head in heads:
            self.heads.setdefault(head.size, set()).add(head.root)
        self.good = 0
        self.vouched = 0
        self.versions: dict[str, int] = {}
        self.edge = Frontier(0, store.node)
        self.texts = store.texts()
        self.text: StoredText | None = next(self.texts, None)

    def run(self, progress: OnProgress) -> Damage | None:
        try:
            if self.heads.get(0, {EMPTY_ROOT}) != {EMPTY_ROOT}:
                return Damage(1, "a checkpoint of an empty log has another root")
            for row in self.store.rows():
                wrong = self._row(row)
                if wrong is not None:
                    return wrong
                self.good = row[0]
                progress(self.good)
            return self._end()
        except (EventStoreError, UnicodeError, ValueError, TypeError) as error:
            return Damage(self.good + 1, f"can not be read: {error}")

    def _row(self, row: Row) -> Damage | None:
        position, stream, place = row[:3]
        if position != self.good + 1:
            return Damage(self.good + 1, f"missing: the next event stands at {position}")
        leaf = leaf_hash(leaf_data(*row[:8]))
        if leaf != row[8]:
            return Damage(position, "the event and its hash differ")
        if self.edge.push(leaf) != row[9]:
            return Damage(position, "the hashes of the subtrees it completes differ")
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        if place != version:
            return Damage(position, f"version {place}, expected {version}")
        if self.text is not None and self.text[0] <= position:
            return self._texts(row) or self._checkpoint(position)
        return self._checkpoint(position) if position in self.heads else None

    def _texts(self, row: Row) -> Damage | None:
        """Texts that are there must be the ones committed to; those erased are not there."""
        names: dict[str, str] = {}
        if ERASABLE_MARK in row.data:
            data = msgspec.json.decode(row.data)
            names = {name: value[MARK] for name, value in data.items() if is_commitment(value)}
        while self.text is not None and self.text[0] <= row.position:
            position, name, salt, text = self.text
            if position < row.position:
                return Damage(position, f"a text of {name!r} belongs to no event")
            if names.get(name) != commitment(salt, text):
                return Damage(position, f"the text of {name!r} is not the one committed to")
            self.text = next(self.texts, None)
        return None

    def _checkpoint(self, position: int) -> Damage | None:
        if position not in self.heads:
            return None
        if self.heads[position] != {root(position, self.store.node)}:
            first = self.vouched + 1
            return Damage(
                first,
                f"events {first} to {position} are not those of the checkpoint of {position}",
                exact=first == position,
            )
        self.vouched = position
        return None

    def _end(self) -> Damage | None:
        if self.text is not None:
            return Damage(self.text[0], f"a text of {self.text[1]!r} belongs to no event")
        head = self.store.head()
        if head != self.good:
            return Damage(self.good + 1, f"missing: the counter stands at {head}")
        longest = max(self.heads, default=0)
        if longest > self.good:
            return Damage(self.good + 1, f"missing: a checkpoint holds {longest} events")
        return None
