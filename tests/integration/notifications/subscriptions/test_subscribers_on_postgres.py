"""The subscriber's whole way on PostgreSQL: asked, told, snoozed, bounced, gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from events import EventStore
from events.database.engine import open_engine, write_transaction
from notifications.alerts import marks
from notifications.alerts.filters import Filter
from notifications.bounces import recording as bounces
from notifications.bounces.reports import read_reports
from notifications.delivery.eml_files import EmlTransport
from notifications.planning import alert_report, notification_log
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from notifications.subscriptions import link_actions
from notifications.subscriptions import subscription as subscriptions
from tests.integration.notifications.subscriptions.test_consent import (
    code_of,
    sent,
    unsubscribe_code,
)
from tests.support.accord import LATE, OVERDUE, PAY, START, promise
from tests.support.bounce_reports import signed_report
from tests.support.subscribers import sign_up_reader
from tracker.projections.catch_up import catch_up


def test_the_whole_way_on_postgresql(postgres: str, tmp_path: Path) -> None:
    """Tables of subscribers, marks, tokens, notifications and bounces work on this engine, too."""
    settings = MailSettings(
        mail_dir=tmp_path / "mail",
        opt_in="always",
        public_url="https://board.example.org",
        secret_file=tmp_path / "secret",
    )
    engine, transport = open_engine(postgres), EmlTransport(settings.mail_dir)
    with EventStore.open(postgres) as store:
        promise(store, "accord", PAY, {**PAY, "commitment": "fee", "tlp": "RED"})
        with write_transaction(engine) as connection:
            catch_up(store, connection, START)
            sign_up_reader(
                connection, settings, email="reader@example.org", cadence="immediate",
                consent=None, now=START, wants=Filter(parties=("ISL",), severity="warning"),
                quiet=("13:00-14:00",),
            )  # fmt: skip
        tick(store, engine, settings, transport, START)
        answer = link_actions.confirm(engine, code_of(sent(settings)[0]), START)
        tick(store, engine, settings, transport, LATE - timedelta(hours=2))
        with write_transaction(engine) as connection:
            grounds = marks.MarkGrounds("r", "b", START, LATE + timedelta(hours=1))
            marks.snooze(connection, (), grounds, wants=Filter(kinds=("overdue",)))
        quiet = tick(store, engine, settings, transport, LATE)
        news = tick(store, engine, settings, transport, LATE + timedelta(hours=2))
    with write_transaction(engine) as connection:
        (reader,) = subscriptions.all_subscriptions(connection)
        keys = {row["key"] for row in notification_log.of_subscription(connection, reader.id)}
        state = alert_report.alert_details(connection, OVERDUE, LATE + timedelta(hours=2))["state"]
    digest = sent(settings)[-1]
    link = unsubscribe_code(digest)
    bounced = read_reports(signed_report("exim", str(digest["Message-ID"])))
    with write_transaction(engine) as connection:
        (outcome,) = bounces.record_bounces(connection, bounced, None, LATE)

    assert ("done", 0, 1, "open") == (answer.outcome, quiet.delivered, news.delivered, state)
    assert OVERDUE in keys
    assert not [key for key in keys if key.startswith("fee/")]
    assert "suppressed" == outcome.outcome
    assert ["done", "already"] == [
        link_actions.unsubscribe(engine, link, LATE).outcome for _ in "ab"
    ]
