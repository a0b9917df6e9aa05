"""What is missing or altered in a database is told, on either engine, and an upgrade mends it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
import psycopg
import pytest

from events import EventStore
from events.database.comparison import (
    ANOTHER,
    LOST,
    REBUILD,
    UPGRADE,
    Difference,
    foreign_triggers,
    guard_faults,
    table_differences,
    view_differences,
)
from events.database.engine import open_engine, read_snapshot, write_transaction
from events.database.packages import create_packages
from events.database.upgrade import upgrade
from events.errors import StoreUnavailable
from events.postgres import schema as postgres_schema
from events.sqlite import schema as sqlite_schema
from events.transparency.verification import verify

PACKAGES = ("tracker.projections", "notifications")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database as this release makes it."""
    if request.param == "postgres":
        address = str(request.getfixturevalue("postgres"))
    else:
        address = str(tmp_path / "log.db")
    return made(address)


def made(address: str) -> str:
    EventStore.open(address).close()
    with write_transaction(open_engine(address)) as connection:
        create_packages(connection, PACKAGES)
    return address


def changed(url: str, statement: str) -> str:
    """Runs a statement as an operator would, past the program."""
    if url.startswith("postgresql"):
        with psycopg.connect(url) as db:
            db.execute(statement)
    else:
        with closing(apsw.Connection(url)) as file:
            file.execute(statement)
    return url


def told(url: str) -> list[Difference]:
    with read_snapshot(open_engine(url), scratch=True) as connection:
        return [
            *(Difference(words, UPGRADE) for words in guard_faults(connection)),
            *table_differences(connection, PACKAGES),
            *view_differences(connection, PACKAGES),
        ]


def test_a_database_of_this_release_differs_in_nothing(url: str) -> None:
    """Nor has it a trigger of somebody else, and an upgrade mends nothing."""
    with read_snapshot(open_engine(url)) as connection:
        foreign = foreign_triggers(connection, PACKAGES)
    done = upgrade(url, PACKAGES)

    assert ([], [], [], []) == (told(url), foreign, done.applied, done.mended)


OF_SQLITE = [(f"DROP TRIGGER {name}", name) for name in sqlite_schema.TRIGGERS]
OF_POSTGRES = [(f"DROP TRIGGER {t[1]} ON {t[0]}", t[1]) for t in postgres_schema.TRIGGERS]


def test_each_guard_is_missed_and_mended(url: str) -> None:
    """Told by `verify` of a log that is whole, one after the other; an upgrade mends all."""
    guards = OF_POSTGRES if url.startswith("postgresql") else OF_SQLITE
    dropped: list[str] = []
    for statement, name in guards:
        changed(url, statement)
        dropped.append(f"trigger {name} is missing")
        with EventStore.open(url) as store:
            verified = verify(store)

        assert (tuple(dropped), None) == (verified.unguarded, verified.damage)
    assert dropped == upgrade(url, PACKAGES).mended
    assert [] == told(url)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "ALTER TABLE events DISABLE TRIGGER events_no_change",
            "trigger events_no_change is switched off, at least for some sessions",
        ),
        (
            "ALTER TABLE events ENABLE TRIGGER events_no_change",
            "trigger events_no_change is switched off, at least for some sessions",
        ),
        (
            "CREATE OR REPLACE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RETURN NEW; END'",
            "function events_refuse is altered",
        ),
        (
            "DROP TRIGGER events_no_change ON events; CREATE TRIGGER events_no_change "
            "BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION events_refuse()",
            "trigger events_no_change is altered",
        ),
    ],
)
def test_a_guard_that_is_there_and_does_not_guard_is_told(
    postgres: str, statement: str, words: str
) -> None:
    """Switched off, for other sessions only, with another function, or for fewer statements."""
    changed(made(postgres), statement)
    before = [
        each.words for each in told(postgres) if "trigger" in each.words or "function" in each.words
    ]
    done = upgrade(postgres, PACKAGES)

    assert words in before
    assert words in done.mended
    assert [] == told(postgres)
    with psycopg.connect(postgres) as db, pytest.raises(psycopg.Error, match="append-only"):
        db.execute("TRUNCATE events CASCADE")


def test_an_altered_guard_of_sqlite_is_told(tmp_path: Path) -> None:
    """One that lets through what it had to refuse."""
    url = made(str(tmp_path / "log.db"))
    changed(url, "DROP TRIGGER events_no_update")
    changed(url, "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT 1; END")

    assert ["trigger events_no_update is altered"] == [each.words for each in told(url)]


VIEW = "CREATE VIEW reporting_freshness AS SELECT * FROM projection_checkpoints"
MENDED_BY_UPGRADE = [
    ("DROP INDEX outbox_due", "table outbox lacks index outbox_due", UPGRADE),
    ("DROP INDEX alerts_agreement", "table alerts lacks index alerts_agreement", UPGRADE),
    ("DROP INDEX status_changes_at", "table status_changes lacks index status_changes_at", REBUILD),
    ("DROP TABLE incidents", "table incidents is missing", REBUILD),
    ("DROP TABLE bounces", "table bounces is missing", LOST),
    ("DROP VIEW reporting_freshness", "dashboards lack reporting_freshness", UPGRADE),
    (
        f"DROP VIEW reporting_freshness; {VIEW}",
        "reporting_freshness is not as pactwatch makes it",
        UPGRADE,
    ),
]


@pytest.mark.parametrize(("statement", "words", "hint"), MENDED_BY_UPGRADE)
def test_what_is_missing_beside_the_log_is_told_and_mended(
    url: str, statement: str, words: str, hint: str
) -> None:
    """Indexes, tables and views, on either engine."""
    if statement.startswith("DROP TABLE"):
        statement = _with_views(url, statement)
    changed(url, statement)
    before = told(url)
    done = upgrade(url, PACKAGES)

    assert Difference(words, hint) in before
    assert words in done.mended
    assert [] == told(url)


def _with_views(url: str, statement: str) -> str:
    """PostgreSQL drops a table that views read only with them."""
    return f"{statement} CASCADE" if url.startswith("postgresql") else statement


def test_the_index_of_words_is_missed(url: str) -> None:
    """Full text on SQLite, an index of a tsvector on PostgreSQL."""
    index = "TABLE search_index" if "/" == url[0] else "INDEX search_words_by_word"
    changed(url, f"DROP {index}")
    (difference,) = told(url)
    upgrade(url, PACKAGES)

    assert REBUILD == difference.hint
    assert [] == told(url)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "ALTER TABLE events DROP CONSTRAINT events_id_key",
            "table events lacks the unique constraint on id",
        ),
        (
            "ALTER TABLE events DROP CONSTRAINT events_stream_version_key",
            "table events lacks the unique constraint on stream, version",
        ),
        (
            "ALTER TABLE events DROP CONSTRAINT events_pkey CASCADE",
            "table events lacks the primary key on position",
        ),
        (
            "ALTER TABLE event_texts DROP CONSTRAINT event_texts_position_fkey",
            "table event_texts lacks the foreign key on position",
        ),
        (
            "ALTER TABLE events ALTER stream DROP NOT NULL",
            "column stream of table events may be empty",
        ),
    ],
)
def test_a_constraint_that_is_missing_is_told(postgres: str, statement: str, words: str) -> None:
    """No upgrade adds it; a backup that is restored has it, as the hint says."""
    changed(made(postgres), statement)

    assert Difference(words, ANOTHER) in told(postgres)


def test_a_column_that_is_missing_is_told(url: str) -> None:
    """One of a table that cannot be made anew; those of others are noticed at each turn."""
    changed(url, "ALTER TABLE outbox DROP COLUMN failures")
    told_before = told(url)

    assert Difference("table outbox lacks column failures", UPGRADE) in told_before


def test_a_trigger_of_somebody_else_is_named(tmp_path: Path) -> None:
    """It may change what is recorded, or what is sent."""
    url = made(str(tmp_path / "log.db"))
    changed(url, "CREATE TRIGGER silence AFTER INSERT ON alerts BEGIN DELETE FROM alerts; END")
    with read_snapshot(open_engine(url)) as connection:
        assert ["silence"] == foreign_triggers(connection, PACKAGES)


def test_who_may_not_make_tables_is_refused_an_upgrade_in_words(postgres: str) -> None:
    """A login of the services, which append and project and own nothing."""
    made(postgres)
    with psycopg.connect(postgres, autocommit=True) as db:
        db.execute("CREATE ROLE service LOGIN")
        try:
            db.execute("GRANT pactwatch_writer, pactwatch_projector, pactwatch_notifier TO service")
            with pytest.raises(StoreUnavailable, match="nothing was changed") as refused:
                upgrade(postgres.replace("postgres@", "service@"), PACKAGES)
        finally:
            db.execute("DROP ROLE service")

    assert "as the owner" in refused.value.hint
