"""Where a report stands, as a reader is told: publisher, date, lines, quote and address. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

QUOTED = 60


def citation_words(
    source: Mapping[str, Any] | None,
    document: Mapping[str, Any] | None = None,
    *,
    with_quote: bool = True,
) -> str:
    """A source in one line: `"Truce holds", Reuters, 20 March 2025, https://example.org/a`.

    `document` is what the registered document is called, where the source does not say it itself.
    A log of another writer may have any value in it, which is written as it is.
    """
    if not isinstance(source, Mapping):
        return ""
    source = {**(document or {}), **source}
    title = f'"{source["title"]}"' if source.get("title") else None
    quote = f'"{_short(str(source["quote"]))}"' if with_quote and source.get("quote") else None
    parts = [
        title,
        source.get("publisher"),
        published_words(source.get("published")),
        line_words(source),
        quote,
        source.get("url"),
        source.get("archived_url"),
    ]
    return ", ".join(str(part) for part in parts if part)


def line_words(source: Mapping[str, Any]) -> str:
    """`blog line 53`, `lines 53 to 55`; the document alone where no line is named."""
    document, line, last = (source.get(name) for name in ("document", "line", "last_line"))
    if not line:
        return str(document or "")
    lines = f"lines {line} to {last}" if last and last != line else f"line {line}"
    return f"{document} {lines}" if document else lines


def published_words(text: object) -> str:
    """A day in words, or two that bound an interval; any other date as it was said."""
    try:
        days = [date.fromisoformat(side) for side in str(text or "").split("/")]
    except ValueError:
        return str(text or "")
    return " to ".join(f"{day.day} {day:%B %Y}" for day in days)


def _short(text: str) -> str:
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 3]}..."
