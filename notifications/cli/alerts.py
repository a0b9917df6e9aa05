"""The group `alert`: what was noticed, how it stands, and which marks there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notifications.alerts.resolution import STATES
from notifications.cli.marks import emit_marks, print_marks
from notifications.cli.printing import print_dated
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import HELP, now_option, pass_session
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import print_data, print_heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from notifications.planning.alert_report import AlertDetails, AlertRecord

ALERT_COLUMNS = ["key", "state", "severity", "kind", "commitment", "at"]

DETAILS = (
    "key", "state", "severity", "kind", "agreement", "commitment", "at", "rule", "noticed_at",
    "withdrawn_at", "came_true", "muted_by",
)  # fmt: skip


@click.group(cls=CommandGroup, context_settings=HELP)
def alert() -> None:
    """What was noticed, how it stands, and who was told why.

    \b
    Examples:
      pactwatch alert list --state open
      pactwatch alert show ha-pay/overdue/2026-02-10T23:00:00Z
    """


@alert.command("list")
@click.option(
    "--state",
    type=click.Choice(STATES),
    metavar="STATE",
    help=f"Only those that stand so: {', '.join(STATES)}.",
)
@click.option("--agreement", help="Only those of this agreement.")
@click.option("--limit", type=click.IntRange(min=1), help="Only so many, the newest ones.")
@now_option
@pass_session
def alert_list(
    session: Session, state: str | None, agreement: str | None, limit: int | None
) -> None:
    """Every alert with its key and its state: open, acknowledged, snoozed, came_true,
    resolved, withdrawn.

    \b
    Examples:
      pactwatch alert list
      pactwatch alert list --state open --json
      pactwatch alert list --limit 100
    """
    from notifications.alerts.stored import is_of_agreements
    from notifications.planning.alert_report import every_alert_row, newest_alert_rows

    is_asked = is_of_agreements([] if agreement is None else [agreement])
    with session.snapshot() as connection:
        if limit is None:
            rows = every_alert_row(connection, session.now, is_asked, state=state)
        else:
            rows = newest_alert_rows(connection, session.now, limit, state, is_asked)
    emit(
        session,
        {"alerts": rows},
        rows,
        ALERT_COLUMNS,
        draw=lambda: print_alerts(rows, session.tz),
    )
    if not rows:
        print_heading(session, "no alert is on record that fits")


def print_alerts(rows: Iterable[AlertRecord], zone: str) -> None:
    """Prints what happened in each, and below it how grave it is, how it stands, and its key."""
    for row in rows:
        state = row["state"].replace("_", " ")
        detail = f"{row['severity']}, {state}: {row['key']}"
        print_dated(row["at"], f"{row['commitment']} {row['what']}", detail, zone)


@alert.command("show")
@click.argument("key")
@now_option
@pass_session
def alert_show(session: Session, key: str) -> None:
    """One alert: how it stands, what was said about it, and to whom it was told and why.

    \b
    Examples:
      pactwatch alert show ha-pay/overdue/2026-02-10T23:00:00Z
    """
    from notifications.planning.alert_report import alert_details

    with session.snapshot() as connection:
        document = alert_details(connection, key, session.now)
    emit(
        session, document, [document], ALERT_COLUMNS, draw=lambda: print_alert(document, session.tz)
    )


def print_alert(document: AlertDetails, zone: str) -> None:
    """Prints what happened and labelled lines, then the marks and whom it was told to."""
    print_data(f"{document['commitment']} {document['what']}")
    facts: Mapping[str, object] = document
    for name in DETAILS:
        if facts[name]:
            print_data(f"{name.replace('_', ' ')}: {facts[name]}")
    if document["marks"]:
        print_data("\nmarks:")
        print_marks(document["marks"], zone)
    print_data("\ntold:" if document["told"] else "\ntold to nobody yet")
    for entry in document["told"]:
        message = f", message {entry['dedup_key']}" if entry["dedup_key"] else ""
        whom = f"{entry['outcome']}: subscription {entry['subscription_id']}{message}"
        print_dated(entry["at"], whom, entry["why"], zone)


@alert.command("marks")
@now_option
@pass_session
def alert_marks(session: Session) -> None:
    """Every acknowledgement and snooze there was, with reason, author and end.

    \b
    Examples:
      pactwatch alert marks
    """
    from notifications.alerts import marks

    with session.snapshot() as connection:
        emit_marks(session, marks.all_of(connection))
