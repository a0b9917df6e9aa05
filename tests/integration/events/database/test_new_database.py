"""Written statements make a new database as the tables are declared, without SQLAlchemy."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
import pytest

from docs.new_databases import scripts
from events import EventStore
from events.database.new_database import make_new
from tests.support.fixtures import PACKAGES, make_tables


@pytest.fixture
def new(database: str) -> EventStore:
    """A log that stands alone."""
    return EventStore.open(database)


def content(database: str) -> tuple[set[tuple[object, ...]], list[tuple[object, ...]]]:
    """What each table, index, trigger and view of a database is made by, and its revisions."""
    with closing(apsw.Connection(database)) as db:
        schema = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
        return set(schema), db.execute("SELECT * FROM alembic_version ORDER BY 1").fetchall()


def test_the_statements_are_up_to_date() -> None:
    """`make docs` writes what the rows declare now."""
    assert scripts() == {file: file.read_text(encoding="utf-8") for file in scripts()}


def test_a_new_database_is_as_it_is_declared(
    new: EventStore, database: str, tmp_path: Path
) -> None:
    """Every table, index, trigger and view, and the revisions, as SQLAlchemy would make them."""
    declared = str(tmp_path / "declared.db")
    make_tables(declared)
    with new:
        assert make_new(new, database, PACKAGES)

    assert content(declared) == content(database)


@pytest.mark.parametrize("beside", ["CREATE TABLE parties (id)", "CREATE VIEW own AS SELECT 1"])
def test_what_stands_beside_a_log_is_left_to_a_comparison(
    new: EventStore, database: str, beside: str
) -> None:
    """Where anything is there already, nothing is made by the statements."""
    with closing(apsw.Connection(database)) as db:
        db.execute(beside)
    before = content(database)
    with new:
        assert not make_new(new, database, PACKAGES)

    assert before == content(database)


def test_nothing_of_it_is_there_when_one_statement_fails(new: EventStore, database: str) -> None:
    """A package without statements takes the tables of the others back."""
    before = content(database)
    with new, pytest.raises(FileNotFoundError):
        make_new(new, database, (*PACKAGES, "web"))

    assert before == content(database)
