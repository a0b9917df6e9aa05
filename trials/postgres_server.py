"""A PostgreSQL of a trial's own, which can be stopped, killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.loopback import free_port
from tests.support.postgres import NoPostgres, binaries, copy_never_run, create_database
from trials.processes import Installation, workspace
from trials.trial import NotRun

SETTINGS = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
START_TRIES = 5


class PostgresServer:
    """A private server on loopback, with the durability that it ships with."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.port = folder, folder / "data", free_port()
        self.user = "postgres" if os.geteuid() == 0 else None
        folder.mkdir()
        if self.user:
            shutil.chown(folder, self.user)
        copy_never_run(self.data, self.user)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Starts it; after a kill the first try may meet a lock file that is still there."""
        options = f"-c port={self.port} -c listen_addresses=127.0.0.1"
        options += f" -c unix_socket_directories={self.folder}"
        for _ in range(START_TRIES):
            if self._control("-o", options, "start").returncode == 0:
                return
            time.sleep(0.5)
        raise RuntimeError(f"no start: {(self.folder / 'log').read_text()[-800:]}")

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def kill(self) -> None:
        """Kills the postmaster by SIGKILL; its children notice and go."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.3)

    def _control(self, *args: object) -> subprocess.CompletedProcess[str]:
        return self._tool("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", *args)

    def _tool(self, name: str, *args: object) -> subprocess.CompletedProcess[str]:
        command = [str(binaries() / name), *map(str, args)]
        return subprocess.run(
            command, user=self.user, cwd="/", env=SETTINGS, check=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=120,
        )  # fmt: skip


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running server; NotRun where there is none."""
    with workspace() as folder:
        try:
            server = PostgresServer(folder / "server")
        except NoPostgres as error:
            raise NotRun(str(error)) from error
        server.start()
        try:
            yield server
        finally:
            server.stop()


def fresh_database(server: PostgresServer, name: str) -> str:
    """The address of an empty database."""
    return create_database(server.url, name)


@contextmanager
def installation_on_postgres(name: str) -> Iterator[Installation]:
    """An installation in a folder of its own, on a new database of a server of its own."""
    with postgres_server() as server, workspace() as folder:
        yield Installation(folder, fresh_database(server, name))
