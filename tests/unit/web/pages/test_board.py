"""What the board has room for of what ends soon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from events import parse_instant
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from web.model.query import parse_query
from web.model.rows.overview import Matching, overview_of
from web.pages.board import ATTENTION_SHOWN, IN_DISPUTE_SHOWN, Board, board

NOW = parse_instant("2026-11-26T12:00:00Z")
OVER_BY_ONE = ("2026-11-20T00:00:00Z", "2027-04-01T00:00:00Z")


def board_of(in_dispute: int, ahead: int) -> Board:
    """So many promises that are over by one reading, and so many that end next week."""
    return ending([OVER_BY_ONE] * in_dispute + [("2026-12-01T00:00:00Z",) * 2] * ahead)


def ending(ends: Sequence[tuple[str, str]], now: datetime = NOW) -> Board:
    """Promises with their first and last end."""
    summaries = tuple(
        CommitmentSummary(
            f"c{n:02}", "a", "maintenance", ("A",), ("B",), "to wait", "in_force", "disputed",
            "running", (), *readings, late=False,
        )
        for n, readings in enumerate(ends)
    )  # fmt: skip
    summary = AgreementSummary("a", "A truce", (), None, "in_force", 1, summaries)
    return board(overview_of([summary]), Matching([summary], 1), parse_query({}, now, "UTC"))


@pytest.mark.parametrize(
    ("in_dispute", "ahead", "visible"),
    [(20, 20, (IN_DISPUTE_SHOWN, 10)), (20, 2, (13, 2)), (2, 20, (2, 13)), (20, 0, (15, 0))],
)
def test_ends_in_dispute_leave_room_for_those_to_come(
    in_dispute: int, ahead: int, visible: tuple[int, int]
) -> None:
    """A third is theirs where there is much of both, and the rest is counted."""
    selection = board_of(in_dispute, ahead)
    passed = sum((c.earliest, c.latest) == OVER_BY_ONE for c in selection.soon)

    assert visible == (passed, len(selection.soon) - passed)
    assert in_dispute + ahead - sum(visible) == selection.more_soon
    assert len(selection.soon) <= ATTENTION_SHOWN


def test_breaches_that_are_denied_are_counted_among_the_breaches() -> None:
    """The tile says of how many."""
    tiles = board_of(3, 0).tiles

    assert (3, 3) == (tiles.breaches, tiles.denied)


def test_an_end_is_over_a_fraction_of_a_second_later() -> None:
    """By text, half past a second comes before it."""
    second, half = "2026-11-26T12:00:00Z", "2026-11-26T12:00:00.5Z"
    ends = [(second, second), (half, half), (second, half)]

    assert ["c02", "c01"] == [c.id for c in ending(ends, parse_instant(second)).soon]
    assert [] == [c.id for c in ending(ends, parse_instant(half)).soon]
