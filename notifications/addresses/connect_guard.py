"""Keeps a library from calling addresses that are not public, however it came to them.

A name in an address, another in a parameter of it, one that is resolved again later, the target of
a redirect: all of them end in a connection, and there the very address that is called is checked.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from notifications.addresses.public import is_public, is_within
from notifications.setting_forms import Network

CALLS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
"""What the interpreter tells hooks of before it calls an address."""


class ConnectionRefused(PermissionError):
    """A connection to an address that may not be called; an OSError, as HTTP clients expect."""


class Calls:
    """The networks that may be called beside public addresses, and the address that was refused."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self.networks = networks
        self.refused: str | None = None

    def check(self, address: object) -> None:
        """Raises ConnectionRefused for an address of one's own, and for a socket in a file."""
        host = str(address[0]).partition("%")[0] if isinstance(address, tuple) else str(address)
        try:
            is_allowed = is_within(host, self.networks) or is_public(host)
        except ValueError:
            is_allowed = False
        if not is_allowed:
            self.refused = host
            raise ConnectionRefused(f"{host} is not a public address")


_of_thread = threading.local()


def _hook(event: str, args: tuple[object, ...]) -> None:
    # The event first: the interpreter tells of many thousands a second that are none of these.
    if event in CALLS and args[1] is not None:
        calls: Calls | None = getattr(_of_thread, "calls", None)
        if calls is not None:
            calls.check(args[1])


@cache
def _install() -> None:
    """Adds the hook, which stays for as long as the process: once, and only where it is needed."""
    sys.addaudithook(_hook)


@contextmanager
def only_public(networks: Sequence[Network]) -> Iterator[Calls]:
    """Lets this thread call public addresses, and those of some networks, and no other."""
    _install()
    _of_thread.calls = calls = Calls(networks)
    try:
        yield calls
    finally:
        _of_thread.calls = None
