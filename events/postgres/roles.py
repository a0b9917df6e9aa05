"""Who may do what on PostgreSQL: group roles that logins are granted, each with the least it needs.

Roles belong to the whole server. A login that may not make them still gets a working log; the
roles are then made by an administrator, and given their rights by `db upgrade`.
"""

from __future__ import annotations

import shlex
from typing import Any

import psycopg
from psycopg import sql

ROLES: dict[str, str] = {
    "pactwatch_owner": "owns tables and functions; migrations only",
    "pactwatch_writer": "appends events and erases texts; can not change an event",
    "pactwatch_projector": "reads events, writes the projection tables",
    "pactwatch_notifier": "reads projections, writes alerts, outbox and subscriptions",
    "pactwatch_reader": "reads the views, and whether turns go on",
}
PURPOSES: dict[str, str] = {
    "pactwatch_writer": "record",
    "pactwatch_projector": "bring the projections up to date, as entries and turns do",
    "pactwatch_notifier": "take turns: alert, plan and deliver",
}
"""What a login cannot do that lacks a role."""
READS_LOG: tuple[str, ...] = ("pactwatch_writer", "pactwatch_projector", "pactwatch_notifier")
LOG_TABLES = ("events", "event_texts", "event_counter")
GRANTS = (
    "GRANT INSERT (stream, version, id, type, source, recorded_at, data) ON events "
    "TO pactwatch_writer",
    "GRANT INSERT (position, field, salt, text), DELETE ON event_texts TO pactwatch_writer",
)
FUNCTIONS = ("events_begin", "events_place", "events_end", "events_refuse")


def make_roles(db: psycopg.Connection) -> bool:
    """Make the roles that are missing; whether this login can now act for their owner."""
    query = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = CURRENT_USER"
    allowed = db.execute(query).fetchone()
    if allowed and allowed[0]:
        present = _present(db)
        for role in ROLES:
            if role not in present:
                _make(db, role)
    return _present(db) >= set(ROLES) and _acts_as_owner(db)


def _acts_as_owner(db: psycopg.Connection) -> bool:
    try:
        with db.transaction():
            db.execute("GRANT pactwatch_owner TO CURRENT_USER")
    except psycopg.errors.InsufficientPrivilege:
        row = db.execute("SELECT pg_has_role('pactwatch_owner', 'MEMBER')").fetchone()
        return bool(row and row[0])
    return True


def _present(db: psycopg.Connection) -> set[str]:
    rows = db.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'pactwatch\\_%'").fetchall()
    return {row[0] for row in rows}


def missing_rights(db: psycopg.Connection) -> str | None:
    """What gives the roles their rights on a log that is a login's own; None where they have them.

    For a shell: what an administrator runs, then the owner of the log.
    """
    row = db.execute(
        "SELECT rolname, pg_has_role(pg_roles.oid, 'MEMBER') FROM pg_class"
        " JOIN pg_roles ON pg_roles.oid = relowner WHERE pg_class.oid = to_regclass('events')"
    ).fetchone()
    if row is None or row[0] == "pactwatch_owner" or not row[1]:
        return None
    roles = [f"CREATE ROLE {role}" for role in ROLES if role not in _present(db)]
    owner = sql.Identifier(row[0]).as_string(db)
    statements = "; ".join([*roles, f"GRANT pactwatch_owner TO {owner}"])
    by_administrator = f"psql -d {shlex.quote(db.info.dbname)} -c {shlex.quote(statements)}"
    return f"{by_administrator} as one who may make roles, then: pactwatch db upgrade"


def _make(db: psycopg.Connection, role: str) -> None:
    name = sql.Identifier(role)
    try:
        with db.transaction():
            db.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        return
    if role == "pactwatch_reader":
        db.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(name))


def grant_log(db: psycopg.Connection) -> None:
    """Hand the log to its owner, take everything from everybody else, grant what each needs."""
    _revoke_public(db)
    for table in LOG_TABLES:
        own(db, table)
        for role in READS_LOG:
            grant(db, "SELECT", table, role)
    for function in FUNCTIONS:
        db.execute(f"ALTER FUNCTION {function}() OWNER TO pactwatch_owner")
    for statement in GRANTS:
        db.execute(statement)


def grant_versions(db: psycopg.Connection) -> None:
    """Everybody may see what version the tables are of."""
    own(db, "alembic_version")
    for role in ROLES:
        grant(db, "SELECT", "alembic_version", role)


def _revoke_public(db: psycopg.Connection) -> None:
    current = db.execute("SELECT current_schema()").fetchone()
    database = sql.Identifier(db.info.dbname)
    schema = sql.Identifier(str(current[0]) if current else "public")
    everybody: list[Any] = [sql.Identifier(role) for role in ROLES]
    for statement in (
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database),
        sql.SQL("REVOKE ALL ON SCHEMA {} FROM PUBLIC").format(schema),
        sql.SQL("GRANT CREATE ON SCHEMA {} TO pactwatch_owner").format(schema),
    ):
        db.execute(statement)
    for role in everybody:
        db.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, role))
        db.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role))


def own(db: psycopg.Connection, table: str) -> None:
    db.execute(sql.SQL("ALTER TABLE {} OWNER TO pactwatch_owner").format(sql.Identifier(table)))


def grant(db: psycopg.Connection, rights: str, table: str, role: str) -> None:
    statement = sql.SQL("GRANT {} ON {} TO {}").format(
        sql.SQL(rights), sql.Identifier(table), sql.Identifier(role)
    )
    db.execute(statement)
