"""The commands `tick` and `run`: one turn of the scheduler, and turns without end."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.entries.tlp import LEVELS, OPEN
from tracker.terminal.cells import printable
from tracker.terminal.options import HELP, now_option, pass_session
from tracker.terminal.output import emit, print_unreadable
from tracker.terminal.session import Session
from tracker.terminal.text import format_local, print_info

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events import EventStore
    from notifications.alerts.alert import Alert
    from notifications.delivery.worker import Delivery
    from notifications.scheduler.publisher import Publisher
    from notifications.scheduler.report import TickReport
    from notifications.settings import MailSettings

ALERT_COLUMNS = ["at", "kind", "commitment", "lead", "key"]


def alert_line(alert: Alert, zone: str) -> str:
    """One alert in one line."""
    detail = alert.lead or ""
    if alert.kind in ("state_changed", "ended"):
        detail = f"{alert.before or 'new'} -> {alert.after}"
    at = format_local(alert.at, zone)
    return f"  {at}  {alert.commitment}  {alert.kind} {detail}".rstrip()


def _checked_settings() -> MailSettings:
    """The settings of mail; raises NotificationError for a heartbeat URL that cannot be fetched."""
    from notifications.scheduler.liveness import checked_url
    from notifications.settings import MailSettings

    settings = MailSettings()
    if settings.heartbeat_url:
        checked_url(settings.heartbeat_url)
    return settings


@click.command("tick", context_settings=HELP)
@now_option
@pass_session
def tick(session: Session) -> None:
    """One turn of the scheduler: project, alert, plan, deliver; prints what it did.

    \b
    Examples:
      pactwatch tick
      pactwatch tick --now 2025-03-19T22:00:00Z --json
    """
    from notifications.scheduler.quiet import quiet_turn
    from notifications.scheduler.report import document_of

    with closing(session.store()) as store:
        session.advance_witness(store)
        # A turn at a given instant is one to try things out.
        report = quiet_turn(store, session.now) if session.now_text is None else None
        report = report or _whole_turn(session, store)
    document = document_of(report)
    emit(
        session,
        document,
        document.alerts,
        ALERT_COLUMNS,
        draw=lambda: print_report(session, report),
    )


def _whole_turn(session: Session, store: EventStore) -> TickReport:
    from notifications.delivery.lanes import mail_transport
    from notifications.outbox.clocks import TurnClock
    from notifications.scheduler import tick as scheduler

    settings = _checked_settings()
    clock = TurnClock(session.now, given=session.now_text is not None)
    transport = mail_transport(settings)
    return scheduler.tick(
        store, session.engine(), settings, transport, session.now, session.signer, clock=clock
    )


def print_report(session: Session, report: TickReport) -> None:
    """What a turn did, as `tick` and `run` print it at a terminal."""
    from events import format_instant

    history = f" and {report.historical} of history" if report.historical else ""
    print_info(
        session,
        f"now {format_instant(report.now)}: projected {report.projected} events, "
        f"{len(report.alerts)} alerts{history}, {report.planned} digests planned, "
        f"{report.delivered} delivered, {report.failed} failed",
    )
    for alert in report.alerts:
        click.echo(alert_line(alert, session.tz))
    print_deliveries(report.deliveries)
    for obstacle in report.obstacles:
        print_info(session, f"relay in trouble: {printable(obstacle)}")
    for trouble in report.undelivered:
        print_info(session, f"not delivered: {trouble.words}: {trouble.hint}")
    print_unreadable(session, report.unreadable)


def print_deliveries(deliveries: Iterable[Delivery]) -> None:
    """One line for each message: which way it went, to whom, and what became of it."""
    from notifications.addresses.channels import MAIL

    for delivery in deliveries:
        verb = "mail" if delivery.channel == MAIL else "posted"
        text = f"  {verb} to {delivery.recipient}: {delivery.state} {delivery.location}"
        click.echo(printable(text))


class TurnLog:
    """Prints the turns of a daemon that did something, or left something else in trouble.

    The quiet ones would bury them.
    """

    def __init__(self, session: Session, publisher: Publisher | None) -> None:
        self.session = session
        self.publisher = publisher
        self.last_troubles: tuple[object, ...] = ((), (), "")

    def print(self, report: TickReport) -> None:
        """Prints a turn, and why the file of dashboards could not be written."""
        trouble = self.publisher.trouble if self.publisher else None
        unpublished = f"not published: {trouble.message}" if trouble else ""
        counts = (report.projected, report.alerts, report.planned)
        troubles = (report.undelivered, report.unreadable, unpublished)
        is_news = any(counts) or bool(report.deliveries or report.obstacles)
        if is_news or troubles != self.last_troubles:
            print_report(self.session, report)
        if unpublished and unpublished != self.last_troubles[-1]:
            print_info(self.session, unpublished)
        self.last_troubles = troubles


@click.command("run", context_settings=HELP)
@click.option(
    "--interval",
    type=click.IntRange(1, 3600),
    default=30,
    show_default=True,
    show_envvar=True,
    help="Seconds between turns; new events bring the next one forward.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    show_envvar=True,
    help="Conversations with the relay at once.",
)
@click.option(
    "--publish",
    "published",
    type=click.Path(dir_okay=False, path_type=Path),
    show_envvar=True,
    help="A file that keeps the tables of dashboards, as `db publish` writes them.",
)
@click.option(
    "--publish-tlp",
    type=click.Choice(LEVELS, case_sensitive=False),
    default=OPEN,
    show_default=True,
    show_envvar=True,
    help="Its ceiling.",
)
@pass_session
def run(
    session: Session, interval: int, workers: int, published: Path | None, publish_tlp: str
) -> None:
    """The scheduler as a daemon: a turn now, every interval and when events come, until stopped.

    Any number may run beside each other; none sends twice. Stopped, it ends between two messages.
    With PACTWATCH_IMAP_URL it fetches bounces as often as it takes turns.

    \b
    Examples:
      pactwatch run
      pactwatch run --publish dashboards.db
      PACTWATCH_SMTP_URL=smtp://localhost:25 pactwatch run --interval 60 --workers 4
    """
    import logging

    from notifications.bounces.fetching import fetch_bounces
    from notifications.bounces.imap import mailbox_address
    from notifications.delivery.lanes import mail_transport
    from notifications.outbox.clocks import TurnClock
    from notifications.scheduler import daemon
    from notifications.scheduler import tick as scheduler
    from notifications.scheduler.deliveries import BackgroundDeliveries
    from notifications.scheduler.publisher import Publisher

    logging.basicConfig(format="%(levelname)s %(message)s")
    settings, turn_signal = _checked_settings(), daemon.TurnSignal()
    transport = mail_transport(settings)
    session.store().close()
    # One for all turns: making one takes time, and memory that is not given back.
    engine = session.engine()

    def stop() -> bool:
        return turn_signal.is_stopped

    deliveries = BackgroundDeliveries(transport, turn_signal.request, stop)
    publisher = Publisher(published, publish_tlp) if published else None
    turn_log = TurnLog(session, publisher)

    def turn() -> None:
        is_given = session.now_text is not None
        now = session.now if is_given else session.clock()
        with closing(session.store()) as store:
            session.advance_witness(store)
            report = scheduler.tick(
                store,
                engine,
                settings,
                transport,
                now,
                session.signer,
                workers=workers,
                clock=TurnClock(now, given=is_given),
                stop=stop,
                run_deliveries=deliveries,
            )
            if publisher:
                publisher.publish(store, report)
        turn_log.print(report)

    def wait_for_events(after: int, timeout: float) -> int:
        with closing(session.store()) as store:
            return store.wait(after, timeout)

    def fetch() -> None:
        intake = fetch_bounces(engine, settings, session.clock())
        if intake.messages:
            print_info(session, f"bounces: {intake.words}")

    if settings.imap_url:
        mailbox_address(settings)
    print_info(session, f"a turn every {interval} s and when events come; stop with Ctrl-C")
    daemon.run(
        turn,
        interval,
        turn_signal=turn_signal,
        wait_for_events=wait_for_events,
        fetch_bounces=fetch if settings.imap_url else None,
    )
    print_deliveries(deliveries.end())
