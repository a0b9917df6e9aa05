"""What of a promise wants attention, in which order, and how far it has come. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from events import in_order, place_of

if TYPE_CHECKING:
    from tracker.documents.commitments import AgreementDocument, CommitmentDocument

OPEN = ("proposed", "conditional", "in_force", "suspended", "overdue", "lapsed")
CONTESTED = ("alleged", "disputed", "confirmed")
MOST_URGENT_FIRST = ("overdue", "lapsed", "confirmed", "disputed", "alleged",
                     "suspension_contested", "contested_end", "periods_missed",
                     "due_while_conditional", "due_soon", "withdrawal_soon",
                     "condition_due_soon", "offer_expires_soon", "stale")  # fmt: skip
"""Words of which one is enough to look at a promise first."""

SOON = timedelta(days=14)
"""What ends within it ends soon: for the board, mails and dashboards alike."""
RUNNING = ("in_force", "suspended")
NO_END = frozenset({"offer", "condition", "withdrawal"})
"""Deadlines that are no end of the promise by its terms."""
OTHER_ENDS = NO_END | {"period"}
"""The same with the periods of what is owed again and again."""


def ends_soon(state: str, earliest: str | None, latest: str | None, now: datetime) -> bool:
    """Whether the first reading of an end in force comes soon, or came and the last still does."""
    if state not in RUNNING or earliest is None or latest is None:
        return False
    present, last = _soon(now)
    return in_order(earliest) <= last and in_order(latest) > present


def is_soon(at: str, now: datetime) -> bool:
    """Whether an instant comes soon."""
    present, last = _soon(now)
    return present < in_order(at) <= last


@lru_cache(maxsize=16)
def _soon(now: datetime) -> tuple[str, str]:
    """The bounds of what is soon, which ten thousand promises are held against at one instant."""
    return place_of(now), place_of(now + SOON)


def matches(document: CommitmentDocument, word: str) -> bool:
    """Whether a word fits: a state by itself, anything else while the promise is open."""
    return word in _fitting_words(document)


def _fitting_words(document: CommitmentDocument) -> set[str]:
    if document["state"] not in OPEN:
        return {document["state"]}
    words = {document["state"], document["compliance"], document["timing"], *document["flags"]}
    if document["compliance"] in CONTESTED:
        words.add("contested")
    if document["pending"]:
        # Brings the rules with it, which a status from rows does not need.
        from tracker.documents.pending import pending_words

        words |= pending_words(document)
    # Rows of an earlier edition have notices without a timing.
    if any(notice.get("timing") == "soon" for notice in document["withdrawals"]):
        words.add("withdrawal_soon")
    return words


class Urgent(Struct, frozen=True):
    """A promise that wants attention, with every word why, the most urgent first."""

    agreement: str
    commitment: CommitmentDocument
    words: tuple[str, ...]


def urgent(agreements: Iterable[AgreementDocument]) -> list[Urgent]:
    """The promises that want attention, the most urgent first, then the next end."""
    rows = [
        Urgent(agreement["id"], commitment, tuple(filter(fitting.__contains__, MOST_URGENT_FIRST)))
        for agreement in agreements
        for commitment in agreement["commitments"]
        if (fitting := _fitting_words(commitment)) and not fitting.isdisjoint(MOST_URGENT_FIRST)
    ]
    return sorted(rows, key=_urgency)


def _urgency(row: Urgent) -> tuple[int, str, str]:
    at = row.commitment["earliest"] or row.commitment["latest"] or "~"
    return MOST_URGENT_FIRST.index(row.words[0]), in_order(at), row.commitment["id"]


def progress(document: CommitmentDocument) -> str:
    """How far a promise has come: "13 of 33", "5 of 12 met", a word, or nothing yet."""
    if document["periods"]:
        from tracker.documents.periods import periods_words

        return periods_words(document["periods"])
    done = document["fulfilment"]
    if done["promised"] is not None:
        return f"{done['delivered'] or 0} of {done['promised']}"
    if done["delivered"] is not None:
        return str(done["delivered"])
    return "" if done["grade"] == "none" else str(done["grade"])
