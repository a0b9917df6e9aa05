"""The options of `serve` and `site`: what each may be, and which of them go together."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from notifications.cli.feeds import read_base_url
from tracker.entries.tlp import LEVELS, OPEN
from tracker.terminal.session import Session

if TYPE_CHECKING:
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
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""The name of a header (RFC 9110, 5.6.2); no proxy sends another."""


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


def board_settings(session: Session, base_url: str, ceiling: str | None) -> Site:
    """What a board is made by: the database, the clock, its address, and up to which TLP."""
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
