"""The commands about projection tables."""

from __future__ import annotations

from contextlib import closing, nullcontext
from typing import TYPE_CHECKING

import click
from msgspec.structs import asdict

from tracker.errors import TrackerError
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import HELP, confirm, now_option, pass_session
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import Progress, instant_text, print_info

if TYPE_CHECKING:
    from tracker.projections.bring_up import ProjectionCheckpoint


@click.group(cls=CommandGroup, context_settings=HELP)
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
    from tracker.projections.bring_up import PROJECTION

    with closing(session.reading_store()) as store:
        head = store.head()
    projected = recorded_checkpoint(session)
    rules = "none yet"
    if projected is not None:
        # Rows of another release's rules are made anew by the next turn.
        rules = "current" if projected.is_current else "of another release"
    row = {
        "projection": PROJECTION,
        "version": projected.version if projected else 0,
        "rules": rules,
        "position": projected.position if projected else 0,
        "head_position": head,
        "lag_events": head - (projected.position if projected else 0),
        "projected_at": instant_text(session, projected.projected_at) if projected else None,
    }
    emit(session, {"projections": [row]}, [row])


def recorded_checkpoint(session: Session) -> ProjectionCheckpoint | None:
    """Reads how far the projections have come; None before there are any."""
    from tracker.projections import catch_up

    with session.snapshot() as connection:
        return catch_up.recorded_checkpoint(connection)


@projection.command("rebuild")
@click.argument("name", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would change, change nothing.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    show_default="one a core, up to 4, for a large log; else 1",
    show_envvar=True,
    help="Processes that fold agreements side by side; one more writes.",
)
@now_option
@pass_session
def projection_rebuild(
    session: Session, name: str | None, yes: bool, dry_run: bool, jobs: int | None
) -> None:
    """Fold every event anew beside the live tables, then take their place in one transaction.

    Readers, ticks and imports go on meanwhile; alerts and mail are untouched. A dry run counts the
    rows of each table that would be added, removed and changed.

    \b
    Examples:
      pactwatch projection rebuild --dry-run
      pactwatch projection rebuild --yes
      pactwatch projection rebuild status --yes
      pactwatch projection rebuild --yes --jobs 4
    """
    from tracker.projections.bring_up import PROJECTION

    if name not in (None, PROJECTION):
        raise TrackerError(
            f"unknown projection {name!r}; known: {PROJECTION}",
            hint="pactwatch projection list",
        )
    if dry_run:
        compare_tables(session)
        return
    confirm(yes, "Rebuild every projection table?", "pactwatch projection rebuild --yes")
    rebuild_tables(session, jobs)


def compare_tables(session: Session) -> None:
    """Prints how many rows of each table a rebuild would add, remove and change."""
    from tracker.projections.rebuild import compared

    with closing(session.store()) as store, Progress(session, "agreements projected") as progress:
        differences = compared(store, session.engine(), session.now, progress)
    rows = [asdict(each) for each in differences]
    emit(session, {"dry_run": True, "tables": rows}, rows)
    print_info(
        session,
        "a rebuild would change rows" if any(differences) else "a rebuild would change nothing",
    )


def rebuild_tables(session: Session, jobs: int | None) -> None:
    """Makes every table anew, at the instant that the live ones stand for or now.

    Without `jobs` a large log is folded by several processes.
    """
    from tracker.projections.bring_up import PROJECTION
    from tracker.projections.processes import Processes, paying_jobs
    from tracker.projections.rebuild import rebuild

    with closing(session.store()) as store:
        jobs = jobs or paying_jobs(store.head())
        with (
            Processes(session.db, jobs) if jobs > 1 else nullcontext() as processes,
            Progress(session, "agreements projected") as progress,
        ):
            result = rebuild(store, session.engine(), session.now, progress, processes)
    projected = recorded_checkpoint(session)
    row = {
        "projection": PROJECTION,
        "version": projected.version if projected else 1,
        "agreements": result.folded,
        "position": result.position,
        "projected_at": instant_text(session, result.projected_at),
    }
    emit(session, row)
