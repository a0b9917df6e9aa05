"""Takes in mail that arrived at a bounce address: reports, unsubscribing, and what is neither.

The same mail taken in twice counts once, so whoever fetches it may be stopped at any point.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from email import message_from_bytes
from typing import NamedTuple, Self

from msgspec import Struct
from sqlalchemy import Connection

from events.wording import plural
from notifications.addresses.mailbox import masked
from notifications.bounces.recording import Outcome, record_bounces
from notifications.bounces.reports import read_reports
from notifications.mail.headers import clean_text, header_words
from notifications.mail.tokens import LENGTH
from notifications.subscriptions import consent

LONGEST_WORDS = 120
UNSUBSCRIBING = re.compile(
    rf"^\s*(?:re:\s*)?unsubscribe\s+([a-z2-7]{{{LENGTH}}})\s*$", re.IGNORECASE
)
"""The subject of mail to the address of List-Unsubscribe: a mail program that offers to
unsubscribe may write there instead of following the link."""
BY = "a mail to the unsubscribe address"


class ArrivedMessage(NamedTuple):
    """A message as it arrived, and where it lies: a file, or a number in a mailbox."""

    name: str
    raw: bytes


class OtherMessage(Struct, frozen=True):
    """A message that was no report and ends no subscription; somebody may have to read it."""

    name: str
    sender: str
    subject: str

    @property
    def words(self) -> str:
        subject = f'"{self.subject}"' if self.subject else "without a subject"
        return f"no report: {self.name}: {subject} from {self.sender or 'an unnamed sender'}"


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
            f"{plural(self.messages, 'message')}, {plural(len(self.outcomes), 'report')}: "
            f"{counts['suppressed']} suppressed, {counts['counted']} counted, "
            f"{counts['repeated']} known already, {ours} refused for our sake, "
            f"{counts['unmatched']} not about our mail; "
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
    unsubscribed: list[str] = []
    messages = 0
    for name, raw in arrived:
        messages += 1
        message = message_from_bytes(raw)
        sender, subject = (header_words(message, header) for header in ("From", "Subject"))
        if reports := read_reports(raw):
            outcomes += record_bounces(connection, reports, secret, now)
        elif token := UNSUBSCRIBING.match(subject):
            ended = consent.unsubscribe(connection, token[1].lower(), now, BY)
            unsubscribed += [masked(ended.email)] if ended else []
        else:
            words = (clean_text(text, LONGEST_WORDS) for text in (sender, subject))
            others.append(OtherMessage(name, *words))
    return Intake(messages, tuple(outcomes), tuple(unsubscribed), tuple(others))
