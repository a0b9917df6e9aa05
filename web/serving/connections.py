"""How many connections a board holds, and for how long one may keep it waiting.

A client that sends half a head, or nothing, costs a descriptor for as long as it likes. So a
request has to arrive in time, and when all places are taken the client that has kept us waiting
longest makes room. Whoever sends whole requests is not concerned.
"""

from __future__ import annotations

import asyncio
import resource
from collections import OrderedDict
from contextlib import suppress

import h11
from msgspec import Struct
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 10.0
"""How long a request may take to arrive, from the connection or its first byte to its last."""
STALLED_SECONDS = 60.0
"""How long a client may take nothing of an answer."""
PLACES = 4096
"""The most connections at a time, where the system gives that many descriptors."""
OTHER_FILES = 200
"""Descriptors left for the database, the templates and the system."""


class Limits(Struct, frozen=True):
    """How many connections there may be, and the seconds that a request and a stall may take."""

    places: int
    request_seconds: float = REQUEST_SECONDS
    stalled_seconds: float = STALLED_SECONDS


def system_limits() -> Limits:
    """Takes as many descriptors as the system gives without asking, and leaves some for others."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = PLACES + OTHER_FILES
    most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        # A service may be forbidden to ask (systemd's @resources); then it has what it was given.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    available = needed if soft == resource.RLIM_INFINITY else soft
    return Limits(max(16, min(PLACES, available - OTHER_FILES)))


class Waiting:
    """The connections that keep us waiting, those that began first in front."""

    def __init__(self) -> None:
        self._timers: OrderedDict[PatientProtocol, asyncio.TimerHandle] = OrderedDict()

    def begin(self, connection: PatientProtocol, seconds: float) -> None:
        """Begins to wait for a connection, which is cut off after so many seconds."""
        self.end(connection)
        self.begin_unless(connection, seconds)

    def begin_unless(self, connection: PatientProtocol, seconds: float) -> None:
        """Begins, unless we have been waiting for it already."""
        if connection not in self._timers:
            self._timers[connection] = connection.loop.call_later(seconds, connection.cut_off)

    def end(self, connection: PatientProtocol) -> None:
        if timer := self._timers.pop(connection, None):
            timer.cancel()

    def make_room(self) -> None:
        """Cuts off the connection that has kept us waiting longest, if any does."""
        if self._timers:
            next(iter(self._timers)).cut_off()


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with limits on how long a client may keep the server waiting."""

    limits: Limits
    waiting: Waiting

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= self.limits.places:
            self.waiting.make_room()
        super().connection_made(transport)
        self.waiting.begin(self, self.limits.request_seconds)

    def data_received(self, data: bytes) -> None:
        if self.conn.their_state is h11.IDLE:
            # From the first byte on: one more a second buys no time.
            self.waiting.begin_unless(self, self.limits.request_seconds)
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self.waiting.end(self)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE:
            self.waiting.begin(self, self.timeout_keep_alive + self.limits.request_seconds)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.waiting.begin(self, self.limits.stalled_seconds)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.waiting.end(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.waiting.end(self)
        super().connection_lost(exc)

    def cut_off(self) -> None:
        """Closes the connection without a word: whoever is slow would not take one either."""
        self.waiting.end(self)
        self.connections.discard(self)
        self.transport.abort()


def patient_protocol(limits: Limits) -> type[PatientProtocol]:
    """The protocol of one server, whose connections share what keeps it waiting."""
    return type("Protocol", (PatientProtocol,), {"limits": limits, "waiting": Waiting()})
