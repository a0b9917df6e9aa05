"""The `check` command: what wants attention, for cron and CI."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from events import EventStore
from tracker.errors import CheckFailed
from tracker.terminal.completion import words_of_check
from tracker.terminal.options import (
    HELP,
    instants,
    lag_after_option,
    now_option,
    pass_session,
    print_clocks,
    query_options,
    read_by,
    tag_option,
)
from tracker.terminal.output import document_head, emit, print_tlp_marking
from tracker.terminal.session import Session
from tracker.terminal.tables import print_table
from tracker.terminal.text import format_local, print_info

if TYPE_CHECKING:
    from tracker.queries.checks import CheckRow


def _words(_session: Session, given: tuple[str, ...]) -> tuple[str, ...]:
    from tracker.queries import checks

    return checks.words_of(given)


CHECK_COLUMNS = ["check", "agreement", "commitment", "since", "found", "hint"]


@click.command("check", context_settings=HELP)
@click.option(
    "--fail-on",
    "given",
    multiple=True,
    metavar="WORDS",
    show_envvar=True,
    shell_complete=words_of_check,
    callback=read_by(_words),
    help="What to look for, with commas (default: overdue,lapsed,stale,unreadable,lag,tamper).",
)
@lag_after_option
@query_options
@tag_option
@now_option
@pass_session
def check(
    session: Session,
    given: tuple[str, ...],
    lag_after: timedelta,
    tag: str | None,
    as_of: datetime | None,
    known_at: datetime | None,
) -> None:
    """Look for what wants attention; exit 4 when something matches, for cron and CI.

    Of commitments: overdue, lapsed, violated, suspended, due_soon, contested_end,
    withdrawal_soon, offer_expires_soon, condition_due_soon, due_while_conditional, stale, alleged,
    disputed, confirmed, contested (any of these three), terms_disputed, suspension_contested,
    periods_missed, single_source, release_available, lint (what `commitment add` points out: no
    end, a renewal without notice, a moment that can never come). Of agreements: unreadable (an
    entry of it cannot be applied, so nothing is known of it). Of the record: lag (projections are
    behind the log, or the last turn is too long ago, or as far ahead), mail (a message is held,
    parked or given up, or a reader's address is suppressed), tamper (the log is not what was
    recorded).

    \b
    Examples:
      pactwatch check
      pactwatch check --fail-on overdue,lapsed,contested --json
      pactwatch check --tag energy
      pactwatch check --fail-on lag,mail --lag-after PT10M
    """
    from tracker.queries import checks

    checked = given or checks.DEFAULT
    at, known = instants(session, as_of, known_at)
    rows = record_checks(session, checked, lag_after)
    if not any(row["check"] == "tamper" for row in rows):
        with closing(session.visible_store()) as store:
            rows = checks.commitments(store, checked, at, known, tag) + rows
    document = {
        **document_head(at, known, (row["tlp"] for row in rows)),
        "checked": list(checked),
        "ok": not rows,
        "found": rows,
    }
    print_clocks(session, at, known)
    emit(session, document, rows, CHECK_COLUMNS, draw=lambda: show_findings(rows, session.tz))
    if rows:
        print_tlp_marking(session, document)
        counts = Counter(row["check"] for row in rows)
        words_found = ", ".join(f"{count} {word}" for word, count in counts.items())
        raise CheckFailed(words_found, hint=rows[0]["hint"])
    print_info(session, f"nothing found: {', '.join(checked)}")


def show_findings(rows: Sequence[CheckRow], zone: str) -> None:
    """Prints one row a finding; nothing without any."""
    cells = [
        {
            "check": row["check"],
            "about": row["commitment"] or row["agreement"] or "the record",
            "found": row["found"],
            "since": format_local(row["since"], zone),
        }
        for row in rows
    ]
    if cells:
        print_table(cells, list(cells[0]))


def record_checks(session: Session, words: tuple[str, ...], limit: timedelta) -> list[CheckRow]:
    """Checks the log as a whole, whatever the ceiling."""
    from tracker.queries import checks

    if not set(words) & set(checks.OF_RECORD):
        return []
    with closing(session.reading_store()) as store:
        rows = checks.tamper(lambda: first_damage(session, store)) if "tamper" in words else []
        if "lag" in words:
            projected = checks.projection_lag(store, session.alerting.last_turn(store))
            rows += checks.lag(projected, store.head(), session.now, limit)
        if "mail" in words:
            rows += checks.mail(session.alerting.undelivered(store))
    return rows


def first_damage(session: Session, store: EventStore) -> str | None:
    """Finds the first damage of the log, also against the checkpoint of the witness.

    Else what no longer keeps the database from changing it.
    """
    from events.transparency import verification
    from events.transparency.witness import witnessed_checkpoint

    witnessed = witnessed_checkpoint(session.witness) if session.witness else None
    result = verification.verify(store, (witnessed.head,) if witnessed else ())
    if result.damage:
        return f"position {result.damage.position}: {result.damage.what}"
    return "; ".join(result.unguarded) or None
