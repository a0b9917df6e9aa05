"""What a filter takes: every part that is given has to fit, and RED is never mailed."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from notifications.alerts.alert import Alert
from notifications.alerts.filters import CEILINGS, Filter
from tracker.entries.tlp import LEVELS, highest

ALERT = Alert(
    "overdue", "accord", "pay", "2026-01-01T00:00:00Z", "k", "state", None, "overdue", "T6", (),
    "critical",
)  # fmt: skip
HELD = {"debtor": ["NOR"], "creditor": ["ISL"]}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, True),
        ({"agreements": ("accord",)}, True),
        ({"agreements": ("other",)}, False),
        ({"commitments": ("pay", "port")}, True),
        ({"commitments": ("port",)}, False),
        ({"parties": ("NOR",)}, True),
        ({"parties": ("ISL",)}, True),
        ({"parties": ("SWE",)}, False),
        ({"kinds": ("lapsed",)}, False),
        ({"kinds": ("lapsed", "overdue")}, True),
        ({"severity": "critical"}, True),
        ({"agreements": ("accord",), "parties": ("SWE",)}, False),
    ],
)
def test_every_part_that_is_given_has_to_fit(parts: dict[str, Any], expected: bool) -> None:
    """Parts are joined by and, the values of one part by or."""
    assert expected is Filter(**parts).takes(ALERT, HELD)


def test_the_least_severity_leaves_out_what_is_less_grave() -> None:
    """A warning is no critical, and an info is no warning."""
    mild = structs.replace(ALERT, severity="warning")

    assert [True, True, False] == [
        Filter(severity=s).takes(mild, HELD) for s in ("info", "warning", "critical")
    ]


@pytest.mark.parametrize("ceiling", CEILINGS)
def test_nothing_is_told_above_the_ceiling(ceiling: str) -> None:
    """What is marked as high as the ceiling passes, what is higher does not; RED never does."""
    marks = [mark for mark in LEVELS if Filter(tlp=ceiling).takes(ALERT, HELD, mark)]

    assert list(LEVELS[: LEVELS.index(ceiling) + 1]) == marks
    assert "RED" not in marks


def test_the_strictest_mark_wins() -> None:
    """A digest is marked as its most guarded part; without any it is clear."""
    assert ("AMBER", "CLEAR") == (highest(["GREEN", "AMBER", "CLEAR"]), highest([]))


def test_a_filter_reads_as_people_say_it() -> None:
    """The words stand in `subscribe show` and in the reason why something was sent."""
    wants = Filter(agreements=("a", "b"), severity="warning", tlp="GREEN")

    assert "agreement a or b; warning or graver; up to TLP:GREEN" == wants.words
    assert "everything" == Filter().words
