"""The long silences that T12 points out: how long each lasts, and its words in a change. Pure.

Whoever tells of a suggestion reads back from these words which silence it is of.
"""

from __future__ import annotations

from datetime import timedelta

from tracker.model.parts import Incident
from tracker.model.vocabulary import State

SUGGEST_AFTER = timedelta(days=90)
"""T12's one length: how long silence lasts before it is pointed out."""
WAITED = f"for {SUGGEST_AFTER.days} days"
STALE = f"stale {WAITED}"
PAST_DUE = f"past due {WAITED}, and neither side has spoken"
ALLEGATION, UNANSWERED = "allegation ", f" unanswered {WAITED}"
PAST_END = (State.OVERDUE, State.LAPSED)
"""The states of a promise that is past due, and of which somebody may still speak."""


def silence_words(silent: Incident | str) -> str:
    """What is said of a long silence, by what is silent."""
    if isinstance(silent, str):
        return silent
    return f"{ALLEGATION}{silent.id}{UNANSWERED}"


def unanswered_incident(words: str) -> str | None:
    """The id of the incident that the words of a silence are about; None where of none."""
    if not words.startswith(ALLEGATION):
        return None
    return words.removeprefix(ALLEGATION).removesuffix(UNANSWERED)
