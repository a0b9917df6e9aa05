"""Views for dashboards: each package declares its own, in SQL that both engines understand.

A column's name says its kind: `*_at`, `time` and `timeend` are instants, `is_*` are truths,
`days_left` counts whole days. Everything else is text, or a number where the column says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from events.database.owned_tables import READER
from events.errors import EventStoreError

INSTANTS = ("time", "timeend")


class Column(Struct, frozen=True):
    """One column: its name, the expression behind it, and what it says."""

    name: str
    expression: str
    about: str
    is_number: bool = False

    @property
    def is_instant(self) -> bool:
        return self.name.endswith("_at") or self.name in INSTANTS

    @property
    def is_truth(self) -> bool:
        return self.name.startswith("is_")

    @property
    def declared_type(self) -> str:
        """The type of the column in a table of its own, in words that tools know."""
        if self.is_instant:
            return "TIMESTAMP"
        return "BOOLEAN" if self.is_truth else "INTEGER" if self.is_number else "TEXT"


class Labels(Struct, frozen=True):
    """Where the labels of ids are found: a table, its column of ids and its column of labels."""

    table: str
    id: str
    label: str

    def join(self, value: str) -> str:
        return f"LEFT JOIN {self.table} p ON p.{self.id} = {value}"


class Sql(Struct, frozen=True):
    """How one engine says what engines say differently. `now` is text or an instant of it."""

    engine: str
    now: str
    instant: Callable[[str], str]
    truth: Callable[[str], str]
    number: Callable[[str], str]
    text: Callable[[str], str]
    items: Callable[[str], str]
    joined: Callable[[str], str]
    labelled: Callable[[str, Labels], str]
    seconds: Callable[[str], str]
    later: Callable[[str, int], str]
    order: Callable[[str], str]
    data: Callable[[str], str]

    def days_until(self, at: str) -> str:
        """Whole days from now, rounded down, so that what is past is negative."""
        left = f"({self.seconds(at)} - {self.seconds(self.now)})"
        return f"(({left} - (({left} % 86400) + 86400) % 86400) / 86400)"

    def is_past(self, at: str) -> str:
        return f"({self.order(at)} <= {self.order(self.now)})"

    def is_within(self, at: str, hours: int) -> str:
        """Whether an instant has come, or comes within some hours."""
        return f"({self.order(at)} <= {self.order(self.later(self.now, hours))})"


class View(Struct, frozen=True):
    """One view: what a row is, its columns, and where they come from."""

    name: str
    about: str
    columns: Callable[[Sql], tuple[Column, ...]]
    source: Callable[[Sql], str]

    def query(self, sql: Sql) -> str:
        columns = ", ".join(
            f"{_select_expression(column, sql)} AS {column.name}" for column in self.columns(sql)
        )
        return f"SELECT {columns} {self.source(sql)}"


def _select_expression(column: Column, sql: Sql) -> str:
    if column.is_instant:
        return sql.instant(column.expression)
    if column.is_truth:
        return sql.truth(column.expression)
    return sql.number(column.expression) if column.is_number else sql.text(column.expression)


def _as_text(value: str) -> str:
    return f"CAST({value} AS TEXT)"


def sqlite(now: str = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')") -> Sql:
    """SQLite keeps instants as text; only without its `Z` is text order time order.

    A column of a view has a type, which tools ask for, only where it is cast.
    """
    return Sql(
        engine="sqlite",
        now=now,
        instant=_as_text,
        truth=lambda value: f"CAST({value} AS INTEGER)",
        number=lambda value: f"CAST({value} AS INTEGER)",
        text=_as_text,
        items=lambda value: f"json_each({value}) j",
        joined=lambda value: f"(SELECT group_concat(value, ', ') FROM json_each({value}))",
        labelled=lambda value, labels: (
            f"(SELECT group_concat(coalesce(p.{labels.label}, j.value), ', ') "
            f"FROM json_each({value}) j {labels.join('j.value')})"
        ),
        seconds=lambda value: f"CAST(strftime('%s', {value}) AS INTEGER)",
        later=lambda at, hours: f"strftime('%Y-%m-%dT%H:%M:%fZ', {at}, '+{hours} hours')",
        order=lambda value: f"rtrim({value}, 'Z')",
        data=lambda name: f"json_extract(CAST(e.data AS TEXT), '$.{name}')",
    )


def postgresql(now: str = "now()") -> Sql:
    """PostgreSQL shows instants as timestamptz, in UTC or the reader's zone."""
    items = "json_array_elements_text({}::json) WITH ORDINALITY AS j (value, ordinal)"
    return Sql(
        engine="postgresql",
        now=now,
        instant=lambda value: f"({value})::timestamptz",
        truth=lambda value: f"({value})::boolean",
        number=lambda value: value,
        text=lambda value: value,
        items=items.format,
        joined=lambda value: (
            f"(SELECT string_agg(j.value, ', ' ORDER BY j.ordinal) FROM {items.format(value)})"
        ),
        labelled=lambda value, labels: (
            f"(SELECT string_agg(coalesce(p.{labels.label}, j.value), ', ' ORDER BY j.ordinal) "
            f"FROM {items.format(value)} {labels.join('j.value')})"
        ),
        seconds=lambda value: (
            f"extract(epoch FROM date_trunc('second', ({value})::timestamptz))::bigint"
        ),
        later=lambda at, hours: f"(({at})::timestamptz + interval '{hours} hours')",
        order=lambda value: f"({value})::timestamptz",
        data=lambda name: f"(convert_from(e.data, 'UTF8')::json ->> '{name}')",
    )


def may_create(connection: Connection) -> bool:
    """Whether this login may make views: that of `db upgrade` may, one that only projects not."""
    if connection.dialect.name == "sqlite":
        return True
    query = text("SELECT has_schema_privilege(current_schema(), 'CREATE')")
    return bool(connection.execute(query).scalar())


def drop(connection: Connection, views: Iterable[View]) -> None:
    for view in reversed(list(views)):
        connection.execute(text(f"DROP VIEW IF EXISTS {view.name}"))


def create(connection: Connection, views: Iterable[View]) -> None:
    """Make the views as this release says them; on PostgreSQL with comments and rights."""
    if connection.dialect.name == "sqlite":
        _create_on_sqlite(connection, views)
        return
    from events.postgres.roles import grant, make_roles, own

    ordered = list(views)
    drop(connection, ordered)
    for view in ordered:
        statements = (f"CREATE VIEW {_on_postgres(view)}", *_comments(view))
        connection.exec_driver_sql("; ".join(statements))
    db: Any = connection.connection.driver_connection
    for view in ordered if make_roles(db) else ():
        own(db, view.name)
        grant(db, "SELECT", view.name, READER)


def _create_on_sqlite(connection: Connection, views: Iterable[View]) -> None:
    """Make the views that are missing, or are not as this release says them."""
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master")
    stored: dict[str, str] = {row.name: row.sql for row in rows}
    others = [view for view in views if stored.get(view.name) != _on_sqlite(view)]
    drop(connection, (view for view in others if view.name in stored))
    if others:
        connection.exec_driver_sql("; ".join(map(_on_sqlite, others)))


@cache
def _on_sqlite(view: View) -> str:
    """The statement that makes a view, as SQLite keeps it."""
    return f"CREATE VIEW {view.name} AS {view.query(sqlite())}"


def _on_postgres(view: View) -> str:
    # The driver takes a percent sign for a placeholder.
    return f"{view.name} AS {view.query(postgresql()).replace('%', '%%')}"


def is_as_made(connection: Connection, view: View) -> bool:
    """Whether a view that is there is the one that `create` makes.

    PostgreSQL keeps a query in words of its own, so one is made there for the comparison and
    rolled back; a login that may not do so compares the names of columns.
    """
    if connection.dialect.name == "sqlite":
        query = text("SELECT sql FROM sqlite_master WHERE name = :name")
        stored = connection.execute(query, {"name": view.name}).scalar()
        return bool(stored == _on_sqlite(view))
    read = f"SELECT pg_get_viewdef('{view.name}'::regclass)"
    stored = connection.exec_driver_sql(read).scalar()
    attempt = connection.begin_nested()
    try:
        # A temporary view comes before the other in the search path.
        connection.exec_driver_sql(f"CREATE TEMPORARY VIEW {_on_postgres(view)}")
        return bool(stored == connection.exec_driver_sql(read).scalar())
    except (DBAPIError, EventStoreError):
        attempt.rollback()
        there = [column["name"] for column in inspect(connection).get_columns(view.name)]
        return there == [column.name for column in view.columns(postgresql())]
    finally:
        if attempt.is_active:
            attempt.rollback()


def _comments(view: View) -> Iterator[str]:
    """The statements that keep with a view, on PostgreSQL, what it and its columns say."""
    columns = view.columns(postgresql())
    abouts = {f"COLUMN {view.name}.{column.name}": column.about for column in columns}
    for what, about in {f"VIEW {view.name}": view.about, **abouts}.items():
        words = about.replace("'", "''").replace("%", "%%")
        yield f"COMMENT ON {what} IS '{words}'"
