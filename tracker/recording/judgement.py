"""Whether entries still do, after others have recorded, what their author was shown. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.recording.recorder import AXES, RecordingDocument

REMARKS = ("flags",)
"""Axes that sum up what is on record: others change them without a bearing on the entry."""


def has_same_effect(seen: Sequence[RecordingDocument], now: Sequence[RecordingDocument]) -> bool:
    """Whether entries do what they did when they were shown; what is on record by now does."""
    pairs = zip(seen, now, strict=True)
    return all(each["already_known"] or _is_same(before, each) for before, each in pairs)


def _is_same(seen: RecordingDocument, now: RecordingDocument) -> bool:
    """Whether each axis that an entry moves ends where it did, with no new warning."""
    before, after = _outcomes(seen), _outcomes(now)
    moved = {
        (row["commitment"], row["axis"])
        for row in (*seen["effect"], *now["effect"])
        if row["axis"] not in REMARKS
    }
    return (
        all(place in before and before[place] == after.get(place) for place in moved)
        and (seen["moves"], seen["leaves"]) == (now["moves"], now["leaves"])
        and set(now["warnings"]) <= set(seen["warnings"])
    )


def _outcomes(document: RecordingDocument) -> dict[tuple[str | None, str], object]:
    """What each axis is after the entry; of an end also what it was, since it may move elsewhere.

    Of fulfilment it is the grade alone: counts add up.
    """
    outcomes: dict[tuple[str | None, str], object] = {}
    for row in (*document["axes"], *document["effect"]):
        outcome = row["after"] if row["axis"] in AXES else (row["before"], row["after"])
        if row["axis"] == "fulfilment":
            outcome = str(outcome).partition(" ")[0].rstrip(",")
        outcomes[row["commitment"], row["axis"]] = outcome
    return outcomes
