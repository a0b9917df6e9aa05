"""What became of news, in words: it is over, was wrong, is acknowledged or held back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from events import parse_instant
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.resolution import Correction, Resolution
from notifications.language import N_
from notifications.mail.headers import clean_text
from notifications.prose.ends import moment_words
from notifications.prose.news import sentence
from notifications.prose.reader import Reader

if TYPE_CHECKING:
    from notifications.alerts.marks import Mark

LONGEST = 300
"""Characters of a mark: its reason is whatever an operator typed."""
WAS: Mapping[str, str] = {
    "overdue": N_("It was overdue."),
    "lapsed": N_("It had been missed."),
    "contested_end_began": N_("By one reading it was over."),
    "due_soon achievement": N_("It was due soon."),
    "due_soon": N_("It was to end soon."),
    "stale": N_("Nothing had been heard of it for long."),
    "withdrawal_notified": N_("It was to end by withdrawal."),
    "offer_expires_soon": N_("It was an offer soon to run out."),
    "condition_due_soon": N_("Its condition was soon to be missed."),
    "due_while_conditional": N_("Its date had passed while it waited for its conditions."),
    "release_available": N_("Its debtor is no longer free to walk away from it."),
}
"""What was so, for each kind of news that a digest says the end of; some by kind of promise."""
NO_MORE: Mapping[str, str] = {
    "overdue": N_("It is not overdue any more."),
    "lapsed": N_("It does not count as missed any more."),
}
"""What is over by the move of an end; that it was due soon, the move says."""
NEVER_SO: Mapping[str, str] = {
    "overdue": N_("Contrary to an earlier digest it was not overdue."),
    "lapsed": N_("Contrary to an earlier digest it was not missed."),
    "ended": N_("Contrary to an earlier digest it had not ended."),
    "contested_end_began": N_("Contrary to an earlier digest it was not over by any reading."),
    "contested_end_closed": N_("Contrary to an earlier digest it was not over by every reading."),
}
"""What was wrong by the move of an end that came on record late."""


def resolved_sentences(
    resolution: Resolution, commitment: CommitmentDocument, now: str, reader: Reader
) -> str:
    """What was so, and how it stands now."""
    kind = resolution.alert.kind
    was = WAS.get(f"{kind} {commitment['kind']}") or WAS[kind]
    return reader.text(N_("{was} Now: {now}"), was=reader.text(was), now=now)


def corrected_sentence(
    correction: Correction, commitment: CommitmentDocument, reader: Reader
) -> str:
    """What the reader was sent, and that it is not so."""
    earlier = sentence(correction.alert, commitment, reader)
    if correction.is_ahead:
        message = N_("Not so yet, and sent too early by a clock set wrong: {earlier}")
    elif correction.stands_again:
        message = N_("This stands again, by later news: {earlier}")
    else:
        message = N_("This is no longer so, by later news: {earlier}")
    return reader.text(message, earlier=earlier)


def words_beside_moves(
    resolved: Sequence[Resolution], wrong: Sequence[Alert], reader: Reader
) -> dict[str, str]:
    """What the moves of ends have undone, by commitment, as it follows the news of each move."""
    messages = [(each.commitment, NO_MORE.get(each.alert.kind)) for each in resolved]
    messages += [(alert.commitment, NEVER_SO.get(alert.kind)) for alert in wrong]
    words: dict[str, dict[str, None]] = {}
    for commitment, message in messages:
        if message:
            words.setdefault(commitment, {})[reader.text(message)] = None
    return {commitment: " ".join(sentences) for commitment, sentences in words.items()}


def acknowledged(mark: Mark, reader: Reader) -> str:
    """Tells who has acknowledged an alert, when, why and until when."""
    words = reader.text(
        "acknowledged by {by}, {at}{until}: {reason}",
        by=mark.by,
        at=_moment(mark.at, reader),
        until=_until(mark.until, reader),
        reason=mark.reason,
    )
    return clean_text(words, LONGEST)


def mark_note(mark: Mark, reader: Reader) -> str:
    """Tells who has acknowledged or snoozed an alert, when, why and until when."""
    if mark.mark == "ack":
        return acknowledged(mark, reader)
    words = reader.text(
        "snoozed by {by}{until}: {reason}",
        by=mark.by,
        until=_until(mark.holds_until(reader.now), reader),
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
