"""Addresses of databases: which engine, which file, and how one is printed without its password."""

from __future__ import annotations

import re
from importlib.util import find_spec
from shlex import quote

from events.errors import StoreUnavailable

NO_PATHS = ("", "None")
"""What a path reads as that nobody has set; a file of that name is `./None`."""


PASSWORD_OPTION = re.compile(
    r"(?i)(?<=[?&])[a-z]*password=(?P<password>[^&]*(?:&(?!\w+=)[^&]+)*)(?:&|$)"
)
"""`password` and `sslpassword` among the options of an address, with a `&` that is part of it."""
HOST = r"(\[[^]]*\]|[^:/?@]*)(:\d*)?"
HOSTS_WITH_OPTIONS = re.compile(rf"{HOST}(,{HOST})*(/[^?@]*)?\?\w+=")
"""An address without a user; an `@` in it is part of an option."""
BARE_PERCENT = r"%(?![0-9a-fA-F]{2})"
MISREAD = re.compile(rf"[@/ ]|{BARE_PERCENT}")
"""What libpq takes before the last `@` of an address for the end of a password, or refuses."""
MISREAD_OPTION = re.compile(rf"[& ]|{BARE_PERCENT}")
WORDS_OF_LIBPQ = re.compile(
    r"(?i)(?!\.{0,2}/)(\s*postgres(ql)?:|(.*\s)?(host|hostaddr|port|dbname|user|password|service)\s*=)"
)
"""What libpq takes and what is nearly an address; a path that begins as one is none."""


def is_postgres(url: str) -> bool:
    return url.split("://")[0] in ("postgresql", "postgres")


def check_postgres_driver() -> None:
    """Raises StoreUnavailable where the extra that brings the driver is not installed."""
    if find_spec("psycopg") is None:
        raise StoreUnavailable(
            "this installation has no driver for PostgreSQL",
            hint="pip install 'pactwatch[postgres]'",
        )


def check_passwords(url: str) -> None:
    """Raises StoreUnavailable where libpq would take a password for something else, and name it."""
    user, _ = _user_and_place(url)
    bare = [MISREAD.search(user)]
    bare += [MISREAD_OPTION.search(each["password"]) for each in PASSWORD_OPTION.finditer(url)]
    if (character := next(filter(None, bare), None)) is not None:
        raise StoreUnavailable(
            f"{without_password(url)}: its user or password has a bare {character[0]!r}",
            hint="write @ as %40, / as %2F, & as %26, a space as %20, and % itself as %25, "
            "or keep the password in ~/.pgpass",
        )


def without_password(url: str) -> str:
    """An address as it may be printed: without its passwords, wherever they stand in it."""
    scheme, there, _ = url.partition("://")
    if not there:
        return url
    user, place = _user_and_place(url)
    name, _, _ = user.partition(":")
    return f"{scheme}://{name}{'@' if user else ''}{place.rstrip('?&')}"


def _user_and_place(url: str) -> tuple[str, str]:
    """What stands before the last `@` of an address that can end a user, and what is behind it."""
    rest = PASSWORD_OPTION.sub("", url.partition("://")[2])
    if HOSTS_WITH_OPTIONS.match(rest):
        return "", rest
    user, _, place = rest.rpartition("@")
    return user, place


def sqlite_path(url: str) -> str:
    """The file of `sqlite:///file` or of a bare path; other schemes and no path are refused."""
    path = url.removeprefix("sqlite:///")
    if path in NO_PATHS:
        raise StoreUnavailable(
            f"{url!r} names no database",
            hint="name a file or an address: pactwatch --db FILE, or PACTWATCH_DB",
        )
    if path == url and WORDS_OF_LIBPQ.match(path):
        raise StoreUnavailable(
            "the database is named by neither a file nor an address",
            hint="postgresql://USER@HOST:PORT/DATABASE?OPTION=VALUE; a password belongs in "
            "~/.pgpass",
        )
    if path != url and "?" in path:
        file, _, query = path.partition("?")
        raise StoreUnavailable(
            f"{url!r}: the address of a SQLite file takes no options; found ?{query}",
            hint=f"pactwatch --db {quote(f'sqlite:///{file}')} status; commands that read open it "
            "for reading",
        )
    if "://" in path:
        raise StoreUnavailable(
            f"no engine for {url.split('://')[0]}://",
            hint="use sqlite:///FILE, a file name, or postgresql://HOST/DATABASE",
        )
    return path
