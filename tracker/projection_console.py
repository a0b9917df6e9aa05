"""The commands about projection tables."""

from __future__ import annotations

from contextlib import closing

import click

from tracker.console_options import HELP, confirm, now_option, pass_session
from tracker.errors import TrackerError
from tracker.session import Session
from tracker.show import Progress, emit, shown


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
        "position": reached[0] if reached else 0,
        "head_position": head,
        "lag_events": head - (reached[0] if reached else 0),
        "projected_at": shown(reached[1], "UTC") if reached else None,
    }
    emit(session, {"projections": [row]}, [row], list(row))


@projection.command("rebuild")
@click.argument("name", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@now_option
@pass_session
def projection_rebuild(session: Session, name: str | None, yes: bool) -> None:
    """Empty the projection tables and fold every event again; alerts and mail are untouched.

    \b
    Examples:
      pactwatch projection rebuild --yes
    """
    from events.engine import writing
    from tracker import projections

    if name not in (None, projections.PROJECTION):
        raise TrackerError(
            f"unknown projection {name!r}; known: {projections.PROJECTION}",
            hint="pactwatch projection list",
        )
    confirm(yes, "Rebuild every projection table?", "projection rebuild --yes")
    with closing(session.store()) as store, writing(session.engine()) as connection:
        at = projections.checkpoint(connection)
        progress = Progress("agreements projected", quiet=session.quiet)
        done = projections.rebuild(store, connection, None if at else session.now, progress)
        progress.close()
    row = {
        "projection": projections.PROJECTION,
        "agreements": done.folded,
        "position": done.position,
        "projected_at": shown(done.projected_at, "UTC"),
    }
    emit(session, row, [row], list(row))
