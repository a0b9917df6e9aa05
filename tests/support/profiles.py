"""How many examples a property is tried with: few while developing, all of them in CI."""

from __future__ import annotations

import os

from hypothesis import settings

FEW, DEFAULT = 20, 100
SHARE = 6
"""One in so many of the examples of CI is tried while developing."""


def in_ci() -> bool:
    return bool(os.environ.get("CI"))


def load_profile() -> None:
    """Load `ci` where CI is set, else `dev`; neither has a deadline, which measures the machine."""
    settings.register_profile(
        "ci", max_examples=DEFAULT, deadline=None, derandomize=True, database=None, print_blob=True
    )
    settings.register_profile("dev", max_examples=FEW, deadline=None)
    settings.load_profile("ci" if in_ci() else "dev")


def examples(number: int) -> int:
    """The number of examples, where CI tries so many."""
    return number if in_ci() else max(number // SHARE, 1)
