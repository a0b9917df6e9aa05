"""A daemon that is watched: JSON lines on stderr, and a port that Prometheus asks."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from urllib.request import urlopen

import pytest

from notifications.scheduler import daemon
from tests.support.command import Run
from tests.support.loopback import free_port

NOW = {"PACTWATCH_NOW": "2025-04-20T12:00:00Z"}


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """The log is one for the process, which goes on after the command."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def test_turns_are_objects_of_the_log(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With everything that `tick --json` says; nothing else is on either stream."""

    def one_turn(turn: Callable[[], None], *_: object, **__: object) -> None:
        turn()

    monkeypatch.setattr(daemon, "run", one_turn)
    earlier = {"PACTWATCH_NOW": "2025-04-10T12:00:00Z"}
    run("agreement", "add", "harbour", "--title", "Harbour", "--party", "NOR", **earlier)
    run("commitment", "add", "harbour", "pay", "--kind", "achievement", "--debtor", "NOR",
        "--promise", "to pay", "--due", "2025-04-19", **earlier)  # fmt: skip
    done = run("run", "--log-format", "json", **NOW)
    begun, turn = map(json.loads, done.err.splitlines())

    assert (0, "") == (done.code, done.out)
    assert begun["message"].startswith("a turn every 30 s")
    assert ("turn", "INFO") == (turn["message"], turn["level"])
    assert "overdue" in {alert["after"] for alert in turn["turn"]["alerts"]}
    assert set(turn) == {"time", "level", "logger", "message", "turn"}


def test_the_port_answers_what_turns_did(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted since the daemon began."""
    port, pages = free_port(), []

    def two_turns(turn: Callable[[], None], *_: object, **__: object) -> None:
        turn()
        turn()
        with urlopen(f"http://127.0.0.1:{port}/metrics") as page:
            pages.append(page.read().decode())

    monkeypatch.setattr(daemon, "run", two_turns)
    run("db", "init")
    done = run("run", "--metrics", f"127.0.0.1:{port}", **NOW)

    assert 0 == done.code, done.err
    assert "pactwatch_turn_seconds_count 2.0" in pages[0]
    assert "pactwatch_turn_failures_total 0.0" in pages[0]
    assert "pactwatch_folding_agreements 0.0" in pages[0]


@pytest.mark.parametrize("address", ["9464", "localhost:", "localhost:70000", ":9464"])
def test_an_address_without_host_or_port_is_refused(run: Run, address: str) -> None:
    done = run("run", "--metrics", address)

    assert 2 == done.code
    assert "expected HOST:PORT, say 127.0.0.1:9464" in done.err
