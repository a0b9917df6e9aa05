"""Packages that keep tables beside the log: each is named, and imported when it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from sqlalchemy import Connection, MetaData

from events.database.owned_tables import READER, table_of
from events.database.views import View


def modules(rooms: Iterable[str]) -> list[Any]:
    return [import_module(f"{room}.tables") for room in rooms]


def create_rooms(connection: Connection, rooms: Iterable[str]) -> None:
    """Every room's tables and views, with the rights that this release gives."""
    from events.database import views as room_views

    names = list(rooms)
    for module in modules(names):
        module.create_tables(connection)
        _take_back(connection, module)
    room_views.create(connection, of_rooms(names))


def _take_back(connection: Connection, module: Any) -> None:
    """Earlier releases let a reader at the tables; now the views are what it reads."""
    if connection.dialect.name == "postgresql" and READER not in module.GRANTS:
        from events.postgres.roles import make_roles

        db: Any = connection.connection.driver_connection
        for row in module.TABLES if make_roles(db) else ():
            connection.exec_driver_sql(f"REVOKE ALL ON {table_of(row).name} FROM {READER}")


def durable(rooms: Iterable[str]) -> MetaData:
    """The tables that a backup needs beside the log."""
    metadata = MetaData()
    for module in modules(rooms):
        for row in module.TABLES if module.DURABLE else ():
            table_of(row).to_metadata(metadata)
    return metadata


def of_rooms(rooms: Iterable[str]) -> list[View]:
    """The views of every room that has a `reporting` module."""
    named = (f"{room}.reporting" for room in rooms)
    return [view for name in named if find_spec(name) for view in import_module(name).VIEWS]
