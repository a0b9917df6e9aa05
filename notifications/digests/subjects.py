"""What stands in the subject of a digest: each matter in short, and the gravest of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import shorten

from notifications.digests.items import Item, Section
from notifications.prose.reader import Reader

LEAST_TITLE, LONGEST_TITLE = 25, 60
LEAST_MATTER = 30
LONGEST_MATTER = 95
"""With room in a subject for how many there are beside it."""


def matters_of(sections: Iterable[Section]) -> list[str]:
    """Each thing that a digest is about, the gravest first: its agreement, and what happened."""
    items = (item for section in sections for item in section.items)
    return list(dict.fromkeys(f"{_subject_of(item)}: {item.short}" for item in items))


def _subject_of(item: Item) -> str:
    """The title of its agreement, and the promise where it is not the only one.

    What happened stays whole as long as enough of the title is left to know it by.
    """
    room = LONGEST_MATTER - len(f": {item.short}")
    title = shorten(item.title, max(LEAST_TITLE, min(LONGEST_TITLE, room)), placeholder=" ...")
    left = room - len(f"{title} ()")
    if not item.matter or left < LEAST_MATTER:
        return title
    return f"{title} ({shorten(item.matter, left, placeholder=' ...')})"


def headline_of(sections: Iterable[Section], reader: Reader) -> str:
    """The gravest matter, and how many there are beside it."""
    first, *others = matters_of(sections)
    if not others:
        return first
    first = shorten(first, LONGEST_MATTER, placeholder=" ...")
    return reader.language.count("{first}; {n} more", "{first}; {n} more", len(others), first=first)
