"""The operator's commands, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cli import main
from events.engine import writing
from notifications import outbox
from notifications.errors import TransportError
from tests.mail import NOW, fill, made, states

LATER = "2026-03-02T09:00:00Z"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return str(tmp_path / "p.db")


@pytest.fixture
def engine(url: str) -> Engine:
    """Three messages: one parked, one uncertain, one due."""
    engine = made(url)
    fill(engine, 3)
    parked = TransportError("550 5.1.1 no such user", permanent=True, phase="recipient", code=550)
    lost = TransportError("no answer", permanent=False, phase="after_data")
    with writing(engine) as connection:
        first, second, third = outbox.claim(connection, "w", NOW)
        outbox.mark_failed(connection, first, NOW, parked)
        outbox.mark_failed(connection, second, NOW, lost)
        outbox.release(connection, [third], NOW, "stopped")
    return engine


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(engine: Engine, url: str, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--db", url, "--now", LATER, *words])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def test_the_list_narrows_and_counts(run: Run) -> None:
    """By state, by address, the newest only; how many there are of each is said beside it."""
    code, out, err = run("outbox", "list", "--state", "parked", "--json")
    document = json.loads(out)
    _, newest, _ = run("--format", "jsonl", "outbox", "list", "--limit", "1")

    assert (0, [1]) == (code, [message["id"] for message in document["messages"]])
    assert {"parked": 1, "uncertain": 1, "due": 1} == document["counts"]
    assert "1 due, 1 uncertain, 1 parked" in err
    assert 3 == json.loads(newest)["id"]


def test_a_message_shows_its_way(run: Run) -> None:
    """Each step with its instant, how far it came, and the server's words."""
    _, text, _ = run("outbox", "show", "3")
    _, out, _ = run("outbox", "show", "3", "--json")
    steps = json.loads(out)["steps"]

    assert ["leased", "due"] == [step["state"] for step in steps]
    assert "2026-03-02 08:00Z  attempt 1  due  stopped" in text


def test_a_message_can_be_read_as_it_is_sent(run: Run) -> None:
    """The bytes, and nothing but the bytes."""
    from events.engine import open_engine, reading
    from notifications.outbox_desk import message_of

    with reading(open_engine("p.db")) as connection:
        kept = message_of(connection, 1)

    assert kept.startswith(b"Date: ")
    assert kept.endswith(b"--\r\n")


def test_a_dry_run_changes_nothing(run: Run, engine: Engine) -> None:
    """It shows what would be, and the next look finds all as it was."""
    before = states(engine)
    code, out, err = run("outbox", "retry", "1", "2", "-n", "--json")

    assert (0, ["due", "due"]) == (code, [m["state"] for m in json.loads(out)["messages"]])
    assert (before, True) == (states(engine), "2 would be due" in err)


def test_all_parked_are_retried_at_once(run: Run, engine: Engine) -> None:
    """After a relay was mended: one command."""
    code, _, _ = run("outbox", "retry", "--state", "parked")

    assert (0, {"due": 2, "uncertain": 1}) == (code, states(engine))


def test_dropped_with_a_reason(run: Run, engine: Engine) -> None:
    """It stays on record, and a reason is asked for."""
    without, _, _ = run("outbox", "drop", "1")
    code, _, _ = run("outbox", "drop", "1", "--reason", "address is gone")

    assert (2, 0, 1) == (without, code, states(engine)["dead"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("outbox", "show", "99"), 1, "no message 99"),
        (("outbox", "retry", "1", "99"), 1, "no message 99"),
        (("outbox", "retry"), 2, "by number"),
        (("outbox", "retry", "1", "--state", "parked"), 2, "by number"),
        (("outbox", "list", "--state", "lost"), 2, "lost"),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(
    run: Run, engine: Engine, words: tuple[str, ...], code: int, said: str
) -> None:
    """All of the messages named, or none."""
    before = states(engine)
    found, _, err = run(*words)

    assert (code, before) == (found, states(engine))
    assert said in err


def test_the_commands_know_every_state() -> None:
    """The words of `--state` are those of the outbox; they stand apart so that help comes fast."""
    from notifications import outbox_console

    assert outbox.STATES == outbox_console.STATES
