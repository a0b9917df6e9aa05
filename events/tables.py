"""The tables of the log, declared once for every engine."""

from __future__ import annotations

from sqlalchemy import LargeBinary, Table, UniqueConstraint
from sqlalchemy.schema import CreateTable
from sqlmodel import Field, SQLModel


class EventRow(SQLModel, table=True):
    """One event; `data` is canonical JSON, `digest` the hash of the whole envelope."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("stream", "version"), {"sqlite_strict": True})

    position: int | None = Field(default=None, primary_key=True)
    stream: str
    version: int
    id: str = Field(unique=True)
    type: str
    source: str
    recorded_at: str
    data: bytes = Field(sa_type=LargeBinary)
    digest: bytes = Field(sa_type=LargeBinary)


class EventTextRow(SQLModel, table=True):
    """An erasable text of an event, apart from the log so that it can be deleted."""

    __tablename__ = "event_texts"
    __table_args__ = ({"sqlite_strict": True},)

    position: int = Field(primary_key=True)
    field: str = Field(primary_key=True)
    salt: bytes = Field(sa_type=LargeBinary)
    text: str


class EventCounterRow(SQLModel, table=True):
    """The last position given out: one row, moved in the transaction of the append."""

    __tablename__ = "event_counter"
    __table_args__ = ({"sqlite_strict": True},)

    id: int = Field(primary_key=True)
    position: int


TABLES: tuple[type[SQLModel], ...] = (EventRow, EventTextRow, EventCounterRow)


def sqlite_schema() -> list[str]:
    """The statements that make the tables on SQLite; STRICT knows TEXT, INTEGER and BLOB."""
    from sqlalchemy.dialects import sqlite

    dialect = sqlite.dialect()
    made = (CreateTable(_table(row), if_not_exists=True).compile(dialect=dialect) for row in TABLES)
    return [str(statement).replace("VARCHAR", "TEXT") for statement in made]


def _table(row: type[SQLModel]) -> Table:
    return row.__table__  # type: ignore[attr-defined, no-any-return]
