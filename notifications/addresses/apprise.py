"""Addresses of apprise services: checked by the library itself, and not to reach private hosts."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from notifications.addresses.public import is_public, is_within
from notifications.addresses.resolving import HookRules, not_to_be_called
from notifications.errors import InvalidAddress, NotificationError

INSTALL_HINT = "pip install 'pactwatch[channels]'"


class LogCollector(logging.Handler):
    """Collects what the library logs in one thread while a message is being sent."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._lines_of_thread: dict[int, list[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread in self._lines_of_thread:
            self._lines_of_thread[record.thread].append(record.getMessage())

    @contextmanager
    def collecting(self) -> Iterator[list[str]]:
        """Collects the lines of this thread, which grow while the block runs."""
        thread = threading.get_ident()
        lines: list[str] = []
        self._lines_of_thread[thread] = lines
        try:
            yield lines
        finally:
            del self._lines_of_thread[thread]


LIBRARY_LOG = LogCollector()


def _library() -> Any:
    """The library, with its log kept out of ours."""
    try:
        import apprise
    except ImportError as error:
        raise NotificationError(
            "this channel needs apprise, which is not installed", hint=INSTALL_HINT
        ) from error
    log = logging.getLogger("apprise")
    if LIBRARY_LOG not in log.handlers:
        log.addHandler(LIBRARY_LOG)
        log.setLevel(logging.DEBUG)
        log.propagate = False
    return apprise


def service_of(url: str, rules: HookRules) -> Any:
    """The service of an address; raises InvalidAddress for what the library does not know."""
    service = _library().Apprise.instantiate(url.strip())
    if service is None:
        raise InvalidAddress(
            "not an address that apprise knows, or a part of it is missing",
            hint="tgram://BOT-TOKEN/CHAT-ID; see https://appriseit.com/services",
        )
    service.socket_connect_timeout = service.socket_read_timeout = rules.seconds
    # Whatever the address says of it: where a redirect leads nobody has looked.
    service.redirects = False
    for host in hosts_of(url, service):
        with suppress(OSError, UnicodeError):
            entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            for address in {str(entry[4][0]).partition("%")[0] for entry in entries}:
                check_callable(address, rules)
    return service


def check_callable(address: str, rules: HookRules) -> None:
    """Raises TransportError for an address that is not public and not in a network of one's own."""
    if not (is_within(address, rules.networks) or is_public(address)):
        why = "which is not a public address"
        raise not_to_be_called("the host of that address", address, why)


def hosts_of(url: str, service: Any) -> set[str]:
    """The hosts that an address names: as its own, in an option of the service, or as a parameter.

    What a parameter names otherwise is seen when it is called, for `connect_guard` looks there.
    """
    # Where other addresses have a host, those of some services have a token.
    named = {service.host} if "host" in service.template_tokens else set()
    named |= {value for name, value in vars(service).items() if name.endswith("_host")}
    for _, value in parse_qsl(urlsplit(url).query):
        named.add(urlsplit(value).hostname if "://" in value else _literal(value))
    return {host.strip("[]") for host in named if isinstance(host, str) and host}


def _literal(text: str) -> str | None:
    """An IP address with or without a port, or this machine by name; None for anything else."""
    host = (urlsplit(f"//{text}").hostname or "") if text.isprintable() else ""
    try:
        return str(ip_address(host))
    except ValueError:
        return host if host == "localhost" else None
