"""The schema of the log on PostgreSQL: tables, the triggers that guard and place, and the roles.

A writer may insert only what an event says. Position, leaf and subtrees come from triggers that
hold a lock until the commit, so positions are dense and become visible in order, whoever writes.
"""

from __future__ import annotations

import re
from pathlib import Path
from shlex import quote

import psycopg
from psycopg import sql

from events.encoding.rows import LOG_REVISION
from events.errors import StoreNotFound, missing_or_altered, outdated
from events.locks import AdvisoryLock
from events.postgres.connections import take_lock

LOG = Path(__file__).with_name("log.sql")
"""The statements that make the tables of the log; `make docs` writes them."""
WRONG_VERSION = "PW001"
REFUSED = "PW002"
NOT_DURABLE = "PW003"
CHANNEL = "pactwatch_events"

DEFINER = (
    "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {schema}, pg_temp "
    "SET enable_seqscan = off SET enable_bitmapscan = off AS $body$"
)
INVOKER = "LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $body$"
"""For what a writer may do itself; every table is named in full.

A session keeps its plans: one made while the log was empty would go on reading all of it.
"""
FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION events_begin() RETURNS trigger {DEFINER}
BEGIN
  IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')
     OR current_setting('fsync') <> 'on' THEN
    RAISE EXCEPTION 'append refused: synchronous_commit is %, fsync is %, expected on',
      current_setting('synchronous_commit'), current_setting('fsync')
      USING ERRCODE = '{NOT_DURABLE}';
  END IF;
  PERFORM pg_advisory_xact_lock({AdvisoryLock.APPENDING.value});
  RETURN NULL;
END $body$;

CREATE OR REPLACE FUNCTION events_place() RETURNS trigger {INVOKER}
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
        USING ERRCODE = '{WRONG_VERSION}';
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

CREATE OR REPLACE FUNCTION events_end() RETURNS trigger {DEFINER}
DECLARE
  head bigint;
BEGIN
  UPDATE event_counter
    SET position = coalesce((SELECT position FROM events ORDER BY position DESC LIMIT 1), 0)
    WHERE id = 1 RETURNING position INTO head;
  PERFORM pg_notify('{CHANNEL}', head::text);
  RETURN NULL;
END $body$;

CREATE OR REPLACE FUNCTION events_refuse() RETURNS trigger {INVOKER}
BEGIN
  RAISE EXCEPTION '% on % refused: events are append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = '{REFUSED}';
END $body$;
"""
Trigger = tuple[str, str, str, str, str]
"""Table, name, moment, level and function; the moment in the order that the server gives back."""
TRIGGERS: tuple[Trigger, ...] = (
    ("events", "events_1_begin", "BEFORE INSERT", "STATEMENT", "events_begin"),
    ("events", "events_2_place", "BEFORE INSERT", "ROW", "events_place"),
    ("events", "events_3_end", "AFTER INSERT", "STATEMENT", "events_end"),
    ("events", "events_no_change", "BEFORE DELETE OR UPDATE", "ROW", "events_refuse"),
    ("events", "events_no_truncate", "BEFORE TRUNCATE", "STATEMENT", "events_refuse"),
    ("event_counter", "event_counter_stays", "BEFORE DELETE", "ROW", "events_refuse"),
    ("event_counter", "event_counter_no_truncate", "BEFORE TRUNCATE", "STATEMENT", "events_refuse"),
    ("event_texts", "event_texts_no_update", "BEFORE UPDATE", "ROW", "events_refuse"),
    ("event_texts", "event_texts_no_truncate", "BEFORE TRUNCATE", "STATEMENT", "events_refuse"),
)


def ensure(db: psycopg.Connection, url: str, *, create: bool) -> None:
    """Make the log where there is none when `create`, else raise StoreNotFound.

    StoreOutdated for an older or a newer schema.
    """
    actual = revision(db)
    if actual is None and create:
        with db.transaction():
            take_lock(db, AdvisoryLock.CREATING)
            actual = revision(db)
            if actual is None:
                create_log(db)
                actual = LOG_REVISION
    if actual is None:
        raise StoreNotFound(f"no log in {url}", hint=f"pactwatch --db {quote(url)} db init")
    if actual != LOG_REVISION:
        raise outdated(actual, LOG_REVISION, url)


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
    """Create the log as the newest migration leaves it, and record that it is.

    Rights are given where this login may make the roles, or they are there.
    """
    from events.postgres.roles import grant_log, grant_versions, make_roles

    db.execute(LOG.read_bytes())
    db.execute("INSERT INTO event_counter (id, position) VALUES (1, 0)")
    create_functions(db)
    db.execute(
        "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY)"
    )
    db.execute("INSERT INTO alembic_version (version_num) VALUES (%s)", (LOG_REVISION,))
    if make_roles(db):
        grant_log(db)
        grant_versions(db)


def create_functions(db: psycopg.Connection) -> None:
    """Makes functions and triggers, also in the place of those that are there.

    The functions pin the schema they were made in; triggers hold for replication roles too.
    """
    db.execute(_functions(db))
    for trigger in TRIGGERS:
        table, name, *_ = trigger
        db.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        db.execute(_definition(trigger))
        db.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def _functions(db: psycopg.Connection) -> str:
    schema = db.execute("SELECT current_schema()").fetchone()
    pinned = sql.Identifier(schema[0] if schema else "public").as_string(db)
    return FUNCTIONS.replace("{schema}", pinned)


def _definition(trigger: Trigger) -> str:
    table, name, moment, level, function = trigger
    made = f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH {level}"
    return f"{made} EXECUTE FUNCTION {function}()"


BODY = re.compile(r"FUNCTION (\w+)\(\).*?\$body\$(.*?)\$body\$", re.DOTALL)
TRIGGERS_THERE = """
SELECT tgname, pg_get_triggerdef(oid, true), tgenabled::text FROM pg_trigger
WHERE NOT tgisinternal AND tgrelid IN
  (to_regclass('events'), to_regclass('event_counter'), to_regclass('event_texts'))
"""
FUNCTIONS_THERE = """
SELECT proname, prosrc FROM pg_proc
WHERE pronamespace = current_schema()::regnamespace AND proname = ANY(%s)
"""
ALWAYS = "A"


def guard_faults(db: psycopg.Connection) -> list[str]:
    """Tells which triggers of the log are missing, altered or switched off, or their functions."""
    triggers = db.execute(TRIGGERS_THERE).fetchall()
    expected = {trigger[1]: _definition(trigger) for trigger in TRIGGERS}
    present = {name: made for name, made, _ in triggers}
    faults = missing_or_altered("trigger", expected, present)
    faults += [
        f"trigger {name} is switched off, at least for some sessions"
        for name, _, enabled in sorted(triggers)
        if name in expected and enabled != ALWAYS
    ]
    bodies = dict(BODY.findall(_functions(db)))
    functions: dict[str, str] = dict(db.execute(FUNCTIONS_THERE, (list(bodies),)).fetchall())
    return faults + missing_or_altered("function", bodies, functions)
