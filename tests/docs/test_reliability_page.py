"""The page of reliability names every trial and every planted fault."""

from __future__ import annotations

import pytest

from tests.support.dataset import ROOT
from trials.__main__ import all_trials
from trials.mutants import MUTANTS

PAGE = (ROOT / "docs/reliability.md").read_text()


@pytest.mark.parametrize("name", [*all_trials(), *(planted.name for planted in MUTANTS)])
def test_every_trial_and_planted_fault_has_a_row(name: str) -> None:
    """Whoever adds one says what it does, and what was counted."""
    assert f"| `{name}` |" in PAGE
