"""Tables that other packages keep beside the log: creating, stamping, and who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import registry
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.sql.ddl import ExecutableDDLElement
from sqlmodel import SQLModel

from events.errors import outdated

Grants = Mapping[str, str]
"""Rights by role, of `events.postgres.roles.ROLES`."""
Rows = tuple[type[SQLModel], ...]
READER = "pactwatch_reader"


def table_of(row: type[SQLModel]) -> Table:
    return row.__table__  # type: ignore[attr-defined, no-any-return]


def create(connection: Connection, rows: Rows, grants: Grants) -> bool:
    """Make the tables that are missing, on PostgreSQL with owner and rights; whether any was."""
    tables = [table_of(row) for row in rows]
    present = set(connection.dialect.get_table_names(connection))
    missing = tuple(table for table in tables if table.name not in present)
    if not missing:
        return False
    connection.exec_driver_sql(_script(missing, connection.dialect.name))
    if connection.dialect.name == "postgresql":
        give_rights(connection, missing, grants)
    return True


@cache
def _script(tables: tuple[Table, ...], engine: str) -> str:
    """The statements that make tables with their indexes, compiled once for all databases."""
    dialect, statements = registry.load(engine)(), list[str]()

    def add(statement: ExecutableDDLElement, *_: Any, **__: Any) -> None:
        statements.append(str(statement.compile(dialect=dialect)))

    SQLModel.metadata.create_all(MockConnection(dialect, add), tables=tables, checkfirst=False)
    return ";".join(statements)


def is_there(connection: Connection, row: type[SQLModel]) -> bool:
    """Whether a table is there: one that reads takes a missing table for empty and makes none."""
    return connection.dialect.has_table(connection, table_of(row).name)


def check_revision(connection: Connection, revision: str) -> None:
    """Raises StoreOutdated when a package's tables are at another migration than its newest."""
    stamped = _stamped_revision(connection, revision)
    if stamped not in (None, revision):
        raise outdated(stamped, revision)


def stamp_revision(connection: Connection, revision: str) -> None:
    """Record the newest migration of a package whose tables are fresh, unless one is recorded."""
    versioned = connection.dialect.has_table(connection, "alembic_version")
    if versioned and _stamped_revision(connection, revision) is None:
        insert = text("INSERT INTO alembic_version (version_num) VALUES (:revision)")
        connection.execute(insert, {"revision": revision})


def _stamped_revision(connection: Connection, revision: str) -> str | None:
    """The migration recorded for the package of `revision`; None where there is none."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    query = text("SELECT version_num FROM alembic_version WHERE version_num LIKE :package")
    package = revision.rpartition("_")[0]
    return connection.execute(query, {"package": f"{package}%"}).scalar()


def give_rights(connection: Connection, tables: Iterable[Table], grants: Grants) -> None:
    """Owner and rights of tables, where the roles are there."""
    from events.postgres.roles import grant, make_roles, own

    db: Any = connection.connection.driver_connection
    if not make_roles(db):
        return
    for table in tables:
        own(db, table.name)
        for role, rights in grants.items():
            grant(db, rights, table.name, role)
            column = table.autoincrement_column
            if column is not None and "INSERT" in rights:
                query = text("SELECT pg_get_serial_sequence(:table, :column)")
                values = {"table": table.name, "column": column.name}
                sequence = connection.execute(query, values).scalar()
                connection.exec_driver_sql(f"GRANT USAGE ON SEQUENCE {sequence} TO {role}")
