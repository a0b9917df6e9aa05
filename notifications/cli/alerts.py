"""The group `alert` (list, show, marks), and the commands ack, snooze and unsnooze."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

import click

from notifications.alerts.calendar_rules import rule_texts
from notifications.alerts.filters import KINDS, SEVERITIES
from notifications.alerts.resolution import STATES
from notifications.cli.printing import print_dated
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import (
    HELP,
    OneOfMany,
    now_option,
    pass_session,
    read_by,
    read_instant,
    read_zone,
)
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import format_local, print_data, print_heading, print_info

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from notifications.alerts.filters import Filter
    from notifications.alerts.marks import Mark
    from notifications.planning.alert_report import AlertDetails, AlertRecord, MarkDocument

ALERT_COLUMNS = ["key", "state", "severity", "kind", "commitment", "at"]
MARK_COLUMNS = ["id", "mark", "about", "reason", "by", "at", "until", "calendar", "ended_at"]

DETAILS = (
    "key", "state", "severity", "kind", "agreement", "commitment", "at", "rule", "noticed_at",
    "withdrawn_at", "came_true", "muted_by",
)  # fmt: skip

reason_option = click.option("--reason", required=True, help="Why; kept on record.")
by_option = click.option("--by", help="Who says so (default: the user who runs the command).")


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
        stands = row["state"].replace("_", " ")
        detail = f"{row['severity']}, {stands}: {row['key']}"
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


@click.command("ack", context_settings=HELP)
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@reason_option
@by_option
@click.option(
    "--until",
    metavar="T",
    callback=read_instant,
    help="Until then; without it for as long as it stands.",
)
@click.option("--withdraw", is_flag=True, help="Take the acknowledgement back.")
@now_option
@pass_session
def ack(
    session: Session,
    keys: tuple[str, ...],
    reason: str,
    by: str | None,
    until: datetime | None,
    withdraw: bool,
) -> None:
    """Acknowledge alerts by key, or its start: they are not escalated while that holds.

    \b
    Examples:
      pactwatch ack ha-pay/overdue --reason "the bank was called"
      pactwatch ack ha-pay/overdue/2026-02-10T23:00:00Z --reason "on leave" \\
          --until +7d
    """
    from notifications.alerts import marks

    with session.transaction() as connection:
        if withdraw:
            ended = [
                marks.end(connection, key, reason=reason, now=session.now, mark=marks.ACK)
                for key in keys
            ]
            changed = [mark for of_key in ended for mark in of_key]
        else:
            changed = marks.acknowledge(
                connection, keys, reason=reason, by=by or _user(), now=session.now, until=until
            )
    emit_marks(session, changed)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "operator"


def emit_marks(session: Session, marks: Iterable[Mark]) -> None:
    from notifications.planning.alert_report import mark_row

    rows = [mark_row(mark) for mark in marks]
    emit(session, {"marks": rows}, rows, MARK_COLUMNS, draw=lambda: print_marks(rows, session.tz))
    if not rows:
        print_heading(session, "nothing is acknowledged or snoozed")


def print_marks(rows: Iterable[MarkDocument], zone: str) -> None:
    """Prints who marked what and why, and below it how long the mark holds and its alerts."""
    for row in rows:
        until = f"until {format_local(row['until'], zone)}" if row["until"] else "without an end"
        ended = f", ended {format_local(row['ended_at'], zone)}" if row["ended_at"] else ""
        calendar = f", {', '.join(row['calendar'])}" if row["calendar"] else ""
        words = f"{row['mark']} {row['id']} by {row['by']}: {row['reason']}"
        print_dated(row["at"], words, f"{until}{calendar}{ended}: {row['about']}", zone)


@click.command("snooze", context_settings=HELP)
@click.argument("keys", nargs=-1, metavar="[KEY...]")
@click.option("--agreement", "agreements", multiple=True, help="All of this agreement.")
@click.option("--commitment", "commitments", multiple=True, help="All of this commitment.")
@click.option("--party", "parties", multiple=True, help="All that this party owes or is owed.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=OneOfMany(KINDS),
    metavar="KIND",
    help=f"All of this kind: {', '.join(KINDS)}.",
)
@click.option("--severity", type=click.Choice(SEVERITIES), help="Only this grave or graver.")
@click.option("--until", metavar="T", callback=read_instant, help="When it ends, e.g. +7d.")
@click.option(
    "--calendar",
    multiple=True,
    metavar="RULE",
    callback=read_by(lambda _, texts: rule_texts(texts)),
    help="Only then: 22:00-07:00, sat-sun.",
)
@click.option("--zone", callback=read_zone, help="Zone of the calendar (default: --tz).")
@reason_option
@by_option
@now_option
@pass_session
def snooze(
    session: Session,
    /,
    keys: tuple[str, ...],
    until: datetime | None,
    calendar: tuple[str, ...],
    zone: str | None,
    reason: str,
    by: str | None,
    **parts: Any,
) -> None:
    """Hold alerts back, by key or by what they are about; they are told when it is over.

    \b
    Examples:
      pactwatch snooze ha-pay/overdue --until +3d --reason "talks go on"
      pactwatch snooze --kind stale --calendar sat-sun \\
          --reason "nobody reads on weekends"
    """
    from notifications.alerts import marks

    with session.transaction() as connection:
        snoozes = marks.snooze(
            connection,
            keys,
            wants=filter_of(**parts),
            calendar=calendar,
            zone=zone or session.tz,
            reason=reason,
            by=by or _user(),
            now=session.now,
            until=until,
        )
    emit_marks(session, snoozes)
    first = snoozes[0].key or snoozes[0].id
    print_info(session, f"next: pactwatch unsnooze {first} --reason TEXT ends it")


def filter_of(**parts: Any) -> Filter | None:
    """A filter of the parts that were given; None when there were none."""
    from notifications.alerts.filters import Filter

    given = {name: value for name, value in parts.items() if value}
    return Filter(**given) if given else None


@click.command("unsnooze", context_settings=HELP)
@click.argument("which", metavar="KEY|NUMBER")
@reason_option
@now_option
@pass_session
def unsnooze(session: Session, which: str, reason: str) -> None:
    """End a snooze, by alert key or by the number that `pactwatch alert marks` shows.

    \b
    Examples:
      pactwatch unsnooze 3 --reason "talks have failed"
    """
    from notifications.alerts import marks

    with session.transaction() as connection:
        ended = marks.end(connection, which, reason=reason, now=session.now, mark=marks.SNOOZE)
    emit_marks(session, ended)
