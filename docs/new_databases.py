"""Writes the statements that make a new database; `make docs` runs it.

The tables are declared as rows, and SQLAlchemy makes statements of them. Written down, they make a
database without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw

from cli import PACKAGES
from events import EventStore, tables
from events.database.engine import open_engine, write_transaction
from events.database.new_database import script_of
from events.database.packages import create_packages
from events.postgres.schema import LOG as LOG_ON_POSTGRES
from events.sqlite.schema import LOG as LOG_ON_SQLITE

HEAD = "-- Made by `make docs` from the rows as they are declared; a test compares.\n"
ADDED = """
    SELECT schema.sql FROM sqlite_schema AS schema
    LEFT JOIN pragma_table_list AS list ON list.name = schema.name
    JOIN sqlite_schema AS of_table ON of_table.name = schema.tbl_name
    WHERE schema.rowid > ? AND schema.sql IS NOT NULL AND list.type IS NOT 'shadow'
    ORDER BY iif(schema.type = 'index', of_table.rowid, schema.rowid),
        schema.type = 'index', schema.name
"""
"""What is there since some row; what a full text index keeps of itself comes with it.

SQLAlchemy makes the indexes of a table in any order, so here they follow it by their names.
"""
STAMPS = "SELECT version_num FROM alembic_version WHERE rowid > ? ORDER BY rowid"


def scripts() -> dict[Path, str]:
    """The statements of the log by engine, and of each package on SQLite, by file."""
    with TemporaryDirectory() as folder:
        address = str(Path(folder) / "new.db")
        EventStore.open(address).close()
        beside = {script_of(package): _script(_made(address, package)) for package in PACKAGES}
    return {
        LOG_ON_SQLITE: _script(tables.sqlite_schema()),
        LOG_ON_POSTGRES: _script(tables.postgres_schema()),
        **beside,
    }


def _script(statements: Iterator[str] | tuple[str, ...]) -> str:
    return HEAD + "".join(f"\n{statement.strip()};\n" for statement in statements)


def _made(address: str, package: str) -> Iterator[str]:
    """The statements of what a package makes in a database, made there as they are declared."""
    with closing(apsw.Connection(address)) as db:
        last = db.execute("SELECT max(rowid) FROM sqlite_schema").get
        stamp = db.execute("SELECT max(rowid) FROM alembic_version").get
        with write_transaction(open_engine(address)) as connection:
            create_packages(connection, [package])
        yield from (row[0] for row in db.execute(ADDED, (last,)))
        for (revision,) in db.execute(STAMPS, (stamp,)):
            yield f"INSERT INTO alembic_version (version_num) VALUES ('{revision}')"


def main() -> None:
    for file, script in scripts().items():
        file.write_text(script, encoding="utf-8")


if __name__ == "__main__":
    main()
