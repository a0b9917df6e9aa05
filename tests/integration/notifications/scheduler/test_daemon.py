"""The daemon: one turn at a time, woken by events and by the heartbeat, with a sign of life."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine

from events import EventStore, NewEvent, format_instant, parse_instant
from events.database.engine import write_transaction
from notifications.delivery.eml_files import EmlTransport
from notifications.delivery.smtp import SmtpTransport
from notifications.errors import NotificationError, TransportError
from notifications.outbox import operator
from notifications.outbox import queue as outbox
from notifications.outbox.clocks import TurnClock
from notifications.scheduler import liveness
from notifications.scheduler.daemon import TurnSignal, watch_log
from notifications.scheduler.failure_log import FailureLog, TurnFailures
from notifications.scheduler.last_turn import last_good_turn
from notifications.scheduler.tick import TurnOptions, tick
from notifications.settings import MailSettings
from notifications.tables import create_tables
from tests.support import forks
from tests.support.dataset import EVENING, ROOT
from tests.support.mail import fill
from tests.support.waiting import eventually
from tests.support.wall_clock import WallClock

NORWAY = {"party": "NOR", "name": "Norway", "zone": "Europe/Oslo"}
Wait = Callable[[Callable[[], bool]], None]


@pytest.fixture
def until() -> Wait:
    return partial(eventually, what="it never came", seconds=20)


def test_new_events_ring_and_old_ones_do_not(store: EventStore, until: Wait) -> None:
    """What is on record when the daemon starts is the first turn's; what comes later rings."""
    turn_signal = TurnSignal()
    waits: list[int] = []

    def wait(after: int, timeout: float) -> int:
        waits.append(after)
        return store.wait(after, min(timeout, 0.1))

    watching = threading.Thread(target=watch_log, args=(turn_signal, wait), daemon=True)
    watching.start()
    until(lambda: len(waits) > 2)
    before = turn_signal.is_requested
    event = NewEvent(type="pactwatch.PartyRegistered.v1", data=NORWAY)
    store.append("parties", [event])
    until(lambda: turn_signal.is_requested)
    turn_signal.stop()
    watching.join(5)

    assert (False, False) == (before, watching.is_alive())


def test_a_log_that_cannot_be_read_stops_no_beat(
    until: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    """The watcher says so and tries again until it is told to end; the heartbeat goes on alone."""
    turn_signal, tried = TurnSignal(), []

    def wait(after: int, timeout: float) -> int:
        tried.append(after)
        raise OSError("gone")

    watching = threading.Thread(target=watch_log, args=(turn_signal, wait), daemon=True)
    watching.start()
    until(lambda: bool(caplog.messages))
    turn_signal.stop()
    # As the daemon does, which lets those that sleep go. A thread that is left would still log
    # when the streams of the test are closed.
    goes_on = turn_signal.wait()
    watching.join(5)

    assert (False, False) == (goes_on, watching.is_alive())
    assert (["cannot wait for events: gone"], True) == (caplog.messages, bool(tried))


@pytest.fixture
def pinged() -> Iterator[tuple[str, list[str]]]:
    """A server that counts what it is asked for; /moved leads elsewhere, /broken fails."""
    paths: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response({"/moved": 302, "/broken": 500}.get(self.path, 200))
            if self.path == "/moved":
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", paths
        server.shutdown()


def test_a_sign_of_life_follows_no_redirect_and_fails_softly(
    pinged: tuple[str, list[str]],
) -> None:
    """The one address is fetched; whatever goes wrong is told and stops nothing."""
    url, paths = pinged
    failures = TurnFailures().heartbeat
    results = [liveness.ping(f"{url}/{path}", failures) for path in ("ok", "broken", "moved")]

    assert ([True, False, False], ["/ok", "/broken", "/moved"]) == (results, paths)
    assert liveness.ping("http://127.0.0.1:1/", failures) is False


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/x", "http://", "nonsense"])
def test_a_heartbeat_is_an_http_address(url: str) -> None:
    """Anything else is refused before a turn begins."""
    with pytest.raises(NotificationError, match="http"):
        MailSettings(smtp_url=None, heartbeat_url=url)


def test_only_a_good_turn_is_kept_and_told(
    store: EventStore, engine: Engine, tmp_path: Path, pinged: tuple[str, list[str]]
) -> None:
    """A relay in trouble turns the light red: no sign of life, and the last turn stays old."""
    url, paths = pinged
    settings = MailSettings(mail_dir=tmp_path / "mail", smtp_url=None, heartbeat_url=url)
    later = parse_instant("2025-03-19T22:00:00Z")

    def turn(now: object, transport: object) -> None:
        options = TurnOptions(clock=TurnClock(now, given=False))  # type: ignore[arg-type]
        tick(store, engine, settings, transport, now, options)  # type: ignore[arg-type]

    turn(EVENING, EmlTransport(tmp_path / "mail"))
    with write_transaction(engine) as connection:
        create_tables(connection)
    fill(engine, 1, now=EVENING)
    turn(later, SmtpTransport("smtp://127.0.0.1:1", "p@example.org", None, timeout=1))
    last = last_good_turn(store)

    assert (format_instant(EVENING), 1) == (last, len(paths))


def test_no_sign_of_life_is_given_while_a_message_is_parked(
    store: EventStore, engine: Engine, tmp_path: Path, pinged: tuple[str, list[str]]
) -> None:
    """Turns go on and are on record; what watches outside goes red until somebody decides."""
    url, paths = pinged
    settings = MailSettings(mail_dir=tmp_path / "mail", smtp_url=None, heartbeat_url=url)
    with write_transaction(engine) as connection:
        create_tables(connection)
    fill(engine, 1, now=EVENING)
    refusal = TransportError("550 no", permanent=True, phase="sender", code=550)
    with write_transaction(engine) as connection:
        (message,) = outbox.claim(connection, "w", EVENING)
        outbox.mark_failed(connection, message, EVENING, refusal)

    def turn() -> tuple[str, int]:
        options = TurnOptions(clock=TurnClock(EVENING, given=False))
        transport = EmlTransport(tmp_path / "mail")
        report = tick(store, engine, settings, transport, EVENING, options)
        return " ".join(one.trouble for one in report.undelivered), len(paths)

    parked = turn()
    with write_transaction(engine) as connection:
        operator.drop(connection, [1], "no such reader", EVENING)

    assert [("parked", 0), ("", 1)] == [parked, turn()]
    assert format_instant(EVENING) == last_good_turn(store)


def test_a_turn_at_a_given_instant_gives_no_sign_of_life(
    store: EventStore, engine: Engine, tmp_path: Path, pinged: tuple[str, list[str]]
) -> None:
    """Trying out a date is no proof that the daemon lives."""
    url, paths = pinged
    settings = MailSettings(mail_dir=tmp_path / "mail", smtp_url=None, heartbeat_url=url)
    tick(store, engine, settings, EmlTransport(tmp_path / "mail"), EVENING)

    assert [] == paths


@pytest.mark.parametrize(
    ("by", "code"), [(signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 130)]
)
def test_the_daemon_wakes_for_events_and_stops_when_told(
    database: str, store: EventStore, tmp_path: Path, until: Wait, by: signal.Signals, code: int
) -> None:
    """With an hour between beats, news is read at once; only Ctrl-C is an interruption."""
    log = tmp_path / "log"
    words = ("--db", database, "run", "--interval", "3600")
    environment = {**os.environ, "PACTWATCH_MAIL_DIR": str(tmp_path / "mail")}
    with forks.running(words, environment, ROOT, log) as daemon:
        until(lambda: b"projected" in log.read_bytes())
        event = NewEvent(type="pactwatch.PartyRegistered.v1", data=NORWAY)
        store.append("parties", [event])
        until(lambda: b"projected 1 event," in log.read_bytes())

        assert code == forks.end(daemon, by, 20)


def test_a_hangup_that_was_ignored_stays_so(
    database: str, store: EventStore, tmp_path: Path, until: Wait
) -> None:
    """What `nohup` is for: turns go on when the terminal is closed."""
    log, event = tmp_path / "log", NewEvent(type="pactwatch.PartyRegistered.v1", data=NORWAY)
    environment = {**os.environ, "PACTWATCH_MAIL_DIR": str(tmp_path / "mail")}
    words, ignored = ("--db", database, "run"), (signal.SIGHUP,)
    with forks.running(words, environment, ROOT, log, ignored) as daemon:
        until(lambda: b"projected" in log.read_bytes())
        assert daemon.pid is not None
        os.kill(daemon.pid, signal.SIGHUP)
        store.append("parties", [event])
        until(lambda: b"projected 1 event," in log.read_bytes())

        assert 0 == forks.end(daemon, signal.SIGTERM, 20)


def test_a_failure_that_goes_on_is_logged_once_with_what_to_do(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Again where its words change, and when it is over; so the last line says how it is."""
    failures = FailureLog("turn failed", "turns go on again", logging.ERROR)
    shut = NotificationError("the server is shut", hint="start it")
    for _ in range(3):
        failures.failed(shut)
    failures.failed(ValueError("another"))
    for _ in range(2):
        failures.succeeded()
    failures.failed(shut)

    assert [
        "turn failed: the server is shut (start it)",
        "turn failed: another",
        "turns go on again",
        "turn failed: the server is shut (start it)",
    ] == caplog.messages


def test_a_heartbeat_that_nobody_answers_is_logged_once_and_its_end(
    pinged: tuple[str, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    """By the turns of one daemon; each of them fetches it."""
    (url, paths), failures = pinged, TurnFailures()
    for path in ("broken", "broken", "ok", "ok"):
        liveness.ping(f"{url}/{path}", failures.heartbeat)

    assert 4 == len(paths)
    assert [
        "heartbeat failed: HTTP Error 500: Internal Server Error (PACTWATCH_HEARTBEAT_URL)",
        "heartbeats are answered again",
    ] == caplog.messages


def test_a_daemon_whose_wall_clock_is_set_misses_no_beat(
    database: str, store: EventStore, tmp_path: Path, until: Wait
) -> None:
    """Back by an hour, ahead by another and right again: turns go on, and the log says why.

    Two years ahead no turn is taken, and the log says that, too.
    """
    clock, log = WallClock(tmp_path), tmp_path / "log"
    command = [sys.executable, "-m", "cli", "--db", database, "run", "--interval", "1"]
    environment = {**clock.environment, "PACTWATCH_MAIL_DIR": str(tmp_path / "mail")}
    with log.open("wb") as out:
        daemon = subprocess.Popen(command, stderr=out, stdout=out, env=environment, cwd=ROOT)

    def turns_go_on() -> None:
        seen: set[str | None] = set()
        until(lambda: len(seen.add(last_good_turn(store)) or seen) > 3)

    try:
        turns_go_on()
        clock.set_ahead(800 * 86400)
        for words in (b"set by +69120000 s", b"turn failed: no turn is taken at"):
            until(lambda words=words: words in log.read_bytes())  # type: ignore[misc]
        for offset, step in ((0, "-69120000"), (-3600, "-3600"), (3600, "+7200")):
            clock.set_ahead(offset)
            until(lambda step=step: f"set by {step} s".encode() in log.read_bytes())  # type: ignore[misc]
            turns_go_on()
    finally:
        daemon.send_signal(signal.SIGTERM)

    assert 0 == daemon.wait(20)
