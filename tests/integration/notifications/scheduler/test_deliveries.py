"""A relay that is silent after the final dot holds up nothing but the message it has."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from events import EventStore
from events.database.engine import read_snapshot, write_transaction
from notifications.delivery.smtp import SmtpTransport
from notifications.outbox.circuit import failing_relays
from notifications.scheduler.last_turn import last_good_turn
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from notifications.subscriptions import destinations
from notifications.tables import create_tables
from tests.support import forks
from tests.support.dataset import EVENING, ROOT
from tests.support.http_server import HookScript, taking_hooks
from tests.support.mail import fill, row, states
from tests.support.outbox_worker import deliver
from tests.support.smtp_server import SILENCE, Script, serving
from tests.support.subscribers import add_reader
from tests.support.waiting import eventually
from tracker.projections.catch_up import catch_up

LONG = 300.0
"""Longer than any test waits."""
HOUR = timedelta(hours=1)


def until(condition: Callable[[], bool]) -> None:
    eventually(condition, "it never came", 20)


def silent_after_dot(verb: str, _recipient: str) -> str | None:
    return SILENCE if verb == "dot" else None


def _filled(engine: Engine, count: int) -> None:
    with write_transaction(engine) as connection:
        create_tables(connection)
    fill(engine, count, now=datetime.now(UTC) - HOUR)


def test_turns_go_on_beside_a_silent_relay_and_sigterm_ends_them(
    database: str, store: EventStore, engine: Engine, tmp_path: Path
) -> None:
    """One message is in conversation: it alone is uncertain, and goes again under its id."""
    _filled(engine, 12)
    script, log = Script(silent_after_dot, patience=LONG), tmp_path / "log"
    with serving(script) as address:
        environment = {
            **os.environ,
            "PACTWATCH_SMTP_URL": f"smtp://{address}",
            "PACTWATCH_SMTP_TIMEOUT": "30",
        }
        words = ("--db", database, "run", "--interval", "1")
        with forks.running(words, environment, ROOT, log) as daemon:
            until(lambda: len(script.taken) == 1)
            seen: set[str | None] = set()
            until(lambda: len(seen.add(last_good_turn(store)) or seen) > 3)
            during = states(engine)
            code = forks.end(daemon, signal.SIGTERM, LONG / 10)
        after = states(engine)
        script.fault = lambda *_: None
        transport = SmtpTransport(f"smtp://{address}", "p@example.org", None)
        for hours in (0, 1):
            deliver(engine, transport, datetime.now(UTC) + hours * HOUR, "heir")

    assert (0, 10) == (code, during["transmitting"])
    assert {"uncertain": 1, "due": 11} == after
    assert ({"sent": 12}, 12) == (states(engine), len(script.ids()))
    assert [2] == [times for times in script.ids().values() if times > 1]


def test_webhooks_go_while_a_relay_is_silent(
    store: EventStore, engine: Engine, tmp_path: Path
) -> None:
    """The relay answers only when the webhook has been posted, in the same turn."""
    settings = MailSettings(
        secret_file=tmp_path / "secret", hook_networks="127.0.0.0/8", mail_dir=tmp_path / "mail"
    )
    posted, in_time = threading.Event(), list[bool]()

    def answer(_where: str) -> None:
        posted.set()

    def wait(verb: str, _recipient: str) -> None:
        if verb == "dot":
            in_time.append(posted.wait(20))

    with taking_hooks(HookScript(answer)) as port, serving(Script(wait)) as address:
        with write_transaction(engine) as connection:
            catch_up(store, connection, EVENING)
        url = f"http://127.0.0.1:{port}/hook"
        goal = destinations.webhook_destination(url, settings)
        with write_transaction(engine) as connection:
            add_reader(connection, destination=goal, now=EVENING, cadence="immediate")
        fill(engine, 1, now=EVENING)
        transport = SmtpTransport(f"smtp://{address}", "p@example.org", None)
        report = tick(store, engine, settings, transport, EVENING + 25 * HOUR)

    assert [True] == in_time
    assert ["mail", "webhook"] == [one.channel for one in report.deliveries if one.state == "sent"]


def test_silence_counts_against_the_relay(engine: Engine) -> None:
    """The third in a row opens its circuit; what was claimed beside them is given back."""
    _filled(engine, 6)
    with serving(Script(silent_after_dot, patience=LONG)) as address:
        transport = SmtpTransport(
            f"smtp://{address}", "p@example.org", None, timeout=5, final_timeout=0.1
        )
        deliver(engine, transport, datetime.now(UTC), "w")
    with read_snapshot(engine) as connection:
        (relay,) = failing_relays(connection)

    assert {"uncertain": 3, "due": 3} == states(engine)
    assert (3, True) == (relay.failures, relay.open_until is not None)


def test_a_conversation_that_is_broken_off_says_nothing_of_the_relay(engine: Engine) -> None:
    """A daemon that is stopped leaves a message uncertain, and no failure of the relay."""
    _filled(engine, 2)
    script, stopped = Script(silent_after_dot, patience=LONG), threading.Event()
    with serving(script) as address:
        transport = SmtpTransport(f"smtp://{address}", "p@example.org", None)
        arguments = (engine, transport, datetime.now(UTC), "w")
        worker = threading.Thread(
            target=deliver, args=arguments, kwargs={"stop": stopped.is_set}, daemon=True
        )
        worker.start()
        until(lambda: len(script.taken) == 1)
        stopped.set()
        transport.abort()
        worker.join(20)
    with read_snapshot(engine) as connection:
        relays = failing_relays(connection)

    assert (False, []) == (worker.is_alive(), relays)
    assert ("uncertain", "due") == (row(engine, 1)["state"], row(engine, 2)["state"])
