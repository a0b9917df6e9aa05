"""Bring a database to the schema of this version, with Alembic; each package has its own branch.

A fresh log is made as the newest migration leaves it, and says so in `alembic_version`; a test
compares the two ways. Projections have no migrations: they are made anew from the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from events.database import views
from events.database.engine import open_engine, write_transaction
from events.database.packages import create_packages, views_of

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent / "migrations"


def upgrade(url: str, packages: Iterable[str] = ()) -> list[str]:
    """Run every migration that is missing, in one transaction; their names in order.

    `packages` may have a `migrations/versions` folder.
    """
    from alembic import command

    names = list(packages)
    with write_transaction(open_engine(url)) as connection:
        before = applied(connection)
        views.drop(connection, views_of(names))
        command.upgrade(_config(connection, names), "heads")
        create_packages(connection, names)
        return sorted(set(applied(connection)) - set(before))


def applied(connection: Connection) -> list[str]:
    """The newest migration of each package."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return []
    rows = connection.execute(text("SELECT version_num FROM alembic_version ORDER BY 1"))
    return [row[0] for row in rows]


def _config(connection: Connection, packages: Iterable[str]) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(_locations(packages)))
    config.attributes["connection"] = connection
    return config


def _locations(packages: Iterable[str]) -> list[str]:
    folders = [HERE / "versions"]
    for package in packages:
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            folders.append(Path(spec.origin).parent / "migrations" / "versions")
    return [str(folder) for folder in folders if folder.is_dir()]
