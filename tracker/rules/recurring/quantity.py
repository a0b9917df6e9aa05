"""What one period of a recurring promise asks for, where an account reads it otherwise. Pure.

Of one period only the quantity can be read: an account of it stands beside the others as a term of
its own, `quantity of 2025-01-20`, and what all parties settle is what that period then asks for.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.terms import Terms
from tracker.model.vocabulary import Kind
from tracker.rules.recurring.performance import period_of, with_promised
from tracker.rules.terms.commands import command_again
from tracker.rules.terms.extension import Lack

Reading = types.ReadingAsserted | types.TermsClarified
AnyReading = TypeVar("AnyReading", types.ReadingAsserted, types.TermsClarified)


def lack_of_quantity(commitment: Commitment, entry: Entry) -> Lack | None:
    """What is wrong with a reading of one period; raises InvalidEvent where there is no such."""
    payload = entry.payload
    assert isinstance(payload, Reading)
    period = period_of(commitment, entry)
    if _quantity(payload) is not None:
        return None
    return Lack(
        "of one period of a recurring promise only the quantity can be read; expected "
        "terms.quantity alone",
        command_again(
            commitment.id,
            entry,
            "terms.quantity=500",
            f"period={period.day}",
            without=("term", "value"),
        ),
    )


def _quantity(payload: Reading) -> int | None:
    """The quantity that a reading gives, where it gives nothing else."""
    terms = payload.terms or Terms()
    if payload.term == "quantity" and isinstance(payload.value, int):
        terms = replace(terms, quantity=payload.value)
    elif payload.term is not None:
        return None
    is_alone = replace(terms, quantity=UNSET, reading=UNSET, reading_of=UNSET) == Terms()
    return terms.quantity if is_alone and isinstance(terms.quantity, int) else None


def reading_of_period(
    commitment: Commitment, payload: AnyReading, entry: Entry
) -> tuple[Commitment, AnyReading]:
    """The reading as one of a term of its own; settled by all, it is what the period asks for."""
    if commitment.kind is not Kind.RECURRING or payload.period is None:
        return commitment, payload
    period, quantity = period_of(commitment, entry), _quantity(payload)
    term = f"quantity of {period.day}"
    if isinstance(payload, types.TermsClarified) and quantity is not None:
        commitment = with_promised(commitment, period, quantity, entry)
    return commitment, replace(payload, term=term, value=quantity, terms=None, period=None)
