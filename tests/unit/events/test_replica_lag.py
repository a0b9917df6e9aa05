"""What is said of a standby."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from events.envelope import ReplicaLag

AT = datetime(2026, 11, 28, 20, 15, 7, 123456, UTC)


@pytest.mark.parametrize(
    ("lag", "is_notable", "words"),
    [
        (ReplicaLag(True, 0.4, AT), False, "0 s behind its primary"),
        (ReplicaLag(True, 12.9, AT), True, "12 s behind its primary"),
        (ReplicaLag(True, 185.0, AT), True, "3 min behind its primary"),
        (
            ReplicaLag(False, 0.0, AT),
            True,
            "cut off from its primary since 2026-11-28T20:15:07Z or later",
        ),
        (
            ReplicaLag(False, 0.0, None),
            True,
            "cut off from its primary since it was started or later",
        ),
    ],
)
def test_a_lag_is_told_in_seconds_then_in_minutes(
    lag: ReplicaLag, is_notable: bool, words: str
) -> None:
    """A standby that follows closely is not worth a word; one that is cut off always is."""
    assert (is_notable, words) == (lag.is_notable, lag.words)
