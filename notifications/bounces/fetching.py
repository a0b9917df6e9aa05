"""Fetches bounces from a mailbox on a server: batch by batch, recorded first and settled then."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from events.batches import batches
from events.database.engine import write_transaction
from notifications.bounces.imap import open_mailbox
from notifications.bounces.intake import Intake, take_in
from notifications.mail.secret_file import known_secret

if TYPE_CHECKING:
    from notifications.settings import MailSettings

BATCH = 20
"""Messages a transaction: few enough that no writer waits long."""


def fetch_bounces(
    engine: Engine, settings: MailSettings, now: datetime, *, dry_run: bool = False
) -> Intake:
    """Takes in every message that waits in the mailbox; with `dry_run` nothing changes anywhere."""
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
