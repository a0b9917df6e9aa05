"""What a board logs of a trouble that every reader meets."""

from __future__ import annotations

import logging

from web.serving.log_repeats import Repeats


def record(words: str, level: int = logging.ERROR) -> logging.LogRecord:
    return logging.LogRecord("pactwatch.web", level, "", 1, words, None, None)


def test_an_error_that_each_request_meets_is_logged_once_a_minute() -> None:
    """A database that is away for an hour would fill the log; another error is news."""
    now = [0.0]
    repeats = Repeats(lambda: now[0])
    passed = []
    for at, words in ((0, "away"), (1, "away"), (2, "locked"), (59, "away"), (61, "away")):
        now[0] = at
        passed.append(repeats.filter(record(words)))

    assert [True, False, True, False, True] == passed


def test_what_is_no_error_is_always_logged() -> None:
    repeats = Repeats(lambda: 0.0)

    assert [True, True] == [repeats.filter(record("begun", logging.INFO)) for _ in range(2)]
