"""The commands about mail that came back: bounce import, list, lift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.terminal.cells import printable
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import HELP, now_option, pass_session, with_options
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import print_info

if TYPE_CHECKING:
    from notifications.bounces.intake import Intake

MOST_OTHERS = 20
OUTCOME_COLUMNS = ["kind", "address", "status", "verdict", "outcome", "detail"]
BOUNCE_COLUMNS = ["id", "at", "kind", "address", "status", "verdict", "detail"]
SUPPRESSION_COLUMNS = ["address", "reason", "at", "detail", "lifted_at", "lifted_because"]

lift_options = with_options(
    [
        click.argument("address"),
        click.option("--reason", required=True, help="Why it may have mail again; kept on record."),
        now_option,
    ]
)


@click.group(cls=CommandGroup, context_settings=HELP)
def bounce() -> None:
    """Mail that came back or was not wanted, and the addresses that get none for it.

    \b
    Examples:
      pactwatch bounce import /var/mail/bounces
      pactwatch bounce list --suppressed
    """


@bounce.command("import")
@click.argument("file", type=click.Path(exists=True, allow_dash=True))
@now_option
@pass_session
def bounce_import(session: Session, file: str) -> None:
    """Take in reports from a file, an mbox, a maildir, a folder, or - for standard input.

    Read are delivery reports (RFC 3464, RFC 6533, and in prose at an address that was signed for
    one message), complaints (RFC 5965, Outlook.com) and mail to the unsubscribe address. An address
    that is gone and a complaint stop it; other failures are counted, once a message. What a server
    refuses for our sake stops nobody and is told by `check --fail-on mail`. Only reports about
    messages sent from here have an effect, and each counts once.

    \b
    Examples:
      pactwatch bounce import bounces.mbox
      pactwatch bounce import ~/Maildir --json
    """
    from notifications.bounces.intake import take_in
    from notifications.bounces.mailbox_files import messages_in
    from notifications.mail.secret_file import known_secret
    from notifications.settings import MailSettings

    arrived, secret = list(messages_in(file)), known_secret(MailSettings())
    with session.transaction() as connection:
        intake = take_in(connection, arrived, secret, session.now)
    emit_intake(session, intake)


@bounce.command("fetch")
@click.option(
    "-n", "--dry-run", is_flag=True, help="Show what it would do; mark, move, record nothing."
)
@now_option
@pass_session
def bounce_fetch(session: Session, dry_run: bool) -> None:
    """Take in reports from the mailbox of PACTWATCH_IMAP_URL, which `run` does by itself.

    What is read there, and what comes of it, is as for `bounce import`. Each message is marked as
    seen, or moved to PACTWATCH_IMAP_DONE_FOLDER, once it is recorded: a fetch that was stopped is
    simply run again.

    \b
    Examples:
      pactwatch bounce fetch --dry-run
      PACTWATCH_IMAP_URL=imaps://bounces@imap.example.org pactwatch bounce fetch
    """
    from notifications.bounces.fetching import fetch_bounces
    from notifications.settings import MailSettings

    session.store().close()
    intake = fetch_bounces(session.engine(), MailSettings(), session.now, dry_run=dry_run)
    emit_intake(session, intake, dry_run=dry_run)


def emit_intake(session: Session, intake: Intake, *, dry_run: bool = False) -> None:
    """What messages that arrived have led to; those that were no report by name."""
    from msgspec.structs import asdict

    rows = [asdict(outcome) for outcome in intake.outcomes]
    document = {
        "messages": intake.messages,
        "without_report": len(intake.others),
        "reports": rows,
        "unsubscribed": intake.unsubscribed,
        "others": [asdict(other) for other in intake.others],
        "dry_run": dry_run,
    }
    emit(session, document, rows, OUTCOME_COLUMNS)
    print_info(session, f"{intake.words}{'; nothing was changed' if dry_run else ''}")
    for other in intake.others[:MOST_OTHERS]:
        print_info(session, f"  {printable(other.words)}")
    if len(intake.others) > MOST_OTHERS:
        print_info(session, f"  and {len(intake.others) - MOST_OTHERS} more; --json names all")


@bounce.command("list")
@click.option("--suppressed", is_flag=True, help="The addresses that get no mail, and why.")
@pass_session
def bounce_list(session: Session, suppressed: bool) -> None:
    """Every report taken in, or with --suppressed the addresses stopped, those lifted included.

    \b
    Examples:
      pactwatch bounce list
      pactwatch bounce list --suppressed --json
    """
    from msgspec.structs import asdict

    from notifications.bounces.recording import all_bounces
    from notifications.subscriptions.suppression import all_suppressions

    with session.snapshot() as connection:
        records = all_suppressions(connection) if suppressed else all_bounces(connection)
    rows = [asdict(record) for record in records]
    name = "suppressions" if suppressed else "bounces"
    emit(session, {name: rows}, rows, SUPPRESSION_COLUMNS if suppressed else BOUNCE_COLUMNS)


@bounce.command("lift")
@lift_options
@pass_session
def bounce_lift(session: Session, address: str, reason: str) -> None:
    """Let an address have mail again; the same as `suppression lift`.

    \b
    Examples:
      pactwatch bounce lift me@example.org --reason "mailbox was full, is emptied"
    """
    lift(session, address, reason)


@click.group(cls=CommandGroup, context_settings=HELP)
def suppression() -> None:
    """Addresses that get no mail: after a bounce for good, many failures, or a complaint.

    \b
    Examples:
      pactwatch suppression list
      pactwatch suppression lift me@example.org \\
          --reason "mailbox was full, is emptied"
    """


@suppression.command("list")
@click.option("--all", "every", is_flag=True, help="Those lifted since as well.")
@pass_session
def suppression_list(session: Session, every: bool) -> None:
    """The addresses that get no mail, since when and why.

    \b
    Examples:
      pactwatch suppression list
      pactwatch suppression list --all --json
    """
    from msgspec.structs import asdict

    from notifications.subscriptions.suppression import all_suppressions

    with session.snapshot() as connection:
        records = all_suppressions(connection)
    rows = [asdict(record) for record in records if every or record.lifted_at is None]
    emit(session, {"suppressions": rows}, rows, SUPPRESSION_COLUMNS)
    if not rows:
        print_info(session, "every address gets mail")


@suppression.command("lift")
@lift_options
@pass_session
def suppression_lift(session: Session, address: str, reason: str) -> None:
    """Let an address have mail again.

    \b
    Examples:
      pactwatch suppression lift me@example.org \\
          --reason "mailbox was full, is emptied"
    """
    lift(session, address, reason)


def lift(session: Session, address: str, reason: str) -> None:
    from events import format_instant
    from notifications.subscriptions.suppression import lift_suppression

    with session.transaction() as connection:
        lift_suppression(connection, address, reason, session.now)
    row = {"address": address, "lifted_at": format_instant(session.now), "lifted_because": reason}
    emit(session, row)
    print_info(session, f"next: pactwatch subscribe list shows whether {address} hears again")
