"""The schema of the log on PostgreSQL: tables, the triggers that guard and place, and the roles.

A writer may insert only what an event says. Position, leaf and subtrees come from a trigger that
holds the counter's row, so positions are dense and become visible in order, whoever writes.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from events.sqlite_schema import REVISION, outdated

WRONG_VERSION = "PW001"
REFUSED = "PW002"
NOT_DURABLE = "PW003"
CHANNEL = "pactwatch_events"
CREATING = 0x70616376
"""Advisory lock: one process at a time makes the schema."""

DEFINER = (
    "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {schema}, pg_temp AS $body$"
)
FUNCTIONS = f"""
CREATE FUNCTION events_lock() RETURNS void {DEFINER}
BEGIN
  PERFORM 1 FROM event_counter WHERE id = 1 FOR UPDATE;
END $body$;

CREATE FUNCTION events_begin() RETURNS trigger {DEFINER}
BEGIN
  IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')
     OR current_setting('fsync') <> 'on' THEN
    RAISE EXCEPTION 'append refused: synchronous_commit is %, fsync is %, expected on',
      current_setting('synchronous_commit'), current_setting('fsync')
      USING ERRCODE = '{NOT_DURABLE}';
  END IF;
  PERFORM 1 FROM event_counter WHERE id = 1 FOR UPDATE;
  RETURN NULL;
END $body$;

CREATE FUNCTION events_place() RETURNS trigger {DEFINER}
DECLARE
  found bigint;
  step bigint;
  level integer := 0;
  root bytea;
  sibling bytea;
BEGIN
  SELECT coalesce(max(version), 0) INTO found FROM events WHERE stream = NEW.stream;
  IF NEW.version IS NULL THEN
    NEW.version := found + 1;
  ELSIF NEW.version <> found + 1 THEN
    RAISE EXCEPTION 'stream %: expected version %, found %', NEW.stream, NEW.version - 1, found
      USING ERRCODE = '{WRONG_VERSION}';
  END IF;
  SELECT coalesce(max(position), 0) INTO step FROM events;
  NEW.position := step + 1;
  NEW.leaf := sha256('\\x00'::bytea || '{{"data":'::bytea || NEW.data
    || convert_to(',"id":' || to_json(NEW.id)::text || ',"position":' || NEW.position
    || ',"recorded_at":' || to_json(NEW.recorded_at)::text
    || ',"source":' || to_json(NEW.source)::text || ',"stream":' || to_json(NEW.stream)::text
    || ',"type":' || to_json(NEW.type)::text || ',"version":' || NEW.version || '}}', 'UTF8'));
  NEW.subtrees := ''::bytea;
  root := NEW.leaf;
  WHILE step & 1 = 1 LOOP
    SELECT CASE WHEN level = 0 THEN leaf ELSE substr(subtrees, level * 32 - 31, 32) END
      INTO sibling FROM events WHERE position = step << level;
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
  SELECT coalesce(max(position), 0) INTO head FROM events;
  UPDATE event_counter SET position = head WHERE id = 1 AND position <> head;
  PERFORM pg_notify('{CHANNEL}', head::text);
  RETURN NULL;
END $body$;

CREATE FUNCTION event_counter_true() RETURNS trigger {DEFINER}
BEGIN
  IF NEW.position IS DISTINCT FROM (SELECT max(position) FROM events) THEN
    RAISE EXCEPTION 'the counter stands at the last event' USING ERRCODE = '{REFUSED}';
  END IF;
  RETURN NEW;
END $body$;

CREATE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION '% on % refused: events are append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = '{REFUSED}';
END $body$;
"""
TRIGGERS = (
    ("events", "events_1_begin", "BEFORE INSERT", "STATEMENT", "events_begin"),
    ("events", "events_2_place", "BEFORE INSERT", "ROW", "events_place"),
    ("events", "events_3_end", "AFTER INSERT", "STATEMENT", "events_end"),
    ("events", "events_no_change", "BEFORE UPDATE OR DELETE", "ROW", "events_refuse"),
    ("events", "events_no_truncate", "BEFORE TRUNCATE", "STATEMENT", "events_refuse"),
    ("event_counter", "event_counter_true", "BEFORE UPDATE", "ROW", "event_counter_true"),
    ("event_counter", "event_counter_stays", "BEFORE DELETE", "ROW", "events_refuse"),
    ("event_counter", "event_counter_no_truncate", "BEFORE TRUNCATE", "STATEMENT", "events_refuse"),
    ("event_texts", "event_texts_no_update", "BEFORE UPDATE", "ROW", "events_refuse"),
    ("event_texts", "event_texts_no_truncate", "BEFORE TRUNCATE", "STATEMENT", "events_refuse"),
)


def ensure(db: psycopg.Connection, *, create: bool) -> bool:
    """Whether the log is there; made when `create`, StoreOutdated for another schema."""
    found = revision(db)
    if found is None and create:
        with db.transaction():
            db.execute("SELECT pg_advisory_xact_lock(%s)", (CREATING,))
            found = revision(db)
            if found is None:
                create_log(db)
                found = REVISION
    if found is not None and found != REVISION:
        raise outdated(db.info.dbname, found)
    return found is not None


def revision(db: psycopg.Connection) -> str | None:
    """The migration that the log stands at; None for a database without a log."""
    there = db.execute("SELECT to_regclass('events'), to_regclass('alembic_version')").fetchone()
    if there is None or there[0] is None:
        return None
    if there[1] is None:
        return "events_0001"
    query = "SELECT version_num FROM alembic_version WHERE version_num LIKE 'events\\_%'"
    row = db.execute(query).fetchone()
    return str(row[0]) if row else "events_0001"


def create_log(db: psycopg.Connection) -> None:
    """The log as the newest migration leaves it, and the note that it is."""
    from events.roles import grant_versions

    make_log(db)
    db.execute(
        "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY)"
    )
    db.execute("INSERT INTO alembic_version (version_num) VALUES (%s)", (REVISION,))
    grant_versions(db)


def make_log(db: psycopg.Connection) -> None:
    """Tables, functions and triggers, and the roles where this login may make them."""
    from events.roles import grant_log, make_roles
    from events.tables import postgres_schema

    for statement in postgres_schema():
        db.execute(statement)
    db.execute("INSERT INTO event_counter (id, position) VALUES (1, 0)")
    create_functions(db)
    if make_roles(db):
        grant_log(db)


def create_functions(db: psycopg.Connection) -> None:
    """The functions pin the schema they were made in; triggers hold for replication roles too."""
    schema = db.execute("SELECT current_schema()").fetchone()
    pinned = sql.Identifier(schema[0] if schema else "public").as_string(db)
    db.execute(FUNCTIONS.replace("{schema}", pinned))
    for table, name, moment, level, function in TRIGGERS:
        db.execute(
            f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH {level} "
            f"EXECUTE FUNCTION {function}()"
        )
        db.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
