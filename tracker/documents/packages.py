"""What an agreement says of all its promises, in words, and its promises by phase. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracker.documents.commitments import CommitmentDocument


def clauses_in_words(clauses: Mapping[str, Any]) -> Iterator[str]:
    """Each clause of an agreement as a sentence, without its end."""
    renewal, withdrawal = clauses.get("renewal"), clauses.get("withdrawal")
    suspension, release = clauses.get("suspension"), clauses.get("release")
    if renewal:
        period = _length(renewal["period"]) or "its own length"
        notice = f" {_length(renewal['notice'])} before" if renewal["notice"] else ""
        yield f"renews itself for {period}, unless a party notifies{notice}, {_for_whom(renewal)}"
    if withdrawal:
        notice = f" by a notice of {_length(withdrawal['notice'])}" if withdrawal["notice"] else ""
        yield f"a party may withdraw{notice}, {_for_whom(withdrawal)}"
    if suspension:
        yield f"a party may {'' if suspension['allowed'] else 'not '}suspend it"
    if release:
        yield f"a breach {release['on']} of one side releases the other"


def _length(duration: str | None) -> str:
    from tracker.dates.durations import parse_duration

    return parse_duration(duration).words if duration else ""


def _for_whom(clause: Mapping[str, Any]) -> str:
    return "for its own promises" if clause["only_own"] else "for all"


KEY = ("agreement", "reading", "at", "zone", "state", "term")
"""What ends have in common that are told as one."""


def shared_ends(readings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The readings of ends, each once where many promises have it of their agreement."""
    shared: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for reading in readings:
        key = tuple(reading.get(name) for name in KEY)
        shared.setdefault(key, []).append(reading)
    return [
        {**rows[0], "commitment": "\n".join(row["commitment"] for row in rows)}
        for rows in shared.values()
    ]


def by_phase(
    commitments: Iterable[CommitmentDocument], phases: Iterable[Mapping[str, str]]
) -> list[tuple[str, list[CommitmentDocument]]]:
    """The promises of each phase under its title, in the order of the phases; others come first.

    One group without a title where no promise names a phase.
    """
    titles = {phase["id"]: phase["title"] or phase["id"] for phase in phases}
    groups: dict[str, list[CommitmentDocument]] = {"": [], **{each: [] for each in titles}}
    for commitment in commitments:
        groups.setdefault(commitment["phase"] or "", []).append(commitment)
    return [(titles.get(name, name), rows) for name, rows in groups.items() if rows]
