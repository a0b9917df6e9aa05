"""Every event becomes a leaf of the Merkle log; on PostgreSQL the log begins here."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from alembic import op
from sqlalchemy import Connection, text

from events.encoding.rows import leaf_data
from events.merkle.frontier import Frontier

revision = "events_0002"
down_revision = "events_0001"
branch_labels = None
depends_on = None

OLD = "position, stream, version, id, type, source, recorded_at, data"
NEXT_VERSION = "(SELECT ifnull(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)"
REFUSED = "SELECT RAISE(ABORT, 'events are append-only')"
TABLES = (
    "CREATE TABLE events (position INTEGER NOT NULL, stream TEXT NOT NULL, "
    "version INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL, "
    "recorded_at TEXT NOT NULL, data BLOB NOT NULL, leaf BLOB NOT NULL, "
    "subtrees BLOB NOT NULL, PRIMARY KEY (position), UNIQUE (stream, version), UNIQUE (id)) STRICT",
    "CREATE TABLE event_texts (position INTEGER NOT NULL, field TEXT NOT NULL, "
    "salt BLOB NOT NULL, text TEXT NOT NULL, PRIMARY KEY (position, field), "
    "FOREIGN KEY(position) REFERENCES events (position)) STRICT",
    "CREATE TABLE event_counter (id INTEGER NOT NULL, position INTEGER NOT NULL, "
    "PRIMARY KEY (id)) STRICT",
)
TRIGGERS = (
    f"CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN {REFUSED}; END",
    f"CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN {REFUSED}; END",
    "CREATE TRIGGER events_next_only BEFORE INSERT ON events "
    "WHEN NEW.position IS NOT (SELECT ifnull(max(position), 0) + 1 FROM events) "
    f"OR NEW.version IS NOT {NEXT_VERSION} "
    f"OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id) BEGIN {REFUSED}; END",
    "CREATE TRIGGER event_counter_forward BEFORE UPDATE ON event_counter "
    "WHEN NEW.position <= OLD.position "
    "BEGIN SELECT RAISE(ABORT, 'the counter goes forward'); END",
    "CREATE TRIGGER event_counter_stays BEFORE DELETE ON event_counter "
    "BEGIN SELECT RAISE(ABORT, 'the counter stays'); END",
    "CREATE TRIGGER event_texts_no_update BEFORE UPDATE ON event_texts "
    "BEGIN SELECT RAISE(ABORT, 'texts are erased, never changed'); END",
)
INSERT = text(
    f"INSERT INTO events ({OLD}, leaf, subtrees) VALUES (:position, :stream, :version, :id, "
    ":type, :source, :recorded_at, :data, :leaf, :subtrees)"
)
BATCH = 1000

# PostgreSQL begins here, as it was released: a later change of the live schema must not reach it.
POSTGRES_TABLES = (
    'CREATE TABLE events (position BIGINT NOT NULL, stream VARCHAR COLLATE "C" NOT '
    'NULL, version BIGINT NOT NULL, id VARCHAR COLLATE "C" NOT NULL, type VARCHAR '
    'COLLATE "C" NOT NULL, source VARCHAR COLLATE "C" NOT NULL, recorded_at VARCHAR '
    'COLLATE "C" NOT NULL, data BYTEA NOT NULL, leaf BYTEA NOT NULL, subtrees BYTEA NOT '
    "NULL, PRIMARY KEY (position), UNIQUE (stream, version), UNIQUE (id))",
    'CREATE TABLE event_texts (position BIGINT NOT NULL, field VARCHAR COLLATE "C" NOT '
    'NULL, salt BYTEA NOT NULL, text VARCHAR COLLATE "C" NOT NULL, PRIMARY KEY '
    "(position, field), FOREIGN KEY(position) REFERENCES events (position))",
    "CREATE TABLE event_counter (id INTEGER NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (id))",
    "INSERT INTO event_counter (id, position) VALUES (1, 0)",
)
DEFINER = (
    "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {schema}, pg_temp "
    "SET enable_seqscan = off SET enable_bitmapscan = off AS $body$"
)
INVOKER = "LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $body$"
POSTGRES_FUNCTIONS = f"""
CREATE FUNCTION events_begin() RETURNS trigger {DEFINER}
BEGIN
  IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')
     OR current_setting('fsync') <> 'on' THEN
    RAISE EXCEPTION 'append refused: synchronous_commit is %, fsync is %, expected on',
      current_setting('synchronous_commit'), current_setting('fsync')
      USING ERRCODE = 'PW003';
  END IF;
  PERFORM pg_advisory_xact_lock(1885430645);
  RETURN NULL;
END $body$;

CREATE FUNCTION events_place() RETURNS trigger {INVOKER}
DECLARE
  found bigint;
  step bigint;
  level integer := 0;
  root bytea;
  sibling bytea;
BEGIN
  IF NEW.version IS NULL OR NEW.version > 1 AND NOT EXISTS
      (SELECT 1 FROM {{schema}}.events WHERE stream = NEW.stream AND version = NEW.version - 1) THEN
    SELECT version INTO found FROM {{schema}}.events WHERE stream = NEW.stream
      ORDER BY version DESC LIMIT 1;
    found := coalesce(found, 0);
    IF NEW.version IS NOT NULL THEN
      RAISE EXCEPTION 'stream %: expected version %, found %', NEW.stream, NEW.version - 1, found
        USING ERRCODE = 'PW001';
    END IF;
    NEW.version := found + 1;
  END IF;
  SELECT position INTO step FROM {{schema}}.event_counter WHERE id = 1;
  IF EXISTS (SELECT 1 FROM {{schema}}.events WHERE position = step + 1) THEN
    SELECT position INTO step FROM {{schema}}.events ORDER BY position DESC LIMIT 1;
  END IF;
  NEW.position := step + 1;
  root := sha256('\\x00'::bytea || '{{"data":'::bytea || NEW.data
    || convert_to(',"id":' || to_json(NEW.id)::text || ',"position":' || NEW.position
    || ',"recorded_at":' || to_json(NEW.recorded_at)::text
    || ',"source":' || to_json(NEW.source)::text || ',"stream":' || to_json(NEW.stream)::text
    || ',"type":' || to_json(NEW.type)::text || ',"version":' || NEW.version || '}}', 'UTF8'));
  NEW.leaf := root;
  NEW.subtrees := ''::bytea;
  WHILE step & 1 = 1 LOOP
    SELECT CASE WHEN level = 0 THEN leaf ELSE substr(subtrees, level * 32 - 31, 32) END
      INTO sibling FROM {{schema}}.events WHERE position = step << level;
    root := sha256('\\x01'::bytea || sibling || root);
    NEW.subtrees := NEW.subtrees || root;
    step := step >> 1;
    level := level + 1;
  END LOOP;
  RETURN NEW;
END $body$;

CREATE FUNCTION events_end() RETURNS trigger {DEFINER}
DECLARE
  head bigint;
BEGIN
  UPDATE event_counter
    SET position = coalesce((SELECT position FROM events ORDER BY position DESC LIMIT 1), 0)
    WHERE id = 1 RETURNING position INTO head;
  PERFORM pg_notify('pactwatch_events', head::text);
  RETURN NULL;
END $body$;

CREATE FUNCTION events_refuse() RETURNS trigger {INVOKER}
BEGIN
  RAISE EXCEPTION '% on % refused: events are append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'PW002';
END $body$;
"""
POSTGRES_TRIGGERS = (
    ("events", "events_1_begin", "BEFORE INSERT", "STATEMENT", "events_begin"),
    ("events", "events_2_place", "BEFORE INSERT", "ROW", "events_place"),
    ("events", "events_3_end", "AFTER INSERT", "STATEMENT", "events_end"),
    ("events", "events_no_change", "BEFORE UPDATE OR DELETE", "ROW", "events_refuse"),
    ("events", "events_no_truncate", "BEFORE TRUNCATE", "STATEMENT", "events_refuse"),
    ("event_counter", "event_counter_stays", "BEFORE DELETE", "ROW", "events_refuse"),
    ("event_counter", "event_counter_no_truncate", "BEFORE TRUNCATE", "STATEMENT", "events_refuse"),
    ("event_texts", "event_texts_no_update", "BEFORE UPDATE", "ROW", "events_refuse"),
    ("event_texts", "event_texts_no_truncate", "BEFORE TRUNCATE", "STATEMENT", "events_refuse"),
)
READERS = "pactwatch_writer, pactwatch_projector, pactwatch_notifier"
EVERYBODY = f"pactwatch_owner, {READERS}, pactwatch_reader"
POSTGRES_GRANTS = (
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "REVOKE ALL ON SCHEMA {schema} FROM PUBLIC",
    "GRANT CREATE ON SCHEMA {schema} TO pactwatch_owner",
    f"GRANT CONNECT ON DATABASE {{database}} TO {EVERYBODY}",
    f"GRANT USAGE ON SCHEMA {{schema}} TO {EVERYBODY}",
    "ALTER TABLE events OWNER TO pactwatch_owner",
    "ALTER TABLE event_texts OWNER TO pactwatch_owner",
    "ALTER TABLE event_counter OWNER TO pactwatch_owner",
    f"GRANT SELECT ON events, event_texts, event_counter TO {READERS}",
    "ALTER FUNCTION events_begin() OWNER TO pactwatch_owner",
    "ALTER FUNCTION events_place() OWNER TO pactwatch_owner",
    "ALTER FUNCTION events_end() OWNER TO pactwatch_owner",
    "ALTER FUNCTION events_refuse() OWNER TO pactwatch_owner",
    "GRANT INSERT (stream, version, id, type, source, recorded_at, data) ON events "
    "TO pactwatch_writer",
    "GRANT INSERT (position, field, salt, text), DELETE ON event_texts TO pactwatch_writer",
)


def upgrade() -> None:
    """The events keep their bytes; leaves and subtrees are worked out from them."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        _begin_on_postgresql(bind)
        return
    for table in ("events", "event_texts"):
        op.execute(f"CREATE TEMP TABLE old_{table} AS SELECT * FROM {table}")
    for table in ("event_texts", "events", "event_counter"):
        op.execute(f"DROP TABLE {table}")
    for statement in TABLES:
        op.execute(statement)
    _copy(bind)
    for statement in TRIGGERS:
        op.execute(statement)
    for table in ("events", "event_texts"):
        op.execute(f"DROP TABLE old_{table}")


def _begin_on_postgresql(bind: Connection) -> None:
    """Create tables, functions and triggers, and give rights where this login can.

    The functions pin the schema they are made in; triggers hold for replication roles, too.
    """
    from psycopg.sql import Identifier

    from events.postgres.roles import make_roles

    db: Any = bind.connection.driver_connection
    schema, database = db.execute("SELECT current_schema(), current_database()").fetchone()
    names = {
        "schema": Identifier(schema or "public").as_string(db),
        "database": Identifier(database).as_string(db),
    }
    for statement in POSTGRES_TABLES:
        db.execute(statement)
    db.execute(POSTGRES_FUNCTIONS.replace("{schema}", names["schema"]))
    for table, name, moment, level, function in POSTGRES_TRIGGERS:
        db.execute(
            f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH {level} "
            f"EXECUTE FUNCTION {function}()"
        )
        db.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    for statement in POSTGRES_GRANTS if make_roles(db) else ():
        db.execute(statement.format(**names))


def _copy(bind: Connection) -> None:
    rows = list(_rows(bind))
    for start in range(0, len(rows), BATCH):
        bind.execute(INSERT, rows[start : start + BATCH])
    op.execute(
        "INSERT INTO event_texts (position, field, salt, text) "
        "SELECT position, field, salt, text FROM old_event_texts"
    )
    op.execute(f"INSERT INTO event_counter (id, position) VALUES (1, {len(rows)})")


def _rows(bind: Connection) -> Iterator[dict[str, Any]]:
    edge = Frontier(0, _no_node)
    for row in bind.execute(text(f"SELECT {OLD} FROM old_events ORDER BY position")).mappings():
        leaf = sha256(b"\0" + leaf_data(*row.values())).digest()
        yield {**row, "leaf": leaf, "subtrees": edge.push(leaf)}


def _no_node(level: int, index: int) -> bytes:
    raise LookupError(f"subtree {index} at level {level}: the tree grows from its first leaf")
