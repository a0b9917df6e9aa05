"""Logs that grew by single lines, by files and by `record` hold the same, and so do their rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.histories import Histories, make_base, run_histories
from tests.support.profiles import examples, profile


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


def test_a_log_is_the_same_however_it_came_in(base: Path) -> None:
    """In one piece, line by line, or as it was recorded: the same bytes, states and rows."""
    run_histories(base, 500 if profile() == "long" else examples(24))


def test_a_party_that_another_desk_registered_anew_comes_in_line_by_line(base: Path) -> None:
    """In files that have how it was registered before."""
    Histories.base = base
    history = Histories()
    before = len(history.ids)
    history.enter("PartyRegistered", "mediator", {"name": "The mediators", "zone": "UTC"})

    assert before + 1 == len(history.ids)
    history.teardown()
