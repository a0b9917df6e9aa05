"""What a preview shows is what is sent: byte for byte, in the outbox and at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from msgspec.structs import replace
from sqlalchemy import Engine, select

from events import EventStore
from events.database.engine import open_engine, read_snapshot, reused_connections, write_transaction
from events.database.owned_tables import table_of
from events.transparency.notes import generate
from notifications.alerts import marks
from notifications.alerts.filters import Filter
from notifications.delivery.lanes import mail_transport
from notifications.errors import InvalidSubscription
from notifications.planning.preview import preview, send_now
from notifications.scheduler.tick import TurnOptions, tick
from notifications.settings import MailSettings
from notifications.subscriptions.consent import pause
from notifications.tables import OutboxRow
from tests.support.accord import LATE, OVERDUE, PAY, START
from tests.support.copies import own_copy
from tests.support.fixtures import Databases, changed_copy
from tests.support.given import new
from tests.support.loopback import smtp_server
from tests.support.subscribers import add_reader
from tracker.projections.catch_up import catch_up

DAY = timedelta(days=1)
TITLE = ".A title that begins with a dot, Соглашение о гавани и свободном судоходстве <b>"


class Mailbox:
    """Keeps what it was handed, dots as they were before they were doubled."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(bytes(envelope.original_content))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    with smtp_server(box) as url:
        yield box, url


def record(address: str) -> None:
    """Records and projects a payment that comes due and a promise marked AMBER."""
    fee = {**PAY, "commitment": "fee", "tlp": "AMBER", "promise": "=?utf-8?q?x?= \u202e.\r\n.fee"}
    recorded = {"agreement": "accord", "title": TITLE}
    with EventStore.open(address) as store:
        store.append("accord", [
            new("pactwatch.AgreementRecorded.v1", recorded, "e-0", START),
            new("pactwatch.CommitmentAccepted.v1", PAY, "e-1", START),
            new("pactwatch.CommitmentAccepted.v1", fee, "e-2", START),
        ])  # fmt: skip
        with write_transaction(open_engine(address)) as connection:
            catch_up(store, connection, START)


@pytest.fixture(scope="module")
def recorded_file(made_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both in a file, to be copied."""
    return changed_copy(made_database, tmp_path_factory.mktemp("recorded"), record)


@pytest.fixture(scope="module")
def recorded_template(databases: Databases, made_template: str) -> str:
    """The same in PostgreSQL."""
    return databases(made_template, record)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Either engine with both, for one test."""
    return own_copy(request, "recorded_file", "recorded_template")


OPTIONS: dict[str, dict[str, Any]] = {
    "immediate": {"cadence": "immediate"},
    "narrow": {"cadence": "immediate", "wants": Filter(tlp="GREEN")},
    "daily": {"cadence": "daily", "zone": "Europe/Oslo"},
    "weekly after a gap": {"cadence": "weekly", "on_day": 0},
    "quiet": {"cadence": "daily", "when_quiet": "send", "wants": Filter(kinds=("suggestion",))},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_what_is_previewed_is_what_is_kept_and_what_arrives(
    url: str, mailbox: tuple[Mailbox, str], tmp_path: Path, options: dict[str, Any]
) -> None:
    """News, then what is over, acknowledged and snoozed: each as previewed at that instant."""
    box, relay = mailbox
    settings = MailSettings(
        smtp_url=relay,
        public_url="https://board.example.org/" + "x" * 90,
        secret_file=tmp_path / "secret",
        bounce_domain="bounce.example.org",
    )
    engine, transport = open_engine(url), mail_transport(settings)
    signer, previews = generate("pactwatch.example.org"), []
    with EventStore.open(url) as store, reused_connections(engine):
        with write_transaction(engine) as connection:
            named = {"email": "reader@example.org", "now": START, **options}
            number = add_reader(connection, **named).id
        for at in (START + DAY, LATE + DAY, LATE + 8 * DAY):
            if at > LATE + DAY:
                stir(store, engine)
            previewed = preview(store, engine, settings, number, at, signer=signer)
            report = tick(store, engine, settings, transport, at, TurnOptions(signer=signer))
            previews += [previewed] if previewed else []
            assert report.planned == report.delivered == (1 if previewed else 0)
        transport.close()

    assert [one.message for one in previews] == outgoing(engine) == box.taken
    assert len(previews) >= 2


def outgoing(engine: Engine) -> list[bytes]:
    """The bytes in the outbox."""
    outbox = table_of(OutboxRow)
    with read_snapshot(engine) as connection:
        return list(connection.execute(select(outbox.c.message).order_by(outbox.c.id)).scalars())


def stir(store: EventStore, engine: Engine) -> None:
    """A payment, an acknowledgement and a snooze, after the second turn."""
    paid = {"commitment": "pay", "occurred": "2026-02-12", "basis": "both_sides", "speaker": "NOR"}
    new_paid = new("pactwatch.PerformanceConfirmed.v1", paid, "e-3", LATE + 2 * DAY)
    store.append("accord", [new_paid])
    with write_transaction(engine) as connection:
        grounds = marks.MarkGrounds("asked", "desk", LATE + 2 * DAY)
        marks.acknowledge(connection, [OVERDUE], grounds)
        wants = Filter(commitments=("fee",), kinds=("lapsed",))
        marks.snooze(connection, (), replace(grounds, until=LATE + 30 * DAY), wants=wants)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_what_is_sent_before_its_time_is_what_was_previewed_and_counts_as_told(
    url: str, tmp_path: Path, options: dict[str, Any]
) -> None:
    """Sent once, as previewed; the digest at its hour comes with what is new by then."""
    settings = MailSettings(mail_dir=tmp_path, secret_file=tmp_path / "secret")
    engine, transport, now = open_engine(url), mail_transport(settings), START + DAY
    with EventStore.open(url) as store, reused_connections(engine):
        with write_transaction(engine) as connection:
            number = add_reader(connection, **{"email": "r@example.org", "now": now, **options}).id
        previewed = preview(store, engine, settings, number, now)
        sent = send_now(store, engine, settings, number, now)
        again = send_now(store, engine, settings, number, now)
        later = tick(store, engine, settings, transport, LATE + DAY)

    assert previewed is not None
    assert sent is not None
    assert previewed.message == sent.rendered.message == outgoing(engine)[0]
    assert again is None
    assert 1 == later.planned


def test_a_digest_sent_at_its_hour_leaves_none_for_that_date(url: str, tmp_path: Path) -> None:
    """The hour has come, so what is sent by hand is the digest of the date."""
    settings = MailSettings(mail_dir=tmp_path, secret_file=tmp_path / "secret")
    engine, transport, now = open_engine(url), mail_transport(settings), START + DAY
    with EventStore.open(url) as store:
        with write_transaction(engine) as connection:
            number = add_reader(connection, email="r@example.org", now=START, cadence="daily").id
        sent = send_now(store, engine, settings, number, now)
        report = tick(store, engine, settings, transport, now)

    assert sent is not None
    assert (0, 1) == (report.planned, report.delivered)


def test_no_digest_is_sent_to_who_has_paused(url: str, tmp_path: Path) -> None:
    """Nor are the alerts noticed for it kept."""
    settings = MailSettings(mail_dir=tmp_path, secret_file=tmp_path / "secret")
    engine = open_engine(url)
    with EventStore.open(url) as store:
        with write_transaction(engine) as connection:
            number = add_reader(connection, email="r@example.org", now=START).id
            pause(connection, number, START, None)
        with pytest.raises(InvalidSubscription, match="is paused, so nothing is sent to"):
            send_now(store, engine, settings, number, START + DAY)

    assert [] == outgoing(engine)
