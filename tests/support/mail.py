"""Messages in an outbox, without subscriptions or agreements behind them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine

from events import EventStore
from events.database.engine import open_engine, read_snapshot, write_transaction
from notifications.digests.render import Rendered
from notifications.mail.headers import message_id
from notifications.mail.mime import MimeMessage, to_bytes
from notifications.outbox import operator as outbox_operator
from notifications.outbox.enqueue import OutgoingMessage, enqueue
from notifications.tables import create_tables

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def made(url: str) -> Engine:
    """A database with an empty outbox; a file is a copy of one that is made once."""
    if "://" in url or Path(url).exists():
        return _made(url)
    Path(url).write_bytes(_file_with_outbox())
    return open_engine(url)


@cache
def _file_with_outbox() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "outbox.db"
        _made(str(file)).dispose()
        return file.read_bytes()


def _made(url: str) -> Engine:
    EventStore.open(url).close()
    engine = open_engine(url)
    with write_transaction(engine) as connection:
        create_tables(connection)
    return engine


def rendered(number: int, recipient: str) -> Rendered:
    identity = message_id("example.org", str(number))
    text = f"message {number}\n.a line with a dot\n"
    letter = MimeMessage(
        "P <p@example.org>", recipient, f"s {number}", identity, NOW, text, f"<p>{text}</p>"
    )
    return Rendered(letter.subject, identity, text, letter.html, to_bytes(letter))


def fill(engine: Engine, count: int, *, start: int = 0, now: datetime = NOW, **more: Any) -> None:
    """So many messages, each to a recipient of its own, due at once."""
    with write_transaction(engine) as connection:
        for number in range(start, start + count):
            recipient = more.get("recipient", f"r{number}@d{number % 7}.example.org")
            named = {key: value for key, value in more.items() if key != "recipient"}
            message = OutgoingMessage(
                dedup_key=f"k{number}",
                rendered=rendered(number, recipient),
                recipient=recipient,
                **named,
            )
            enqueue(connection, message, now)


def rows(engine: Engine) -> list[dict[str, Any]]:
    with read_snapshot(engine) as connection:
        return outbox_operator.messages(connection)


def row(engine: Engine, number: int = 1) -> dict[str, Any]:
    """One message with its steps."""
    with read_snapshot(engine) as connection:
        return outbox_operator.message_details(connection, number)


def states(engine: Engine) -> Counter[str]:
    return Counter(row["state"] for row in rows(engine))


def way(engine: Engine, number: int = 1) -> list[str]:
    return [step["state"] for step in row(engine, number)["steps"]]
