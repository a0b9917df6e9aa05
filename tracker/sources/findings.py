"""What is wrong between a document, its file and the entries that cite it. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypedDict

from tracker.entries.lookup import GENERATED_ID
from tracker.sources.citations import Citation, Lines
from tracker.sources.editions import SourceDocument, places
from tracker.sources.text import SourceText, normal_form, ranges

Kind = Literal["file", "quote", "line"]
OMISSION = re.compile(r"\s*(?:\[\s*(?:\.\.\.)\s*\]|\(\.\.\.\)|\.\.\.)\s*")
"""Where a quote leaves words out; in normal form, in which an ellipsis is three points."""


class Finding(TypedDict):
    """What was found, of which entry, in words; `hint` is what mends it."""

    kind: Kind
    position: int | None
    entry: str | None
    lines: str | None
    quote: str | None
    found_in: list[int]
    text: str
    hint: str


def check_document(
    document: SourceDocument, text: SourceText, citations: Iterable[Citation], file: str
) -> list[Finding]:
    """Everything that does not agree: the file, lines that are not there, quotes not in theirs."""
    findings = list(_of_file(document, text, file))
    words = [normal_form(line) for line in text.lines]
    # Lines are those of the newest edition; the file may have them elsewhere.
    place = places(document.newest.hashes, text.hashes) if findings else None
    for citation in citations:
        findings += _of_citation(document, citation, words, place)
    return findings


def _of_file(document: SourceDocument, text: SourceText, file: str) -> Iterator[Finding]:
    if text.sha256 == document.newest.sha256:
        return
    name = document.about.document
    before, now = document.newest.hashes, text.hashes
    again = f"pactwatch source add --id {name} {shlex.quote(file)}"
    older = [n for n, each in enumerate(document.editions, 1) if each.sha256 == text.sha256]
    if older:
        yield _finding(
            "file", f"{file} is edition {older[-1]} of {name}; {len(document.editions)} are "
            "on record", "give the newest file", lines=None,
        )  # fmt: skip
        return
    differ = differences(before, now)
    if not differ:
        yield _finding(
            "file", f"{file} is not byte for byte what was registered as {name}; every line reads "
            "the same, apart from spaces and the form of quotation marks", again,
        )  # fmt: skip
        return
    yield _finding("file", f"{file} is not what was registered as {name}: {differ}", again)


def differences(before: Sequence[str], now: Sequence[str]) -> str:
    """How the lines of one edition differ from those of another, in words."""
    place = places(before, now)
    gone = [n for n in range(1, len(before) + 1) if n not in place]
    new = sorted(set(range(1, len(now) + 1)) - set(place.values()))
    # A line that changed where it is, is both gone and new.
    changed = sorted({*gone} & {*new}) if len(before) == len(now) else []
    gone, new = ([n for n in each if n not in changed] for each in (gone, new))
    moved = [n for n, other in place.items() if n != other]
    parts = [
        f"{_lines(changed)} changed" if changed else "",
        f"{_lines(gone)} gone" if gone else "",
        f"{_lines(new)} new" if new else "",
        f"{_lines(moved)} moved to {ranges(sorted(place[n] for n in moved))}" if moved else "",
    ]
    return ", ".join(filter(None, parts))


def _lines(numbers: Sequence[int]) -> str:
    return f"line{'s' if len(numbers) > 1 else ''} {ranges(numbers)}"


def _of_citation(
    document: SourceDocument,
    citation: Citation,
    text: Sequence[str],
    place: dict[int, int] | None,
) -> Iterator[Finding]:
    """What is wrong with one citation."""
    lines = citation.lines
    here, gone = document.now(lines, citation.order) if lines else ([], [])
    if gone:
        yield _line_finding(document, citation, gone)
    if place is not None:
        here = [place[n] for n in here if n in place]
    if citation.quote is None or gone or (lines and not here):
        return
    at = sorted(here) if lines else list(range(1, len(text) + 1))
    if has_quote(" ".join(text[n - 1] for n in at if n <= len(text)), citation.quote):
        return
    elsewhere = [n for n, line in enumerate(text, start=1) if has_quote(line, citation.quote)]
    where = f"line{'s' if lines and lines.first < lines.last else ''} {lines}" if lines else "text"
    where_else = f"; it is in {_lines(elsewhere)}" if elsewhere else "; it is in no line"
    mend = f"source.line={elsewhere[0]}" if elsewhere else "source.quote='...'"
    if elsewhere and lines and lines.last > lines.first:
        mend += " source.last_line=null"
    hint = f"pactwatch event correct {_name_of(citation)} {mend} --reason '...'"
    words = f"the quote is not in {where}{where_else}"
    yield _finding("quote", words, hint, citation, lines, elsewhere)


def _name_of(citation: Citation) -> str:
    """How a command names the entry: by the id that somebody gave it, else by its number."""
    is_given = GENERATED_ID.fullmatch(citation.entry) is None
    return citation.entry if is_given else str(citation.position)


def _line_finding(document: SourceDocument, citation: Citation, gone: list[int]) -> Finding:
    number = document.edition_at(citation.order)
    name, count = document.about.document, len(document.editions[number].hashes)
    correct = f"pactwatch event correct {_name_of(citation)} source.line=N --reason '...'"
    if max(gone) > count or min(gone) < 1:
        words = f"{name} has lines 1 to {count}; the entry cites {citation.lines}"
    else:
        words = f"{_lines(gone)} of edition {number + 1} of {name} reads otherwise now, or is gone"
    return _finding("line", words, correct, citation, citation.lines, [])


def _finding(
    kind: Kind,
    text: str,
    hint: str,
    citation: Citation | None = None,
    lines: Lines | None = None,
    found_in: Sequence[int] = (),
) -> Finding:
    return {
        "kind": kind,
        "position": citation.position if citation else None,
        "entry": citation.entry if citation else None,
        "lines": str(lines) if lines else None,
        "quote": citation.quote if citation and kind == "quote" else None,
        "found_in": list(found_in),
        "text": text,
        "hint": hint,
    }


def has_quote(line: str, quote: str) -> bool:
    """Whether a line in normal form has a quote: all of it, or its parts around omissions."""
    words = normal_form(quote)
    if words in line:
        return True
    at = 0
    for part in filter(None, OMISSION.split(words)):
        at = line.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return at > 0
