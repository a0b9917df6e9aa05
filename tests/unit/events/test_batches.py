"""What runs over large batches leaves the process as it was."""

from __future__ import annotations

import gc

import pytest

from events.batches import OBJECTS_BETWEEN_COLLECTIONS, batches, seldom_collecting


def test_a_sequence_comes_in_parts_of_a_size() -> None:
    """In order, the last one as long as what is left."""
    assert [[1, 2], [3, 4], [5]] == list(batches([1, 2, 3, 4, 5], 2))
    assert [] == list(batches([], 2))


def test_the_collector_runs_as_before_afterwards() -> None:
    """More rarely inside; as often as before outside, also after an error and when nested."""
    before = gc.get_threshold()

    def fail() -> None:
        with seldom_collecting(), seldom_collecting():
            assert max(before[0], OBJECTS_BETWEEN_COLLECTIONS) == gc.get_threshold()[0]
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert before == gc.get_threshold()
