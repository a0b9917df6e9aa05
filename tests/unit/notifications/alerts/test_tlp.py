"""Marks are read of the agreements that are asked for, and of no other."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects import registry

from notifications.alerts.tlp import MARKED


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_agreements_bound_both_the_marks_and_the_rows(engine: str) -> None:
    """Without them outside, PostgreSQL reads the whole log to join it with the marked streams."""
    statement = str(MARKED[engine].compile(dialect=registry.load(engine)()))

    assert 2 == statement.count("IN (__[POSTCOMPILE_agreements])")
