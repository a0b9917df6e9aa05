"""Parses a webhook address, and refuses one that may mean another host. Pure."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec import Struct

from notifications.errors import InvalidAddress
from notifications.mail.headers import clean_text

PORTS = {"https": 443, "http": 80}
LONGEST = 2000
PRINTABLE = re.compile(r"\A[!-\[\]-~]+\Z")
"""ASCII without blanks, and without the backslash that some readers take for a slash."""
NAME = re.compile(r"\A(?!-)[a-z0-9_-]{1,63}(\.(?!-)[a-z0-9_-]{1,63})*\.?\Z")
NUMBER = re.compile(r"\A(0x[0-9a-f]*|[0-9]+)\Z")


class HookUrl(Struct, frozen=True):
    """The parts of a webhook address; `host` is a name or a plain IP address, `text` the whole."""

    text: str
    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and, where it is not the usual one, port: as a Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def parse_hook(text: str) -> HookUrl:
    """Parses a webhook address; raises InvalidAddress without naming the address."""
    url = text.strip()
    if not url.isascii() or not PRINTABLE.match(url) or len(url) > LONGEST:
        raise _refused(f"expected printable ASCII without blanks, at most {LONGEST} characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(clean_text(str(error))) from error
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise _refused("expected https:// with a host")
    if parts.username is not None or parts.password is not None:
        raise _refused("a name or password in it would be sent in the clear of every log")
    host, path = _host(parts.hostname), parts.path or "/"
    request_target = f"{path}?{parts.query}" if parts.query else path
    hook = HookUrl("", parts.scheme, host, port or PORTS[parts.scheme], request_target)
    whole = f"{hook.scheme}://{hook.authority}{hook.path}"
    return HookUrl(whole, hook.scheme, host, hook.port, request_target)


def _host(text: str) -> str:
    """A name or an address in its one plain form; 127.1, 0177.0.0.1 and 2130706433 are neither."""
    host = text.lower()
    if ":" in host or NUMBER.match(host.rstrip(".").rpartition(".")[2]):
        try:
            return str(ip_address(host))
        except ValueError as error:
            raise _refused("expected a name, or an IP address in its plain form") from error
    if not NAME.match(host) or len(host) > 253:
        raise _refused("its host is no name")
    return host


def _refused(why: str) -> InvalidAddress:
    return InvalidAddress(f"not a webhook address: {why}", hint="https://hooks.example.org/path")
