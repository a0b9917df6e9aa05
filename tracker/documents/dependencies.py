"""What promises hang on: conditions, moments of others, a release, what takes their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from tracker.model.vocabulary import OPEN_STATES
from tracker.rules.terms.accounts import ALL_PARTIES

if TYPE_CHECKING:
    from tracker.documents.commitments import CommitmentDocument


def reachable(starts: Iterable[str], edges: Mapping[str, Iterable[str]]) -> list[str]:
    """Whatever edges lead to from some nodes, nearest first, each once and without these."""
    nodes = list(dict.fromkeys(starts))
    reached, count = dict.fromkeys(nodes), len(nodes)
    for node in nodes:
        further = [each for each in edges.get(node, ()) if each not in reached]
        nodes += dict.fromkeys(further)
        reached |= dict.fromkeys(further)
    return nodes[count:]


class ConditionLink(Struct, frozen=True):
    """A condition of a promise; `on` is what it is about, `awaits` the state that has to come."""

    id: str
    text: str
    status: str
    deadline: str | None = None
    zone: str | None = None
    on: str | None = None
    awaits: str | None = None


class AssertedLink(Struct, frozen=True):
    """A condition that one account alone reads into a promise in force; `by` is that account."""

    id: str
    text: str
    by: str | None = None


class AnchorLink(Struct, frozen=True):
    """A moment of another promise or agreement that a deadline is counted from."""

    after: str
    words: str
    known: bool = False


class Dependencies(Struct, frozen=True):
    """What one promise hangs on, as far as its `status --json` object says.

    Its mirror is that of a promise given in return whose breach, `alleged` or `confirmed`, gives a
    release; without a clause it is linked to none.
    """

    id: str
    phase: str | None = None
    conditions: tuple[ConditionLink, ...] = ()
    asserted: tuple[AssertedLink, ...] = ()
    anchors: tuple[AnchorLink, ...] = ()
    reciprocal_with: str | None = None
    release_on: str | None = None
    successor: str | None = None

    @property
    def mirror(self) -> str | None:
        return self.reciprocal_with if self.release_on else None

    def is_any(self) -> bool:
        """Whether it hangs on anything, or something takes its place."""
        linked = self.conditions or self.asserted or self.anchors
        return bool(linked or self.mirror or self.successor)


_of_detail = msgspec.json.Decoder(Dependencies)


def of_details(details: Iterable[str]) -> list[Dependencies]:
    """What stored `status --json` objects hang on; only that part of each is decoded."""
    decoded = map(_of_detail.decode, details)
    return [each for each in decoded if each.is_any()]


def of_documents(documents: Iterable[CommitmentDocument]) -> list[Dependencies]:
    """What documents hang on; those that hang on nothing are left out."""
    return [each for each in map(_of_document, documents) if each.is_any()]


def _of_document(document: CommitmentDocument) -> Dependencies:
    links = msgspec.convert(document, Dependencies)
    if document["state"] not in OPEN_STATES:
        return links
    asserted = (
        AssertedLink(reading["id"], str(reading["value"]), reading["by"])
        for reading in document["readings"]
        if reading["term"] == "condition" and reading["by"] != ALL_PARTIES and reading.get("value")
    )
    return msgspec.structs.replace(links, asserted=tuple(asserted))
