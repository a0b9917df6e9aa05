"""Runs uvicorn on a socket that is bound beforehand, so that the port is known and announced."""

from __future__ import annotations

import errno
import gc
import os
import signal
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import uvicorn

from events.errors import StoreUnavailable
from web.pages.render import compile_templates
from web.serving.app import application
from web.serving.connections import OTHER_FILES, Limits, patient_protocol, system_limits
from web.settings import Site

BACKLOG = 2048
ACCEPTED_AT_ONCE = OTHER_FILES // 2
LONGEST_HEAD = 16 * 1024
"""Bytes of a request's head; no address of ours needs more."""


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Opens a socket that takes connections; port 0 is any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
            bound.listen(BACKLOG)
        except OSError as error:
            is_of_port = error.errno in (errno.EADDRINUSE, errno.EACCES)
            raise StoreUnavailable(
                f"cannot listen on {host}:{port}: {error.strerror}",
                hint=f"pactwatch serve {'--port 0' if is_of_port else '--host 127.0.0.1'}",
            ) from error
        yield bound


@contextmanager
def listening_at(path: Path) -> Iterator[socket.socket]:
    """Opens a Unix socket, for its owner and group, that is gone afterwards.

    One that nobody listens at any more, say after a kill, is replaced; no other file is.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
        try:
            if path.exists() and stat.S_ISSOCK(path.stat().st_mode) and not _is_answered(path):
                path.unlink()
            before = os.umask(0o117)
            try:
                bound.bind(str(path))
            finally:
                os.umask(before)
            bound.listen(BACKLOG)
        except OSError as error:
            raise StoreUnavailable(
                f"cannot listen at {path}: {error.strerror or error}",
                hint="name a path in a directory of your own, where no file is: "
                "pactwatch serve --unix-socket /run/pactwatch/board.sock",
            ) from error
        inode = path.stat().st_ino
        try:
            yield bound
        finally:
            with suppress(OSError):
                if path.stat().st_ino == inode:
                    path.unlink()


def _is_answered(path: Path) -> bool:
    """Whether somebody listens at a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            return False
    return True


class BoardServer(uvicorn.Server):
    """Accepts few connections at a time, so that those in excess make room before more are open.

    What waits to be accepted is another number, which asyncio would take for the same.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for bound in sockets or ():
            bound.listen(BACKLOG)


def server(site: Site, limits: Limits | None = None) -> uvicorn.Server:
    """Sets up a server of the board, not yet running."""
    limits = limits or system_limits()
    config = uvicorn.Config(
        application(site),
        http=patient_protocol(limits),
        ws="none",
        # What a client does wrong is no news: one that is told of each fills the log for others.
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=True,
        backlog=ACCEPTED_AT_ONCE,
        limit_concurrency=limits.places + ACCEPTED_AT_ONCE,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    return BoardServer(config)


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Leaves the block where the process is told to stop, which is no failure, at whatever moment.

    Uvicorn raises the signal again when it has stopped; by itself that would end us on the spot,
    before a Unix socket is taken away.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(SystemExit):
        yield


def run(site: Site, bound: socket.socket) -> None:
    """Serves until interrupted, which raises KeyboardInterrupt, or told to stop."""
    board = server(site)
    # Or the first reader of each kind of page would wait for its template.
    threading.Thread(target=compile_templates, daemon=True).start()
    # What stays for good need not be gone through each time that a long answer is collected.
    gc.freeze()
    signals: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        board.should_exit = True
        signals.append(number)

    # What comes before uvicorn has its own handlers is to find a server that it can stop: an
    # interrupt between the two leaves a warning of Python's in the log.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    board.run(sockets=[bound])
    if signal.SIGINT in signals:
        raise KeyboardInterrupt
