"""An agreement with one payment due on 10 February in Oslo, its readers, and what they are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes
from functools import cache
from typing import Any

from sqlalchemy import Engine

from events import EventStore, parse_instant
from events.database.engine import write_transaction
from notifications.alerts import marks
from notifications.planning import notification_log
from notifications.scheduler.tick import TickReport
from notifications.settings import MailSettings
from tests.support.given import new
from tests.support.subscribers import add_reader
from tracker.projections.catch_up import catch_up

START = parse_instant("2026-02-01T13:00:00Z")
OVERDUE = "pay/overdue/2026-02-10T23:00:00Z"
LATE = parse_instant("2026-02-11T00:00:00Z")
Turn = Callable[[datetime], TickReport]
PAY = {
    "commitment": "pay", "kind": "achievement", "debtor": ["ISL"], "creditor": ["NOR"],
    "promise": "pay", "speaker": "ISL", "terms": {"due": "2026-02-10", "zone": "Europe/Oslo"},
}  # fmt: skip


@contextmanager
def accord(database: str) -> Iterator[EventStore]:
    """The log with the agreement on record."""
    with EventStore.open(database) as store:
        promise(store, "accord", PAY)
        yield store


def promise(store: EventStore, agreement: str, *data: dict[str, Any]) -> None:
    recorded = new("pactwatch.AgreementRecorded.v1", {"agreement": agreement, "title": "Accord"},
                   f"{agreement}-0", START)  # fmt: skip
    made = [
        new("pactwatch.CommitmentAccepted.v1", each, f"{agreement}-{n}", START)
        for n, each in enumerate(data, start=1)
    ]
    store.append(agreement, [recorded, *made], 0)


def subscribe(store: EventStore, engine: Engine, **more: Any) -> int:
    with write_transaction(engine) as connection:
        catch_up(store, connection, START)
        options = {"email": "reader@example.org", "cadence": "immediate", "now": START, **more}
        return add_reader(connection, **options).id


def texts(settings: MailSettings) -> list[str]:
    """The text part of every mail that was written, oldest first."""
    return [_text_of(file.read_bytes()) for file in sorted(settings.mail_dir.glob("*.eml"))]


@cache
def _text_of(message: bytes) -> str:
    """Read once, though tests ask for every mail after each turn."""
    parts = message_from_bytes(message).walk()
    plain = next(part for part in parts if part.get_content_type() == "text/plain")
    text = plain.get_payload(decode=True)
    assert isinstance(text, bytes)
    return text.decode(plain.get_content_charset("ascii"))


def one_line(text: str) -> str:
    """A text as it reads, wherever its lines are broken."""
    return " ".join(text.split())


def outcomes(engine: Engine, key: str) -> list[str]:
    with write_transaction(engine) as connection:
        return [row["outcome"] for row in notification_log.of_alert(connection, key)]


def snooze(
    engine: Engine,
    now: datetime,
    keys: Iterable[str] = (),
    until: datetime | None = None,
    reason: str = "talks go on",
    **more: Any,
) -> marks.Mark:
    with write_transaction(engine) as connection:
        grounds = marks.MarkGrounds(reason, "desk", now, until)
        return marks.snooze(connection, keys, grounds, **more)[0]
