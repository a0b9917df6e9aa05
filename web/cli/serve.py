"""The commands that serve the board or write it as files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from msgspec.structs import asdict, replace

from events.wording import first_few
from notifications.cli.feeds import read_base_url
from tracker.entries.tlp import LEVELS, OPEN
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.logs import LogFormat, configure_logs, log_format_option
from tracker.terminal.options import HELP, pass_session, read_by
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import Progress, print_info

if TYPE_CHECKING:
    import socket

    from web.settings import Network, Site

base_url_option = click.option(
    "--base-url",
    metavar="URL",
    callback=read_base_url,
    show_envvar=True,
    envvar="PACTWATCH_PUBLIC_URL",
    help="Where others reach the board; feeds, calendar and mail link there.",
)
tlp_option = click.option(
    "--tlp",
    "ceiling",
    type=click.Choice(LEVELS, case_sensitive=False),
    help="Show nothing that is marked above this, nor anything computed from it "
    "(default: the global --tlp, else CLEAR).",
)


class NetworkType(click.ParamType["Network"]):
    """An address, or a network as `10.1.0.0/16`."""

    name = "network"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Network:
        try:
            return ip_network(str(value))
        except ValueError as error:
            self.fail(f"{error}; expected an address or a network, say 10.1.0.0/16", param, ctx)


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
        settings = _settings(session, base_url or address, ceiling)
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


HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""The name of a header (RFC 9110, 5.6.2); no proxy sends another."""


def checked_header(text: str) -> str:
    """The name of a header, or nothing; raises BadParameter."""
    name = text.strip()
    if name and not HEADER.fullmatch(name):
        words = f"{text!r}: expected the name of a header, say X-Forwarded-User"
        raise click.BadParameter(words, param_hint="'--behind-auth'")
    return name


def check_proxy(header: str, trusted: tuple[Network, ...]) -> None:
    """Raises BadParameter for a proxy that is trusted with nothing."""
    if trusted and not header:
        words = "it says who may name readers; add --behind-auth HEADER, or leave it out"
        raise click.BadParameter(words, param_hint="'--trusted-proxy'")


def checked_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """The origins that were named; raises BadParameter for what is none."""
    for origin in origins:
        parts = urlsplit(origin)
        is_origin = (
            parts.scheme in ("http", "https") and f"{parts.scheme}://{parts.netloc}" == origin
        )
        if origin != "*" and not (is_origin and parts.hostname):
            raise click.BadParameter(
                f"{origin!r}: expected https://host, or *", param_hint="'--cors'"
            )
    return origins


def check_cors(site: Site) -> None:
    """Raises BadParameter for pages of others on a board that is not for everybody."""
    if site.cors and site.is_private:
        raise click.BadParameter(
            "pages of others may read a board of what is CLEAR, for everybody; leave out --cors, "
            "or --tlp, --readers and --behind-auth",
            param_hint="'--cors'",
        )


def check_protected(site: Site, address: str) -> None:
    """Raises NotProtected where strangers reach a board that is not for everybody."""
    from web.errors import NotProtected

    if not site.access.is_open or site.ceiling == OPEN or ip_address(address).is_loopback:
        return
    raise NotProtected(
        f"anybody who reaches {address} would read what is marked up to TLP:{site.ceiling}",
        hint="stay within the machine (--host 127.0.0.1, or --unix-socket PATH), let a proxy vouch "
        "for readers (--behind-auth X-Forwarded-User), or name them (--readers FILE)",
    )


def _settings(session: Session, base_url: str, ceiling: str | None) -> Site:
    from web.settings import Site

    return Site(
        db=session.db,
        read_db=session.read_db,
        clock=session.clock if session.now_text is None else lambda: session.now,
        base_url=base_url,
        tz=session.tz,
        ceiling=(ceiling or session.tlp or "CLEAR").upper(),
        clock_is_given=session.now_text is not None,
        undelivered=session.alerting.undelivered,
    )


@click.group("site", cls=CommandGroup, context_settings=HELP)
def site() -> None:
    """The board as files that any web server, or none, can serve.

    \b
    Examples:
      pactwatch site build public
    """


def _as_typed(session: Session, text: str) -> str:
    """An instant as it was typed, as the addresses of pages have it; raises for what is none."""
    session.instant(text)
    return text


@site.command("build")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--as-of",
    metavar="T",
    callback=read_by(_as_typed),
    help="The world as of this instant: a dated archive.",
)
@click.option(
    "--known-at",
    metavar="T",
    callback=read_by(_as_typed),
    help="Only what was recorded by this instant.",
)
@base_url_option
@tlp_option
@pass_session
def build(
    session: Session,
    directory: Path,
    as_of: str | None,
    known_at: str | None,
    base_url: str | None,
    ceiling: str | None,
) -> None:
    """Write every page, feed and document into DIRECTORY; all of it, or nothing.

    A file that cannot be made says so in its place, is named at the end, and makes the exit code 1.
    Links are relative, so the pages also work opened from the disk. A directory that holds
    something else than an earlier build is refused.

    \b
    Examples:
      pactwatch site build public
      pactwatch site build archive/2025-04-17 --as-of 2025-04-17
    """
    from web.errors import SiteIncomplete
    from web.export import export

    session.visible_store().close()
    settings = _settings(session, base_url or "http://localhost/", ceiling)
    with Progress(session, "agreements written") as progress:
        written = export(settings, directory, as_of or "", known_at or "", progress)
    failed = [f"{each.file} ({each.reason})" for each in written.failed]
    document = {
        "directory": str(directory),
        "files": written.files,
        "failed": [asdict(each) for each in written.failed],
    }
    words = f"wrote {written.files} files into {directory}"
    emit(session, document, draw=lambda: print_info(session, words))
    if failed:
        raise SiteIncomplete(
            f"{len(failed)} files could not be made: {first_few(failed, NAMED)}",
            hint="each says so in its place, and every other file is whole; all of them: --json",
        )


NAMED = 10
"""How many files that could not be made are named in the error."""
