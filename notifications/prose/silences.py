"""What has been silent for long, with the day from which: a promise, or an answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from events import parse_instant
from notifications.language import N_
from notifications.prose.ends import distinct_ends, ends_words
from tracker.model.silences import (
    PAST_DUE,
    PAST_END,
    STALE,
    SUGGEST_AFTER,
    unanswered_incident,
)
from tracker.model.vocabulary import Compliance, State, Timing

if TYPE_CHECKING:
    from notifications.alerts.alert import Alert, CommitmentDocument
    from notifications.prose.reader import Reader

NOTHING_HEARD = N_("nobody has reported anything about it since {day}")
NOT_SPOKEN = N_("it was due {ends}, and neither side has spoken since")
NOT_ANSWERED = N_("nobody has answered the breach alleged on {day}{about}")


def last_heard(alert: Alert, commitment: CommitmentDocument, reader: Reader) -> str:
    """The day of the last word on a promise; of the alert where more has come since."""
    at = parse_instant(alert.at)
    # Commitments that are gone, and rows of an earlier edition, say none.
    last = commitment.get("last_activity")
    return _day(min(parse_instant(last), at) if last else at, reader)


def silences(alert: Alert, commitment: CommitmentDocument, reader: Reader) -> Iterator[str]:
    """Each silence that a suggestion (T12) points out, as a sentence goes on with it.

    Those that are over by now are left out, unless all of them are.
    """
    since = _day(parse_instant(alert.at) - SUGGEST_AFTER, reader)
    texts = {each["id"]: each["text"] for each in commitment.get("incidents", ())}
    every = alert.after.split("; ")
    for silence in [each for each in every if is_silent_now(each, commitment)] or every:
        if silence == STALE:
            yield reader.text(NOTHING_HEARD, day=last_heard(alert, commitment, reader))
        elif silence == PAST_DUE:
            ends = distinct_ends(commitment)
            words = ends_words(ends, reader) if ends else since
            yield reader.text(NOT_SPOKEN, ends=words)
        else:
            text = str(texts.get(str(unanswered_incident(silence))) or "").rstrip(".")
            about = f" ({text})" if text else ""
            yield reader.text(NOT_ANSWERED, day=since, about=about)


def is_silent_now(silence: str, commitment: CommitmentDocument) -> bool:
    """Whether a silence still lasts, as its commitment stands; so it does where that is gone."""
    if (incident := unanswered_incident(silence)) is not None:
        known = (each for each in commitment.get("incidents", ()) if each["id"] == incident)
        return all(each.get("status", "alleged") == Compliance.ALLEGED for each in known)
    if silence == STALE:
        return bool(commitment.get("timing", Timing.STALE) == Timing.STALE)
    return commitment.get("state", State.LAPSED) in PAST_END


def _day(at: datetime, reader: Reader) -> str:
    return reader.day(reader.local(at).date())
