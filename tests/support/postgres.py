"""A real PostgreSQL of our own: private data directory, loopback, the durability it ships with."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.apt import found_or_installed
from tests.support.loopback import free_port

DEBIAN = Path("/usr/lib/postgresql")
MEMORY, ROOM = Path("/dev/shm"), 4_000_000_000


class NoPostgres(Exception):
    """No server is here and none could be installed."""


def binaries() -> Path:
    """The folder of initdb and postgres; installed through apt when root; else NoPostgres."""
    found = found_or_installed(_present, "postgresql")
    if found is None:
        raise NoPostgres("no PostgreSQL here; on Debian: apt-get install postgresql")
    return found


def _present() -> Path | None:
    on_path = shutil.which("initdb")
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    return Path(on_path).parent if on_path else None


def version() -> str:
    """What the server calls itself, or that there is none."""
    try:
        command = [str(binaries() / "postgres"), "--version"]
    except NoPostgres:
        return "no PostgreSQL"
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return f"PostgreSQL {said.split()[2]}"


@contextmanager
def server(*, in_memory: bool = False) -> Iterator[str]:
    """A running server; yields the address of its `postgres` database, for its superuser.

    `in_memory` has its files in memory where there is room: every setting is as it ships, but a
    commit waits for no disk.
    """
    folder = binaries()
    place = Path(tempfile.mkdtemp(prefix="pactwatch-postgres-", dir=_memory(in_memory)))
    user = _user(place)
    data, port = place / "data", free_port()
    init = [str(folder / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
    _run([*init, "--no-sync"] if in_memory else init, user)
    options = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={place}"
    control = [str(folder / "pg_ctl"), "-D", str(data), "-w", "-l", str(place / "log")]
    _run([*control, "-o", options, "start"], user)
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        _run([*control, "-m", "immediate", "stop"], user)
        shutil.rmtree(place, ignore_errors=True)


def _memory(in_memory: bool) -> Path | None:
    """The folder of files in memory; None where there is none or it is too small."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if in_memory and roomy else None


def _user(place: Path) -> str | None:
    """PostgreSQL refuses to run as root, so another user has to hold its files."""
    if os.geteuid() != 0:
        return None
    name = "postgres" if _exists("postgres") else "nobody"
    shutil.chown(place, name)
    return name


def _exists(user: str) -> bool:
    return subprocess.run(["id", user], check=False, capture_output=True).returncode == 0


def _run(command: list[str], user: str | None) -> None:
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        user=user,
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        timeout=120,
    )
    if done.returncode:
        raise NoPostgres(f"{Path(command[0]).name} failed: {done.stderr or done.stdout}")


def create_database(server: str, name: str, template: str | None = None) -> str:
    """Create a database, empty or like the one of an address; returns its own address.

    PostgreSQL does not copy who may do what with a database, so that is copied here.
    """
    with psycopg.connect(server, autocommit=True) as db:
        if template is None:
            db.execute(_words("CREATE DATABASE {}", name))
        else:
            original = template.rpartition("/")[2]
            db.execute(_words("CREATE DATABASE {} TEMPLATE {}", name, original))
            db.execute(_words("REVOKE ALL ON DATABASE {} FROM PUBLIC", name))
            for grantee, privilege in db.execute(GRANTS, (original,)).fetchall():
                db.execute(_words(f"GRANT {privilege} ON DATABASE {{}} TO {{}}", name, grantee))
    return f"{server.rpartition('/')[0]}/{name}"


def _words(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))  # type: ignore[arg-type]


GRANTS = """
    SELECT role.rolname, entry.privilege_type
    FROM pg_database, aclexplode(datacl) AS entry JOIN pg_roles AS role ON role.oid = entry.grantee
    WHERE datname = %s
"""
