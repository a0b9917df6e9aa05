"""The guide: every word explained, from the texts of `pactwatch help`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby

from msgspec import Struct

from tracker.terminal.help_topics import TOPICS, about, is_heading, topic_text
from web.model.reader import Reader
from web.pages.render import Page

ORDER = ("glossary", *(topic for topic in TOPICS if topic != "glossary"))
GAP = "  "
"""What stands between a word and its meaning in a table of a text."""


class Block(Struct, frozen=True):
    """A heading, a paragraph, a table of words and meanings, or lines as they stand."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, str], ...] = ()


class Topic(Struct, frozen=True):
    id: str
    about: str
    blocks: tuple[Block, ...]


@cache
def topics() -> tuple[Topic, ...]:
    """Every topic in blocks; the words come first."""
    return tuple(Topic(name, about(name), tuple(blocks_of(topic_text(name)))) for name in ORDER)


def blocks_of(text: str) -> Iterator[Block]:
    """The blocks of a text, without its first line, which is its title."""
    lines = ["", *text.splitlines()[1:]]
    kinds = [(_kind(lines, place), line) for place, line in enumerate(lines)]
    for kind, group in groupby(kinds, key=lambda each: each[0]):
        block = [line for _, line in group]
        if kind == "heading":
            yield from (Block("heading", line) for line in block)
        elif kind == "table":
            yield from _table(block)
        elif kind == "text":
            yield Block("text", " ".join(block))


def _kind(lines: list[str], place: int) -> str:
    line = lines[place]
    if not line.strip():
        return "gap"
    if line.startswith("    ") or GAP in line.strip():
        return "table"
    return "heading" if is_heading(lines, place) else "text"


def _table(lines: list[str]) -> Iterator[Block]:
    """Words with their meanings; as they stand where a line has no meaning of its own."""
    rows: list[tuple[str, str]] = []
    for line in lines:
        word, gap, meaning = line.strip().partition(GAP)
        is_continued = rows and line.startswith(" " * 12) and not gap
        if is_continued:
            rows[-1] = (rows[-1][0], f"{rows[-1][1]} {word}")
        elif gap:
            rows.append((word, meaning.strip()))
        else:
            yield Block("code", "\n".join(line.removeprefix("    ") for line in lines))
            return
    yield Block("table", rows=tuple(rows))


def guide_page(_reader: Reader, _: str) -> Page:
    """Every word explained, in plain words."""
    return Page("guide.html.j2", {"topics": topics()})
