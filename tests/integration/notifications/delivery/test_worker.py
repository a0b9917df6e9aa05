"""Delivery in a real SMTP conversation: what is sent, tried again, parked, or left uncertain."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from events import EventStore, parse_instant
from events.database.engine import read_snapshot, write_transaction
from notifications.delivery.smtp import SmtpTransport
from notifications.outbox import operator as outbox_operator
from notifications.outbox import queue as outbox
from notifications.outbox import reaper
from notifications.planning.sample import enqueue_sample
from notifications.scheduler.report import TickReport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from notifications.subscriptions import subscription as subscriptions
from tests.support.dataset import EVENING
from tests.support.loopback import Answers, free_port, smtp_server
from tests.support.subscribers import add_reader

NOW = parse_instant("2025-03-19T22:00:00Z")


@pytest.fixture
def server() -> Iterator[tuple[Answers, str]]:
    script = Answers()
    with smtp_server(script) as url:
        yield script, url


Turn = Callable[[timedelta], TickReport]


@pytest.fixture
def turn(store: EventStore, engine: Engine, server: tuple[Answers, str]) -> Turn:
    with write_transaction(engine) as connection:
        add_reader(connection, email="reader@example.org", cadence="immediate", now=EVENING)
    transport = SmtpTransport(server[1], "pactwatch@localhost", None, timeout=5)
    return lambda after: tick(store, engine, MailSettings(), transport, NOW + after)


def row(engine: Engine) -> dict[str, Any]:
    with read_snapshot(engine) as connection:
        return outbox_operator.messages(connection)[0]


ZERO = timedelta(0)


def test_an_accepted_message_is_sent_as_it_was_rendered(
    engine: Engine, server: tuple[Answers, str], turn: Turn
) -> None:
    """250 after the dot is sent; the bytes on the wire are those of the outbox."""
    report = turn(ZERO)
    with read_snapshot(engine) as connection:
        stored = connection.exec_driver_sql("SELECT message FROM outbox").scalar()

    assert (1, "sent", stored) == (report.delivered, row(engine)["state"], server[0].taken[0])


def test_a_passing_refusal_is_tried_again_with_the_same_bytes(
    engine: Engine, server: tuple[Answers, str], turn: Turn
) -> None:
    """451 makes it due later, not at once; the retry has the same Message-ID and content."""
    server[0].data = "451 try later"
    first = turn(ZERO)
    state = row(engine)["state"]
    server[0].data = "250 OK"
    at_once, later = turn(timedelta(seconds=1)), turn(timedelta(minutes=5))

    assert (0, "due", 0, 1) == (first.delivered, state, at_once.delivered, later.delivered)
    assert server[0].taken[0] == server[0].taken[1]


def test_a_lasting_refusal_is_parked(
    engine: Engine, server: tuple[Answers, str], turn: Turn
) -> None:
    """550 at RCPT is parked with its answer and never tried again by itself."""
    server[0].rcpt = "550 no such user"
    turn(ZERO)
    again = turn(timedelta(hours=12))

    assert ("parked", True, 0) == (
        row(engine)["state"],
        "550 no such user" in row(engine)["last_error"],
        len(again.deliveries),
    )


def test_a_connection_lost_after_the_final_dot_is_sent_once_more(
    engine: Engine, server: tuple[Answers, str], turn: Turn
) -> None:
    """Nobody knows whether it was taken: the same bytes again, so with the same Message-ID."""
    server[0].drop = True
    first = turn(ZERO)
    state = row(engine)["state"]
    server[0].drop = False
    second = turn(timedelta(hours=12))

    assert ("uncertain", (), "sent", ()) == (
        state,
        first.undelivered,
        row(engine)["state"],
        second.undelivered,
    )
    assert 2 == len(server[0].taken)
    assert server[0].taken[0] == server[0].taken[1]


def test_an_answer_lost_four_times_is_held_and_told_by_every_turn(
    engine: Engine, server: tuple[Answers, str], turn: Turn
) -> None:
    """Again three times, and from then on no turn passes over it until somebody decides."""
    server[0].drop = True
    reports = [turn(timedelta(hours=hours)) for hours in range(5)]
    with write_transaction(engine) as connection:
        outbox_operator.drop(connection, [1], "it had arrived", NOW)
    dropped = turn(timedelta(hours=5))

    assert ["", "", "", "held", "held", ""] == [
        " ".join(one.trouble for one in report.undelivered) for report in (*reports, dropped)
    ]
    assert 4 == len(server[0].taken)


def test_a_list_that_is_held_is_not_sent_once_more(
    store: EventStore, engine: Engine, server: tuple[Answers, str], turn: Turn
) -> None:
    """Whoever prefers a gap to a duplicate says so, and sees what is held."""
    server[0].drop = True
    turn(ZERO)
    server[0].drop = False
    transport = SmtpTransport(server[1], "pactwatch@localhost", None, timeout=5)
    holding = MailSettings(hold_uncertain="digest")
    report = tick(store, engine, holding, transport, NOW + timedelta(hours=12))

    assert ("uncertain", 1) == (row(engine)["state"], len(server[0].taken))
    assert ["1 message uncertain whether it arrived, and not sent once more"] == [
        one.words for one in report.undelivered
    ]


def test_a_server_that_is_not_there_costs_only_time(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """A refused connection is due again."""
    transport = SmtpTransport(f"smtp://127.0.0.1:{free_port()}", "p@localhost", None, timeout=2)
    tick(store, engine, MailSettings(), transport, NOW)

    assert ("due", 1) == (row(engine)["state"], row(engine)["attempts"])


def test_a_stale_worker_cannot_mark_what_another_has_claimed(engine: Engine, turn: Turn) -> None:
    """The fence: after the lease ran out and was claimed anew, the first worker's word is void."""
    turn(ZERO)
    with write_transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'due', worker = NULL, attempts = 0")
        (first,) = outbox.claim(connection, "one", NOW)
        reaper.reap_expired(connection, NOW + timedelta(hours=1))
        (second,) = outbox.claim(connection, "two", NOW + timedelta(hours=1))

        assert [0, 1] == [
            outbox.mark_sent(connection, [(first, NOW, "x")]),
            outbox.mark_sent(connection, [(second, NOW, "x")]),
        ]


def test_a_worker_that_died_while_transmitting_leaves_it_uncertain(
    engine: Engine, turn: Turn
) -> None:
    """A lease that ran out in transmission is not due again; one that had not begun is."""
    turn(ZERO)
    with write_transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'due', worker = NULL")
        (claim,) = outbox.claim(connection, "one", NOW)
        outbox.mark_transmitting(connection, [claim], NOW)
        reaper.reap_expired(connection, NOW + timedelta(hours=1))
        later = outbox.claim(connection, "two", NOW + timedelta(hours=1))

        assert ([], "uncertain") == (later, outbox_operator.messages(connection)[0]["state"])


@pytest.mark.parametrize(
    ("quiet", "sent"),
    [(["22:00-07:00"], "2025-03-20T07:00:00Z"), ([], "2025-03-19T23:00:00Z")],
)
def test_what_is_tried_again_keeps_quiet_hours_as_well(
    engine: Engine, turn: Turn, server: tuple[Answers, str], quiet: list[str], sent: str
) -> None:
    """A message put off until the reader's night leaves in the morning; nothing is lost."""
    with write_transaction(engine) as connection:
        subscriptions.update_subscription(connection, 1, quiet=json.dumps(quiet))
    server[0].rcpt = "451 greylisted"
    turn(timedelta(minutes=-10))
    server[0].rcpt = "250 OK"
    for hours in (1, 4, 8, 9):
        turn(timedelta(hours=hours))
    with read_snapshot(engine) as connection:
        first = min(outbox_operator.messages(connection), key=lambda message: message["planned_at"])

    assert ("sent", sent) == (first["state"], first["sent_at"])


def test_what_a_reader_asks_for_comes_in_their_quiet_hours(
    engine: Engine, turn: Turn, server: tuple[Answers, str]
) -> None:
    """A sample was asked for just now."""
    with write_transaction(engine) as connection:
        subscriptions.update_subscription(connection, 1, quiet='["22:00-07:00"]')
        subscription = subscriptions.get(connection, 1)
        enqueue_sample(connection, MailSettings(), subscription, NOW + timedelta(hours=1))

    assert 1 == turn(timedelta(hours=1)).delivered
