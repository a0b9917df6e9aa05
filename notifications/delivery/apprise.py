"""Transport to the services that the library apprise knows.

apprise is an extra, and loaded only where a subscription uses it. It returns no more than whether a
message went well; why it did not is read from its log, which goes no further, since addresses stand
in it. What cannot be told from the log is uncertain, since it may have arrived.
"""

from __future__ import annotations

import re

from notifications.addresses.apprise import LIBRARY_LOG, service_of
from notifications.addresses.connect_guard import only_public
from notifications.addresses.resolving import HookRules, not_to_be_called
from notifications.delivery.transports import HttpTransport, Receipt
from notifications.delivery.webhook import error_of_status
from notifications.errors import TransportError
from notifications.outbox.locks import OutboxMessage

STATUS_CODE = re.compile(r"error=([1-5]\d\d)\b")
NOT_CONNECTED = re.compile(
    "NewConnectionError|ConnectTimeoutError|NameResolutionError|SSLError|ProxyError|refused"
)
"""How the library's HTTP client says that no request was ever written."""


class AppriseTransport(HttpTransport):
    """One address of a service that apprise knows."""

    def hand_over(self, message: OutboxMessage) -> Receipt:
        url = self.destination(message).url
        return notify(url, message.subject, bytes(message.message).decode(), self.rules)


def notify(url: str, title: str, body: str, rules: HookRules) -> Receipt:
    """Sends one message; the phase of a TransportError is as exact as the library's log allows."""
    service = service_of(url, rules)
    with LIBRARY_LOG.collecting() as log_lines, only_public(rules.networks) as calls:
        if service.notify(title=title, body=body):
            return Receipt(f"taken by {service.service_name}", None, "taken")
    if calls.refused:
        why = "which is not a public address"
        raise not_to_be_called("the service", calls.refused, why)
    log = "\n".join(log_lines)
    if code := STATUS_CODE.search(log):
        raise error_of_status(int(code[1]), f"the service answered {code[1]}")
    if NOT_CONNECTED.search(log):
        raise TransportError("the service was not reached", permanent=False, phase="connect")
    raise TransportError(
        "apprise says that it was not delivered, and not why", permanent=False, phase="after_data"
    )
