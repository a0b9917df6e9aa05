"""Which lines of a document have entries, which were read without one, which are open. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from tracker.sources.citations import Citation
from tracker.sources.editions import LinesRead, SourceDocument
from tracker.sources.text import BLANK

Standing = Literal["entries", "read", "open", "blank"]


class LineCoverage(Struct, frozen=True):
    """One line of the newest edition: the entries that cite it, and why it was passed over."""

    line: int
    standing: Standing
    entries: tuple[Citation, ...] = ()
    read: tuple[LinesRead, ...] = ()


def coverage_of(document: SourceDocument, citations: Iterable[Citation]) -> list[LineCoverage]:
    """Every line of the newest edition once, in order.

    A line with an entry counts as one with entries, whether or not it was marked as well.
    """
    cited: dict[int, list[Citation]] = defaultdict(list)
    for citation in citations:
        if citation.lines is not None:
            for line in document.now(citation.lines, citation.order)[0]:
                cited[line].append(citation)
    read: dict[int, list[LinesRead]] = defaultdict(list)
    for mark in document.read:
        for line in document.now(mark.lines, mark.order)[0]:
            read[line].append(mark)
    return [
        LineCoverage(
            line,
            _standing(hash_, line in cited, line in read),
            tuple(cited.get(line, ())),
            tuple(read.get(line, ())),
        )
        for line, hash_ in enumerate(document.newest.hashes, start=1)
    ]


def _standing(hash_: str, is_cited: bool, is_read: bool) -> Standing:
    if is_cited:
        return "entries"
    if is_read:
        return "read"
    return "blank" if hash_ == BLANK else "open"
