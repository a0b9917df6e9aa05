"""A turn with nothing to do: it is found to be one through the driver of the store, and recorded.

It loads no SQLAlchemy, so a timer that takes a turn every minute costs little. Where anything at
all may be due, the whole turn is taken.
"""

from __future__ import annotations

import os
from datetime import datetime

from events import EventStore, end_of_second, format_instant, parse_instant
from events.instants import boot_id
from events.table_writer import TableWriter
from notifications.outbox.undelivered import ALL_LISTS, ResendPolicy, undelivered
from notifications.revision import LATEST_REVISION
from notifications.scheduler.last_turn import CLOCK, check_turn_clock, record_turn
from notifications.scheduler.report import TickReport
from tracker.entries.streams import parties_grew_between
from tracker.projections.bring_up import bring_up, has_tables
from tracker.projections.reader import projected

SETTINGS = frozenset({
    "smtp_url", "smtp_password_file", "smtp_timeout", "mail_per_minute", "mail_per_minute_domain",
    "hook_networks", "hook_timeout", "hook_per_minute", "resend_uncertain", "hold_uncertain",
    "heartbeat_url", "mail_from", "opt_in", "bounce_domain", "public_url", "secret_file",
    "templates", "tenant", "imap_url", "mark_links", "imap_password_file", "imap_done_folder",
})  # fmt: skip
"""Settings of mail: where one is given, the whole turn checks it."""
TABLES = (
    "subscriptions", "destinations", "mail_tokens", "suppressions", "bounces", "alert_marks",
    "notification_log", "alerts", "alert_cursor", "outbox", "outbox_attempts", "mail_circuits",
    "turns", "mailbox_fetches",
)  # fmt: skip
IS_DUE = """
    SELECT 1 WHERE EXISTS (
        SELECT 1 FROM subscriptions WHERE removed_at IS NULL
        AND (next_due IS NULL OR next_due <= ? OR escalate_to IS NOT NULL)
    ) OR EXISTS (SELECT 1 FROM outbox WHERE state NOT IN ('sent', 'dead', 'parked'))
      OR EXISTS (SELECT 1 FROM mail_circuits)
      OR EXISTS (SELECT 1 FROM agreements WHERE refold_at <= ?)
      OR EXISTS (SELECT 1 FROM status_changes WHERE at > ? AND at <= ?)
"""
"""Somebody who hears at once, whose digest is due or who escalates; a message to send or to settle;
a relay in trouble; an agreement that the clock changes; a change that was not looked at yet."""


def quiet_turn(store: EventStore, now: datetime) -> TickReport | None:
    """Takes a turn that has nothing to do; None where the whole turn has to be taken."""
    given = {name.upper() for name in os.environ}
    if any(f"PACTWATCH_{name}".upper() in given for name in SETTINGS) or not _is_ready(store):
        return None
    check_turn_clock(store, now)
    transaction = store.write_tables()
    if transaction is None:
        return None
    with transaction as tables:
        if not _is_quiet(store, tables, now):
            return None
        reached = bring_up(store, tables, now)
        tables.execute("UPDATE alert_cursor SET instant = ?", (format_instant(now),))
        record_turn(tables, now, reached.position)
    reader = projected(store)
    return TickReport(
        now,
        reached.projected,
        undelivered=undelivered(store, ResendPolicy.of(ALL_LISTS, "")),
        unreadable=tuple(reader.unreadable()) if reader else (),
    )


def _is_ready(store: EventStore) -> bool:
    """Whether every table is there as this release makes it."""
    if not has_tables(store) or not store.has_tables(*TABLES):
        return False
    package = LATEST_REVISION.rpartition("_")[0]
    query = "SELECT version_num FROM alembic_version WHERE version_num LIKE ?"
    stamped = store.read_table("alembic_version", query, (f"{package}%",))
    return all(revision == LATEST_REVISION for (revision,) in stamped)


def _is_quiet(store: EventStore, tables: TableWriter, now: datetime) -> bool:
    """Whether nothing was recorded since the last turn, and nothing has become due."""
    reader, head = projected(store), store.head()
    if reader is None or reader.position != head or reader.at > now:
        return False
    cursors = tables.rows("SELECT position, instant FROM alert_cursor")
    clocks = tables.rows("SELECT worker FROM turns WHERE name = ?", (CLOCK,))
    if len(cursors) != 1 or clocks != [(boot_id(),)]:
        return False
    position, instant = cursors[0]
    if position != head or parse_instant(instant) > now:
        return False
    soon = end_of_second(now)
    if tables.rows(IS_DUE, (soon, soon, instant, soon)):
        return False
    return not parties_grew_between(store, reader.at, now)
