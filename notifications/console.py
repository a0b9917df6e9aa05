"""The commands of operators: demo, digest, outbox, tick, run."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from tracker.console_options import HELP, now_option, pass_session
from tracker.session import Session
from tracker.show import emit, talk


@click.command("demo", context_settings=HELP)
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    show_envvar=True,
    help="Where to leave the database and the mail (default: a new temporary directory).",
)
@pass_session
def demo(session: Session, directory: Path | None) -> None:
    """The whole path on the shipped data set: import, status, six weeks of clock, digests.

    \b
    Examples:
      pactwatch demo
      pactwatch demo --dir /tmp/look
    """
    from notifications.demo import run_demo

    run_demo(directory, zone=session.tz)


@click.group(context_settings=HELP)
def digest() -> None:
    """Show the digest that would be sent.

    \b
    Examples:
      pactwatch digest preview 1
    """


@digest.command("preview")
@click.argument("subscription", type=int, required=False)
@click.option(
    "--part", type=click.Choice(["text", "html", "message"]), default="text", show_default=True
)
@now_option
@pass_session
def digest_preview(session: Session, subscription: int | None, part: str) -> None:
    """What this subscription would receive now; the message is byte-identical to what is sent.

    Without a subscription, what a newcomer who follows everything would be told. Nothing is sent
    and nothing is kept.

    \b
    Examples:
      pactwatch digest preview 1
      pactwatch digest preview 1 --part message > digest.eml
    """
    from notifications.preview import preview
    from notifications.settings import MailSettings

    with closing(session.store()) as store:
        settings, engine = MailSettings(), session.engine()
        rendered = preview(
            store, engine, settings, subscription, session.now, session.tz, session.signer
        )
    if rendered is None:
        talk(session, "nothing to say, so nothing would be sent")
        if session.format == "json":
            emit(session, {"subject": None}, [], [])
        return
    if session.format == "json":
        document = {
            "subject": rendered.subject,
            "message_id": rendered.message_id,
            "text": rendered.text,
            "html": rendered.html,
        }
        emit(session, document, [document], list(document))
    elif part == "message":
        sys.stdout.buffer.write(rendered.message)
    else:
        text = f"Subject: {rendered.subject}\n\n{rendered.text}"
        click.echo(rendered.html if part == "html" else text)


@click.group(context_settings=HELP)
def outbox() -> None:
    """Messages planned, sent, uncertain and parked.

    \b
    Examples:
      pactwatch outbox list
      pactwatch outbox list --state parked
    """


@outbox.command("list")
@click.option(
    "--state",
    type=click.Choice(["due", "leased", "transmitting", "sent", "uncertain", "parked", "dead"]),
)
@pass_session
def outbox_list(session: Session, state: str | None) -> None:
    """Each message with its state, attempts and last error.

    \b
    Examples:
      pactwatch outbox list
      pactwatch outbox list --state uncertain --json
    """
    from events.engine import writing
    from notifications import outbox as messages

    session.store().close()
    with writing(session.engine()) as connection:
        rows = messages.listed(connection, state)
    columns = ["id", "recipient", "subject", "state", "attempts", "planned_at", "last_error"]
    emit(session, {"messages": rows}, rows, columns)


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
    from notifications.settings import MailSettings
    from notifications.tick import report_json
    from notifications.tick import tick as turn
    from notifications.transport import transport_of

    settings = MailSettings()
    with closing(session.store()) as store:
        session.show_witness(store)
        report = turn(
            store, session.engine(), settings, transport_of(settings), session.now, session.signer
        )
    document = report_json(report)
    if session.format == "table":
        _show_tick(session, document)
    else:
        emit(session, document, document["alerts"], ["at", "kind", "commitment", "lead", "key"])


def _show_tick(session: Session, document: dict[str, Any]) -> None:
    talk(
        session,
        f"now {document['now']}: projected {document['projected']} events, "
        f"{len(document['alerts'])} alerts, {document['planned']} digests planned, "
        f"{document['delivered']} delivered, {document['failed']} failed",
    )
    from notifications.views import alert_line

    for alert in document["alerts"]:
        click.echo(alert_line(alert, session.tz))
    for message in document["messages"]:
        click.echo(f"  mail to {message['recipient']}: {message['state']} {message['location']}")


@click.command("run", context_settings=HELP)
@click.option(
    "--interval",
    type=click.IntRange(1, 3600),
    default=30,
    show_default=True,
    show_envvar=True,
    help="Seconds between turns.",
)
@pass_session
def run(session: Session, interval: int) -> None:
    """The scheduler as a daemon: a turn now and every interval, until it is stopped.

    Any number may run beside each other; none sends twice.

    \b
    Examples:
      pactwatch run
      PACTWATCH_SMTP_URL=smtp://localhost:25 pactwatch run --interval 60
    """
    import logging

    from notifications.scheduler import run as beat
    from notifications.settings import MailSettings
    from notifications.tick import report_json
    from notifications.tick import tick as turn
    from notifications.transport import transport_of

    logging.basicConfig(format="%(levelname)s %(message)s")
    settings = MailSettings()
    transport = transport_of(settings)
    session.store().close()

    def one() -> None:
        with closing(session.store()) as store:
            session.show_witness(store)
            report = turn(
                store, session.engine(), settings, transport, session.clock(), session.signer
            )
        _show_tick(session, report_json(report))

    talk(session, f"a turn every {interval} s; stop with Ctrl-C")
    beat(one, interval)
