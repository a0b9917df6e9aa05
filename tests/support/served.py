"""The board served by a real server on a port of its own, and a plain client to ask it."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from events import EventStore, NewEvent, parse_instant
from events.database.engine import open_engine, write_transaction
from tests.support.dataset import EVENING
from tracker.projections import catch_up as projections
from web.serving.connections import Limits
from web.serving.server import listening, server
from web.settings import Site


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Board:
    """A board that is being served; `now` can be moved."""

    port: int
    clock: list[datetime] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def set_now(self, text: str) -> None:
        self.clock[0] = parse_instant(text)

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body=body, headers=named)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, headers, answer.read())
        finally:
            connection.close()


@contextmanager
def serving(
    database: str, now: datetime = EVENING, limits: Limits | None = None, **site: Any
) -> Iterator[Board]:
    """The board of a database, as of a clock that the test can move."""
    clock = [now]
    with listening("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        made = server(Site(db=database, clock=lambda: clock[0], **site), limits)
        thread = threading.Thread(target=made.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            yield Board(port, clock)
        finally:
            made.should_exit = True
            thread.join(10)


def project(database: str, now: datetime = EVENING) -> None:
    """Bring the projection tables up to date, as `tick` does."""
    with EventStore.open(database) as store, write_transaction(open_engine(database)) as connection:
        projections.catch_up(store, connection, now)


def record(database: str, stream: str, type_: str, /, *, at: str, **data: Any) -> None:
    """One event, straight into the log."""
    with EventStore.open(database) as store:
        event = NewEvent(type=f"pactwatch.{type_}.v1", data=data, recorded_at=parse_instant(at))
        store.append(stream, [event])
