"""Addresses of databases: which engine, which file, and how one is printed without its password."""

from __future__ import annotations

import re
from importlib.util import find_spec

from events.errors import StoreUnavailable

NO_PATHS = ("", "None")
"""What a path reads as that nobody has set; a file of that name is `./None`."""


PASSWORD_OPTION = re.compile(r"(?i)([?&])[a-z]*password=[^&]*&?")
"""`password` and `sslpassword` among the options of an address."""


def is_postgres(url: str) -> bool:
    return url.split("://")[0] in ("postgresql", "postgres")


def check_postgres_driver() -> None:
    """Raises StoreUnavailable where the extra that brings the driver is not installed."""
    if find_spec("psycopg") is None:
        raise StoreUnavailable(
            "this installation has no driver for PostgreSQL",
            hint="pip install 'pactwatch[postgres]'",
        )


def without_password(url: str) -> str:
    """An address as it may be printed: without its passwords, wherever they stand in it."""
    scheme, there, rest = PASSWORD_OPTION.sub(r"\1", url).partition("://")
    user, at, place = rest.rpartition("@")
    return f"{scheme}://{user.split(':')[0]}{at}{place.rstrip('?&')}" if there else url


def sqlite_path(url: str) -> str:
    """The file of `sqlite:///file` or of a bare path; other schemes and no path are refused."""
    path = url.removeprefix("sqlite:///")
    if path in NO_PATHS:
        raise StoreUnavailable(
            f"{url!r} names no database",
            hint="name a file or an address: pactwatch --db FILE, or PACTWATCH_DB",
        )
    if path != url and "?" in path:
        file, _, query = path.partition("?")
        raise StoreUnavailable(
            f"{url!r}: the address of a SQLite file takes no options; found ?{query}",
            hint=f"pactwatch --db sqlite:///{file} status; commands that read open it for reading",
        )
    if "://" in path:
        raise StoreUnavailable(
            f"no engine for {url.split('://')[0]}://",
            hint="use sqlite:///FILE, a file name, or postgresql://HOST/DATABASE",
        )
    return path
