"""The group `outbox`: what was planned, how each message fared, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tracker.terminal.cells import printable
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import HELP, now_option, pass_session, with_options
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import format_local, print_data, print_info

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notifications.outbox.operator import MessageDocument

STATES = ("due", "leased", "transmitting", "sent", "uncertain", "parked", "dead")
COLUMNS = ["id", "recipient", "subject", "state", "attempts", "planned_at", "last_error"]
STEP_COLUMNS = ["at", "attempt", "state", "phase", "code", "answer", "worker"]


@contextmanager
def outbox_transaction(session: Session, *, dry_run: bool) -> Iterator[Connection]:
    """The database in one transaction, which a dry run rolls back."""
    with session.transaction() as connection, connection.begin_nested() as savepoint:
        yield connection
        if dry_run:
            savepoint.rollback()


@click.group(cls=CommandGroup, context_settings=HELP)
def outbox() -> None:
    """Messages planned, sent, uncertain and parked.

    \b
    Examples:
      pactwatch outbox list
      pactwatch outbox show 12
      pactwatch outbox retry 12 --dry-run
      pactwatch outbox drop 12 --reason "left the ministry"
    """


@outbox.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only messages in this state.")
@click.option("--to", "recipient", metavar="ADDRESS", help="Only messages to this address.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the newest N.")
@pass_session
def outbox_list(
    session: Session, state: str | None, recipient: str | None, limit: int | None
) -> None:
    """Each message with its state, attempts and last error, and relays in trouble.

    \b
    Examples:
      pactwatch outbox list
      pactwatch outbox list --state uncertain --json
      pactwatch outbox list --to me@example.org --limit 5
    """
    from notifications.outbox.circuit import failing_relays
    from notifications.outbox.operator import messages, state_counts

    with session.snapshot() as connection:
        rows = messages(connection, state, recipient, limit)
        counts, relays = state_counts(connection), failing_relays(connection)
    emit(session, {"messages": rows, "counts": counts, "relays": relays}, rows, COLUMNS)
    for relay in relays:
        retry_at = relay.open_until and format_local(relay.open_until, session.tz)
        status = f"left alone until {retry_at}" if retry_at else "failing"
        failed_at = format_local(relay.changed_at, session.tz)
        print_info(
            session,
            f"{relay.host}: {status}; last failed {failed_at}: {printable(relay.last_error)}",
        )
    totals = [f"{counts[state]} {state}" for state in STATES if counts.get(state)]
    print_info(session, ", ".join(totals) or "nothing was ever planned: pactwatch tick")


@outbox.command("show")
@click.argument("number", type=int)
@click.option("--message", is_flag=True, help="Print the message itself, as it is sent.")
@pass_session
def outbox_show(session: Session, number: int, message: bool) -> None:
    """One message and its way step by step: when, how far it came, what the server answered.

    \b
    Examples:
      pactwatch outbox show 12
      pactwatch outbox show 12 --json
      pactwatch outbox show 12 --message > twelve.eml
    """
    from notifications.outbox.operator import message_bytes, message_details

    with session.snapshot() as connection:
        document = message_details(connection, number)
        content = message_bytes(connection, number) if message else b""
    if message:
        sys.stdout.buffer.write(content)
        return
    emit(
        session,
        document,
        document["steps"],
        STEP_COLUMNS,
        draw=lambda: print_message(session, document),
    )


def print_message(session: Session, document: MessageDocument) -> None:
    """Prints a message as labelled lines, then one line per step."""
    lines = [
        f"{document['id']}  {document['state']}  to {document['recipient']}",
        f"  subject      {document['subject']}",
        f"  Message-ID   {document['message_id']}",
        f"  planned      {format_local(document['planned_at'], session.tz)}",
    ]
    if document["state"] == "due":
        lines.append(f"  due          {format_local(document['due_at'], session.tz)}")
    if document["location"]:
        lines.append(f"  went to      {document['location']}")
    if document["last_error"]:
        lines.append(f"  last error   {document['last_error']}")
    for step in document["steps"]:
        parts = [
            format_local(step["at"], session.tz),
            f"attempt {step['attempt']}",
            step["state"],
            f"({step['phase'].replace('_', ' ')})" if step["phase"] else "",
            step["answer"] or "",
            f"[{step['worker']}]" if step["state"] == "leased" else "",
        ]
        lines.append("  " + "  ".join(part for part in parts if part))
    for line in lines:
        print_data(printable(line))


selection_options = with_options(
    [
        click.argument("numbers", type=int, nargs=-1),
        click.option("--state", type=click.Choice(STATES), help="Every message in this state."),
        click.option(
            "-n", "--dry-run", is_flag=True, help="Show what would change, change nothing."
        ),
    ]
)
"""Which messages a command is about, and whether in earnest."""


def selected_ids(connection: Connection, numbers: tuple[int, ...], state: str | None) -> list[int]:
    from notifications.outbox.operator import message_ids

    if bool(numbers) == bool(state):
        raise click.UsageError("name messages by number, or all in a state with --state")
    return message_ids(connection, state) if state else list(numbers)


@outbox.command("retry")
@selection_options
@now_option
@pass_session
def outbox_retry(
    session: Session, numbers: tuple[int, ...], state: str | None, dry_run: bool
) -> None:
    """Send messages again at the next turn: the same bytes under the same Message-ID.

    One that is uncertain may have arrived, and may then arrive twice.

    \b
    Examples:
      pactwatch outbox retry 12 13
      pactwatch outbox retry --state parked --dry-run
    """
    from notifications.outbox import operator

    with outbox_transaction(session, dry_run=dry_run) as connection:
        ids = selected_ids(connection, numbers, state)
        rows = operator.retry(connection, ids, session.now, session.now)
    emit_changed(session, rows, "due at the next turn", dry_run)


@outbox.command("drop")
@selection_options
@click.option("--reason", required=True, help="Why; it stays with the message.")
@now_option
@pass_session
def outbox_drop(
    session: Session, numbers: tuple[int, ...], state: str | None, dry_run: bool, reason: str
) -> None:
    """Give messages up. They stay on record as dead, with the reason.

    \b
    Examples:
      pactwatch outbox drop 12 --reason "address is gone"
      pactwatch outbox drop --state parked --reason "list was cleaned" --dry-run
    """
    from notifications.outbox import operator

    with outbox_transaction(session, dry_run=dry_run) as connection:
        ids = selected_ids(connection, numbers, state)
        rows = operator.drop(connection, ids, reason, session.now)
    emit_changed(session, rows, "dropped", dry_run)


def emit_changed(session: Session, rows: list[MessageDocument], what: str, dry_run: bool) -> None:
    document = {"messages": rows, "dry_run": dry_run}
    emit(session, document, rows, ["id", "recipient", "subject", "state"])
    would = "would be " if dry_run else ""
    print_info(session, f"{len(rows)} {would}{what}")
