"""How much is done of a promise or of one of its periods, read from news and put in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from notifications.alerts.alert import CommitmentDocument
from notifications.language import N_
from notifications.prose.reader import Reader
from tracker.model.vocabulary import OPEN_STATES, Grade, Kind

REPORTED = " reported"
"""How news ends of what is reported, and not confirmed."""
FORM = re.compile(rf"(\d+)(?: of (\d+))?(?:{REPORTED})?\Z")
IN_PART = frozenset({Grade.PARTIAL, Grade.SUBSTANTIAL})
GRADES: Mapping[str, str] = {"partial": N_("partial"), "done": N_("done"), "full": N_("full")}
"""How much is done where no number says so."""


class Amount(Struct, frozen=True):
    """How much was delivered, of how much; `promised` is null where nothing says."""

    delivered: int
    promised: int | None


def amount_of(words: str) -> Amount | None:
    """The amount that news has, as `100 of 175` or `100 reported`; None where it has no number."""
    match = FORM.match(words)
    return Amount(int(match[1]), int(match[2]) if match[2] else None) if match else None


def amount_words(words: str, reader: Reader) -> str:
    """`100 of 175`, or `partial`: the amount that news has, confirmed or not, for a reader."""
    if amount := amount_of(words):
        return _in_words(amount, reader)
    return reader.text(GRADES[words]) if words in GRADES else words.replace("_", " ")


def part_delivered(commitment: CommitmentDocument, reader: Reader) -> str:
    """`22 of 23`, of what is confirmed by now; without a number `a part of it`, or nearly all."""
    fulfilment = commitment["fulfilment"]
    if (done := fulfilment["delivered"]) is None:
        is_most = fulfilment["grade"] == Grade.SUBSTANTIAL
        return reader.text("nearly all of it") if is_most else reader.text("a part of it")
    return _in_words(Amount(done, fulfilment["promised"]), reader)


def delivery_sentence(commitment: CommitmentDocument, reader: Reader) -> str:
    """How much is confirmed of what is still to be done; empty where nothing is, or all."""
    is_begun = (commitment.get("fulfilment") or {}).get("grade") in IN_PART
    is_open = commitment.get("state") in OPEN_STATES
    # Of a recurring promise each period is told by itself.
    if not is_begun or not is_open or commitment.get("kind") != Kind.ACHIEVEMENT:
        return ""
    return reader.text("Delivered so far: {amount}.", amount=part_delivered(commitment, reader))


def _in_words(amount: Amount, reader: Reader) -> str:
    done, promised = amount.delivered, amount.promised
    if promised is None:
        return str(done)
    return reader.text("{done} of {promised}", done=done, promised=promised)
