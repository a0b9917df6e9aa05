"""How a message leaves by apprise: the library speaks the tongues of a hundred services.

It is an extra, and loaded only where a subscription uses it. It says no more than whether it went
well; why it did not is read from what it logs, which goes no further, since addresses stand there.
What cannot be told from that is uncertain, since it may have arrived.
"""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from notifications.addresses.public import Network, is_public, is_within
from notifications.delivery.webhook import HookRules, not_to_be_called, refusal
from notifications.errors import InvalidAddress, NotificationError, TransportError
from notifications.receipt import Receipt

EXTRA = "pip install 'pactwatch[channels]'"
CODE = re.compile(r"error=([1-5]\d\d)\b")
NOT_CONNECTED = re.compile(
    "NewConnectionError|ConnectTimeoutError|NameResolutionError|SSLError|ProxyError|refused"
)
"""How the library's HTTP client says that no request was ever written."""


class Heard(logging.Handler):
    """What the library says in one thread, kept for as long as a message is being sent."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: dict[int, list[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread in self.said:
            self.said[record.thread].append(record.getMessage())

    @contextmanager
    def listening(self) -> Iterator[list[str]]:
        here = threading.get_ident()
        said: list[str] = []
        self.said[here] = said
        try:
            yield said
        finally:
            del self.said[here]


HEARD = Heard()


def _library() -> Any:
    """The library, with its log kept to ourselves."""
    try:
        import apprise
    except ImportError as error:
        raise NotificationError(
            "this channel needs apprise, which is not installed", hint=EXTRA
        ) from error
    log = logging.getLogger("apprise")
    if HEARD not in log.handlers:
        log.addHandler(HEARD)
        log.setLevel(logging.DEBUG)
        log.propagate = False
    return apprise


def service_of(url: str, rules: HookRules) -> Any:
    """The service of an address; InvalidAddress for what the library does not know."""
    found = _library().Apprise.instantiate(url.strip())
    if found is None:
        raise InvalidAddress(
            "not an address that apprise knows, or a part of it is missing",
            hint="tgram://BOT-TOKEN/CHAT-ID; see https://appriseit.com/services",
        )
    found.socket_connect_timeout = found.socket_read_timeout = rules.seconds
    _check_host(found, rules.networks)
    return found


def _check_host(service: Any, networks: Sequence[Network]) -> None:
    """Where an address names a host, it must not be a private one; a token is no host."""
    if "host" not in service.template_tokens or not service.host:
        return
    try:
        found = socket.getaddrinfo(service.host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    for address in {str(entry[4][0]) for entry in found}:
        if not (is_within(address, networks) or is_public(address)):
            why = "which is not a public address"
            raise not_to_be_called("the host of that address", address, why)


def notify(url: str, title: str, body: str, rules: HookRules) -> Receipt:
    """Hand over one message; TransportError says how far it came, as far as that can be told."""
    service = service_of(url, rules)
    with HEARD.listening() as said:
        if service.notify(title=title, body=body):
            return Receipt(f"taken by {service.service_name}", None, "taken")
    raise _why(said)


def _why(said: list[str]) -> TransportError:
    """The code of an answer, or that nothing was ever connected; else nobody knows."""
    words = "\n".join(said)
    if code := CODE.search(words):
        return refusal(int(code[1]), f"the service answered {code[1]}")
    if NOT_CONNECTED.search(words):
        return TransportError("the service was not reached", permanent=False, phase="connect")
    return TransportError(
        "apprise says that it was not delivered, and not why", permanent=False, phase="after_data"
    )
