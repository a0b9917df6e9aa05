"""The `outbox` commands: what was planned, how each message fared, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tracker.terminal.options import HELP, now_option, pass_session
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import format_local as local
from tracker.terminal.text import print_data, print_info, printable

if TYPE_CHECKING:
    from sqlalchemy import Connection

STATES = ("due", "leased", "transmitting", "sent", "uncertain", "parked", "dead")
COLUMNS = ["id", "recipient", "subject", "state", "attempts", "planned_at", "last_error"]
STEP_COLUMNS = ["at", "attempt", "state", "phase", "code", "answer", "worker"]


@contextmanager
def _outbox(session: Session, *, keep: bool = True) -> Iterator[Connection]:
    """The database in one transaction, which a dry run takes back."""
    from events.database.engine import write_transaction

    session.store().close()
    with write_transaction(session.engine()) as connection:
        if keep:
            yield connection
            return
        with connection.begin_nested() as tried:
            yield connection
            tried.rollback()


@click.group(context_settings=HELP)
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
    from notifications.outbox import circuit as circuits
    from notifications.outbox import operator as outbox_desk

    with _outbox(session) as connection:
        rows = outbox_desk.messages(connection, state, recipient, limit)
        counts, relays = outbox_desk.state_counts(connection), circuits.failing_relays(connection)
    emit(session, {"messages": rows, "counts": counts, "relays": relays}, rows, COLUMNS)
    for relay in relays:
        until = relay.open_until
        rest = f"left alone until {local(until, session.tz)}" if until else "failing"
        last = f"{local(relay.changed_at, session.tz)}: {printable(relay.last_error)}"
        print_info(session, f"{relay.host}: {rest}; last failed {last}")
    _say_counts(session, counts)


def _say_counts(session: Session, counts: dict[str, int]) -> None:
    words = [f"{counts[state]} {state}" for state in STATES if counts.get(state)]
    print_info(session, ", ".join(words) if words else "nothing was ever planned: pactwatch tick")


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
    from notifications.outbox import operator as outbox_desk

    with _outbox(session) as connection:
        found = outbox_desk.message_details(connection, number)
        content = outbox_desk.message_bytes(connection, number) if message else b""
    if message:
        sys.stdout.buffer.write(content)
        return
    if session.format == "table":
        _say_message(session, found)
        for step in found["steps"]:
            print_data(f"  {_step_line(session, step)}")
    else:
        emit(session, found, found["steps"], STEP_COLUMNS)


def _say_message(session: Session, found: dict[str, Any]) -> None:
    print_data(printable(f"{found['id']}  {found['state']}  to {found['recipient']}"))
    print_data(printable(f"  subject      {found['subject']}"))
    print_data(printable(f"  Message-ID   {found['message_id']}"))
    print_data(f"  planned      {local(found['planned_at'], session.tz)}")
    if found["state"] == "due":
        print_data(f"  due          {local(found['due_at'], session.tz)}")
    if found["location"]:
        print_data(printable(f"  went to      {found['location']}"))
    if found["last_error"]:
        print_data(printable(f"  last error   {found['last_error']}"))


def _step_line(session: Session, step: dict[str, Any]) -> str:
    parts = [
        local(step["at"], session.tz),
        f"attempt {step['attempt']}",
        step["state"],
        f"({step['phase'].replace('_', ' ')})" if step["phase"] else "",
        step["answer"] or "",
        f"[{step['worker']}]" if step["state"] == "leased" else "",
    ]
    return printable("  ".join(part for part in parts if part))


Chosen = Callable[..., Any]


def _choice(command: Chosen) -> Chosen:
    """Which messages, and whether in earnest."""
    options = (
        click.argument("numbers", type=int, nargs=-1),
        click.option("--state", type=click.Choice(STATES), help="Every message in this state."),
        click.option(
            "-n", "--dry-run", is_flag=True, help="Show what would change, change nothing."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _numbers(connection: Connection, numbers: tuple[int, ...], state: str | None) -> list[int]:
    from notifications.outbox.operator import message_ids

    if bool(numbers) == bool(state):
        raise click.UsageError("name messages by number, or all in a state with --state")
    return message_ids(connection, state) if state else list(numbers)


@outbox.command("retry")
@_choice
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
    from notifications.outbox import operator as outbox_desk
    from notifications.tables import create_tables

    with _outbox(session, keep=not dry_run) as connection:
        create_tables(connection)
        chosen = _numbers(connection, numbers, state)
        rows = outbox_desk.retry(connection, chosen, session.now, session.now)
    _done(session, rows, "due at the next turn", dry_run)


@outbox.command("drop")
@_choice
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
    from notifications.outbox import operator as outbox_desk
    from notifications.tables import create_tables

    with _outbox(session, keep=not dry_run) as connection:
        create_tables(connection)
        chosen = _numbers(connection, numbers, state)
        rows = outbox_desk.drop(connection, chosen, reason, session.now)
    _done(session, rows, "dropped", dry_run)


def _done(session: Session, rows: list[dict[str, Any]], what: str, dry_run: bool) -> None:
    document = {"messages": rows, "dry_run": dry_run}
    emit(session, document, rows, ["id", "recipient", "subject", "state"])
    would = "would be " if dry_run else ""
    print_info(session, f"{len(rows)} {would}{what}")
