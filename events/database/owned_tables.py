"""Tables that other packages keep beside the log: creating, stamping, and who may do what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, MetaData, Table, text
from sqlalchemy.dialects import registry
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.sql.ddl import ExecutableDDLElement
from sqlmodel import SQLModel

from events.errors import outdated

Grants = Mapping[str, str]
"""Rights by role, of `events.postgres.roles.ROLES`."""
Rows = tuple[type[SQLModel], ...]
READER = "pactwatch_reader"
VERSIONS = "alembic_version"
STAMPED = text(f"SELECT version_num FROM {VERSIONS} WHERE version_num LIKE :package")


def table_of(row: type[SQLModel]) -> Table:
    return row.__table__  # type: ignore[attr-defined, no-any-return]


@cache
def metadata_of(tables: tuple[Table, ...]) -> MetaData:
    """These tables alone, to be read: they are copied once for all databases."""
    metadata = MetaData()
    for table in tables:
        table.to_metadata(metadata)
    return metadata


def table_names(connection: Connection) -> frozenset[str]:
    """Every table that is there, read once for all that is asked of them in a transaction."""
    return frozenset(connection.dialect.get_table_names(connection))


def create(connection: Connection, rows: Rows, grants: Grants, present: Collection[str]) -> bool:
    """Make the tables that are missing, on PostgreSQL with owner and rights; whether any was."""
    missing = tuple(table for table in map(table_of, rows) if table.name not in present)
    if not missing:
        return False
    connection.exec_driver_sql(";".join(statements(missing, connection.dialect.name)))
    if connection.dialect.name == "postgresql":
        give_rights(connection, missing, grants)
    return True


@cache
def statements(tables: tuple[Table, ...], engine: str) -> tuple[str, ...]:
    """What makes tables with their indexes, compiled once for all databases."""
    dialect, compiled = registry.load(engine)(), list[str]()

    def add(statement: ExecutableDDLElement, *_: Any, **__: Any) -> None:
        compiled.append(str(statement.compile(dialect=dialect)).strip())

    SQLModel.metadata.create_all(MockConnection(dialect, add), tables=tables, checkfirst=False)
    return tuple(compiled)


def check_revision(connection: Connection, revision: str, present: Collection[str]) -> None:
    """Raises StoreOutdated when a package's tables are at another migration than its newest."""
    stamped = _stamped_revision(connection, revision, present)
    if stamped not in (None, revision):
        raise outdated(stamped, revision)


def stamp_revision(connection: Connection, revision: str, present: Collection[str]) -> None:
    """Record the newest migration of a package whose tables are fresh, unless one is recorded."""
    if VERSIONS in present and _stamped_revision(connection, revision, present) is None:
        insert = text("INSERT INTO alembic_version (version_num) VALUES (:revision)")
        connection.execute(insert, {"revision": revision})


def _stamped_revision(
    connection: Connection, revision: str, present: Collection[str]
) -> str | None:
    """The migration recorded for the package of `revision`; None where there is none."""
    if VERSIONS not in present:
        return None
    package = revision.rpartition("_")[0]
    return connection.execute(STAMPED, {"package": f"{package}%"}).scalar()


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
