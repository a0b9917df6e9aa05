"""What is over, and what was wrong, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from notifications.alerts.alert import CommitmentDocument
from notifications.alerts.resolution import Correction, Resolution
from notifications.language import N_
from notifications.prose.news import sentence
from notifications.prose.promises import standing_sentences
from notifications.prose.reader import Reader

WAS: Mapping[str, str] = {
    "overdue": N_("It was overdue."),
    "lapsed": N_("It had been missed."),
    "contested_end_began": N_("Its end was disputed."),
    "due_soon": N_("It was due soon."),
    "stale": N_("Nothing had been heard of it for long."),
    "withdrawal_notified": N_("It was to end by withdrawal."),
    "offer_expires_soon": N_("It was an offer soon to run out."),
    "condition_due_soon": N_("Its condition was soon to be missed."),
    "due_while_conditional": N_("Its date had passed while it waited for its conditions."),
}
"""What was so, for each kind of news that a digest says the end of."""


def resolved_sentences(
    resolution: Resolution, commitment: CommitmentDocument, reader: Reader
) -> str:
    """What was so, and how it stands now."""
    now = standing_sentences(commitment, reader)
    return reader.text(N_("{was} Now: {now}"), was=reader.text(WAS[resolution.alert.kind]), now=now)


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
