"""The commands `tick` and `run`: one turn of the scheduler, and turns without end."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from tracker.terminal.options import HELP, now_option, pass_session
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import format_local, print_info, printable

if TYPE_CHECKING:
    from notifications.scheduler.tick import TickReport


def alert_line(alert: dict[str, Any], zone: str) -> str:
    """One alert in one line."""
    detail = alert.get("lead") or ""
    if alert["kind"] in ("state_changed", "ended"):
        detail = f"{alert['before'] or 'new'} -> {alert['after']}"
    at = format_local(alert["at"], zone)
    return f"  {at}  {alert['commitment']}  {alert['kind']} {detail}".rstrip()


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
    from notifications.delivery.transports import transport_of
    from notifications.outbox.clocks import TurnClock
    from notifications.scheduler.health_ping import checked
    from notifications.scheduler.tick import report_json
    from notifications.scheduler.tick import tick as turn
    from notifications.settings import MailSettings

    settings = MailSettings()
    if settings.heartbeat_url:
        checked(settings.heartbeat_url)
    with closing(session.store()) as store:
        session.show_witness(store)
        watch = TurnClock(session.now, given=session.now_text is not None)
        mail, key = transport_of(settings), session.signer
        report = turn(store, session.engine(), settings, mail, session.now, key, watch=watch)
    document = report_json(report)
    if session.format == "table":
        show_tick(session, document)
    else:
        emit(session, document, document["alerts"], ["at", "kind", "commitment", "lead", "key"])


def show_tick(session: Session, document: dict[str, Any]) -> None:
    print_info(
        session,
        f"now {document['now']}: projected {document['projected']} events, "
        f"{len(document['alerts'])} alerts, {document['planned']} digests planned, "
        f"{document['delivered']} delivered, {document['failed']} failed",
    )

    for alert in document["alerts"]:
        click.echo(alert_line(alert, session.tz))
    for message in document["messages"]:
        way = "posted" if "://" in message["recipient"] else "mail"
        text = f"  {way} to {message['recipient']}: {message['state']} {message['location']}"
        click.echo(printable(text))
    for words in document["held"]:
        print_info(session, f"relay in trouble: {printable(words)}")


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
@pass_session
def run(session: Session, interval: int, workers: int) -> None:
    """The scheduler as a daemon: a turn now, every interval and when events come, until stopped.

    Any number may run beside each other; none sends twice. Stopped, it ends between two messages.

    \b
    Examples:
      pactwatch run
      PACTWATCH_SMTP_URL=smtp://localhost:25 pactwatch run --interval 60 --workers 4
    """
    import logging

    from notifications.delivery.transports import transport_of
    from notifications.outbox.clocks import TurnClock
    from notifications.scheduler.daemon import TurnSignal
    from notifications.scheduler.daemon import run as beat
    from notifications.scheduler.health_ping import checked
    from notifications.scheduler.tick import report_json
    from notifications.scheduler.tick import tick as turn
    from notifications.settings import MailSettings

    logging.basicConfig(format="%(levelname)s %(message)s")
    settings, bell = MailSettings(), TurnSignal()
    if settings.heartbeat_url:
        checked(settings.heartbeat_url)
    transport = transport_of(settings)
    session.store().close()

    def one() -> None:
        now = session.now if session.now_text is not None else session.clock()
        with closing(session.store()) as store:
            session.show_witness(store)
            report = turn(
                store,
                session.engine(),
                settings,
                transport,
                now,
                session.signer,
                workers=workers,
                watch=TurnClock(now, given=session.now_text is not None),
                stop=lambda: bell.is_stopped,
            )
        _tell(session, report, report_json(report))

    def wait(after: int, timeout: float) -> int:
        with closing(session.store()) as store:
            return store.wait(after, timeout)

    print_info(session, f"a turn every {interval} s and when events come; stop with Ctrl-C")
    beat(one, interval, bell=bell, wait=wait)


def _tell(session: Session, report: TickReport, document: dict[str, Any]) -> None:
    """A line for each turn that did something; the quiet ones would bury them."""
    if report.projected or report.alerts or report.planned or report.deliveries or report.held:
        show_tick(session, document)
