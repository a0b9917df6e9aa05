"""What an id that is not there may have meant. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 200
"""Letters of an id that are compared; ours have at most 120."""


def nearest(wanted: str, names: Iterable[str]) -> tuple[str, ...]:
    """Up to three names that are spelt alike, capitals or not."""
    folded = {name.casefold(): name for name in sorted(names)}
    near = get_close_matches(wanted[:LONGEST].casefold(), folded, n=3)
    return tuple(folded[name] for name in near)
