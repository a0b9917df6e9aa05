"""Every row of the document and every clock rule has a given/when/then test named after it."""

from __future__ import annotations

import re

import pytest

from tests.unit.tracker.entries import test_amendments
from tests.unit.tracker.rules import test_actors, test_clock, test_transitions
from tests.unit.tracker.rules.recurring import test_recurring
from tests.unit.tracker.rules.terms import test_withdrawal
from tracker.rules.clock_rules import CLOCK_RULES
from tracker.rules.transitions import TRANSITIONS

NAMES = [
    name
    for module in (
        test_actors,
        test_amendments,
        test_clock,
        test_recurring,
        test_transitions,
        test_withdrawal,
    )
    for name in vars(module)
    if name.startswith("test_")
]
ROWS = [str(n) for n in range(1, 40)] + ["25b"]
CLOCKS = [f"T{n}" for n in range(1, 15)]


def named(pattern: str) -> set[str]:
    """The numbers after `rows_` or before the words of a clock test."""
    matches = (re.match(pattern, name) for name in NAMES)
    return {number for match in matches if match for number in match[1].split("_")}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_document_has_its_test(row: str) -> None:
    """Rows 1 to 39 and 25b."""
    assert row in named(r"test_rows?_((?:\d+b?_)*\d+b?)(?=_)")


@pytest.mark.parametrize("rule", CLOCKS)
def test_every_clock_rule_has_its_test(rule: str) -> None:
    """T1 to T14."""
    assert rule.lower() in named(r"test_((?:t\d+_)*t\d+)(?=_)")


def test_the_tables_hold_exactly_the_rows_of_the_document() -> None:
    """Nothing is left out and nothing is made up."""
    assert (set(ROWS), CLOCKS) == (
        {row.number for row in TRANSITIONS},
        [r.number for r in CLOCK_RULES],
    )
