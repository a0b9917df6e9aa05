"""The commands about projection tables."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click
from msgspec.structs import asdict

from tracker.errors import TrackerError
from tracker.terminal.options import HELP, confirm, now_option, pass_session
from tracker.terminal.output import emit
from tracker.terminal.progress import Progress
from tracker.terminal.session import Session
from tracker.terminal.text import format_local, print_info

if TYPE_CHECKING:
    from tracker.projections.catch_up import Checkpoint


@click.group(context_settings=HELP)
def projection() -> None:
    """List and rebuild the projection tables.

    \b
    Examples:
      pactwatch projection list
      pactwatch projection rebuild --yes
    """


@projection.command("list")
@pass_session
def projection_list(session: Session) -> None:
    """How far each projection has read.

    \b
    Examples:
      pactwatch projection list
    """
    from events.database.engine import read_snapshot
    from tracker.projections import catch_up as projections

    with closing(session.store()) as store:
        head = store.head()
    with read_snapshot(session.engine()) as connection:
        reached = projections.recorded_checkpoint(connection)
    row = {
        "projection": projections.PROJECTION,
        "version": reached.version if reached else 0,
        "rules": _rules(reached),
        "position": reached.position if reached else 0,
        "head_position": head,
        "lag_events": head - (reached.position if reached else 0),
        "projected_at": format_local(reached.projected_at, "UTC") if reached else None,
    }
    emit(session, {"projections": [row]}, [row], list(row))


def _rules(reached: Checkpoint | None) -> str:
    """Whose rules made the rows; those of another release are made anew by the next turn."""
    if reached is None:
        return "none yet"
    return "current" if reached.is_current else "of another release"


@projection.command("rebuild")
@click.argument("name", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would change, change nothing.")
@now_option
@pass_session
def projection_rebuild(session: Session, name: str | None, yes: bool, dry_run: bool) -> None:
    """Fold every event anew beside the live tables, then take their place in one transaction.

    Readers, ticks and imports go on meanwhile; alerts and mail are untouched. A dry run counts the
    rows of each table that would be added, removed and changed.

    \b
    Examples:
      pactwatch projection rebuild --dry-run
      pactwatch projection rebuild --yes
      pactwatch projection rebuild status --yes
    """
    from tracker.projections import catch_up as projections

    if name not in (None, projections.PROJECTION):
        raise TrackerError(
            f"unknown projection {name!r}; known: {projections.PROJECTION}",
            hint="pactwatch projection list",
        )
    if dry_run:
        _compare(session)
        return
    confirm(yes, "Rebuild every projection table?", "pactwatch projection rebuild --yes")
    _rebuild(session)


def _compare(session: Session) -> None:
    from tracker.projections.rebuild import compared

    with closing(session.store()) as store:
        live, progress = _live(session), _progress(session)
        differences = compared(store, session.engine(), None if live else session.now, progress)
        progress.close()
    rows = [asdict(each) for each in differences]
    emit(session, {"dry_run": True, "tables": rows}, rows, list(rows[0]))
    print_info(
        session,
        "a rebuild would change rows" if any(differences) else "a rebuild would change nothing",
    )


def _rebuild(session: Session) -> None:
    from tracker.projections import catch_up as projections
    from tracker.projections.rebuild import rebuild

    with closing(session.store()) as store:
        live, progress = _live(session), _progress(session)
        done = rebuild(store, session.engine(), None if live else session.now, progress)
        progress.close()
    row = {
        "projection": projections.PROJECTION,
        "version": live.version + 1 if live else 1,
        "agreements": done.folded,
        "position": done.position,
        "projected_at": format_local(done.projected_at, "UTC"),
    }
    emit(session, row, [row], list(row))


def _live(session: Session) -> Checkpoint | None:
    from events.database.engine import write_transaction
    from tracker.projections import catch_up as projections

    with write_transaction(session.engine()) as connection:
        return projections.checkpoint(connection)


def _progress(session: Session) -> Progress:
    return Progress("agreements projected", quiet=session.quiet)
