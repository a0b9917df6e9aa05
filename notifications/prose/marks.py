"""Who has acknowledged news, and what a snooze delays, in words for a reader. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events import parse_instant
from notifications.mail.headers import clean_text
from notifications.prose.ends import moment_words
from notifications.prose.reader import Reader

if TYPE_CHECKING:
    from notifications.alerts.marks import Mark

LONGEST = 300


def acknowledged(mark: Mark, reader: Reader) -> str:
    """Who has acknowledged an alert, when, why and until when."""
    words = reader.text(
        "acknowledged by {by}, {at}{until}: {reason}",
        by=mark.by,
        at=_moment(mark.at, reader),
        until=_until(mark.until, reader),
        reason=mark.reason,
    )
    return clean_text(words, LONGEST)


def snooze_note(number: int, mark: Mark, reader: Reader) -> str:
    """How much news a snooze delays, until when, and why."""
    words = reader.language.count(
        "{n} held back by a snooze{until} ({by}: {reason})",
        "{n} held back by a snooze{until} ({by}: {reason})",
        number,
        until=_until(mark.holds_until(reader.now), reader),
        by=mark.by,
        reason=mark.reason,
    )
    return clean_text(words, LONGEST)


def _until(end: str | None, reader: Reader) -> str:
    return reader.text(" until {end}", end=_moment(end, reader)) if end else ""


def _moment(at: str, reader: Reader) -> str:
    return moment_words(parse_instant(at), reader, reader.zone)
