"""Databases of earlier versions are brought here whole; fresh ones are made as migrations would."""

from __future__ import annotations

import ast
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import apsw
import psycopg
import pytest
from sqlalchemy import inspect, text

from events import EventStore
from events.database.engine import open_engine, read_snapshot, write_transaction
from events.database.packages import create_packages
from events.database.upgrade import recorded_revisions, upgrade
from events.errors import StoreOutdated
from events.transparency.verification import verify
from tests.support.fixtures import PACKAGES, Databases

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
HEADS = ["events_0002", "notifications_0012"]


@pytest.fixture
def old(tmp_path: Path) -> str:
    """A database as version 0.1 left it: five events, two notes, one subscription."""
    path = str(tmp_path / "old.db")
    with closing(apsw.Connection(path)) as db:
        db.execute((SAMPLES / "schema-0001.sql").read_text())
    return path


def test_an_old_database_is_named_and_left_alone(old: str) -> None:
    """Opening it says what is expected, what was found and which command helps."""
    with pytest.raises(StoreOutdated, match="events_0001, expected events_0002") as caught:
        EventStore.open(old)

    assert "db upgrade" in caught.value.hint


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    """What a later version wrote is not read by guess."""
    path = str(tmp_path / "new.db")
    EventStore.open(path).close()
    with closing(apsw.Connection(path)) as db:
        db.execute("UPDATE alembic_version SET version_num = 'events_9999'")
    with pytest.raises(StoreOutdated, match="events_9999") as caught:
        EventStore.open(path)
    with pytest.raises(StoreOutdated, match="newer release"):
        upgrade(path, PACKAGES)

    assert "newer version" in caught.value.hint


def test_an_upgrade_keeps_every_byte_and_makes_the_log_provable(old: str) -> None:
    """Data, ids, times, notes and subscriptions are as they were; every hash is right."""
    with closing(apsw.Connection(old)) as db:
        before = db.execute("SELECT id, stream, version, recorded_at, data FROM events").fetchall()
        texts = db.execute("SELECT * FROM event_texts").fetchall()
    done = upgrade(old, PACKAGES).applied
    with EventStore.open(old) as store:
        rows = [(r.id, r.stream, r.version, r.recorded_at, r.data) for r in store.rows()]
        notes = [event.data.get("note") for event in store.read_all()]

        assert (HEADS, before, texts, None) == (
            done,
            rows,
            list(store.texts()),
            verify(store).damage,
        )
    assert [None, "from the desk", None, "three so far", None] == notes
    with read_snapshot(open_engine(old)) as connection:
        address = connection.execute(text("SELECT email FROM subscriptions")).scalar()
        assert "reader@example.org" == address


def test_upgrading_again_does_nothing(old: str) -> None:
    """What is applied is not applied twice."""
    upgrade(old, PACKAGES)
    done = upgrade(old, PACKAGES)

    assert ([], []) == (done.applied, done.mended)


def test_a_failed_upgrade_leaves_the_old_database(old: str) -> None:
    """One transaction: an event that can not be hashed stops it, and nothing has changed."""
    with closing(apsw.Connection(old)) as db:
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET version = 'x' WHERE 0")
        db.execute("ALTER TABLE events RENAME COLUMN source TO origin")
        before = db.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
    with pytest.raises(Exception, match="source"):
        upgrade(old, PACKAGES)
    with closing(apsw.Connection(old)) as db:
        assert before == db.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()


def made_by_migrations(url: str) -> None:
    upgrade(url, PACKAGES)
    with write_transaction(open_engine(url)) as connection:
        create_packages(connection, PACKAGES)


def shape(url: str) -> object:
    """Columns, keys and indexes of every table, and the migrations it stands at."""
    with read_snapshot(open_engine(url)) as connection:
        inspector = inspect(connection)
        keys, unique = inspector.get_multi_pk_constraint(), inspector.get_multi_unique_constraints()
        foreign, indexes = inspector.get_multi_foreign_keys(), inspector.get_multi_indexes()
        tables = {
            table: (
                [(c["name"], str(c["type"]), c["nullable"]) for c in columns],
                keys[table]["constrained_columns"],
                sorted(str(u["column_names"]) for u in unique[table]),
                sorted(str(f["constrained_columns"]) for f in foreign[table]),
                sorted(i["name"] or "" for i in indexes[table]),
            )
            for table, columns in inspector.get_multi_columns().items()
        }
        return tables, recorded_revisions(connection)


def triggers_of_sqlite(path: str) -> list[object]:
    with closing(apsw.Connection(path)) as db:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        return list(db.execute(query))


def triggers_of_postgres(url: str) -> list[object]:
    with psycopg.connect(url) as db:
        query = (
            "SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger "
            "WHERE NOT tgisinternal ORDER BY 1"
        )
        return list(db.execute(query))


def test_sqlite_fresh_equals_migrated(made_sqlite: str, tmp_path: Path) -> None:
    """Two ways to the same schema, to the last trigger."""
    fresh, migrated = made_sqlite, str(tmp_path / "migrated.db")
    made_by_migrations(migrated)

    assert (shape(fresh), triggers_of_sqlite(fresh)) == (
        shape(migrated),
        triggers_of_sqlite(migrated),
    )


@pytest.fixture(scope="module")
def migrated_postgres(databases: Databases) -> str:
    """A PostgreSQL database as migrations leave it, to be read."""
    migrated = databases()
    made_by_migrations(migrated)
    return migrated


def test_postgresql_fresh_equals_migrated(made_template: str, migrated_postgres: str) -> None:
    """Two ways to the same schema, to the last trigger."""
    assert (shape(made_template), triggers_of_postgres(made_template)) == (
        shape(migrated_postgres),
        triggers_of_postgres(migrated_postgres),
    )


def log_of_postgres(url: str) -> list[object]:
    """Functions, owners and rights of the log."""
    with psycopg.connect(url) as db:
        query = (
            "SELECT proname, prosrc, prosecdef::text, proconfig::text, proowner::regrole::text "
            "FROM pg_proc WHERE starts_with(proname, 'events_') "
            "UNION ALL SELECT relname, relowner::regrole::text, relacl::text, '', '' "
            "FROM pg_class WHERE relname IN ('events', 'event_texts', 'event_counter') "
            "UNION ALL SELECT attrelid::regclass::text, attname, attacl::text, '', '' "
            "FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid IN "
            "('events'::regclass, 'event_texts'::regclass) "
            "UNION ALL SELECT nspname, nspacl::text, '', '', '' FROM pg_namespace "
            "WHERE nspname = current_schema() "
            "UNION ALL SELECT '', datacl::text, '', '', '' FROM pg_database "
            "WHERE datname = current_database() ORDER BY 1, 2, 3"
        )
        return list(db.execute(query))


def test_functions_and_rights_of_a_fresh_log_are_those_of_a_migrated_one(
    made_template: str, migrated_postgres: str
) -> None:
    """What the migration says in full is what this release makes."""
    assert log_of_postgres(made_template) == log_of_postgres(migrated_postgres)


def test_messages_of_an_older_outbox_are_brought_along(old: str) -> None:
    """Each has its domain, by which limits count, and is sent like a new one."""
    with closing(apsw.Connection(old)) as db:
        names = "dedup_key, subscription_id, recipient, message_id, subject, message, state, due_at"
        db.execute(
            f"INSERT INTO outbox ({names}, attempts, planned_at) VALUES ('k', 1, "
            "'r@Example.org', '<i@x>', 's', x'41', 'due', '2026-01-01T00:00:00Z', 0, "
            "'2026-01-01T00:00:00Z')"
        )
    upgrade(old, PACKAGES)
    with read_snapshot(open_engine(old)) as connection:
        query = text("SELECT recipient, domain, list_name, failures FROM outbox")
        assert [("r@Example.org", "example.org", "digest", 0)] == list(connection.execute(query))


def test_tables_of_an_older_package_are_refused_and_left_alone(made_sqlite: str) -> None:
    """A turn on a database that needs an upgrade says so, and adds nothing to it."""
    path = made_sqlite
    with closing(apsw.Connection(path)) as db:
        db.execute("DROP TABLE outbox_attempts")
        db.execute(
            "UPDATE alembic_version SET version_num = 'notifications_0001' "
            "WHERE version_num LIKE 'notifications_%'"
        )
    with (
        pytest.raises(StoreOutdated, match="notifications_0001") as caught,
        write_transaction(open_engine(path)) as connection,
    ):
        create_packages(connection, PACKAGES)
    with read_snapshot(open_engine(path)) as connection:
        assert not inspect(connection).has_table("outbox_attempts")
    assert "db upgrade" in caught.value.hint


class Renamed(NamedTuple):
    """A table that had another name: how it stood then on either engine, with a row, and now."""

    table: str
    old: str
    sqlite: str
    postgres: str
    row: str
    another: str
    before: str


ATTEMPTS = Renamed(
    table="outbox_attempts",
    old="outbox_steps",
    sqlite="""
        ALTER TABLE outbox_attempts RENAME TO outbox_steps;
        DROP INDEX outbox_attempts_of;
        DROP INDEX outbox_attempts_at;
        CREATE INDEX outbox_steps_of ON outbox_steps (outbox_id);
        CREATE INDEX outbox_steps_at ON outbox_steps (state, at);
    """,
    postgres="""
        ALTER TABLE outbox_attempts RENAME TO outbox_steps;
        ALTER INDEX outbox_attempts_of RENAME TO outbox_steps_of;
        ALTER INDEX outbox_attempts_at RENAME TO outbox_steps_at;
        ALTER INDEX outbox_attempts_pkey RENAME TO outbox_steps_pkey;
        ALTER SEQUENCE outbox_attempts_id_seq RENAME TO outbox_steps_id_seq;
    """,
    row="(outbox_id, attempt, at, state) VALUES (7, 1, '2026-01-01T00:00:00Z', 'leased')",
    another="(outbox_id, attempt, at, state) VALUES (7, 1, '', '')",
    before="notifications_0005",
)
NOTIFICATION_LOG = Renamed(
    table="notification_log",
    old="alert_tellings",
    sqlite="""
        ALTER TABLE notification_log RENAME TO alert_tellings;
        DROP INDEX ix_notification_log_key;
        DROP INDEX notification_log_of;
        CREATE INDEX ix_alert_tellings_key ON alert_tellings ("key");
        CREATE INDEX alert_tellings_of ON alert_tellings (subscription_id, outcome);
    """,
    postgres="""
        ALTER TABLE notification_log RENAME TO alert_tellings;
        ALTER INDEX ix_notification_log_key RENAME TO ix_alert_tellings_key;
        ALTER INDEX notification_log_of RENAME TO alert_tellings_of;
        ALTER INDEX notification_log_pkey RENAME TO alert_tellings_pkey;
        ALTER SEQUENCE notification_log_id_seq RENAME TO alert_tellings_id_seq;
    """,
    row="(subscription_id, key, outcome, why, at) "
    "VALUES (7, 'c/overdue/2026-01-01T00:00:00Z', 'told', 'follows everything', '')",
    another="(subscription_id, key, outcome, why, at) VALUES (7, '', 'told', '', '')",
    before="notifications_0006",
)


def _as_before(renamed: Renamed) -> str:
    return f"""
        INSERT INTO {renamed.old} {renamed.row};
        UPDATE alembic_version SET version_num = '{renamed.before}'
        WHERE version_num LIKE 'notifications_%';
    """


@pytest.mark.parametrize(
    ("renamed", "columns", "row"),
    [
        (ATTEMPTS, "id, outbox_id, state", (1, 7, "leased")),
        (NOTIFICATION_LOG, "id, subscription_id, outcome", (1, 7, "told")),
    ],
)
def test_a_renamed_table_has_its_rows_and_indexes_on_sqlite(
    made_database: Path,
    made_sqlite: str,
    renamed: Renamed,
    columns: str,
    row: tuple[int, int, str],
) -> None:
    """What stood under the old name is there, and the schema is that of a fresh database."""
    fresh, old = str(made_database), made_sqlite
    with closing(apsw.Connection(old)) as db:
        db.execute(renamed.sqlite + _as_before(renamed))
    upgrade(old, PACKAGES)
    with closing(apsw.Connection(old)) as db:
        rows = list(db.execute(f"SELECT {columns} FROM {renamed.table}"))

    assert ([row], shape(fresh)) == (rows, shape(old))


@pytest.mark.parametrize("renamed", [ATTEMPTS, NOTIFICATION_LOG])
def test_a_renamed_table_has_its_rights_and_sequence_on_postgresql(
    made_template: str, made_postgres: str, renamed: Renamed
) -> None:
    """The notifier may go on adding to it, and every name is that of a fresh database."""
    fresh, old = made_template, made_postgres
    with psycopg.connect(old) as db:
        db.execute(renamed.postgres + _as_before(renamed))
    upgrade(old, PACKAGES)
    with psycopg.connect(old) as db:
        db.execute("SET ROLE pactwatch_notifier")
        db.execute(f"INSERT INTO {renamed.table} {renamed.another}")
        ids = [row[0] for row in db.execute(f"SELECT id FROM {renamed.table} ORDER BY id")]

    assert ([1, 2], shape(fresh)) == (ids, shape(old))
    pattern = f"({renamed.old}|{renamed.table})"
    assert _names_with_rights(fresh, pattern) == _names_with_rights(old, pattern)


def _names_with_rights(url: str, pattern: str) -> set[str]:
    """Every table, index, key and sequence whose name matches, with its rights."""
    query = (
        "SELECT relname || ' ' || coalesce(relacl::text, '') FROM pg_class WHERE relname ~ %(of)s "
        "UNION SELECT conname FROM pg_constraint WHERE conname ~ %(of)s"
    )
    with psycopg.connect(url) as db:
        return {str(row[0]) for row in db.execute(query, {"of": pattern})}


def test_an_upgrade_takes_back_what_a_reader_could_once_read(made_postgres: str) -> None:
    """Earlier releases let dashboards at the tables; now the views are what they read."""
    with psycopg.connect(made_postgres) as db:
        db.execute("GRANT SELECT ON commitments, alerts, subscriptions TO pactwatch_reader")
        assert {"commitments", "alerts", "subscriptions"} <= _readable(db)
    upgrade(made_postgres, PACKAGES)
    with psycopg.connect(made_postgres) as db:
        readable = _readable(db)

    assert {"commitments", "alerts", "subscriptions"}.isdisjoint(readable)
    beside_views = {name for name in readable if not name.startswith("reporting_")}
    assert {"alembic_version", "turns", "mailbox_fetches"} == beside_views
    assert {"turns", "reporting_commitments"} <= readable


def _readable(db: psycopg.Connection) -> set[str]:
    """The tables and views that a reader may read."""
    rows = db.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v') "
        "AND relnamespace = current_schema()::regnamespace "
        "AND has_table_privilege('pactwatch_reader', oid, 'SELECT')"
    )
    return {str(row[0]) for row in rows}


MAY_IMPORT = {"events.encoding.rows", "events.merkle.frontier", "events.postgres.roles"}
"""What a migration leans on that cannot change: the bytes of a leaf and the tree over them are
fixed by every log that exists (RFC 6962). Roles belong to the server, not to a schema: those that
are missing are made; what they may do here is in the migration itself."""


@pytest.mark.parametrize(
    "migration",
    sorted(SAMPLES.parents[1].glob("*/**/migrations/versions/*.py")),
    ids=lambda path: path.stem,
)
def test_a_migration_imports_no_code_that_can_change(migration: Path) -> None:
    """What was released keeps giving what it gave, whatever becomes of the tables of today."""
    tree = ast.parse(migration.read_text(encoding="utf-8"))
    modules = {
        node.module or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").split(".")[0] in ("events", "tracker", "notifications", "web")
    }

    assert set() == modules - MAY_IMPORT


def test_a_database_of_1_0_0_is_brought_here_whole(tmp_path: Path) -> None:
    """Three entries, a note, a reader and a digest that was sent; the log cannot be rewritten."""
    path = str(tmp_path / "first.db")
    with closing(apsw.Connection(path)) as db:
        db.execute((SAMPLES / "schema-1.0.0.sql").read_text())
    upgrade(path, PACKAGES)
    with EventStore.open(path) as store:
        assert (3, None) == (store.head(), verify(store).damage)
        assert ["from the desk"] == [
            event.data["note"] for event in store.read_all() if "note" in event.data
        ]
    with closing(apsw.Connection(path)) as db:
        rows = db.execute("SELECT recipient, state FROM outbox").fetchall()
        assert [("reader@example.org", "sent")] == rows
        with pytest.raises(apsw.ConstraintError, match="append-only"):
            db.execute("UPDATE events SET version = 9")
