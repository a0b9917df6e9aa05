"""From which moment of another promise or agreement a date is counted, for its reader. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from notifications.alerts.alert import CommitmentDocument
from notifications.language import N_
from notifications.prose.reader import Reader

COUNTED_FROM: Mapping[str, str] = {
    "in_force": N_("It is counted from when “{promise}” comes into force."),
    "start": N_("It is counted from when “{promise}” begins."),
    "end": N_("It is counted from when “{promise}” ends."),
    "due": N_("It is counted from when “{promise}” is due."),
    "discharged": N_("It is counted from when “{promise}” is done."),
    "satisfied": N_("It is counted from when a condition of “{promise}” is met: {name}."),
    "milestone": N_("It is counted from a milestone of “{promise}”: {name}."),
}


def counted_from(
    commitment: CommitmentDocument, promise_of: Callable[[str], str], reader: Reader
) -> str:
    """Every moment that the dates of a promise are counted from; empty where they hang on none.

    `promise_of` gives the words of what an id names.
    """
    sentences: dict[str, None] = {}
    for anchor in commitment.get("anchors", ()):
        moment, _, name = anchor["moment"].partition(":")
        promise = promise_of(anchor["after"])
        sentences[reader.text(COUNTED_FROM[moment], promise=promise, name=name)] = None
    return " ".join(sentences)
