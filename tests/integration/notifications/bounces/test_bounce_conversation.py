"""Bounces in a real SMTP conversation: the signed envelope sender, and a refusal at RCPT."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from events import EventStore, parse_instant
from events.database.engine import write_transaction
from notifications.bounces import recording as bounces
from notifications.bounces.reports import read_reports
from notifications.delivery.lanes import mail_transport
from notifications.mail.secret_file import secret_of
from notifications.mail.tokens import bounced_message
from notifications.outbox import operator as outbox_operator
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.description import subscription_row
from tests.support.bounce_reports import sample
from tests.support.dataset import EVENING
from tests.support.loopback import Answers, smtp_server
from tests.support.subscribers import add_reader
from tracker.projections.catch_up import catch_up

NOW = parse_instant("2025-03-19T22:00:00Z")


@pytest.fixture
def server() -> Iterator[tuple[Answers, str]]:
    script = Answers()
    with smtp_server(script) as url:
        yield script, url


@pytest.fixture
def settings(
    store: EventStore, engine: Engine, server: tuple[Answers, str], tmp_path: Path
) -> MailSettings:
    """One immediate reader, and a relay."""
    with write_transaction(engine) as connection:
        catch_up(store, connection, EVENING)
        add_reader(connection, email="reader@example.org", cadence="immediate", now=EVENING)
    return MailSettings(
        smtp_url=server[1], bounce_domain="bounce.example.org", secret_file=tmp_path / "secret"
    )


def turn(store: EventStore, engine: Engine, settings: MailSettings, days: int = 0) -> None:
    tick(store, engine, settings, mail_transport(settings), NOW + timedelta(days=days))


def test_a_bounce_finds_its_way_back_by_the_envelope_sender(
    store: EventStore, engine: Engine, settings: MailSettings, server: tuple[Answers, str]
) -> None:
    """The relay sees an address signed for the message, and a report to it stops the reader."""
    turn(store, engine, settings)
    (sender,) = server[0].senders
    secret = secret_of(settings)
    raw = sample("gmail", bounce_address=sender, message_id="<lost@elsewhere>")
    with write_transaction(engine) as connection:
        (message,) = outbox_operator.messages(connection)
        (outcome,) = bounces.record_bounces(connection, read_reports(raw), secret, NOW)

    assert sender.startswith("b+")
    assert sender.endswith("@bounce.example.org")
    assert f"<d.{bounced_message(secret, sender)}@localhost>" == message["message_id"]
    assert ("suppressed", "reader@example.org") == (outcome.outcome, outcome.address)


def test_a_recipient_refused_for_good_gets_nothing_more(
    store: EventStore, engine: Engine, settings: MailSettings, server: tuple[Answers, str]
) -> None:
    """550 at RCPT counts as a bounce: the message is parked and the address is stopped."""
    server[0].rcpt = "550 5.1.1 no such user"
    turn(store, engine, settings)
    server[0].rcpt = "250 OK"
    turn(store, engine, settings, days=30)
    with write_transaction(engine) as connection:
        (subscription,) = subscriptions.all_subscriptions(connection)
        row = subscription_row(connection, subscription, NOW)
        states = [message["state"] for message in outbox_operator.messages(connection)]

    assert ("suppressed", "bounce", ["parked"]) == (
        row["state"],
        row["suppression"]["reason"],
        states,
    )
    assert [] == server[0].senders


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    """At first need, in a file that nobody else reads; a second worker finds the same."""
    settings = MailSettings(secret_file=tmp_path / "below" / "secret")
    first = secret_of(settings)

    assert first == secret_of(settings)
    assert 32 <= len(first)
    assert 0 == (tmp_path / "below" / "secret").stat().st_mode & 0o077
    assert ["secret"] == [file.name for file in (tmp_path / "below").iterdir()]
