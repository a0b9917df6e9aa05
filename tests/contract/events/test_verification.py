"""Whatever is done to a stored event is found, and the first bad position named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest

from events import EventStore, NewEvent
from events.encoding.rows import COLUMNS, leaf_data
from events.merkle.tree import leaf_hash
from events.transparency.checkpoints import TreeHead, tree_head
from events.transparency.verification import verify

HARD = 'quote " back \\ tab \t esc \x1b é \u2028 \U0001f600'


def fill(store: EventStore) -> None:
    for number in range(1, 8):
        noted = NewEvent(
            type="t.Happened.v1",
            data={"n": number, "text": HARD, "note": f"secret {number}"},
            id=f'e{number}"é',
            source=f"desk {HARD}",
            erasable=("note",),
        )
        store.append(f"stream {number % 2}é", [noted])


@pytest.fixture(params=["sqlite", "memory", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventStore]:
    url = {"sqlite": str(tmp_path / "log.db"), "memory": "memory://"}.get(request.param)
    with EventStore.open(url or request.getfixturevalue("made_postgres")) as opened:
        fill(opened)
        yield opened


def test_an_untouched_log_is_good_and_every_engine_hashes_alike(store: EventStore) -> None:
    """Leaves are the hash of the canonical row, whoever worked them out."""
    result = verify(store, (tree_head(store), tree_head(store, 3)))

    assert (None, tree_head(store)) == (result.damage, result.head)
    assert [leaf_hash(leaf_data(*row[:8])) for row in store.rows()] == [
        row.leaf for row in store.rows()
    ]


def test_checkpoints_that_contradict_each_other_are_found(store: EventStore) -> None:
    """Two roots of one size can not both be right, and an empty log has one root only."""
    head = tree_head(store)
    other = TreeHead(head.size, b"x" * 32)

    assert [(1, False), (1, False), (1, True)] == [
        (result.damage.position, result.damage.exact)
        for result in (
            verify(store, (head, other)),
            verify(store, (other, head)),
            verify(store, (TreeHead(0, b"x" * 32),)),
        )
        if result.damage
    ]


def test_an_erased_text_leaves_the_log_good(store: EventStore) -> None:
    """Redaction takes the text and keeps every hash."""
    before = tree_head(store)
    erased = store.redact('e3"é')
    result = verify(store, (before,))

    assert (("note",), None, None) == (
        erased,
        result.damage,
        store.find('e3"é').data["note"],  # type: ignore[union-attr]
    )


def test_an_erased_event_is_still_the_same_event(store: EventStore) -> None:
    """A retry with the text that was erased since is answered, not refused."""
    store.redact('e7"é')
    data = {"n": 7, "text": HARD, "note": "secret 7"}
    again = NewEvent(
        type="t.Happened.v1",
        data=data,
        id='e7"é',
        source=f"desk {HARD}",
        erasable=("note",),
    )

    assert store.append("stream 1é", [again]).appended == 0


class Tamperer:
    """Who owns the file: takes the guards away, changes rows, and can work out hashes too."""

    def __init__(self, path: Path) -> None:
        with EventStore.open(str(path)) as store:
            fill(store)
            self.head = tree_head(store)
        self.path = path
        self.db = apsw.Connection(str(path))
        self.db.pragma("synchronous", 0)
        for (name,) in self.db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            self.db.execute(f"DROP TRIGGER {name}")

    def damage(self, statement: str, values: tuple[Any, ...] = (), *, given: bool = True) -> Any:
        """Where verify sees what a statement did; it is undone again."""
        self.db.execute("SAVEPOINT before")
        try:
            self.db.execute(statement, values)
            result = self._verified((self.head,) if given else ())
        finally:
            self.db.execute("ROLLBACK TO before")
            self.db.execute("RELEASE before")
        return result

    def _verified(self, heads: tuple[TreeHead, ...]) -> Any:
        store = EventStore.open(str(self.path))
        store._db.close()  # type: ignore[attr-defined]
        store._db = self.db  # type: ignore[attr-defined]
        return verify(store, heads).damage


@pytest.fixture(scope="module")
def tamperer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tamperer]:
    made = Tamperer(tmp_path_factory.mktemp("log") / "log.db")
    with closing(made.db):
        yield made


COLUMN_NAMES = COLUMNS.split(", ")
AT = 4


def mutations(raw: bytes) -> Iterator[bytes]:
    """Every byte flipped, left out, doubled, or swapped with the next; and the value cut off."""
    for n in range(len(raw)):
        yield raw[:n] + bytes([raw[n] ^ 1]) + raw[n + 1 :]
        yield raw[:n] + raw[n + 1 :]
        yield raw[:n] + raw[n : n + 1] + raw[n:]
        if raw[n : n + 1] != raw[n + 1 : n + 2]:
            yield raw[:n] + raw[n + 1 : n + 2] + raw[n : n + 1] + raw[n + 2 :]
        yield raw[:n]


@pytest.mark.parametrize("column", COLUMN_NAMES[1:])
def test_every_byte_of_an_event_counts(tamperer: Tamperer, column: str) -> None:
    """Each change of each byte of each column is found at the event, with nothing else given."""
    query = f"SELECT {column} FROM events WHERE position = ?"
    (value,) = next(tamperer.db.execute(query, (AT,)))
    raw = value if isinstance(value, bytes) else str(value).encode()
    done = 0
    for changed in set(mutations(raw)) - {raw}:
        new: Any = changed
        if not isinstance(value, bytes):
            new = changed.decode(errors="surrogateescape")
            if any("\udc80" <= c <= "\udcff" for c in new):
                continue
        if isinstance(value, int) and (not new.isdigit() or int(new) == value):
            continue
        try:
            damage = tamperer.damage(
                f"UPDATE events SET {column} = ? WHERE position = ?", (new, AT)
            )
        except apsw.ConstraintError:
            continue  # another event has this id or version: not even its owner can write it
        assert damage is not None
        assert damage.position == AT
        done += 1
    assert done


@pytest.mark.parametrize(
    ("what", "statement", "position"),
    [
        ("deleted", "DELETE FROM events WHERE position = 3", 3),
        ("first deleted", "DELETE FROM events WHERE position = 1", 1),
        ("all deleted", "DELETE FROM events", 1),
        ("cut tail", "DELETE FROM events WHERE position >= 6", 6),
        ("moved", "UPDATE events SET position = 9 WHERE position = 5", 5),
        ("counter back", "UPDATE event_counter SET position = 5", 8),
        ("counter on", "UPDATE event_counter SET position = 9", 8),
        ("text changed", "UPDATE event_texts SET text = 'other' WHERE position = 2", 2),
        ("salt changed", "UPDATE event_texts SET salt = x'00' WHERE position = 2", 2),
        ("text moved", "UPDATE event_texts SET position = 9 WHERE position = 2", 9),
        ("text added", "INSERT INTO event_texts VALUES (7, 'other', x'00', 'text')", 7),
        (
            "inserted",
            "INSERT INTO events SELECT 8, stream, 5, 'new', type, source, recorded_at, data, "
            "leaf, subtrees FROM events WHERE position = 7",
            8,
        ),
    ],
)
def test_rows_that_come_and_go_are_found(
    tamperer: Tamperer, what: str, statement: str, position: int
) -> None:
    """The first position that is not as it was is the one named."""
    assert position == tamperer.damage(statement).position, what


def test_swapped_events_are_found(tamperer: Tamperer) -> None:
    """Two rows that changed places: the first of them is named."""
    others = ", ".join(
        f"{c} = (SELECT {c} FROM events WHERE position = 7)" for c in ("data", "leaf")
    )

    assert 3 == tamperer.damage(f"UPDATE events SET {others} WHERE position = 3").position


def rewritten(path: Path, *, changed: int | None, size: int) -> None:
    """A log with all hashes right, in which one event says something else, or the tail is cut."""
    with EventStore.open(str(path)) as store:
        for number in range(1, size + 1):
            says = "other" if number == changed else "same"
            store.append("a", [NewEvent(type="t", data={"says": says}, id=f"e{number}")])


def heads(path: Path, *sizes: int) -> tuple[TreeHead, ...]:
    with EventStore.open(str(path)) as store:
        return tuple(tree_head(store, size) for size in sizes)


@pytest.mark.parametrize(
    ("changed", "size", "sizes", "first", "exact"),
    [
        (5, 8, (8,), 1, False),
        (5, 8, (4, 8), 5, False),
        (5, 8, (4, 5, 8), 5, True),
        (None, 6, (8,), 7, True),
        (None, 0, (8,), 1, True),
    ],
)
def test_a_log_rewritten_with_right_hashes_is_found_by_a_checkpoint(
    tmp_path: Path, changed: int | None, size: int, sizes: tuple[int, ...], first: int, exact: bool
) -> None:
    """Who can write everything can not match what others have kept; more of it says where."""
    import time_machine

    with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
        rewritten(tmp_path / "true.db", changed=None, size=8)
        rewritten(tmp_path / "false.db", changed=changed, size=size)
    with EventStore.open(str(tmp_path / "false.db")) as store:
        alone = verify(store).damage
        damage = verify(store, heads(tmp_path / "true.db", *sizes)).damage

    assert damage is not None
    assert (None, first, exact) == (alone, damage.position, damage.exact)


def test_postgresql_tampering_by_its_superuser_is_found(made_postgres: str) -> None:
    """Who disables the triggers is found all the same."""
    with EventStore.open(made_postgres) as store:
        fill(store)
        with psycopg.connect(made_postgres, autocommit=True) as db:
            db.execute("ALTER TABLE events DISABLE TRIGGER ALL")
            db.execute("UPDATE events SET source = 'elsewhere' WHERE position = 4")
        damage = verify(store).damage

    assert damage is not None
    assert 4 == damage.position
