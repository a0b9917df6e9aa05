"""Transport of webhooks: one POST to an address that was checked before it is called.

The name is resolved once, every address it has must be public (or in a network of one's own), and
the connection goes to the very address that was checked, so a name that resolves to another one
meanwhile (DNS rebinding) reaches nothing. No redirect is followed and no proxy used; the answer is
read up to a size, and all of it has to happen within one time limit.

Each POST is signed (Standard Webhooks 1.0, HMAC-SHA256) over `{id}.{timestamp}.{body}`. The id
stays over retries, so a receiver can tell a second delivery; the timestamp is that of the attempt,
so it can refuse an old one.
"""

from __future__ import annotations

import base64
import hmac
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import h11

from notifications.addresses.resolving import HookRules, connection_error, resolve
from notifications.addresses.webhook_url import HookUrl, parse_hook
from notifications.delivery.transports import HttpTransport, Receipt
from notifications.errors import TransportError
from notifications.mail.headers import words_of
from notifications.outbox.locks import OutboxMessage
from notifications.subscriptions.destinations import signing_keys

MAX_HEAD_BYTES = 16 * 1024
MAX_BODY_BYTES = 1000
"""How much of a response's body is read; its first words are kept with the message."""
EARLY_RESPONSE_SECONDS = 2.0
"""How long a response is awaited that came before all of the request was sent."""
TEMPORARY = frozenset({408, 429})
"""Client errors that pass: Request Timeout and Too Many Requests (RFC 9110, RFC 6585)."""
SECRET_PREFIX = "whsec_"


class WebhookTransport(HttpTransport):
    """Webhooks at one host."""

    def hand_over(self, message: OutboxMessage) -> Receipt:
        # Signed at the time of this attempt by the machine's clock, not by the turn's: a receiver
        # compares the timestamp with its own clock and refuses what is old.
        destination, timestamp = self.destination(message), int(time.time())
        keys = signing_keys(self.settings, destination, datetime.fromtimestamp(timestamp, UTC))
        headers = signed_headers(keys, message.message_id, timestamp, message.message)
        return post(destination.url, message.message, headers, self.rules)


class Deadline:
    """One time limit for everything that a delivery does."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("took too long")
        return left


def post(url: str, body: bytes, headers: Mapping[str, str], rules: HookRules) -> Receipt:
    """Posts one JSON document; the phase of a TransportError says how far it came."""
    target, deadline = parse_hook(url), Deadline(rules.seconds)
    addresses = resolve(target, rules.networks)
    with _connected(target, addresses, rules, deadline) as connection:
        client = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        request = _request(client, target, headers, body)
        try:
            connection.settimeout(deadline.left())
            connection.sendall(request)
        except OSError as error:
            # A server may refuse before it has read all, and then hangs up. Any other failure here
            # is safe to retry, since no server acts on half a request.
            with suppress(OSError, h11.RemoteProtocolError):
                _read_response(connection, client, Deadline(EARLY_RESPONSE_SECONDS))
            raise connection_error("data", error) from error
        try:
            return _read_response(connection, client, deadline)
        except (OSError, h11.RemoteProtocolError) as error:
            failure = connection_error("after_data", error)
            failure.is_silence = isinstance(error, OSError)
            raise failure from error


@contextmanager
def _connected(
    target: HookUrl, addresses: list[str], rules: HookRules, deadline: Deadline
) -> Iterator[socket.socket]:
    with _open_socket(target, addresses, deadline) as connection:
        if target.scheme != "https":
            yield connection
            return
        context = rules.context or ssl.create_default_context()
        try:
            connection.settimeout(deadline.left())
            secured = context.wrap_socket(connection, server_hostname=target.host)
        except OSError as error:
            raise connection_error("tls", error) from error
        with secured:
            yield secured


def _open_socket(target: HookUrl, addresses: list[str], deadline: Deadline) -> socket.socket:
    """A connection to the first address that answers."""
    last: OSError = OSError(f"{target.host} has no address")
    for address in addresses:
        try:
            return socket.create_connection((address, target.port), deadline.left())
        except OSError as error:
            last = error
    raise connection_error("connect", last) from last


def _request(
    client: h11.Connection, target: HookUrl, headers: Mapping[str, str], body: bytes
) -> bytes:
    fixed_headers = {
        "Host": target.authority,
        "User-Agent": "pactwatch",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    all_headers = list({**fixed_headers, **headers}.items())
    head = client.send(h11.Request(method="POST", target=target.path, headers=all_headers))
    return b"".join(
        part or b"" for part in (head, client.send(h11.Data(body)), client.send(h11.EndOfMessage()))
    )


def _read_response(
    connection: socket.socket, client: h11.Connection, deadline: Deadline
) -> Receipt:
    """The outcome of the response, as soon as its head is there."""
    while True:
        event = _next_event(connection, client, deadline)
        if isinstance(event, h11.Response):
            return _receipt(event, _first_words(connection, client, deadline))
        if isinstance(event, h11.ConnectionClosed | h11.EndOfMessage):
            raise ConnectionError("hung up without an answer")


def _next_event(connection: socket.socket, client: h11.Connection, deadline: Deadline) -> object:
    event = client.next_event()
    while event is h11.NEED_DATA:
        connection.settimeout(deadline.left())
        client.receive_data(connection.recv(4096))
        event = client.next_event()
    return event


def _first_words(connection: socket.socket, client: h11.Connection, deadline: Deadline) -> str:
    """What the body begins with; a body that breaks off changes no outcome."""
    body = b""
    with suppress(OSError, h11.RemoteProtocolError):
        while len(body) < MAX_BODY_BYTES:
            event = _next_event(connection, client, deadline)
            if not isinstance(event, h11.Data):
                break
            body += bytes(event.data)
    return words_of(body[:MAX_BODY_BYTES])[:200]


def _receipt(response: h11.Response, words: str) -> Receipt:
    code, reason = response.status_code, words_of(bytes(response.reason))
    answer = f"{code} {reason}".strip()
    answer = f"{answer}: {words}" if words else answer
    if 200 <= code < 300:
        return Receipt(answer, code, answer)
    if 300 <= code < 400:
        answer = f"{answer} (redirects are not followed)"
    error = error_of_status(code, answer)
    error.retry_after = _retry_after(response)
    raise error


def error_of_status(code: int, answer: str) -> TransportError:
    """What a status other than 2xx means: permanent, unless the host has trouble or is busy."""
    permanent = code < 500 and code not in TEMPORARY
    return TransportError(answer, permanent=permanent, phase="answer", code=code)


def _retry_after(response: h11.Response) -> timedelta | None:
    """Retry-After as seconds or a date (RFC 9110, 10.2.3); None for what is neither."""
    header = next((value for name, value in response.headers if name == b"retry-after"), b"")
    text = header.decode("ascii", "replace").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    with suppress(ValueError):
        at = parsedate_to_datetime(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(at - datetime.now(UTC), timedelta(0))
    return None


def secret_text(key: bytes) -> str:
    """A key as its receiver is told it."""
    return SECRET_PREFIX + base64.b64encode(key).decode("ascii")


def signature(key: bytes, identity: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the code; who has the key can work out the same."""
    content = f"{identity}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode("ascii")


def signed_headers(
    keys: Iterable[bytes], identity: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The three headers; several keys while one takes the place of another."""
    signatures = (signature(key, identity, timestamp, body) for key in keys)
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
