"""The `search` command: entries by their words."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from tracker.cli.entry_filter import filter_of, filter_options
from tracker.terminal.completion import agreements
from tracker.terminal.options import HELP, pass_session, tlp_option
from tracker.terminal.output import emit, print_tlp_marking
from tracker.terminal.session import Session
from tracker.terminal.text import print_heading


@click.command("search", context_settings={**HELP, "ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--agreement", shell_complete=agreements, help="Of this agreement.")
@filter_options
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=20,
    metavar="N",
    show_default=True,
    help="Only the newest N.",
)
@tlp_option
@pass_session
def search(
    session: Session,
    /,
    words: tuple[str, ...],
    agreement: str | None,
    limit: int,
    **options: Any,
) -> None:
    """Entries that have every word, newest first: in promises, texts, quotes, notes and titles.

    A word is found wherever one begins with it, without regard to capitals and accents. Each
    hit shows the text with its words marked; `pactwatch event show 17` shows all of #17. An
    entry counts as it now reads: what was corrected away or erased is not found, and what was
    retracted is marked.

    \b
    Examples:
      pactwatch search substation
      pactwatch search prisoners exchange --since 2025-03-01 --until 2025-03-20
      pactwatch search удар --agreement energy-pause-2025 --json
    """
    from tracker.cli.views.timeline import show_hits
    from tracker.queries.search import search as entries_with

    text = " ".join(words)
    entry_filter = filter_of(options, text)
    with closing(session.visible_store()) as store:
        document = entries_with(store, text, agreement, entry_filter, limit)
    rows = document["entries"]
    emit(session, document, rows, HIT_COLUMNS, draw=lambda: show_hits(rows))
    if not rows:
        print_heading(session, f"no entry has {text!r}")
    if document["more"]:
        print_heading(session, f"there are more: add --limit {limit * 5}")
    print_tlp_marking(session, document)


HIT_COLUMNS = ["position", "occurred", "stream", "commitment", "what", "speaker", "text",
               "standing", "author", "id"]  # fmt: skip
