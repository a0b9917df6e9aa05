"""What an operator's programs ask a board: is it ready, and how are its numbers?"""

from __future__ import annotations

from pathlib import Path

import pytest

from events import EventStore
from events.address import sqlite_path
from tests.support.dataset import load
from tests.support.served import project, record, serving
from web.reference.openapi import openapi


def test_a_board_is_ready_once_its_pages_are_up_to_date(database: str) -> None:
    """Before a first turn and behind the log it says why it is not."""
    with EventStore.open(database) as log:
        load(log)
    with serving(database) as board:
        never = board.ask("/ready")
        project(database)
        ready = board.ask("/ready")
        record(database, "energy-pause-2025", "PositionStated", at="2025-03-18T20:00:00Z", by="RUS",
               occurred="2025-03-18", text="a position")  # fmt: skip
        behind = board.ask("/ready")

    assert [503, 200, 503] == [reply.status for reply in (never, ready, behind)]
    assert "pactwatch tick" in never.json["reason"]
    assert {"ready": True, "reason": None} == ready.json
    assert "behind the log" in behind.json["reason"]


def test_a_board_whose_database_is_gone_says_so_to_who_watches(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A program gets the document that it asked for; the log has what happened, and what to do."""
    with EventStore.open(database) as log:
        load(log)
    project(database)
    with serving(database) as board:
        Path(sqlite_path(database)).rename(Path(sqlite_path(database)).with_suffix(".away"))
        gone = board.ask("/ready")

    assert 503 == gone.status
    assert {"ready": False, "reason": "The record cannot be read at the moment."} == gone.json
    assert any("no database at" in message for message in caplog.messages)


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_a_question_about_this_moment_takes_no_parameters(database: str, path: str) -> None:
    """A watcher that asks for another instant is refused, as JSON; a mark of tracking is none."""
    with EventStore.open(database) as log:
        load(log)
    project(database)
    with serving(database) as board:
        replies = [board.ask(f"{path}?{name}=1") for name in ("verbose", "as_of", "page")]
        long, tracked = (board.ask(f"{path}?{query}") for query in ("x" * 2001, "utm_source=x"))

    assert 3 * [(400, f"Ask for {path} without anything after it.")] == [
        (reply.status, reply.json["hint"]) for reply in replies
    ]
    assert "This page cannot be asked for “as_of”." == replies[1].json["error"]
    assert [400, 200] == [long.status, tracked.status]


def test_the_reference_says_how_a_watcher_is_refused() -> None:
    """Errors are JSON there, and a board that is not ready says so in its own form."""
    paths = openapi()["paths"]
    forms = {
        (path, status): reply["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for path in ("/health", "/ready")
        for status, reply in paths[path]["get"]["responses"].items()
    }

    assert {
        ("/health", "200"): "HealthAnswer", ("/health", "400"): "ErrorAnswer",
        ("/health", "414"): "ErrorAnswer", ("/health", "503"): "ErrorAnswer",
        ("/ready", "200"): "ReadyAnswer", ("/ready", "400"): "ErrorAnswer",
        ("/ready", "414"): "ErrorAnswer", ("/ready", "503"): "ReadyAnswer",
    } == forms  # fmt: skip


def test_a_board_answers_prometheus_only_where_it_was_asked_to(database: str) -> None:
    """How long the log is may be more than its readers are to know."""
    with EventStore.open(database) as log:
        load(log)
    with serving(database) as board:
        assert 404 == board.ask("/metrics").status
    with serving(database, has_metrics=True) as board:
        reply = board.ask("/metrics")

    assert 200 == reply.status
    assert b"pactwatch_up 1.0" in reply.body
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
