"""Agreements and commitments in brief: what lists search, sort and count by. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tracker.documents.commitments import instant_or_none
from tracker.model.commitment import Commitment
from tracker.rules.agreement import AgreementState, roll_up
from tracker.rules.terms.disputes import flags_of
from tracker.rules.timing import timing


class CommitmentSummary(Struct, frozen=True, gc=False):
    """One commitment in brief.

    A board has ten thousand of them, which the collector would go through again and again; neither
    this nor what it holds can be part of a circle.
    """

    id: str
    agreement: str
    kind: str
    debtor: tuple[str, ...]
    creditor: tuple[str, ...]
    promise: str
    state: str
    compliance: str
    timing: str
    flags: tuple[str, ...]
    earliest: str | None
    latest: str | None
    late: bool


class AgreementSummary(Struct, frozen=True, gc=False):
    """One agreement in brief, with its commitments in the order they were made."""

    id: str
    title: str
    parties: tuple[str, ...]
    predecessor: str | None
    roll_up: str
    last_position: int
    commitments: tuple[CommitmentSummary, ...]
    tags: tuple[str, ...] = ()
    phases: tuple[dict[str, str], ...] = ()


class _Detail(Struct, frozen=True, gc=False):
    """What is taken of the `status --json` object of an agreement; the rest is not decoded."""

    tags: list[str] = []


_decode_detail = msgspec.json.Decoder(_Detail).decode


def tags_of_detail(detail: str | None) -> list[str]:
    """The tags in the `status --json` object of an agreement; none where nothing is known."""
    return _decode_detail(detail).tags if detail else []


def search_text(texts: Iterable[str]) -> str:
    """Some texts as one that words are looked for in, its letters folded as theirs are."""
    return " ".join(texts).casefold()


def summary_of(state: AgreementState, last_position: int) -> AgreementSummary:
    """An agreement from its fold; `last_position` is that of its newest event."""
    commitments = list(state.commitments.values())
    return AgreementSummary(
        state.id,
        state.title,
        tuple(state.parties),
        state.predecessor,
        roll_up(commitments).value,
        last_position,
        tuple(_commitment_summary(c, state) for c in commitments),
        tuple(state.tags),
        tuple({"id": phase.id, "title": phase.title} for phase in state.phases),
    )


def _commitment_summary(c: Commitment, state: AgreementState) -> CommitmentSummary:
    return CommitmentSummary(
        c.id,
        state.id,
        c.kind.value,
        tuple(c.debtor),
        tuple(c.creditor),
        c.promise,
        c.state.value,
        c.compliance.value,
        timing(c, state.as_of)[0].value,
        tuple(flag.value for flag in flags_of(c, state.as_of)),
        instant_or_none(c.earliest),
        instant_or_none(c.latest),
        c.late,
    )


AGREEMENT_COLUMNS = (
    "id", "title", "parties", "predecessor", "roll_up", "first_position", "last_position", "tags",
    "phases",
)  # fmt: skip
"""What the summary of an agreement is made of."""


def summary_of_row(
    row: Sequence[Any], commitments: Iterable[CommitmentSummary], last_position: int
) -> AgreementSummary:
    """An agreement from the AGREEMENT_COLUMNS of its row of the projection."""
    id_, title, parties, predecessor, rolled_up, _first, _last, tags, phases = row
    return AgreementSummary(
        id_,
        title,
        _names(parties),
        predecessor,
        rolled_up,
        last_position,
        tuple(commitments),
        _names(tags),
        _phases(phases),
    )


COLUMNS = (
    "id", "agreement_id", "kind", "debtor", "creditor", "promise", "state", "compliance", "timing",
    "flags", "earliest", "latest", "is_late",
)  # fmt: skip
"""What a summary is made of, in the order of its fields."""
_names = msgspec.json.Decoder(tuple[str, ...]).decode
_phases = msgspec.json.Decoder(tuple[dict[str, str], ...]).decode


def commitment_summary_of_row(row: Sequence[Any]) -> CommitmentSummary:
    """A commitment from the COLUMNS of its row; a board has ten thousand of them."""
    id_, agreement, kind, debtor, creditor, promise, state, compliance, timing, *others = row
    flags, earliest, latest, is_late = others
    return CommitmentSummary(
        id_,
        agreement,
        kind,
        _names(debtor),
        _names(creditor),
        promise,
        state,
        compliance,
        timing,
        _names(flags),
        earliest,
        latest,
        bool(is_late),
    )
