"""What each word of a status means, in one clause for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, Mapping[str, str]] = {
    "state": {
        "proposed": "offered, not accepted",
        "conditional": "accepted, and something must happen first",
        "in_force": "it binds now",
        "suspended": "halted by agreement, or by one side alone, which is contested",
        "overdue": "due has passed by its latest reading, within grace",
        "lapsed": "due and grace have passed; presumed broken until somebody finds out",
        "discharged": "done, or the window ended clear",
        "violated": "found to be broken, or given up by its debtor with no clause for that",
        "expired": "it ran out, with nothing found either way",
        "cancelled": "withdrawn, denounced or ended by both",
        "released": "the creditor waived it, or the debtor used a right to leave",
        "rejected": "the addressee said no",
        "superseded": "another promise took its place",
    },
    "compliance": {
        "unassessed": "nobody has said or found anything",
        "clear": "somebody observed that it is kept",
        "alleged": "a breach is claimed and not answered",
        "disputed": "claimed and denied",
        "confirmed": "admitted, or found by a neutral body or an analyst",
    },
    "timing": {
        "awaiting": "its date hangs on a moment of another promise that is not known yet",
        "not_started": "its window has not begun",
        "running": "its window or its time to act runs",
        "open_ended": "no end is stated",
        "due_soon": "the first reading of its end is near",
        "contested_end": "the first reading of its end has passed, the last has not",
        "in_grace": "due has passed, the days of grace have not",
        "past": "its end has passed",
        "stale": "nothing was heard of it for long",
        "n/a": "it does not bind yet, or is over",
    },
    "fulfilment": {
        "none": "nothing is on record as done",
        "partial": "a part was confirmed",
        "substantial": "done in all that matters, as an analyst judged",
        "full": "all of it was confirmed",
    },
    "flag": {
        "terms_disputed": "two accounts give one term different values",
        "suspension_contested": "one side alone suspended it, which shields nobody",
        "periods_missed": "a period of a recurring promise is over and was not met, or in part",
        "single_source": "the terms rest on one primary source",
        "release_available": "the other side's breach lets the debtor walk away; it has not",
    },
}
"""By axis, then by word; of compliance also by what became of an incident."""


def meaning(word: str, axis: str) -> str:
    """What a word of an axis means; empty for one that has no entry."""
    return MEANINGS.get(axis, {}).get(word, "")
