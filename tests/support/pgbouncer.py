"""A pgbouncer of our own before a PostgreSQL server, in transaction or session mode."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.apt import found_or_installed
from tests.support.loopback import free_port
from tests.support.postgres import NoPostgres, run_as, server_folder

PATIENCE = 20.0
POOL_SIZE = 8
"""Who waits for a lock has a session meanwhile, and who holds it may need one more to go on."""


def binary() -> Path:
    """The program; installed through apt when root; else NoPostgres."""
    path = found_or_installed(_present, "pgbouncer")
    if path is None:
        raise NoPostgres("no pgbouncer here; on Debian: apt-get install pgbouncer")
    return path


def _present() -> Path | None:
    path = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    return Path(path) if path else None


class Pooler:
    """A pooler on a port of its own, which can be killed and begun again before another server."""

    def __init__(self, folder: Path, mode: str) -> None:
        self.program, self.port, self.mode = binary(), free_port(), mode
        self.file, self.user = folder / "pgbouncer.ini", run_as(folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the server's `postgres` database through it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self, server: str) -> None:
        """Starts it before the server of this address."""
        server_port = server.rpartition("/")[0].rpartition(":")[2]
        self.file.write_text(
            f"[databases]\n* = host=127.0.0.1 port={server_port} user=postgres\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            f"unix_socket_dir =\nauth_type = any\npool_mode = {self.mode}\n"
            f"default_pool_size = {POOL_SIZE}\n"
        )
        command = [str(self.program), "-q", str(self.file)]
        self._process = subprocess.Popen(
            command, user=self.user, cwd="/", stderr=subprocess.DEVNULL
        )
        _wait_for(self.port)

    def kill(self) -> None:
        """Kills it, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def pooler(server: str, mode: str) -> Iterator[str]:
    """A running pooler; yields the address of the server's `postgres` database through it."""
    with server_folder() as folder:
        one = Pooler(folder, mode)
        try:
            one.start(server)
            yield one.url
        finally:
            one.kill()


def _wait_for(port: int) -> None:
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < ends, "pgbouncer does not start"
            time.sleep(0.02)
        else:
            return
