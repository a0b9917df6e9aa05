"""The commands about projection tables."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from tracker.console_options import HELP, confirm, now_option, pass_session
from tracker.errors import TrackerError
from tracker.session import Session
from tracker.show import Progress, emit, shown

if TYPE_CHECKING:
    from tracker.projections import Checkpoint


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
    from events.engine import writing
    from tracker import projections

    with closing(session.store()) as store:
        head = store.head()
    with writing(session.engine()) as connection:
        reached = projections.checkpoint(connection)
    row = {
        "projection": projections.PROJECTION,
        "version": reached.version if reached else 0,
        "rules": _rules(reached),
        "position": reached.position if reached else 0,
        "head_position": head,
        "lag_events": head - (reached.position if reached else 0),
        "projected_at": shown(reached.projected_at, "UTC") if reached else None,
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
@now_option
@pass_session
def projection_rebuild(session: Session, name: str | None, yes: bool) -> None:
    """Fold every event anew beside the live tables, then take their place in one transaction.

    Readers, ticks and imports go on meanwhile; alerts and mail are untouched.

    \b
    Examples:
      pactwatch projection rebuild --yes
      pactwatch projection rebuild status --yes
    """
    from events.engine import writing
    from tracker import projections
    from tracker.rebuilding import rebuild

    if name not in (None, projections.PROJECTION):
        raise TrackerError(
            f"unknown projection {name!r}; known: {projections.PROJECTION}",
            hint="pactwatch projection list",
        )
    confirm(yes, "Rebuild every projection table?", "projection rebuild --yes")
    engine = session.engine()
    with closing(session.store()) as store:
        with writing(engine) as connection:
            live = projections.checkpoint(connection)
        progress = Progress("agreements projected", quiet=session.quiet)
        done = rebuild(store, engine, None if live else session.now, progress)
        progress.close()
    row = {
        "projection": projections.PROJECTION,
        "version": live.version + 1 if live else 1,
        "agreements": done.folded,
        "position": done.position,
        "projected_at": shown(done.projected_at, "UTC"),
    }
    emit(session, row, [row], list(row))
