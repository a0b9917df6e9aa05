"""The commands that write the board as files."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec.structs import asdict

from events.wording import first_few
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import HELP, pass_session, read_by
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import Progress, print_info
from web.cli.options import base_url_option, board_settings, tlp_option

NAMED = 10
"""How many files that could not be made are named in the error."""


@click.group("site", cls=CommandGroup, context_settings=HELP)
def site() -> None:
    """The board as files that any web server, or none, can serve.

    \b
    Examples:
      pactwatch site build public
    """


def _as_typed(session: Session, text: str) -> str:
    """An instant as it was typed, as the addresses of pages have it; raises for what is none."""
    session.instant(text)
    return text


@site.command("build")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--as-of",
    metavar="T",
    callback=read_by(_as_typed),
    help="The world as of this instant: a dated archive.",
)
@click.option(
    "--known-at",
    metavar="T",
    callback=read_by(_as_typed),
    help="Only what was recorded by this instant.",
)
@base_url_option
@tlp_option
@pass_session
def build(
    session: Session,
    directory: Path,
    as_of: str | None,
    known_at: str | None,
    base_url: str | None,
    ceiling: str | None,
) -> None:
    """Write every page, feed and document into DIRECTORY; all of it, or nothing.

    A file that cannot be made says so in its place, is named at the end, and makes the exit code 1.
    Links are relative, so the pages also work opened from the disk. A directory that holds
    something else than an earlier build is refused.

    \b
    Examples:
      pactwatch site build public
      pactwatch site build archive/2025-04-17 --as-of 2025-04-17
    """
    from web.errors import SiteIncomplete
    from web.export import export

    session.visible_store().close()
    settings = board_settings(session, base_url or "http://localhost/", ceiling)
    with Progress(session, "agreements written") as progress:
        written = export(settings, directory, as_of or "", known_at or "", progress)
    failed = [f"{each.file} ({each.reason})" for each in written.failed]
    document = {
        "directory": str(directory),
        "files": written.files,
        "failed": [asdict(each) for each in written.failed],
    }
    words = f"wrote {written.files} files into {directory}"
    emit(session, document, draw=lambda: print_info(session, words))
    if failed:
        raise SiteIncomplete(
            f"{len(failed)} files could not be made: {first_few(failed, NAMED)}",
            hint="each says so in its place, and every other file is whole; all of them: --json",
        )
