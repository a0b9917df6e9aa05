"""A real PostgreSQL of our own: private data directory, loopback, the durability it ships with."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support import run_folder
from tests.support.apt import found_or_installed
from tests.support.loopback import free_port

DEBIAN = Path("/usr/lib/postgresql")


class NoPostgres(Exception):
    """No server is here and none could be installed."""


def binaries() -> Path:
    """The folder of initdb and postgres; installed through apt when root; else NoPostgres."""
    folder = found_or_installed(_present, "postgresql")
    if folder is None:
        raise NoPostgres("no PostgreSQL here; on Debian: apt-get install postgresql")
    return folder


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
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return f"PostgreSQL {output.split()[2]}"


class Server:
    """A private server on loopback, which can be stopped, copied as a hot standby and promoted."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.port = folder, folder / "data", free_port()
        self.user = run_as(folder)

    @property
    def url(self) -> str:
        """The address of its `postgres` database, for its superuser."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def initialise(self) -> None:
        """Makes its files, with every setting as it ships."""
        copy_never_run(self.data, self.user)

    def copy_as_standby(self, primary: Server) -> None:
        """Takes a base backup, which follows its primary once it is started."""
        origin = f"host=127.0.0.1 port={primary.port} user=postgres"
        command = ["pg_basebackup", "-D", str(self.data), "-d", origin, "-R", "-X", "stream"]
        self._tool(*command, "-c", "fast", "--no-sync")

    def start(self) -> None:
        options = f"-c port={self.port} -c listen_addresses=127.0.0.1"
        self._control("-o", f"{options} -c unix_socket_directories={self.folder}", "start")

    def stop(self) -> None:
        """Stops it as a crash would, if it runs."""
        if (self.data / "postmaster.pid").exists():
            self._control("-m", "immediate", "stop")

    def kill(self) -> None:
        """Kills its first process; the others notice, and the folder stays as they leave it."""
        lock = self.data / "postmaster.pid"
        os.kill(int(lock.read_text().split()[0]), signal.SIGKILL)
        lock.unlink()

    def promote(self) -> None:
        self._control("promote")

    def _control(self, *words: str) -> None:
        self._tool("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), *words)

    def _tool(self, name: str, *words: str) -> None:
        _run([str(binaries() / name), *words], self.user)


@cache
def never_run() -> Path:
    """The files of a server that has never run: a copy costs a tenth of making them.

    The first process of a run of tests that needs them makes them for all.
    """
    if (folder := run_folder.shared()) is None:
        until_the_end = ExitStack()
        atexit.register(until_the_end.close)
        folder = until_the_end.enter_context(server_folder(in_memory=True))
    data, user, whole = folder / "data", run_as(folder), folder / "whole"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            options = ("-U", "postgres", "-A", "trust", "--no-sync")
            _run([str(binaries() / "initdb"), "-D", str(data), *options], user)
            whole.touch()
    return data


def copy_never_run(data: Path, user: str | None) -> None:
    """Makes the files of a new server."""
    _run(["cp", "-a", str(never_run()), str(data)], user)


@contextmanager
def server(*, in_memory: bool = False) -> Iterator[str]:
    """A running server; yields the address of its `postgres` database, for its superuser.

    `in_memory` has its files in memory where there is room: every setting is as it ships, but a
    commit waits for no disk.
    """
    with server_folder(in_memory=in_memory) as place:
        made = Server(place)
        made.initialise()
        made.start()
        try:
            yield made.url
        finally:
            made.stop()


@contextmanager
def server_folder(*, in_memory: bool = False) -> Iterator[Path]:
    """A folder for the files of a server, which is removed; NoPostgres where none can be had."""
    binaries()
    parent = run_folder.memory() if in_memory else None
    place = Path(tempfile.mkdtemp(prefix="pactwatch-postgres-", dir=parent))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def run_as(place: Path) -> str | None:
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
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        user=user,
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        timeout=120,
    )
    if done.returncode:
        raise NoPostgres(f"{Path(command[0]).name} failed: {done.stderr}")


def create_database(server: str, name: str, template: str | None = None) -> str:
    """Create a database, empty or like the one of an address; returns its own address."""
    with psycopg.connect(server, autocommit=True) as db:
        return create_database_in(db, server, name, template)


def create_database_in(db: psycopg.Connection, server: str, name: str, template: str | None) -> str:
    """The same in a session of the server that is open.

    Its files are copied whole, not page by page through the buffers, which making and dropping it
    would cost. PostgreSQL does not copy who may do what with a database, so that is copied here.
    """
    if template is None:
        db.execute(_words("CREATE DATABASE {} STRATEGY FILE_COPY", name))
    else:
        original = template.rpartition("/")[2]
        words = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
        db.execute(_words(words, name, original))
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
