"""The commands ack, snooze and unsnooze: marks that people put on alerts, and how they print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from notifications.alerts.calendar_rules import rule_texts
from notifications.alerts.filters import KINDS, SEVERITIES
from notifications.cli.printing import print_dated
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
from tracker.terminal.text import format_local, print_heading, print_info

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from notifications.alerts.filters import Filter
    from notifications.alerts.marks import Mark
    from notifications.planning.alert_report import MarkDocument

MARK_COLUMNS = ["id", "mark", "about", "reason", "by", "at", "until", "calendar", "ended_at"]

reason_option = click.option("--reason", required=True, help="Why; kept on record.")
by_option = click.option(
    "--by", help="Who says so (default: PACTWATCH_AUTHOR, else the system's user)."
)


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

    by = by or session.author_name
    with session.transaction() as connection:
        if withdraw:
            ended = [
                marks.end(connection, key, reason=reason, now=session.now, mark=marks.ACK)
                for key in keys
            ]
            changed = [mark for of_key in ended for mark in of_key]
        else:
            changed = marks.acknowledge(
                connection, keys, marks.MarkGrounds(reason, by, session.now, until)
            )
    emit_marks(session, changed)


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
            marks.MarkGrounds(reason, by or session.author_name, session.now, until),
            wants=filter_of(**parts),
            calendar=calendar,
            zone=zone or session.tz,
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
