"""Addresses of databases: which engine, which file, and how one is printed without its password."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from events.envelope import NewEvent
from events.errors import StoreUnavailable

Clock = Callable[[], datetime]
Items = Sequence[tuple[str, NewEvent]]
StoredText = tuple[int, str, bytes, str]
"""Position, field, salt, text."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def is_postgres(url: str) -> bool:
    return url.split("://")[0] in ("postgresql", "postgres")


def without_password(url: str) -> str:
    """An address as it may be printed: without its password."""
    scheme, there, rest = url.partition("://")
    user, at, place = rest.rpartition("@")
    return f"{scheme}://{user.split(':')[0]}{at}{place}" if there else url


def sqlite_path(url: str) -> str:
    """The file of `sqlite:///file` or of a bare path; other schemes are refused."""
    if url.startswith("sqlite:///"):
        return url.removeprefix("sqlite:///")
    if "://" in url:
        raise StoreUnavailable(
            f"no engine for {url.split('://')[0]}://",
            hint="use sqlite:///FILE, a file name, or postgresql://HOST/DATABASE",
        )
    return url
