"""Compares a database with what this release makes: tables with their indexes, and views.

What is there besides is left alone, as an index that an operator added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, MetaData, Table, inspect, text

from events.database import views
from events.database.owned_tables import metadata_of, statements, table_of
from events.database.packages import tables_of, views_of
from events.tables import TABLES, sqlite_schema

UPGRADE = "pactwatch db upgrade, as the owner of the database"
REBUILD = "pactwatch db upgrade, then pactwatch projection rebuild --yes"
LOST = "pactwatch db upgrade makes it, empty; a backup has its rows: pactwatch db restore FILE"
ANOTHER = "pactwatch db backup FILE, then into a new database: pactwatch --db NEW db restore FILE"
"""For what no engine adds to a table with rows; a restore makes tables of this release."""
LOG = tuple(map(table_of, TABLES))


class Difference(Struct, frozen=True):
    """What is missing or altered, and what mends it."""

    words: str
    hint: str


def table_differences(connection: Connection, packages: Iterable[str]) -> Iterator[Difference]:
    """Tables, columns, indexes and constraints that are missing, of the log and of packages."""
    yield from _of_tables(connection, LOG)
    for module in tables_of(packages):
        if module.DURABLE:
            owned = tuple(table_of(row) for rows, _ in module.OWNED for row in rows)
            yield from _of_tables(connection, owned)
        else:
            yield from derived_differences(connection, module)


def role_differences(connection: Connection) -> Iterator[Difference]:
    """A log on PostgreSQL that only the login may use that made it, which may be as it should."""
    if connection.dialect.name == "postgresql":
        from events.postgres.roles import missing_rights

        db: Any = connection.connection.driver_connection
        if hint := missing_rights(db):
            yield Difference(
                "only the login that owns the log may use it: no role has rights", hint
            )


def only_reads(connection: Connection) -> bool:
    """Whether a server of PostgreSQL takes no writes from this login, as a standby."""
    query = "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'"
    return connection.dialect.name == "postgresql" and bool(
        connection.exec_driver_sql(query).scalar()
    )


def lacking_rights(connection: Connection, packages: Iterable[str]) -> Iterator[Difference]:
    """What this login may not do on PostgreSQL, by role, which may be as it should."""
    if connection.dialect.name != "postgresql":
        return
    from events.postgres.roles import PURPOSES

    written = {"pactwatch_writer": ["events"]}
    for module in tables_of(packages):
        for rows, grants in module.OWNED:
            for role in (role for role, rights in grants.items() if "INSERT" in rights):
                written.setdefault(role, []).extend(table_of(row).name for row in rows)
    query = text(
        "SELECT quote_ident(CURRENT_USER), bool_and(has_any_column_privilege(to_regclass(name),"
        " 'INSERT')) FROM unnest(CAST(:tables AS text[])) AS name"
    )
    for role, tables in written.items():
        login, is_allowed = connection.execute(query, {"tables": tables}).one()
        if is_allowed is False:
            hint = f"if it is to, by one who may: GRANT {role} TO {login} (docs/log.md, PostgreSQL)"
            yield Difference(f"the login {login} may not {PURPOSES[role]}", hint)


def derived_differences(connection: Connection, module: Any) -> Iterator[Difference]:
    """The same of the tables of a package that can be made anew from the log."""
    for each in _of_tables(connection, tuple(map(table_of, module.TABLES))):
        yield Difference(each.words, REBUILD)
    for name in module.BESIDE[connection.dialect.name]:
        if not _is_there(connection, name):
            yield Difference(f"{name} is missing, by which words are found", REBUILD)


def _is_there(connection: Connection, name: str) -> bool:
    query = (
        "SELECT count(*) FROM sqlite_master WHERE name = :name"
        if connection.dialect.name == "sqlite"
        else "SELECT count(to_regclass(:name))"
    )
    return bool(connection.execute(text(query), {"name": name}).scalar())


def _are_as_made(connection: Connection, tables: tuple[Table, ...]) -> bool:
    """Whether SQLite keeps every statement that makes these tables and their indexes.

    PostgreSQL keeps no statements, and a migration leaves others: there Alembic looks.
    """
    if connection.dialect.name != "sqlite":
        return False
    present = set(connection.exec_driver_sql("SELECT sql FROM sqlite_schema").scalars())
    made = sqlite_schema() if tables == LOG else statements(tables, "sqlite")
    return present.issuperset(statement.strip() for statement in made)


def _of_tables(connection: Connection, tables: tuple[Table, ...]) -> Iterator[Difference]:
    if _are_as_made(connection, tables):
        return
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    declared = metadata_of(tables)

    def is_ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name in declared.tables

    # The log is STRICT on SQLite, whose types have other names than those declared.
    options = {"compare_type": False, "include_name": is_ours}
    context = MigrationContext.configure(connection, opts=options)
    # What alters a column comes as a list.
    changes = [
        each[0] if isinstance(each, list) else each for each in compare_metadata(context, declared)
    ]
    missing = {change[1].name for change in changes if change[0] == "add_table"}
    for change in changes:
        # With a table come its indexes; what is missing lacks nothing else.
        if change[0] != "add_index" or change[1].table.name not in missing:
            yield from _difference(change)
    yield from _of_keys(connection, declared)


def _difference(operation: tuple[Any, ...]) -> Iterator[Difference]:
    match operation:
        case ("add_table", table):
            yield Difference(f"table {table.name} is missing", LOST)
        case ("add_column", _, table, column):
            yield Difference(f"table {table} lacks column {column.name}", UPGRADE)
        case ("add_index", index):
            yield Difference(f"table {index.table.name} lacks index {index.name}", UPGRADE)
        case ("add_constraint" | "add_fk", constraint):
            columns = ", ".join(constraint.columns.keys())
            kind = "the foreign key" if operation[0] == "add_fk" else "the unique constraint"
            words = f"table {constraint.table.name} lacks {kind} on {columns}"
            yield Difference(words, ANOTHER)
        case ("modify_nullable", _, table, column, _, _, _):
            yield Difference(f"column {column} of table {table} may be empty", ANOTHER)


def _of_keys(connection: Connection, declared: MetaData) -> Iterator[Difference]:
    """The primary keys, at which Alembic does not look."""
    there = inspect(connection).get_multi_pk_constraint(filter_names=list(declared.tables))
    for table in declared.sorted_tables:
        expected = list(table.primary_key.columns.keys())
        actual = there.get((None, table.name))
        if actual is not None and actual["constrained_columns"] != expected:
            words = f"table {table.name} lacks the primary key on {', '.join(expected)}"
            yield Difference(words, ANOTHER)


def view_differences(connection: Connection, packages: Iterable[str]) -> Iterator[Difference]:
    """Views that are missing, or show something else than those of this release."""
    present = set(inspect(connection).get_view_names())
    for view in views_of(packages):
        if view.name not in present:
            yield Difference(f"dashboards lack {view.name}", UPGRADE)
        elif not views.is_as_made(connection, view):
            yield Difference(f"{view.name} is not as pactwatch makes it", UPGRADE)


def guard_faults(connection: Connection) -> list[str]:
    """What of the triggers that keep the log append-only is missing or altered."""
    db: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        from events.sqlite import schema as sqlite

        return sqlite.guard_faults(db.driver)
    from events.postgres import schema as postgres

    return postgres.guard_faults(db)


def foreign_triggers(connection: Connection, packages: Iterable[str]) -> list[str]:
    """The names of triggers that this release does not make, in the order of names."""
    ours: set[str] = set()
    for module in tables_of(packages):
        ours.update(() if module.DURABLE else module.BESIDE[connection.dialect.name])
    if connection.dialect.name == "sqlite":
        from events.sqlite import schema as sqlite

        ours.update(sqlite.TRIGGERS)
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1"
    else:
        from events.postgres import schema as postgres

        ours.update(trigger[1] for trigger in postgres.TRIGGERS)
        query = (
            "SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE "
            "NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace ORDER BY 1"
        )
    return [name for name in connection.execute(text(query)).scalars() if name not in ours]
