"""What is missing or altered in a database is told, on either engine, and an upgrade mends it."""

from __future__ import annotations

from contextlib import closing

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
from events.database.engine import open_engine, read_snapshot
from events.database.upgrade import upgrade
from events.errors import StoreUnavailable
from events.postgres import schema as postgres_schema
from events.sqlite import schema as sqlite_schema
from events.transparency.verification import verify
from tests.support.fixtures import PACKAGES


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of a database as this release makes it."""
    return str(request.getfixturevalue(f"made_{request.param}"))


def changed(url: str, statement: str) -> str:
    """Runs a statement as an operator would, past the program."""
    if url.startswith("postgresql"):
        with psycopg.connect(url) as db:
            db.execute(statement)
    else:
        with closing(apsw.Connection(url)) as file:
            file.execute(statement)
    return url


def differences(url: str) -> list[Difference]:
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

    assert ([], [], [], []) == (differences(url), foreign, done.applied, done.mended)


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
    assert [] == differences(url)


BLUNTED = [
    (
        "ALTER TABLE events DISABLE TRIGGER events_no_change",
        "trigger events_no_change is switched off, at least for some sessions",
    ),
    (
        "ALTER TABLE event_counter ENABLE TRIGGER event_counter_stays",
        "trigger event_counter_stays is switched off, at least for some sessions",
    ),
    (
        "CREATE OR REPLACE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RETURN NEW; END'",
        "function events_refuse is altered",
    ),
    (
        "DROP TRIGGER events_no_truncate ON events; CREATE TRIGGER events_no_truncate "
        "BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION events_refuse()",
        "trigger events_no_truncate is altered",
    ),
]


def test_guards_that_are_there_and_do_not_guard_are_told(made_postgres: str) -> None:
    """Switched off, for other sessions only, with another function, or for other statements."""
    for statement, _ in BLUNTED:
        changed(made_postgres, statement)
    done = upgrade(made_postgres, PACKAGES)

    assert {words for _, words in BLUNTED} <= set(done.mended)
    assert [] == differences(made_postgres)
    with psycopg.connect(made_postgres) as db, pytest.raises(psycopg.Error, match="append-only"):
        db.execute("TRUNCATE events CASCADE")


def test_an_altered_guard_of_sqlite_is_told(made_sqlite: str) -> None:
    """One that lets through what it had to refuse."""
    altered = "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT 1; END"
    changed(made_sqlite, f"DROP TRIGGER events_no_update; {altered}")

    assert ["trigger events_no_update is altered"] == [
        each.words for each in differences(made_sqlite)
    ]


BESIDE_THE_LOG = [
    ("DROP INDEX outbox_due", "table outbox lacks index outbox_due", UPGRADE),
    ("DROP INDEX alerts_agreement", "table alerts lacks index alerts_agreement", UPGRADE),
    ("DROP INDEX status_changes_at", "table status_changes lacks index status_changes_at", REBUILD),
    ("DROP TABLE anchors", "table anchors is missing", REBUILD),
    ("DROP TABLE bounces", "table bounces is missing", LOST),
    ("ALTER TABLE outbox DROP COLUMN failures", "table outbox lacks column failures", UPGRADE),
    ("DROP VIEW reporting_incidents", "dashboards lack reporting_incidents", UPGRADE),
    (
        "DROP VIEW reporting_freshness; "
        "CREATE VIEW reporting_freshness AS SELECT * FROM projection_checkpoints",
        "reporting_freshness is not as pactwatch makes it",
        UPGRADE,
    ),
]


def test_what_is_missing_beside_the_log_is_told_and_mended(url: str) -> None:
    """Indexes, tables, a column and views, on either engine; one upgrade mends all."""
    for statement, _, _ in BESIDE_THE_LOG:
        changed(url, statement)
    before = differences(url)
    done = upgrade(url, PACKAGES)

    expected = [Difference(words, hint) for _, words, hint in BESIDE_THE_LOG]
    assert [] == [each for each in expected if each not in before]
    whole = ("table anchors lacks", "table bounces lacks")  # what is missing lacks nothing else
    assert [] == [each for each in before if each.words.startswith(whole)]
    assert {each.words for each in expected} <= set(done.mended)
    assert [] == differences(url)


def test_the_index_of_words_is_missed(url: str) -> None:
    """Full text on SQLite, an index of a tsvector on PostgreSQL."""
    index = "TABLE search_index" if "/" == url[0] else "INDEX search_words_by_word"
    changed(url, f"DROP {index}")
    (difference,) = differences(url)
    upgrade(url, PACKAGES)

    assert REBUILD == difference.hint
    assert [] == differences(url)


UNBOUND = {
    "ALTER TABLE event_texts DROP CONSTRAINT event_texts_position_fkey": (
        "table event_texts lacks the foreign key on position"
    ),
    "ALTER TABLE events DROP CONSTRAINT events_id_key": (
        "table events lacks the unique constraint on id"
    ),
    "ALTER TABLE events DROP CONSTRAINT events_stream_version_key": (
        "table events lacks the unique constraint on stream, version"
    ),
    "ALTER TABLE events DROP CONSTRAINT events_pkey": (
        "table events lacks the primary key on position"
    ),
    "ALTER TABLE events ALTER stream DROP NOT NULL": "column stream of table events may be empty",
}


def test_constraints_that_are_missing_are_told(made_postgres: str) -> None:
    """No upgrade adds them; a backup that is restored has them, as the hint says."""
    for statement in UNBOUND:
        changed(made_postgres, statement)

    assert {Difference(words, ANOTHER) for words in UNBOUND.values()} == set(
        differences(made_postgres)
    )


def test_a_trigger_of_somebody_else_is_named(made_sqlite: str) -> None:
    """It may change what is recorded, or what is sent."""
    trigger = "CREATE TRIGGER silence AFTER INSERT ON alerts BEGIN DELETE FROM alerts; END"
    with read_snapshot(open_engine(changed(made_sqlite, trigger))) as connection:
        assert ["silence"] == foreign_triggers(connection, PACKAGES)


def test_who_may_not_make_tables_is_refused_an_upgrade_in_words(made_postgres: str) -> None:
    """A login of the services, which append and project and own nothing."""
    with psycopg.connect(made_postgres, autocommit=True) as db:
        db.execute("CREATE ROLE service LOGIN")
        try:
            db.execute("GRANT pactwatch_writer, pactwatch_projector, pactwatch_notifier TO service")
            with pytest.raises(StoreUnavailable, match="nothing was changed") as refused:
                upgrade(made_postgres.replace("postgres@", "service@"), PACKAGES)
        finally:
            db.execute("DROP ROLE service")

    assert "as the owner" in refused.value.hint
