"""Addresses of apprise services: checked by the library itself, and not to reach private hosts."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

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
    # Where other addresses have a host, those of some services have a token.
    host = service.host if "host" in service.template_tokens else None
    addresses: list[Any] = []
    if host:
        with suppress(OSError, UnicodeError):
            addresses = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    for address in {str(entry[4][0]) for entry in addresses}:
        if not (is_within(address, rules.networks) or is_public(address)):
            why = "which is not a public address"
            raise not_to_be_called("the host of that address", address, why)
    return service
