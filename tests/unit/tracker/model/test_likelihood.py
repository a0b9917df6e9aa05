"""ICD 203 words: their ranges leave no gap, and each share has one word."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.model.vocabulary import LIKELIHOODS, Likelihood, likelihood_in_words, likelihood_of


def test_every_word_has_its_range_and_they_meet() -> None:
    """From 1 to 99 percent without a gap; certainty is no word."""
    bounds = list(LIKELIHOODS.values())

    assert list(get_args(Likelihood)) == list(LIKELIHOODS)
    assert all(one[1] == other[0] for one, other in pairwise(bounds))
    assert (1, 99) == (bounds[0][0], bounds[-1][1])


@pytest.mark.parametrize(
    ("share", "word"),
    [(0.0, "almost_no_chance"), (0.05, "very_unlikely"), (0.5, "roughly_even"),
     (0.55, "likely"), (0.8, "very_likely"), (1.0, "almost_certain")],
)  # fmt: skip
def test_a_share_has_its_word(share: float, word: str) -> None:
    """A bound belongs to the higher word."""
    assert word == likelihood_of(share)


@given(st.floats(0, 1))
def test_the_word_holds_the_share(share: float) -> None:
    """Within its range, but for what lies outside of all ranges."""
    low, high = LIKELIHOODS[likelihood_of(share)]

    assert low <= min(max(share * 100, 1), 99) <= high


def test_a_word_is_said_with_its_range() -> None:
    """Readers differ on what a word means; the range does not."""
    assert "very likely (80-95%)" == likelihood_in_words("very_likely")
