"""How a message leaves by apprise: the library speaks the tongues of a hundred services.

It is an extra, and loaded only where a subscription uses it. It says no more than whether it went
well; why it did not is read from what it logs, which goes no further, since addresses stand there.
What cannot be told from that is uncertain, since it may have arrived.
"""

from __future__ import annotations

import re

from notifications.addresses.apprise import HEARD, service_of
from notifications.addresses.resolving import HookRules
from notifications.delivery.relay import Receipt
from notifications.delivery.webhook import refusal
from notifications.errors import TransportError

CODE = re.compile(r"error=([1-5]\d\d)\b")
NOT_CONNECTED = re.compile(
    "NewConnectionError|ConnectTimeoutError|NameResolutionError|SSLError|ProxyError|refused"
)
"""How the library's HTTP client says that no request was ever written."""


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
