"""SQLite refuses to change what the log holds, on any connection; and is set to keep it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
import pytest

from events import EventStore, NewEvent
from events.errors import StoreNotFound, StoreUnavailable
from events.sqlite.pragmas import PRAGMAS
from tests.support.given import new
from tests.support.writers import codes_of_writers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "log.db"
    with EventStore.open(str(file)) as store:
        noted = NewEvent(type="t", data={"note": "x"}, id="1", erasable=("note",))
        store.append("a", [noted, new("t", {}, "2")])
    return file


COLUMNS = "position, stream, version, id, type, source, recorded_at, data, leaf, subtrees"


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE events SET type = 'u'",
        "DELETE FROM events WHERE position = 2",
        f"INSERT OR REPLACE INTO events ({COLUMNS}) SELECT position, stream, version, id, 'u', "
        "source, recorded_at, data, leaf, subtrees FROM events WHERE position = 1",
        f"REPLACE INTO events ({COLUMNS}) SELECT 3, stream, version, 'n', type, source, "
        "recorded_at, data, leaf, subtrees FROM events WHERE position = 1",
        f"INSERT INTO events ({COLUMNS}) SELECT position, stream, version, id, 'u', source, "
        "recorded_at, data, leaf, subtrees FROM events WHERE position = 1 "
        "ON CONFLICT (position) DO UPDATE SET type = 'u'",
        f"INSERT INTO events ({COLUMNS}) SELECT 9, stream, 9, 'n', type, source, recorded_at, "
        "data, leaf, subtrees FROM events WHERE position = 1",
        "UPDATE event_counter SET position = 1",
        "DELETE FROM event_counter",
        "UPDATE event_texts SET text = 'other'",
    ],
)
def test_a_plain_connection_cannot_change_the_log(path: Path, attack: str) -> None:
    """Update, delete, overwriting inserts and gaps are refused without any setting of ours."""
    with closing(apsw.Connection(str(path))) as db:
        db.pragma("recursive_triggers", 0)
        before = db.execute("SELECT * FROM events").fetchall()
        with pytest.raises(apsw.ConstraintError):
            db.execute(attack)

        assert before == db.execute("SELECT * FROM events").fetchall()


@pytest.mark.parametrize(("pragma", "expected"), PRAGMAS.items())
def test_each_setting_is_read_back(path: Path, pragma: str, expected: object) -> None:
    """WAL, FULL and the rest hold on the store's own connection."""
    with EventStore.open(str(path)) as store:
        value = store._db.pragma(pragma)  # type: ignore[attr-defined]

    assert expected == value


def test_erased_text_is_gone_and_the_event_stays(path: Path) -> None:
    """Deleting the text leaves the event and its hash as they were."""
    with EventStore.open(str(path)) as store:
        store.append("a", [NewEvent(type="t", data={"note": "s"}, id="3", erasable=("note",))])
        erased = store.redact("3")
        event = next(store.read_all(after=2))

        assert (("note",), {"note": None}, ("note",)) == (erased, event.data, event.erased)


def test_no_database_is_made_by_reading(tmp_path: Path) -> None:
    """Opening without create names the file and the command, and makes nothing."""
    missing = tmp_path / "none.db"
    with pytest.raises(StoreNotFound) as caught:
        EventStore.open(str(missing), create=False)

    assert ("db init" in caught.value.hint, False) == (True, missing.exists())


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    file = tmp_path / "text.db"
    file.write_text("this is not a database, but a rather long line of text" * 20)
    with pytest.raises(StoreUnavailable, match=r"text\.db"):
        EventStore.open(str(file))


def test_writers_in_several_processes_leave_no_gap(tmp_path: Path) -> None:
    """Four writers, one log: every event once, positions dense, versions in order."""
    file = str(tmp_path / "log.db")
    EventStore.open(file).close()
    codes = codes_of_writers(file, "abcd", 100)
    with EventStore.open(file) as store:
        events = list(store.read_all())

    assert ([0] * 4, list(range(1, 401)), list(range(1, 101))) == (
        codes,
        [event.position for event in events],
        [event.version for event in events if event.stream == "c"],
    )
