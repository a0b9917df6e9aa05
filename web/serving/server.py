"""Runs uvicorn on a socket that is bound beforehand, so that the port is known and announced."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from events.errors import StoreUnavailable
from web.serving.app import application
from web.settings import Site

BACKLOG = 2048
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
            raise StoreUnavailable(
                f"cannot listen on {host}:{port}: {error.strerror}",
                hint="pactwatch serve --port 0",
            ) from error
        yield bound


def server(site: Site) -> uvicorn.Server:
    """Sets up a server of the board, not yet running."""
    config = uvicorn.Config(
        application(site),
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        backlog=BACKLOG,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def run(site: Site, bound: socket.socket) -> None:
    """Serves until interrupted."""
    server(site).run(sockets=[bound])
