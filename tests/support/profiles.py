"""How many examples a property is tried with: few while developing, half in CI, all with LONG."""

from __future__ import annotations

import os

from hypothesis import settings

DEFAULT = 100
SHARES = {"dev": 6, "ci": 2, "long": 1}
"""By profile: one in so many of the examples of a property is tried."""


def in_ci() -> bool:
    return bool(os.environ.get("CI"))


def profile() -> str:
    """`long` where LONG is set, else `ci` where CI is set, else `dev`."""
    return "long" if os.environ.get("LONG") else "ci" if in_ci() else "dev"


def load_profile() -> None:
    """Load the profile; none has a deadline, which would measure the machine.

    CI tries the same examples each time, so that a change is refused for what it changed; the
    other two try new ones.
    """
    for name in SHARES:
        settings.register_profile(
            name, max_examples=DEFAULT // SHARES[name], deadline=None, print_blob=True
        )
    settings.register_profile("ci", settings.get_profile("ci"), derandomize=True, database=None)
    settings.load_profile(profile())


def examples(number: int) -> int:
    """The number of examples in this profile, where `long` tries so many."""
    return max(number // SHARES[profile()], 1)
