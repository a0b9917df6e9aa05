"""The same database for projections and mail: a SQLAlchemy engine under the store's settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from events import pragmas
from events.store import sqlite_path

BEGIN = "pactwatch_begin"


def open_engine(url: str) -> Engine:
    """An engine on the database of `url`; each connection sets and reads back its pragmas."""
    path = sqlite_path(url)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        pragmas.apply(connection, path)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(options.get(BEGIN, "BEGIN"))

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that holds the write lock from its start; rolled back on an error."""
    immediate = engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
    with immediate.connect() as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the database."""
    with engine.connect() as connection, connection.begin():
        yield connection
