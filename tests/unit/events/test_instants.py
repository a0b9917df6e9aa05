"""Formatted instants are compared by time, with fractions of a second and without."""

from __future__ import annotations

from datetime import timedelta

import pytest

from events import end_of_second, format_instant, in_order, parse_instant

MOMENT = parse_instant("2025-03-18T22:00:00Z")
AFTER = [timedelta(microseconds=n) for n in (0, 1, 500_000, 999_999, 1_000_000, 1_000_001)]


def test_they_sort_as_the_instants_do() -> None:
    """As text alone, half a second later would come before the whole second."""
    texts = [format_instant(MOMENT + after) for after in AFTER]

    assert texts == sorted(texts, key=in_order)
    assert texts != sorted(texts)


@pytest.mark.parametrize("after", AFTER[:4])
def test_nothing_of_a_second_comes_after_its_end(after: timedelta) -> None:
    """So an index finds all of it by text, and nothing of the next."""
    last = end_of_second(MOMENT + after)

    assert all(format_instant(MOMENT + other) <= last for other in AFTER[:4])
    assert all(format_instant(MOMENT + other) > last for other in AFTER[4:])
