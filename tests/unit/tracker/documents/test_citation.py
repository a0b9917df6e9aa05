"""A source in one line, as a reader is told."""

from __future__ import annotations

from typing import Any

import pytest

from tracker.documents.citation import citation_words

REUTERS = {
    "url": "https://example.org/a", "published": "2025-03-20", "publisher": "Reuters",
    "title": "Truce holds",
}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (REUTERS, '"Truce holds", Reuters, 20 March 2025, https://example.org/a'),
        ({"publisher": "Reuters", "published": "2025-03~"}, "Reuters, 2025-03~"),
        ({"published": "2025-03-18/2025-03-19"}, "18 March 2025 to 19 March 2025"),
        ({"published": "2025-03-18/.."}, "2025-03-18/.."),
        ({"document": "blog", "line": 53}, "blog line 53"),
        ({"document": "blog", "line": 53, "last_line": 55}, "blog lines 53 to 55"),
        ({"line": 4, "quote": "no strikes"}, 'line 4, "no strikes"'),
        ({"document": "blog"}, "blog"),
        ({"quote": "x" * 80}, f'"{"x" * 57}..."'),
        ({"publisher": ["of", 1], "line": "x"}, "['of', 1], line x"),  # of another writer
        ({}, ""),
        (None, ""),
        ("elsewhere", ""),
    ],
)
def test_a_source_reads_from_title_to_address(source: Any, words: str) -> None:
    """What is not given is not told; a date that is no day stays as it was said."""
    assert words == citation_words(source)
