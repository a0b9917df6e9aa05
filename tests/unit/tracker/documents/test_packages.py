"""What an agreement says of all its promises, in words."""

from __future__ import annotations

from typing import Any

import pytest

from tracker.documents.packages import by_phase, clauses_in_words, shared_ends


@pytest.mark.parametrize(
    ("clauses", "words"),
    [
        (
            {"renewal": {"period": "P60D", "notice": "P30D", "only_own": False}},
            "renews itself for 60 days, unless a party notifies 30 days before, for all",
        ),
        (
            {"withdrawal": {"notice": None, "only_own": True}},
            "a party may withdraw, for its own promises",
        ),
        ({"suspension": {"allowed": False}}, "a party may not suspend it"),
        ({"release": {"on": "alleged"}}, "a breach alleged of one side releases the other"),
    ],
)
def test_each_clause_is_a_sentence(clauses: dict[str, Any], words: str) -> None:
    """With its lengths, and for whom a notice counts."""
    assert [words] == list(clauses_in_words(clauses))


def test_promises_stand_by_phase_in_the_order_of_the_phases() -> None:
    """Those of no phase come first; a phase without promises is left out."""
    phases = [{"id": "two", "title": "Second"}, {"id": "one", "title": ""}]
    named = {"a": "one", "b": None, "c": "one"}
    rows: Any = [{"id": name, "phase": phase} for name, phase in named.items()]

    assert [("", ["b"]), ("one", ["a", "c"])] == [
        (title, [row["id"] for row in of_phase]) for title, of_phase in by_phase(rows, phases)
    ]


def test_an_end_that_promises_share_stands_once() -> None:
    """Of one agreement and by one account; another end stands by itself."""
    rows = [
        {"agreement": "x", "commitment": name, "reading": reading, "at": "2026-01-01T00:00:00Z"}
        for name, reading in (("a", "e1"), ("b", "e1"), ("c", "e2"))
    ]

    assert ["a\nb", "c"] == [row["commitment"] for row in shared_ends(rows)]
