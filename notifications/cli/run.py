"""The commands `tick` and `run`: one turn of the scheduler, and turns without end."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from notifications.cli.printing import ALERT_COLUMNS, print_report, where_files_are
from tracker.entries.tlp import LEVELS, OPEN
from tracker.terminal.logs import LogFormat, configure_logs, log_format_option
from tracker.terminal.options import HELP, now_option, pass_session
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import Progress, print_info

if TYPE_CHECKING:
    from events import EventStore
    from notifications.scheduler.report import TickReport


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
    from notifications.addresses.channels import MAIL
    from notifications.scheduler.quiet import quiet_turn
    from notifications.scheduler.report import document_of

    with closing(session.store()) as store:
        session.advance_witness(store)
        # A turn at a given instant is one to try things out.
        report = quiet_turn(store, session.now) if session.now_text is None else None
        report = report or _whole_turn(session, store)
    if session.format == "table":
        print_report(session, report)
        if any(delivery.channel == MAIL for delivery in report.deliveries):
            from notifications.settings import MailSettings

            if words := where_files_are(MailSettings()):
                print_info(session, words)
    else:
        document = document_of(report)
        emit(session, document, document.alerts, ALERT_COLUMNS)


def _whole_turn(session: Session, store: EventStore) -> TickReport:
    from notifications.delivery.lanes import mail_transport
    from notifications.outbox.clocks import TurnClock
    from notifications.scheduler import tick as scheduler
    from notifications.settings import MailSettings

    settings = MailSettings()
    clock = TurnClock(session.now, given=session.now_text is not None)
    transport = mail_transport(settings)
    with (
        Progress(session, "agreements folded") as folded,
        Progress(session, "agreements looked at for alerts") as noticed,
    ):
        options = scheduler.TurnOptions(
            signer=session.signer, clock=clock, progress=folded, noticed=noticed
        )
        return scheduler.tick(store, session.engine(), settings, transport, session.now, options)


class SocketAddressType(click.ParamType[tuple[str, int]]):
    """A host and a port, as `127.0.0.1:9464` or `[::1]:9464`."""

    name = "address"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        host, colon, port = str(value).rpartition(":")
        if not colon or not host or not port.isdecimal() or int(port) > 65535:
            self.fail(f"{value!r}: expected HOST:PORT, say 127.0.0.1:9464", param, ctx)
        return host.strip("[]"), int(port)


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
@click.option(
    "--metrics",
    type=SocketAddressType(),
    metavar="HOST:PORT",
    show_envvar=True,
    help="Answer Prometheus at http://HOST:PORT/metrics; no secret is in it, and no login before.",
)
@log_format_option
@pass_session
def run(
    session: Session,
    interval: int,
    workers: int,
    published: Path | None,
    publish_tlp: str,
    metrics: tuple[str, int] | None,
    log_format: LogFormat,
) -> None:
    """The scheduler as a daemon: a turn now, every interval and when events come, until stopped.

    Any number may run beside each other; none sends twice. Stopped, it ends between two messages:
    with 0 by SIGTERM and SIGHUP, with 130 by Ctrl-C. With PACTWATCH_IMAP_URL it fetches bounces as
    often as it takes turns.

    \b
    Examples:
      pactwatch run
      pactwatch run --publish dashboards.db
      PACTWATCH_SMTP_URL=smtp://localhost:25 pactwatch run --interval 60 \\
          --workers 4
    """
    from notifications.bounces.imap import mailbox_address
    from notifications.cli.turns import Turns, announce
    from notifications.monitoring.turn_metrics import serve_metrics
    from notifications.scheduler import daemon
    from notifications.scheduler.publisher import Publisher
    from notifications.settings import MailSettings

    configure_logs(log_format)
    settings, turn_signal = MailSettings(), daemon.TurnSignal()
    if settings.imap_url:
        mailbox_address(settings)
    session.store().close()
    turns = Turns(
        session,
        settings,
        turn_signal,
        workers,
        Publisher(published, publish_tlp) if published else None,
        serve_metrics(*metrics, session.store) if metrics else None,
    )
    rhythm = f"a turn every {interval} s and when events come; stop with Ctrl-C"
    words = (rhythm, where_files_are(settings), settings.words_of_templates)
    announce(session, "; ".join(filter(None, words)))
    daemon.run(
        turns.take,
        interval,
        turn_signal=turn_signal,
        wait_for_events=turns.wait_for_events,
        fetch_bounces=turns.fetch_bounces if settings.imap_url else None,
    )
    turns.end()
    if turn_signal.is_interrupted:
        raise KeyboardInterrupt
