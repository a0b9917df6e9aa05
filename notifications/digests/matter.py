"""Names what a digest is about, for its subject and its first line. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import shorten

from notifications.digests.items import Section
from notifications.prose.reader import Reader

LONGEST_TITLE = 60


def matters_of(sections: Iterable[Section]) -> list[str]:
    """Each thing that a digest is about, the gravest first: its agreement, and what happened."""
    items = (item for section in sections for item in section.items)
    named = (
        f"{shorten(item.title, LONGEST_TITLE, placeholder=' ...')}: {item.short}" for item in items
    )
    return list(dict.fromkeys(named))


def headline_of(sections: Iterable[Section], reader: Reader) -> str:
    """The gravest matter, and how many there are beside it."""
    first, *others = matters_of(sections)
    if not others:
        return first
    return reader.language.count("{first}; {n} more", "{first}; {n} more", len(others), first=first)
