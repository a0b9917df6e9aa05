"""`tick` and `run` as they are typed: what they print, and what they keep between turns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from events.database import engine
from events.database.engine import open_engine
from notifications.cli.printing import print_report
from notifications.cli.turns import TurnLog, turn_fields
from notifications.delivery.worker import Delivery
from notifications.outbox.undelivered import Undelivered
from notifications.scheduler import daemon
from notifications.scheduler.tick import TickReport
from tests.support.command import Run
from tests.support.mail import fill
from tracker.entries.unreadable import UnreadableDocument
from tracker.terminal.session import Session

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_turns_of_a_daemon_share_one_engine(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine for each turn cost 20 MiB and time."""
    opened: list[str] = []

    def open_one(url: str, **more: bool) -> Engine:
        opened.append(url)
        return open_engine(url, **more)

    def three_turns(turn: Callable[[], None], *_: object, **__: object) -> None:
        for _turn in range(3):
            turn()

    monkeypatch.setattr(engine, "open_engine", open_one)
    monkeypatch.setattr(daemon, "run", three_turns)
    run("db", "init")
    opened.clear()
    done = run("run")

    assert (0, 1) == (done.code, len(opened))


def test_mail_that_goes_into_files_is_told_by_the_whole_path(run: Run, desk: Path) -> None:
    """By a turn that wrote some and by doctor; a turn without mail does not say it."""
    run("db", "init")
    without = run("tick", "--now", "2026-03-02T08:00:00Z")
    fill(open_engine(str(desk / "desk.db")), 1)
    turn = run("tick", "--now", "2026-03-02T08:00:00Z")
    words = f"mail goes into files in {desk / 'mail'} and to nobody"

    assert "1 delivered" in turn.err
    assert words in turn.err
    assert words not in without.err
    assert words in run("doctor").out


def test_what_was_mailed_and_what_was_posted_is_told_by_channel(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The form of an address does not say which way it went."""
    deliveries = (
        Delivery("odd://name@example.org", "s", "sent", "relay: 250"),
        Delivery("plain-name", "s", "sent", "200 OK", channel="webhook"),
    )
    session = Session(clock=lambda: NOW)
    print_report(session, TickReport(NOW, deliveries=deliveries))
    lines = capsys.readouterr().out.splitlines()

    assert ["  mail to odd://name@example.org: sent", "  posted to plain-name: sent"] == [
        line.partition(" sent ")[0] + " sent" for line in lines
    ]


def test_a_relay_that_stays_in_trouble_is_told_once_and_that_it_is_well_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Turns that do something are told meanwhile, without saying it again."""
    log = TurnLog(Session(clock=lambda: NOW), None)
    shut = TickReport(NOW, obstacles=("relay: 1 failures in a row: refused",))
    news = msgspec.structs.replace(shut, projected=1)
    for report in (shut, shut, news, shut, TickReport(NOW), TickReport(NOW)):
        log.tell(report)
    lines = [line.partition(": projected ")[2][:7] or line for line in messages(capsys)]

    assert [
        "0 event",
        "relay in trouble: relay: 1 failures in a row: refused",
        "1 event",
        "0 event",
        "2026-03-02T08:00:00Z the relay is in no trouble any more",
    ] == lines


def test_a_turn_with_much_news_lists_the_first_of_it_in_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A first turn may have 800,000 alerts; a journal takes lines of 48 KiB."""
    deliveries = tuple(Delivery(f"r{n}@example.org", "s", "sent", "250") for n in range(25))
    report = TickReport(NOW, deliveries=deliveries)
    TurnLog(Session(clock=lambda: NOW), None).tell(report)
    printed = capsys.readouterr()
    fields = turn_fields(report)

    assert 20 == len(printed.out.splitlines())
    assert "25 delivered" in printed.err
    assert "and 5 more messages: pactwatch outbox list" in printed.err
    assert "and 5 more messages: pactwatch outbox list" == fields["left_out"]
    assert (20, 25) == (len(fields["turn"]["messages"]), fields["turn"]["delivered"])


def test_what_stays_undelivered_and_unreadable_is_told_once_and_its_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A trouble that begins beside another is told with it."""
    log = TurnLog(Session(clock=lambda: NOW), None)
    parked = Undelivered("parked", 1, None, "look")
    broken: UnreadableDocument = {
        "agreement": "a", "event": "e", "position": None, "reason": "odd", "tlp": "CLEAR",
    }  # fmt: skip
    both = TickReport(NOW, undelivered=(parked,), unreadable=(broken,))
    for report in (TickReport(NOW, undelivered=(parked,)), both, both, TickReport(NOW)):
        log.tell(report)
    lines = [line for line in messages(capsys) if "projected" not in line]

    assert [
        "not delivered: 1 message refused for good: look",
        "not delivered: 1 message refused for good: look",
        "warning: without agreement a, unreadable because of entry e: odd",
        "hint: pactwatch event retract e --reason WHY",
        "2026-03-02T08:00:00Z nothing stays undelivered any more",
        "2026-03-02T08:00:00Z every agreement can be read again",
    ] == lines


def messages(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines for people."""
    return capsys.readouterr().err.splitlines()


def test_the_secret_of_a_subscription_by_mail_is_said_to_be_none(run: Run) -> None:
    """Only a rotation speaks of signatures; its address stands in `subscribe show`."""
    run("db", "init")
    run("subscribe", "add", "reader@example.org")
    current, rotated = run("subscribe", "secret", "1"), run("subscribe", "secret", "1", "--rotate")

    assert (1, 1) == (current.code, rotated.code)
    assert "subscription 1 goes by mail: its address is no secret" in current.err
    assert "no webhook, so nothing of it is signed" in rotated.err
