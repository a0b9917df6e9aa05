"""The command that serves the board over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from tracker.terminal.logs import LogFormat, configure_logs, log_format_option
from tracker.terminal.options import HELP, pass_session
from tracker.terminal.session import Session
from tracker.terminal.text import print_info
from web.cli.options import (
    NetworkType,
    base_url_option,
    board_settings,
    check_cors,
    check_protected,
    check_proxy,
    checked_header,
    checked_origins,
    tlp_option,
)

if TYPE_CHECKING:
    import socket

    from web.settings import Network


@click.command("serve", context_settings=HELP)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    show_envvar=True,
    help="The address to listen at; 0.0.0.0 is every one of this machine.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port; 0 takes one that is free, and names it.",
)
@click.option(
    "--unix-socket",
    type=click.Path(path_type=Path),
    show_envvar=True,
    help="Listen at a Unix socket, for its owner and group, instead of host and port.",
)
@click.option(
    "--behind-auth",
    metavar="HEADER",
    default="",
    callback=lambda _context, _option, value: checked_header(value),
    show_envvar=True,
    help="Answer only where a trusted proxy names the reader in this header.",
)
@click.option(
    "--trusted-proxy",
    "trusted",
    type=NetworkType(),
    metavar="NETWORK",
    multiple=True,
    show_envvar=True,
    help="Where that proxy is; may be repeated (default: loopback, and who comes by socket).",
)
@click.option(
    "--readers",
    type=click.Path(path_type=Path),
    show_envvar=True,
    help="Answer only these readers: a file as `htpasswd -B` writes it, bcrypt or argon2id.",
)
@click.option(
    "--cors",
    metavar="ORIGIN",
    multiple=True,
    callback=lambda _context, _option, values: checked_origins(values),
    show_envvar=True,
    help="Let pages of this origin, or of any (*), read the documents of a CLEAR board.",
)
@click.option("--metrics", is_flag=True, show_envvar=True, help="Answer Prometheus at /metrics.")
@base_url_option
@tlp_option
@log_format_option
@pass_session
def serve(
    session: Session,
    host: str,
    port: int,
    unix_socket: Path | None,
    behind_auth: str,
    trusted: tuple[Network, ...],
    readers: Path | None,
    cors: tuple[str, ...],
    metrics: bool,
    base_url: str | None,
    ceiling: str | None,
    log_format: LogFormat,
) -> None:
    """The web board: pages, JSON, CSV, feed and calendar, read-only, until it is stopped.

    It opens the database for reading only and projects nothing: let `pactwatch run` or a `tick`
    keep it up to date. Port 0 takes any free one and says which.

    A board above TLP:CLEAR is served on loopback and at a Unix socket only, unless a proxy vouches
    for its readers (--behind-auth) or a file names them (--readers).

    \b
    Examples:
      pactwatch serve
      pactwatch serve --host 0.0.0.0 --port 80 \\
          --base-url https://pacts.example.org/
      pactwatch serve --cors https://observablehq.com
      pactwatch serve --tlp amber --unix-socket /run/pactwatch/board.sock
      pactwatch serve --tlp amber --host 0.0.0.0 --readers /etc/pactwatch/readers
    """
    from notifications.settings import MailSettings
    from web.serving.log_repeats import Repeats
    from web.serving.readers_file import ReadersFile
    from web.serving.server import ended_by_sigterm, run
    from web.settings import LOOPBACK, Access

    configure_logs(log_format, Repeats())
    MailSettings()  # a page of preferences reads them: what does not fit is refused here
    check_proxy(behind_auth, trusted)
    access = Access(behind_auth, trusted or LOOPBACK, readers)
    if readers is not None:
        ReadersFile(readers).load()
    session.visible_store().close()
    with opened_socket(host, port, unix_socket) as (socket, address), ended_by_sigterm():
        settings = board_settings(session, base_url or address, ceiling)
        settings = replace(settings, access=access, cors=cors, has_metrics=metrics)
        check_cors(settings)
        if unix_socket is None:
            check_protected(settings, socket.getsockname()[0])
        place = unix_socket or address
        print_info(session, f"the board is at {place}, TLP:{settings.ceiling}; stop with Ctrl-C")
        run(settings, socket)


@contextmanager
def opened_socket(
    host: str, port: int, unix_socket: Path | None
) -> Iterator[tuple[socket.socket, str]]:
    """Opens the socket to serve at, and names the address of the board there."""
    from web.serving.server import listening, listening_at

    if unix_socket is not None:
        with listening_at(unix_socket) as bound:
            yield bound, "http://localhost/"
        return
    name = "localhost" if host in ("0.0.0.0", "::", "") else host
    name = f"[{name}]" if ":" in name else name
    with listening(host, port) as bound:
        yield bound, f"http://{name}:{bound.getsockname()[1]}/"
