"""The operator's commands, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from events.database.engine import write_transaction
from notifications.cli import outbox as outbox_command
from notifications.errors import TransportError
from notifications.outbox import queue as outbox
from notifications.subscriptions.suppression import suppress
from tests.support.command import Run
from tests.support.mail import NOW, fill, made, states


@pytest.fixture(autouse=True)
def engine(desk: Path) -> Engine:
    """Three messages at the desk: one parked, one uncertain, one due."""
    engine = made(str(desk / "desk.db"))
    fill(engine, 3)
    parked = TransportError("550 5.1.1 no such user", permanent=True, phase="recipient", code=550)
    lost = TransportError("no answer", permanent=False, phase="after_data")
    with write_transaction(engine) as connection:
        first, second, third = outbox.claim(connection, "w", NOW)
        outbox.mark_failed(connection, first, NOW, parked)
        outbox.mark_failed(connection, second, NOW, lost)
        outbox.release(connection, [third], NOW, "stopped")
    return engine


def test_the_list_narrows_and_counts(run: Run) -> None:
    """By state, by address, the newest only; how many there are of each is said beside it."""
    parked = run("outbox", "list", "--state", "parked", "--json")
    newest = run("--format", "jsonl", "outbox", "list", "--limit", "1")
    hers = run("outbox", "list", "--to", "R1@D1.example.org", "--json")

    assert [1] == [message["id"] for message in parked.json["messages"]]
    assert {"parked": 1, "uncertain": 1, "due": 1} == parked.json["counts"]
    assert "1 due, 1 uncertain, 1 parked" in parked.err
    assert (3, [2]) == (json.loads(newest.out)["id"], [m["id"] for m in hers.json["messages"]])


def test_a_message_shows_its_way(run: Run) -> None:
    """Each step with its instant, how far it came, and why it was given back."""
    steps = run("outbox", "show", "3", "--json").json["steps"]

    assert ["leased", "due"] == [step["state"] for step in steps]
    assert "2026-03-02 08:00Z  attempt 1  due  stopped" in run("outbox", "show", "3").out


def test_a_message_can_be_read_as_it_is_sent(run: Run) -> None:
    """The bytes, and nothing but the bytes."""
    output = run("outbox", "show", "1", "--message").out

    assert output.startswith("Date: ")
    assert output.endswith("--\n")


def test_a_dry_run_changes_nothing(run: Run, engine: Engine) -> None:
    """It shows what would be, and the next look finds all as it was."""
    before = states(engine)
    done = run("outbox", "retry", "1", "2", "-n", "--json")

    assert ["due", "due"] == [message["state"] for message in done.json["messages"]]
    assert (before, True) == (states(engine), "2 would be due" in done.err)


def test_all_parked_are_retried_at_once(run: Run, engine: Engine) -> None:
    """After a relay was mended: one command."""
    done = run("outbox", "retry", "--state", "parked")

    assert (0, {"due": 2, "uncertain": 1}) == (done.code, states(engine))


def test_dropped_with_a_reason(run: Run, engine: Engine) -> None:
    """It stays on record, and a reason is asked for."""
    without = run("outbox", "drop", "1")
    done = run("outbox", "drop", "1", "--reason", "address is gone")

    assert (2, 0, 1) == (without.code, done.code, states(engine)["dead"])


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("outbox", "show", "99"), 1, "no message 99"),
        (("outbox", "retry", "1", "99"), 1, "no message 99"),
        (("outbox", "retry"), 2, "by number"),
        (("outbox", "retry", "1", "--state", "parked"), 2, "by number"),
        (("outbox", "list", "--state", "lost"), 2, "lost"),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(
    run: Run, engine: Engine, words: tuple[str, ...], code: int, error: str
) -> None:
    """All of the messages named, or none."""
    before = states(engine)
    done = run(*words)

    assert (code, before) == (done.code, states(engine))
    assert error in done.err


def test_what_is_parked_or_held_is_told_by_tick_and_check(run: Run) -> None:
    """Until somebody retries or drops it; a check that asks for mail alone names no commitment."""
    document = run("tick", "--json", PACTWATCH_HOLD_UNCERTAIN="all")
    output = run("tick", PACTWATCH_HOLD_UNCERTAIN="digest")
    failed = run("check", "--fail-on", "mail", "--json", PACTWATCH_HOLD_UNCERTAIN="digest")
    run("outbox", "drop", "1", "2", "--reason", "seen to")
    well = run("check", "--fail-on", "mail")

    assert [("held", 1), ("parked", 1)] == [
        (one["trouble"], one["count"]) for one in document.json["undelivered"]
    ]
    assert "not delivered: 1 message refused for good: pactwatch outbox list" in output.err
    assert (4, ["mail", "mail"]) == (failed.code, [row["check"] for row in failed.json["found"]])
    assert ["2026-03-02T08:00:00Z"] * 2 == [row["since"] for row in failed.json["found"]]
    assert "outbox list --state uncertain" in failed.err
    assert 0 == well.code


def test_a_reader_whose_address_is_suppressed_is_told(run: Run, engine: Engine) -> None:
    """As long as a subscription goes there; one that nobody subscribes with is no trouble."""
    run("subscribe", "add", "reader@example.org")
    run("outbox", "drop", "--state", "parked", "--reason", "seen to")
    with write_transaction(engine) as connection:
        for address in ("Reader@example.org", "gone@example.org"):
            suppress(connection, address, "bounce", "550 no such user", NOW)
    undelivered = run("tick", "--json").json["undelivered"]
    failed = run("check", "--fail-on", "mail")
    run("subscribe", "remove", "1")

    assert [("suppressed", 1)] == [(one["trouble"], one["count"]) for one in undelivered]
    assert (4, "pactwatch suppression list" in failed.err) == (failed.code, True)
    assert 0 == run("check", "--fail-on", "mail").code


def test_only_a_board_that_hides_nothing_counts_undelivered_mail(run: Run, desk: Path) -> None:
    """With what to run, and without an address; any other board says nothing of mail."""
    run("tick")
    for ceiling in ("red", "amber"):
        assert 0 == run("site", "build", ceiling, "--tlp", ceiling).code
    red, amber = ((desk / name / "index.html").read_text("utf-8") for name in ("red", "amber"))

    assert "1 message refused for good, the first since" in red
    assert "<code>pactwatch outbox list --state parked</code>" in red
    assert "not delivered" not in amber
    assert "outbox" not in amber
    assert "@example" not in red


def test_the_commands_know_every_state() -> None:
    """The words of `--state` are those of the outbox; they stand apart so that help comes fast."""
    assert outbox.STATES == outbox_command.STATES
