"""How a webhook leaves: one POST to an address that was looked at before it is called.

The name is resolved once, every address it has must be public (or in a network of one's own), and
the connection goes to the very address that was checked, so a name that changes its mind meanwhile
reaches nothing. No redirect is followed and no proxy used; the answer is read up to a size, and all
of it has to happen within one time limit.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import h11

from notifications.addresses.resolving import HookRules, _failed, resolve
from notifications.addresses.webhook_url import HookUrl, parse_hook
from notifications.delivery.relay import Receipt
from notifications.errors import TransportError
from notifications.mail.headers import words_of

if TYPE_CHECKING:
    pass

LARGEST_HEAD = 16 * 1024
LARGEST_ANSWER = 1000
"""Octets of an answer's body that are looked at; the first words are kept with the message."""
EARLY = 2.0
"""Seconds to look for an answer that came before all was sent."""
PASSING = frozenset({408, 429})


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
    """Hand over one JSON document; TransportError says how far it came."""
    target, deadline = parse_hook(url), Deadline(rules.seconds)
    addresses = resolve(target, rules.networks)
    with _connected(target, addresses, rules, deadline) as line:
        client = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        _write(line, client, _request(client, target, headers, body), deadline)
        try:
            return _read(line, client, deadline)
        except (OSError, h11.RemoteProtocolError) as error:
            raise _failed("after_data", error) from error


@contextmanager
def _connected(
    target: HookUrl, addresses: list[str], rules: HookRules, deadline: Deadline
) -> Iterator[socket.socket]:
    with _called(target, addresses, deadline) as line:
        if target.scheme != "https":
            yield line
            return
        context = rules.context or ssl.create_default_context()
        try:
            line.settimeout(deadline.left())
            secured = context.wrap_socket(line, server_hostname=target.host)
        except OSError as error:
            raise _failed("tls", error) from error
        with secured:
            yield secured


def _called(target: HookUrl, addresses: list[str], deadline: Deadline) -> socket.socket:
    """A connection to the first address that answers."""
    last: OSError = OSError(f"{target.host} has no address")
    for address in addresses:
        try:
            return socket.create_connection((address, target.port), deadline.left())
        except OSError as error:
            last = error
    raise _failed("connect", last) from last


def _request(
    client: h11.Connection, target: HookUrl, headers: Mapping[str, str], body: bytes
) -> bytes:
    fixed = {
        "Host": target.authority,
        "User-Agent": "pactwatch",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    named = list({**fixed, **headers}.items())
    head = client.send(h11.Request(method="POST", target=target.path, headers=named))
    return b"".join(
        part or b"" for part in (head, client.send(h11.Data(body)), client.send(h11.EndOfMessage()))
    )


def _write(line: socket.socket, client: h11.Connection, request: bytes, deadline: Deadline) -> None:
    """All of it, or a failure before the request was written: nobody can have taken a half."""
    try:
        line.settimeout(deadline.left())
        line.sendall(request)
    except OSError as error:
        # A server may refuse before it has read all, and then hangs up.
        with suppress(OSError, h11.RemoteProtocolError):
            _read(line, client, Deadline(EARLY))
        raise _failed("data", error) from error


def _read(line: socket.socket, client: h11.Connection, deadline: Deadline) -> Receipt:
    """The verdict of the answer, as soon as its head is there."""
    while True:
        event = _next(line, client, deadline)
        if isinstance(event, h11.Response):
            return _verdict(event, _first_words(line, client, deadline))
        if isinstance(event, h11.ConnectionClosed | h11.EndOfMessage):
            raise ConnectionError("hung up without an answer")


def _next(line: socket.socket, client: h11.Connection, deadline: Deadline) -> object:
    event = client.next_event()
    while event is h11.NEED_DATA:
        line.settimeout(deadline.left())
        client.receive_data(line.recv(4096))
        event = client.next_event()
    return event


def _first_words(line: socket.socket, client: h11.Connection, deadline: Deadline) -> str:
    """What the body begins with; that it breaks off changes no verdict."""
    said = b""
    with suppress(OSError, h11.RemoteProtocolError):
        while len(said) < LARGEST_ANSWER:
            event = _next(line, client, deadline)
            if not isinstance(event, h11.Data):
                break
            said += bytes(event.data)
    return words_of(said[:LARGEST_ANSWER])[:200]


def _verdict(response: h11.Response, words: str) -> Receipt:
    code, reason = response.status_code, words_of(bytes(response.reason))
    said = f"{code} {reason}".strip()
    said = f"{said}: {words}" if words else said
    if 200 <= code < 300:
        return Receipt(said, code, said)
    if 300 <= code < 400:
        said = f"{said} (redirects are not followed)"
    error = refusal(code, said)
    error.retry_after = _retry_after(response)
    raise error


def refusal(code: int, said: str) -> TransportError:
    """What an answer other than 2xx means: lasting, unless the host has trouble or is busy."""
    lasting = code < 500 and code not in PASSING
    return TransportError(said, permanent=lasting, phase="answer", code=code)


def _retry_after(response: h11.Response) -> timedelta | None:
    """Seconds or a date, as RFC 9110 has it; nothing for what is neither."""
    found = next((value for name, value in response.headers if name == b"retry-after"), b"")
    text = found.decode("ascii", "replace").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    with suppress(ValueError):
        at = parsedate_to_datetime(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(at - datetime.now(UTC), timedelta(0))
    return None
