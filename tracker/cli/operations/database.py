"""The `db` commands: init, info, upgrade, backup, publish, restore."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from events.address import is_postgres, sqlite_path
from events.files import read_text
from events.wording import plural
from tracker.cli.operations.projections import recorded_checkpoint
from tracker.entries import streams
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import HELP, now_option, pass_session, tlp_option
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import Progress, instant_text, print_heading, print_info

if TYPE_CHECKING:
    from events.transparency.checkpoints import TreeHead


@click.group(cls=CommandGroup, context_settings=HELP)
def db() -> None:
    """Create, upgrade, back up and inspect the database.

    \b
    Examples:
      pactwatch db init
      pactwatch db backup monday.db
      pactwatch --db sqlite:///desk.db db info
    """


@db.command("init")
@pass_session
def db_init(session: Session) -> None:
    """Create the database, or say that it is there.

    \b
    Examples:
      pactwatch db init
      PACTWATCH_DB=sqlite:///desk.db pactwatch db init
    """
    with closing(session.complete_store()) as store:
        head = store.head()
    document = {"db": session.printable_db, "position": head}
    emit(session, document)
    if is_postgres(session.db):
        from events.database.comparison import role_differences
        from events.database.engine import read_snapshot

        with read_snapshot(session.engine()) as connection:
            for each in role_differences(connection):
                print_info(session, f"{each.words}; for others to use it: {each.hint}")
    print_info(session, "next: pactwatch import FILE, or pactwatch demo")


@db.command("info")
@pass_session
def db_info(session: Session) -> None:
    """Say what the database holds and how far the projections are.

    \b
    Examples:
      pactwatch db info
      pactwatch db info --json
    """
    with closing(session.store()) as store:
        head, agreements = store.head(), len(streams.agreement_ids(store))
    projected = recorded_checkpoint(session)
    document = {
        "db": session.printable_db,
        "position": head,
        "agreements": agreements,
        "projected_position": projected.position if projected else None,
        "projected_at": instant_text(session, projected.projected_at) if projected else None,
    }
    emit(session, document)


@db.command("upgrade")
@pass_session
def db_upgrade(session: Session) -> None:
    """Bring a database made by an earlier version to the schema of this one.

    Also makes again what is missing or altered there: triggers that guard the log, indexes, views.
    All of it or nothing; the bytes of events are not touched. Take a backup first.

    \b
    Examples:
      pactwatch db upgrade
    """
    from events.database.upgrade import upgrade

    if not is_postgres(session.db) and not Path(sqlite_path(session.db)).exists():
        session.store().close()  # refuses what is not there; an upgrade would make it
    done = upgrade(session.db, session.packages)
    rows = [{"migration": name} for name in done.applied]
    document = {"db": session.printable_db, "applied": done.applied, "mended": done.mended}
    emit(session, document, rows, ["migration"])
    for words in done.mended:
        print_info(session, f"found and mended: {words}")
    if not done.applied:
        print_heading(session, "nothing to upgrade: the database is of this version already")


@db.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_session
def db_backup(session: Session, file: Path) -> None:
    """Copy the database into a new file while others go on writing, and verify the copy.

    The file is a SQLite database, also when this one is PostgreSQL; projections are left to be
    made anew. Keep the checkpoint that is printed apart from it.

    \b
    Examples:
      pactwatch db backup monday.db
    """
    from events.database.backup import backup

    with Progress(session, "copied") as progress:
        head = backup(session.db, file, session.packages, progress)
    emit_copied(session, file, head)


@db.command("publish")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@tlp_option
@now_option
@pass_session
def db_publish(session: Session, file: Path) -> None:
    """Write the views of dashboards as tables into a SQLite file that holds nothing else.

    It shows what the ceiling lets through, CLEAR where none is given, and neither addresses nor
    mail. Written again it takes the place of the last edition, also while it is read; `pactwatch
    run --publish FILE` does so whenever something has changed.

    \b
    Examples:
      pactwatch db publish dashboards.db
      pactwatch db publish internal.db --tlp AMBER
    """
    from tracker.entries.tlp import OPEN, marking
    from tracker.projections.reporting.publishing import publish

    session.set_ceiling(session.tlp or OPEN)
    with closing(session.visible_store()) as store, Progress(session, "published") as progress:
        publication = publish(store, file, session.now, progress)
    document = {
        "db": session.printable_db,
        "file": str(file),
        "tlp": session.tlp,
        "events": publication.events,
        "tables": publication.tables,
    }
    rows = [{"table": name, "rows": count} for name, count in publication.tables.items()]
    emit(session, document, rows, ["table", "rows"])
    events = plural(publication.events, "event")
    print_info(session, f"{marking(session.tlp or OPEN)}, from {events}: {file}")


@db.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--checkpoint",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint kept elsewhere that the backup has to extend.",
)
@pass_session
def db_restore(session: Session, file: Path, checkpoint: Path | None) -> None:
    """Verify a backup and put it into an empty database, of either engine.

    \b
    Examples:
      pactwatch --db sqlite:///new.db db restore monday.db
      pactwatch --db postgresql://localhost/pactwatch db restore monday.db
    """
    from events.database.backup import restore
    from events.transparency.checkpoints import parse_checkpoint

    heads = [parse_checkpoint(read_text(checkpoint)).head] if checkpoint else []
    with Progress(session, "restored") as progress:
        restored = restore(file, session.db, session.packages, heads, progress)
    emit_copied(session, file, restored.head)
    if restored.left_behind:
        print_info(session, f"left behind, none of ours: {', '.join(restored.left_behind)}")
    print_info(session, "next: pactwatch projection rebuild --yes")


def emit_copied(session: Session, file: Path, head: TreeHead) -> None:
    """Prints which file, and the size and root of the log in it."""
    document = {
        "db": session.printable_db,
        "file": str(file),
        "position": head.size,
        "root": head.root_text,
    }
    emit(session, document, [document], ["file", "position", "root"])
