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
    found = found_or_installed(_present, "pgbouncer")
    if found is None:
        raise NoPostgres("no pgbouncer here; on Debian: apt-get install pgbouncer")
    return found


def _present() -> Path | None:
    path = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    return Path(path) if path else None


@contextmanager
def pooler(server: str, mode: str) -> Iterator[str]:
    """A running pooler; yields the address of the server's `postgres` database through it."""
    program, port = binary(), free_port()
    with server_folder() as folder:
        file = folder / "pgbouncer.ini"
        server_port = server.rpartition("/")[0].rpartition(":")[2]
        file.write_text(
            f"[databases]\n* = host=127.0.0.1 port={server_port} user=postgres\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = any\npool_mode = {mode}\ndefault_pool_size = {POOL_SIZE}\n"
        )
        user = run_as(folder)
        command = [str(program), "-q", str(file)]
        with subprocess.Popen(command, user=user, cwd="/", stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(port)
                yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
            finally:
                process.terminate()


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
