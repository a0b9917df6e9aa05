"""The packages that keep tables beside the log, by name, each imported when it is needed.

Such a package has a module `tables` with `TABLES`, `OWNED` (rows with the rights that each
PostgreSQL role has on them), `DURABLE` (whether a backup needs them, or they can be made anew from
the log) and `create_tables`. With durable ones it has `LATEST_REVISION`, the newest of its
migrations; with tables that can be made anew it has `BESIDE`: what stands beside them by engine, as
an index of words. It may have `reporting` with `VIEWS`, and a folder `migrations`.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from sqlalchemy import Connection, MetaData

from events.database import views
from events.database.owned_tables import (
    READER,
    check_revision,
    give_rights,
    metadata_of,
    table_names,
    table_of,
)


def tables_of(packages: Iterable[str]) -> list[Any]:
    """The `tables` module of each package."""
    return [import_module(f"{package}.tables") for package in packages]


def create_packages(connection: Connection, packages: Iterable[str]) -> None:
    """Create every package's tables and views, with the rights that this release gives."""
    names = list(packages)
    for module in tables_of(names):
        module.create_tables(connection)
        if connection.dialect.name == "postgresql":
            _set_rights(connection, module)
    views.create(connection, views_of(names))


def _set_rights(connection: Connection, module: Any) -> None:
    """Give each role its rights again: migrations make tables without any.

    Earlier releases let a reader at the tables; now it reads the views.
    """
    from events.postgres.roles import make_roles

    db: Any = connection.connection.driver_connection
    if not make_roles(db):
        return
    for rows, grants in module.OWNED:
        give_rights(connection, map(table_of, rows), grants)
        for row in rows if READER not in grants else ():
            connection.exec_driver_sql(f"REVOKE ALL ON {table_of(row).name} FROM {READER}")


def check_revisions(connection: Connection, packages: Iterable[str]) -> None:
    """Raises StoreOutdated where the tables of a package are those of another release."""
    present = table_names(connection)
    for module in tables_of(packages):
        if module.DURABLE:
            check_revision(connection, module.LATEST_REVISION, present)


def durable_tables(packages: Iterable[str]) -> MetaData:
    """The tables that a backup needs beside the log."""
    durable = (module for module in tables_of(packages) if module.DURABLE)
    return metadata_of(tuple(table_of(row) for module in durable for row in module.TABLES))


def views_of(packages: Iterable[str]) -> list[views.View]:
    """The views of every package that has a `reporting` module."""
    modules = (f"{package}.reporting" for package in packages)
    return [view for name in modules if find_spec(name) for view in import_module(name).VIEWS]
