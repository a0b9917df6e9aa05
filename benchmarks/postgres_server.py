"""Where does a PostgreSQL come from? A private one, with the durability it ships with."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

INSTALLED = Path("/usr/lib/postgresql")


class NoServer(Exception):
    """PostgreSQL is not installed, or did not start."""


class Account(NamedTuple):
    """Who runs the server, since it refuses root."""

    name: str
    group: int


def binaries() -> Path:
    """The folder of initdb and pg_ctl, the newest version first; else NoServer."""
    found = sorted(INSTALLED.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise NoServer("no PostgreSQL here; on Debian: apt-get install postgresql")
    return found[-1].parent if found else Path(str(on_path)).resolve().parent


def version() -> str:
    """What the server calls itself, or that there is none."""
    try:
        command = [str(binaries() / "postgres"), "--version"]
    except NoServer:
        return "no PostgreSQL"
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return f"PostgreSQL {said.split()[2]}"


@contextmanager
def server() -> Iterator[str]:
    """A running server; yields the address of its `postgres` database."""
    folder, place = binaries(), Path(tempfile.mkdtemp(prefix="bench-postgres-"))
    try:
        account, port = _account(place), _free_port()
        data = ["-D", str(place / "data")]
        _run([str(folder / "initdb"), *data, "-U", "postgres", "-A", "trust"], account)
        control = [str(folder / "pg_ctl"), *data, "-w", "-l", str(place / "log")]
        _run([*control, "-o", _options(place, port), "start"], account)
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run([*control, "-m", "immediate", "stop"], account)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _options(place: Path, port: int) -> str:
    """Loopback only. fsync and synchronous_commit are left as they come: on."""
    settings = (
        f"port={port}",
        "listen_addresses=127.0.0.1",
        f"unix_socket_directories={place}",
        "shared_buffers=128MB",
    )
    return " ".join(f"-c {setting}" for setting in settings)


def _account(place: Path) -> Account | None:
    """Another user where we are root, made the owner of the folder."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(place, found.pw_uid, found.pw_gid)
        return Account(name, found.pw_gid)
    raise NoServer("PostgreSQL refuses root, and there is no user postgres or nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[str], account: Account | None) -> None:
    done = subprocess.run(
        command,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        user=account.name if account else None,
        group=account.group if account else None,
        extra_groups=() if account else None,
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        timeout=120,
    )
    if done.returncode:
        raise NoServer(f"{Path(command[0]).name} failed: {done.stderr.strip()}")
