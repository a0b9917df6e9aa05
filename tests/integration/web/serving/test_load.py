"""Long work and short: neither waits for the other, and a crowd of long ones is turned away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import pytest

from tests.support.served import Board
from tracker.queries.board.queries import BoardQueries
from web.serving import threads


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Boards of another instant wait until this is set."""
    go, real = threading.Event(), BoardQueries.agreement_summaries

    def waiting(published: BoardQueries) -> object:
        if published.then is not None:
            go.wait(30)
        return real(published)

    monkeypatch.setattr(BoardQueries, "agreement_summaries", waiting)
    return go


def test_pages_are_made_while_long_work_is_done(own_board: Board, gate: threading.Event) -> None:
    """The board of now does not wait for the boards of then."""
    with ThreadPoolExecutor() as readers:
        then = [readers.submit(own_board.ask, f"/?as_of=2025-03-{day}") for day in (19, 20, 21, 22)]
        now = [own_board.ask(path).status for path in ("/", "/commitments/ep-rus", "/deadlines")]
        waiting = [each.done() for each in then]
        gate.set()
        answered = [each.result().status for each in then]

    assert [200, 200, 200] == now
    assert [False] * 4 == waiting
    assert [200] * 4 == answered


def test_a_crowd_of_long_questions_is_told_to_come_back(
    own_board: Board, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with when to try again, and nothing is lost for those who wait."""
    monkeypatch.setattr(threads, "QUEUE", 2)
    with ThreadPoolExecutor(10) as readers:
        questions = [
            readers.submit(own_board.ask, f"/?as_of=2025-03-{day}") for day in range(10, 20)
        ]
        for _ in islice(as_completed(questions), 7):
            pass
        gate.set()
        replies = [one.result() for one in questions]

    refused = [reply for reply in replies if reply.status == 503]
    assert [200] * 3 == [reply.status for reply in replies if reply.status != 503]
    assert {"60"} == {reply.headers["retry-after"] for reply in refused}
    assert all("try again in a minute" in reply.text for reply in refused)
