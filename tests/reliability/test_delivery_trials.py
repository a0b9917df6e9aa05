"""The outbox under faults and with workers stopped: nothing missed, nothing sent twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.support.delivery_trials import under_faults, with_pauses
from tests.support.mail import made


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_message_arrives_under_faults(tmp_path: Path, seed: int) -> None:
    """At whatever verb a server fails, all arrive; twice only after a loss past the final dot."""
    figures = under_faults(made(str(tmp_path / "p.db")), 100, seed)

    assert (Counter(sent=100), 0, 0) == (
        figures.states,
        figures.missed,
        figures.doubled_without_cause,
    )
    assert figures.faults > 15


def test_every_message_arrives_under_faults_on_postgresql(made_postgres: str) -> None:
    """The same on the other engine."""
    figures = under_faults(made(made_postgres), 100, 4)

    assert (Counter(sent=100), 0, 0) == (
        figures.states,
        figures.missed,
        figures.doubled_without_cause,
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_paused_workers_send_nothing_twice(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Three workers stopped past their lease while they send: leases run out, none sends again."""
    sqlite = kind == "sqlite"
    url = str(tmp_path / "p.db") if sqlite else request.getfixturevalue("made_postgres")
    figures = with_pauses(made(url), url, pauses=4, count=250, delay=0.025)

    assert (0, 0, 0) == (figures.missed, figures.doubled, figures.states["due"])
    assert figures.expired > 0
