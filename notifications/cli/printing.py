"""How a turn of the scheduler and its deliveries are printed at a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

import click

from events.wording import plural
from tracker.terminal.cells import printable
from tracker.terminal.output import print_unreadable
from tracker.terminal.text import format_local, print_data, print_info

if TYPE_CHECKING:
    from notifications.alerts.alert import Alert
    from notifications.delivery.worker import Delivery
    from notifications.scheduler.report import TickReport
    from notifications.settings import MailSettings
    from tracker.terminal.session import Session

LISTS = {"alert": "pactwatch alert list", "message": "pactwatch outbox list"}
ALERT_COLUMNS = ["at", "kind", "commitment", "lead", "key"]


def alert_line(alert: Alert, zone: str) -> str:
    """Writes an alert in one line, as a digest words it."""
    from notifications.alerts.wording import what_happened

    return f"  {format_local(alert.at, zone)}  {alert.commitment} {what_happened(alert)}"


def print_dated(at: str, words: str, detail: str, zone: str) -> None:
    """Prints an instant with what happened then, and a line about it below."""
    when = format_local(at, zone)
    print_data(f"{when}  {words}")
    print_data(f"{' ' * len(when)}  {detail}")


def print_report(
    session: Session, report: TickReport, most: int | None = None, *, with_troubles: bool = True
) -> None:
    """What a turn did, as `tick` and `run` print it at a terminal, and what is in trouble after it.

    Troubles may be of this turn or of any before. At most so many alerts and messages are listed.
    """
    from events import format_instant

    now = format_instant(report.now.replace(microsecond=0))
    history = f" and {report.historical} of history" if report.historical else ""
    print_info(
        session,
        f"now {now}: projected {plural(report.projected, 'event')}, "
        f"{plural(len(report.alerts), 'alert')}{history}, {plural(report.planned, 'digest')} "
        f"planned, {report.delivered} delivered, {report.failed} failed",
    )
    for alert in islice(report.alerts, most):
        print_data(alert_line(alert, session.tz))
    print_deliveries(report.deliveries[:most])
    if left_out := left_out_of(report, most):
        print_info(session, f"  {left_out}")
    if with_troubles:
        print_troubles(session, report)


def left_out_of(report: TickReport, most: int | None) -> str:
    """How much more a turn had than was listed of it, and what lists all; empty for nothing."""
    if most is None:
        return ""
    counts = {"alert": len(report.alerts) - most, "message": len(report.deliveries) - most}
    return ", ".join(
        f"and {plural(count, f'more {what}')}: {LISTS[what]}"
        for what, count in counts.items()
        if count > 0
    )


def print_troubles(session: Session, report: TickReport) -> None:
    """The relays, messages and agreements that are in trouble."""
    for obstacle in report.obstacles:
        print_info(session, f"relay in trouble: {printable(obstacle)}")
    for trouble in report.undelivered:
        what = "not read" if trouble.trouble == "unread" else "not delivered"
        print_info(session, f"{what}: {trouble.words}: {trouble.hint}")
    print_unreadable(session, report.unreadable)


def where_files_are(settings: MailSettings) -> str:
    """In which folder mail lies that nobody gets, and why; empty where a relay is set."""
    words = settings.words_of_files
    return f"{words}: PACTWATCH_SMTP_URL names no relay" if words else ""


def print_deliveries(deliveries: Iterable[Delivery]) -> None:
    """Prints a line for each message: which way it went, to whom, and what became of it."""
    from notifications.addresses.channels import MAIL

    for delivery in deliveries:
        verb = "mail" if delivery.channel == MAIL else "posted"
        text = f"  {verb} to {delivery.recipient}: {delivery.state} {delivery.location}"
        click.echo(printable(text))
