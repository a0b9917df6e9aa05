"""Fetches bounces from a mailbox on a server: batch by batch, recorded first and settled then.

How it goes is on record, so that `check` and metrics tell of a mailbox that nobody reads.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text

from events import format_instant
from events.batches import batches
from events.database.engine import read_snapshot, write_transaction
from notifications.bounces.imap import open_mailbox
from notifications.bounces.intake import Intake, take_in
from notifications.errors import MailboxError
from notifications.mail.headers import clean_text
from notifications.mail.secret_file import known_secret
from notifications.outbox.undelivered import BOUNCES
from notifications.tables import MailboxFetchRow, create_tables, has_table

if TYPE_CHECKING:
    from notifications.settings import MailSettings

BATCH = 20
"""Messages a transaction: few enough that no writer waits long."""


LONGEST_REASON = 300
FAILURES = text("SELECT failures FROM mailbox_fetches WHERE name = :name")
WENT_WELL = text(
    "INSERT INTO mailbox_fetches (name, failures, tried_at, last_error) VALUES (:name, 0, :at, '') "
    "ON CONFLICT (name) DO UPDATE SET failures = 0, tried_at = excluded.tried_at, "
    "failing_since = NULL, last_error = ''"
)
FAILED = text(
    "INSERT INTO mailbox_fetches (name, failures, tried_at, failing_since, last_error) "
    "VALUES (:name, 1, :at, :at, :reason) ON CONFLICT (name) DO UPDATE SET "
    "failures = mailbox_fetches.failures + 1, tried_at = excluded.tried_at, "
    "failing_since = coalesce(mailbox_fetches.failing_since, excluded.failing_since), "
    "last_error = excluded.last_error"
)


def fetch_bounces(
    engine: Engine, settings: MailSettings, now: datetime, *, dry_run: bool = False
) -> Intake:
    """Takes in every message that waits in the mailbox; with `dry_run` nothing changes anywhere.

    Raises MailboxError where it cannot be read, once that is on record.
    """
    try:
        intake = _take_in_mailbox(engine, settings, now, dry_run=dry_run)
    except MailboxError as error:
        if settings.imap_url and not dry_run:
            values = {"at": format_instant(now), "reason": clean_text(str(error), LONGEST_REASON)}
            with write_transaction(engine) as connection:
                create_tables(connection)
                connection.execute(FAILED, {"name": BOUNCES, **values})
        raise
    if not dry_run:
        _record_success(engine, now)
    return intake


def _record_success(engine: Engine, now: datetime) -> None:
    """Ends a row of failures; nothing is written where there was none."""
    with read_snapshot(engine) as connection:
        is_known = has_table(connection, MailboxFetchRow)
        if is_known and connection.execute(FAILURES, {"name": BOUNCES}).scalar() == 0:
            return
    with write_transaction(engine) as connection:
        create_tables(connection)
        connection.execute(WENT_WELL, {"name": BOUNCES, "at": format_instant(now)})


def _take_in_mailbox(
    engine: Engine, settings: MailSettings, now: datetime, *, dry_run: bool
) -> Intake:
    intake, secret = Intake(), known_secret(settings)
    with open_mailbox(settings, read_only=dry_run) as mailbox:
        waiting = mailbox.waiting()
        # Counts add up within a transaction, and a dry run keeps none of them for the next.
        for uids in batches(waiting, len(waiting) if dry_run else BATCH):
            # Read before the transaction, so that a slow server holds up no writer.
            arrived = [message for uid in uids if (message := mailbox.read(uid)) is not None]
            with write_transaction(engine) as connection, connection.begin_nested() as savepoint:
                intake += take_in(connection, arrived, secret, now)
                if dry_run:
                    savepoint.rollback()
            if not dry_run:
                mailbox.settle(uids)
    return intake
