"""A command that only reads makes no tables, and takes those that are missing for empty."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import apsw
import psycopg
import pytest

from cli import main
from events import EventStore

READING = [
    ["outbox", "list"],
    ["alert", "list"],
    ["alert", "marks"],
    ["bounce", "list"],
    ["bounce", "list", "--suppressed"],
    ["subscribe", "list"],
]
NAMING = [
    ["outbox", "show", "1"],
    ["outbox", "retry", "1"],
    ["alert", "show", "k"],
    ["unsnooze", "k", "--reason", "over"],
    ["bounce", "lift", "a@example.org", "--reason", "well again"],
    ["subscribe", "show", "1"],
]


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A database with a log and nothing beside it."""
    path = str(tmp_path / "p.db")
    EventStore.open(path).close()
    return path


def _tables(path: str) -> set[str]:
    with closing(apsw.Connection(path)) as db:
        return {row[0] for row in db.execute("SELECT name FROM sqlite_master")}


def _exit_code(arguments: list[str]) -> object:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return caught.value.code


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_what_is_not_there_is_empty(
    path: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A list without its table is an empty list, and the table is not made for it."""
    before = _tables(path)
    code = _exit_code(["--db", path, "--json", *command])
    document = json.loads(capsys.readouterr().out)

    assert (0, before) == (code, _tables(path))
    assert not any(document.values())


COUNTING = [["projection", "list"], ["projection", "rebuild", "--dry-run"], ["db", "info"]]


@pytest.mark.parametrize("command", COUNTING, ids=" ".join)
def test_what_counts_makes_no_tables(path: str, command: list[str]) -> None:
    """Nothing was projected yet, and that is said without a table for it."""
    before = _tables(path)

    assert (0, before) == (_exit_code(["--db", path, *command]), _tables(path))


def test_what_reads_makes_no_tables_on_postgres_either(postgres: str) -> None:
    """Before any turn, each answers from the log alone."""
    EventStore.open(postgres).close()

    def tables() -> set[str]:
        with psycopg.connect(postgres) as db:
            return {row[0] for row in db.execute("SELECT tablename FROM pg_tables")}

    before = tables()
    for command in (*READING, *COUNTING):
        assert (command, 0) == (command, _exit_code(["--db", postgres, *command]))

    assert before == tables()


@pytest.mark.parametrize("command", [*READING, *COUNTING], ids=" ".join)
def test_what_reads_waits_for_no_writer(path: str, command: list[str]) -> None:
    """It is answered while another process is in the midst of a write."""
    with closing(apsw.Connection(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")

        assert 0 == _exit_code(["--db", path, *command])


@pytest.mark.parametrize("command", NAMING, ids=" ".join)
def test_what_is_named_is_unknown(path: str, command: list[str]) -> None:
    """It is refused as it is where the table is there without such a row."""
    before = _tables(path)

    assert (1, before) == (_exit_code(["--db", path, *command]), _tables(path))
