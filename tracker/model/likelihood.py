"""ICD 203: words of likelihood with their ranges, and how sure an analyst is of a judgement. Pure.

Likelihood and confidence are two things, said apart and never joined in one phrase.
"""

from __future__ import annotations

from typing import Final, Literal

Likelihood = Literal[
    "almost_no_chance",
    "very_unlikely",
    "unlikely",
    "roughly_even",
    "likely",
    "very_likely",
    "almost_certain",
]
Confidence = Literal["low", "moderate", "high"]

RANGES: Final[dict[Likelihood, tuple[int, int]]] = {
    "almost_no_chance": (1, 5),
    "very_unlikely": (5, 20),
    "unlikely": (20, 45),
    "roughly_even": (45, 55),
    "likely": (55, 80),
    "very_likely": (80, 95),
    "almost_certain": (95, 99),
}
"""Percentages; a bound that two words share belongs to the higher one."""


def in_words(likelihood: str) -> str:
    """`likely` -> `likely (55-80%)`."""
    low, high = RANGES[likelihood]  # type: ignore[index]
    return f"{likelihood.replace('_', ' ')} ({low}-{high}%)"


def word_for(share: float) -> Likelihood:
    """The word for a share between 0 and 1."""
    fitting = [word for word, (low, _) in RANGES.items() if share * 100 >= low]
    return fitting[-1] if fitting else "almost_no_chance"
