"""Bring a database to the schema of this version, with Alembic; each package has its own branch.

A fresh log is made as the newest migration leaves it, and says so in `alembic_version`; a test
compares the two ways. Projections have no migrations: they are made anew from the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Column, Connection, MetaData, inspect, text
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.schema import CreateColumn
from sqlmodel import SQLModel

from events.database import views
from events.database.comparison import (
    ANOTHER,
    REBUILD,
    UPGRADE,
    Difference,
    derived_differences,
    guard_faults,
    table_differences,
    view_differences,
)
from events.database.engine import open_engine, write_transaction
from events.database.owned_tables import table_of
from events.database.packages import create_packages, durable_tables, tables_of, views_of
from events.encoding.rows import LOG_REVISION
from events.errors import StoreOutdated, StoreUnavailable

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

HERE = Path(__file__).parent / "migrations"
Columns = dict[str, dict[str, ReflectedColumn]]
"""The columns of tables by name."""


class UpgradeResult(Struct, frozen=True):
    """The migrations that were missing, in order, and in words what was mended beside them."""

    applied: list[str]
    mended: list[str]


def upgrade(url: str, packages: Iterable[str] = ()) -> UpgradeResult:
    """Run every migration that is missing, in one transaction, and mend what is not as made.

    `packages` may have a `migrations/versions` folder.
    """
    from alembic import command

    names = list(packages)
    with write_transaction(open_engine(url)) as connection:
        if not views.may_create(connection):
            raise StoreUnavailable(
                "this login may not make tables and views here; nothing was changed",
                hint="pactwatch db upgrade as the owner of the database",
            )
        before = recorded_revisions(connection)
        is_current = is_of_this_release(connection, names)
        differences = _differences(connection, names) if is_current else []
        mended = [each.words for each in differences if each.hint != ANOTHER]
        views.drop(connection, views_of(names))
        command.upgrade(_config(connection, names), "heads")
        _renew_guards(connection)
        if connection.dialect.name == "postgresql":
            from events.postgres.roles import grant_log, grant_versions, make_roles

            # As a fresh log does, where this login may: Alembic makes its table before any role,
            # and the roles may have been made after the log.
            db: Any = connection.connection.driver_connection
            if make_roles(db):
                grant_log(db)
                grant_versions(db)
        _complete_tables(connection, names)
        if not is_current or any(each.hint == REBUILD for each in differences):
            _drop_incomplete(connection, names)
        create_packages(connection, names)
        return UpgradeResult(sorted(set(recorded_revisions(connection)) - set(before)), mended)


def _differences(connection: Connection, packages: list[str]) -> list[Difference]:
    """What of a database of this release is missing or altered."""
    return [
        *(Difference(words, UPGRADE) for words in guard_faults(connection)),
        *table_differences(connection, packages),
        *view_differences(connection, packages),
    ]


def _drop_incomplete(connection: Connection, packages: list[str]) -> None:
    """Drops the tables of a package that are made anew from the log, where any is not whole."""
    for module in tables_of(packages):
        if not module.DURABLE and any(derived_differences(connection, module)):
            SQLModel.metadata.drop_all(connection, [table_of(row) for row in module.TABLES])


def _renew_guards(connection: Connection) -> None:
    """Makes the triggers of the log as this release has them, where one is missing or altered."""
    if not guard_faults(connection):
        return
    db: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        from events.sqlite.schema import renew_guards

        renew_guards(db.driver)
        return
    from events.postgres.schema import create_functions

    create_functions(db)


def recorded_revisions(connection: Connection) -> list[str]:
    """The newest migration of each package."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return []
    rows = connection.execute(text("SELECT version_num FROM alembic_version ORDER BY 1"))
    return [row[0] for row in rows]


def missing_columns(connection: Connection, packages: Iterable[str]) -> list[Column[Any]]:
    """The declared columns that durable tables lack; a table that is not there lacks none."""
    tables = durable_tables(packages)
    return _lacking(tables, _columns(connection, tables))


def _columns(connection: Connection, tables: MetaData) -> Columns:
    """The columns of these tables in the database, read at once; none of one that is not there."""
    there = inspect(connection).get_multi_columns(filter_names=list(tables.tables))
    return {
        name: {column["name"]: column for column in there.get((None, name), ())}
        for name in tables.tables
    }


def _lacking(tables: MetaData, there: Columns) -> list[Column[Any]]:
    return [
        declared
        for table in tables.sorted_tables
        if there[table.name]
        for declared in table.columns
        if declared.name not in there[table.name]
    ]


def _complete_tables(connection: Connection, packages: Iterable[str]) -> None:
    """Add columns and indexes that are missing; StoreOutdated for what can not be added.

    Databases of commits between releases record a migration that has another form today. Unless
    that is seen here, an upgrade seems to do its work and every turn fails.
    """
    tables = durable_tables(packages)
    there, faults = _columns(connection, tables), list[str]()
    for declared in _lacking(tables, there):
        if declared.nullable or declared.server_default is not None:
            words = str(CreateColumn(declared).compile(dialect=connection.dialect))
            connection.exec_driver_sql(f"ALTER TABLE {declared.table.name} ADD COLUMN {words}")
        else:
            faults.append(f"table {declared.table.name} lacks column {declared.name}")
    indexes = inspect(connection).get_multi_indexes(filter_names=list(tables.tables))
    for table in tables.sorted_tables:
        present = {index["name"] for index in indexes.get((None, table.name), ())}
        for index in table.indexes if there[table.name] else ():
            if index.name not in present:
                index.create(connection)
        faults += [
            f"table {table.name} has column {name}, which this version does not fill"
            for name, column in there[table.name].items()
            if name not in table.columns
            and not column["nullable"]
            and column.get("default") is None
        ]
    if faults:
        raise StoreOutdated(
            f"{'; '.join(faults)}: made by an unreleased version; nothing was changed",
            hint="with the version that made it: pactwatch export -o events.jsonl, then import",
        )


def is_of_this_release(connection: Connection, packages: Iterable[str]) -> bool:
    """Whether every migration that is recorded is the newest of its package here.

    StoreOutdated for one that this release does not know.
    """
    newest = set(_known_migrations(connection, packages).get_heads())
    recorded = recorded_revisions(connection)
    return set(recorded) <= newest and LOG_REVISION in recorded


def _known_migrations(connection: Connection, packages: Iterable[str]) -> ScriptDirectory:
    """The migrations of this release; StoreOutdated when another one is recorded."""
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    scripts = ScriptDirectory.from_config(_config(connection, packages))
    for name in recorded_revisions(connection):
        try:
            scripts.get_revision(name)
        except CommandError as error:
            raise StoreOutdated(
                f"schema {name} is of a newer release; nothing was changed",
                hint="use the newer version, or give another database with --db",
            ) from error
    return scripts


def _config(connection: Connection, packages: Iterable[str]) -> Config:
    from alembic.config import Config

    folders = [HERE / "versions"]
    for package in packages:
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            folders.append(Path(spec.origin).parent / "migrations" / "versions")
    locations = [str(folder) for folder in folders if folder.is_dir()]
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(locations))
    config.attributes["connection"] = connection
    return config
