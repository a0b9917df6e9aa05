"""The tables of the log, declared once for every engine."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Dialect, LargeBinary, String, Table, UniqueConstraint
from sqlalchemy.schema import CreateTable
from sqlmodel import AutoString, Field, SQLModel

GIVEN: dict[str, Any] = {"autoincrement": False}
"""A key that is given, never made by the database."""


class EventRow(SQLModel, table=True):
    """One event; `data` is canonical JSON, `leaf` and `subtrees` its part of the Merkle log.

    `leaf` is the RFC 6962 hash over all of the row; `subtrees` joins the roots of the complete
    subtrees that end in this leaf, from level 1 upward, so a proof reads about log2(n) rows.
    """

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("stream", "version"), {"sqlite_strict": True})

    position: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    stream: str
    version: int = Field(sa_type=BigInteger)
    id: str = Field(unique=True)
    type: str
    source: str
    recorded_at: str
    data: bytes = Field(sa_type=LargeBinary)
    leaf: bytes = Field(sa_type=LargeBinary)
    subtrees: bytes = Field(sa_type=LargeBinary)


class EventTextRow(SQLModel, table=True):
    """An erasable text of an event, apart from the log so that it can be deleted."""

    __tablename__ = "event_texts"
    __table_args__ = ({"sqlite_strict": True},)

    position: int = Field(
        primary_key=True, sa_type=BigInteger, foreign_key="events.position", sa_column_kwargs=GIVEN
    )
    field: str = Field(primary_key=True)
    salt: bytes = Field(sa_type=LargeBinary)
    text: str


class EventCounterRow(SQLModel, table=True):
    """The last position given out: one row, moved in the transaction of the append."""

    __tablename__ = "event_counter"
    __table_args__ = ({"sqlite_strict": True},)

    id: int = Field(primary_key=True, sa_column_kwargs=GIVEN)
    position: int = Field(sa_type=BigInteger)


TABLES: tuple[type[SQLModel], ...] = (EventRow, EventTextRow, EventCounterRow)


@cache
def sqlite_schema() -> tuple[str, ...]:
    """The statements that make the tables on SQLite; STRICT knows TEXT, INTEGER and BLOB."""
    from sqlalchemy.dialects import sqlite

    made = _compiled(sqlite.dialect())
    return tuple(text.replace("VARCHAR", "TEXT").replace("BIGINT", "INTEGER") for text in made)


@cache
def postgres_schema() -> tuple[str, ...]:
    """The statements that make the tables on PostgreSQL."""
    from sqlalchemy.dialects import postgresql

    return _compiled(postgresql.dialect())  # type: ignore[no-untyped-call]


def _compiled(dialect: Dialect) -> tuple[str, ...]:
    return tuple(str(CreateTable(_table(row)).compile(dialect=dialect)) for row in TABLES)


def in_byte_order(rows: tuple[type[SQLModel], ...]) -> None:
    """Let PostgreSQL compare text as SQLite does, byte by byte, whatever the database's locale.

    Instants are text that sorts as time; a locale's rules would skip their punctuation.
    """
    for row in rows:
        for column in _table(row).columns:
            if isinstance(column.type, String | AutoString):
                column.type = String().with_variant(String(collation="C"), "postgresql")


def _table(row: type[SQLModel]) -> Table:
    return row.__table__  # type: ignore[attr-defined, no-any-return]


in_byte_order(TABLES)
