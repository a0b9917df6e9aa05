"""Every word that a status can have is explained."""

from __future__ import annotations

from enum import Enum

import pytest

from tracker.model.vocabulary import Compliance, Flag, Grade, State, Timing
from web.model.meanings import MEANINGS


@pytest.mark.parametrize(("axis", "words"), [
    ("state", State), ("compliance", Compliance), ("timing", Timing), ("flag", Flag),
    ("fulfilment", Grade),
])  # fmt: skip
def test_every_word_has_a_meaning(axis: str, words: type[Enum]) -> None:
    """And no meaning is of a word that there is not."""
    assert {word.value for word in words} == {*MEANINGS[axis]}
