"""The shipped case of aid that was suspended and resumed."""

from __future__ import annotations

from tests.support.command import Run
from tests.support.example import standing


def test_suspended_by_its_debtors_own_word_then_resumed(shipped: Run) -> None:
    """Contested while it lasts, and said so in words; resumed after the talks."""
    meanwhile = standing(shipped, "2025-03-08")["aid-usa"]
    after = standing(shipped, "2025-03-19")["aid-usa"]

    assert (meanwhile["state"], after["state"]) == ("suspended", "in_force")
    assert "suspension_contested" in meanwhile["flags"]
    words = shipped("explain", "aid-usa", "--as-of", "2025-03-08").out
    assert "by its debtor's own word" in " ".join(words.split())
