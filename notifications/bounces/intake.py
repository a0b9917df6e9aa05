"""Takes in mail that arrived at a bounce address: reports, unsubscribing, and what is neither.

The same mail taken in twice counts once, so whoever fetches it may be stopped at any point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from email import message_from_bytes
from typing import NamedTuple, Self

from msgspec import Struct
from sqlalchemy import Connection

from notifications.bounces.recording import Outcome, record_bounces
from notifications.bounces.reports import read_reports
from notifications.bounces.unsubscribe_mail import header_words, token_in, unsubscribed
from notifications.mail.headers import clean_text

LONGEST_WORDS = 120


class ArrivedMessage(NamedTuple):
    """A message as it arrived, and where it lies: a file, or a number in a mailbox."""

    name: str
    raw: bytes


class OtherMessage(Struct, frozen=True):
    """A message that was no report and ends no subscription; somebody may have to read it."""

    name: str
    sender: str
    subject: str


class Intake(Struct, frozen=True):
    """What so many messages led to; `unsubscribed` are masked addresses."""

    messages: int = 0
    outcomes: tuple[Outcome, ...] = ()
    unsubscribed: tuple[str, ...] = ()
    others: tuple[OtherMessage, ...] = ()

    def __add__(self, more: Self) -> Intake:
        return Intake(
            self.messages + more.messages,
            self.outcomes + more.outcomes,
            self.unsubscribed + more.unsubscribed,
            self.others + more.others,
        )

    @property
    def words(self) -> str:
        counts = Counter(outcome.outcome for outcome in self.outcomes)
        ours = sum(outcome.verdict == "ours" for outcome in self.outcomes)
        return (
            f"{self.messages} messages, {len(self.outcomes)} reports: {counts['suppressed']} "
            f"suppressed, {counts['counted']} counted, {counts['repeated']} known already, {ours} "
            f"refused for our sake, {counts['unmatched']} not about our mail; "
            f"{len(self.unsubscribed)} unsubscribed, {len(self.others)} neither"
        )


def take_in(
    connection: Connection,
    arrived: Iterable[ArrivedMessage],
    secret: bytes | None,
    now: datetime,
) -> Intake:
    """Records the reports among messages and acts on them; no secret, no signed address."""
    outcomes: list[Outcome] = []
    others: list[OtherMessage] = []
    ended: list[str | None] = []
    messages = 0
    for name, raw in arrived:
        messages += 1
        token = token_in(raw)
        if reports := read_reports(raw):
            outcomes += record_bounces(connection, reports, secret, now)
        elif token is not None:
            ended.append(unsubscribed(connection, token, now))
        else:
            others.append(_other(name, raw))
    addresses = tuple(address for address in ended if address)
    return Intake(messages, tuple(outcomes), addresses, tuple(others))


def _other(name: str, raw: bytes) -> OtherMessage:
    message = message_from_bytes(raw)
    sender, subject = (
        clean_text(header_words(message, header), LONGEST_WORDS) for header in ("From", "Subject")
    )
    return OtherMessage(name, sender, subject)
