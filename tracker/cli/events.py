"""The `event` commands: list and show entries, and redact one."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from events import EventStore
from tracker.cli.entering.amending import event_correct, event_retract
from tracker.cli.entry_filter import filter_of, filter_options
from tracker.cli.views.entries import show_entry
from tracker.cli.views.timeline import show_timeline
from tracker.entries.tlp import highest
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.completion import agreements
from tracker.terminal.options import (
    HELP,
    after_option,
    confirm,
    entry_argument,
    known_at_option,
    pass_session,
    print_clocks,
    query_options,
    tlp_option,
    yes_option,
)
from tracker.terminal.output import emit, print_tlp_marking
from tracker.terminal.session import Session
from tracker.terminal.text import print_heading, print_info

if TYPE_CHECKING:
    from tracker.queries.timeline import TimelineRow


@click.group(cls=CommandGroup, context_settings=HELP)
def event() -> None:
    """List, show, correct, retract and redact single events.

    ENTRY is the number of an entry as `event list` shows it, its id, the first letters of its id,
    or `last`.

    \b
    Examples:
      pactwatch event list energy-pause-2025
      pactwatch event show 17
      pactwatch event correct ds-ep-002 occurred=2025-03-17 \\
          --reason "the post is of the 17th" -n
      pactwatch event retract ds-ep-002 --reason "entered twice" -n
      pactwatch event redact ds-ep-002 --yes
    """


IN_EFFECT = "in effect as of"
EVENT_COLUMNS = ["position", "recorded_at", "effective_at", "stream", "type", "id", "standing",
                 "occurred", "commitment", "what", "speaker", "text", "author",
                 "promise", "source.url"]  # fmt: skip


@event.command("list")
@click.argument("stream", required=False, metavar="[AGREEMENT]", shell_complete=agreements)
@after_option
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=100,
    metavar="N",
    show_default=True,
    help="At most N of them.",
)
@click.option(
    "--by",
    type=click.Choice(("recorded", "date")),
    default="recorded",
    show_default=True,
    help="In which order: as it was recorded, or as it happened.",
)
@filter_options
@click.option("--search", "words", metavar="WORDS", help="Which have every word, as in `search`.")
@query_options
@pass_session
def event_list(
    session: Session,
    /,
    stream: str | None,
    after: int,
    limit: int,
    by: str,
    as_of: datetime | None,
    known_at: datetime | None,
    words: str | None,
    **options: Any,
) -> None:
    """The entries as a timeline, with what became of each: when, of which promise, what, who.

    They come in the order in which they were recorded, or with --by date as they happened.
    Retracted entries stay listed. --as-of leaves out what had not yet taken effect.
    `pactwatch event show 17` shows all of #17.

    \b
    Examples:
      pactwatch event list energy-pause-2025
      pactwatch event list --by date --until 2025-03-18
      pactwatch event list --party UKR --type "violation alleged" \\
          --since 2025-03-19
      pactwatch event list --after 100 --json
      pactwatch event list energy-pause-2025 --known-at 2025-03-18T21:00:00Z
    """
    from itertools import islice

    from tracker.queries.timeline import Timeline, happened

    entry_filter = filter_of(options, words)
    with closing(session.visible_store()) as store:
        timeline = Timeline(store, known_at)
        entries = timeline.each(stream, entry_filter, after, as_of)
        ordered = sorted(entries, key=happened) if by == "date" else entries
        rows = list(islice(ordered, limit))
        if not rows:
            timeline.check(entry_filter)
        cells = _cells(store, rows, known_at or session.now) if session.is_sheet else rows
    document = {"tlp": highest(row["tlp"] for row in rows), "events": rows}
    print_clocks(session, as_of, known_at, label=IN_EFFECT)
    emit(
        session,
        document,
        cells,
        EVENT_COLUMNS,
        draw=lambda: show_timeline(rows, of_one_stream=stream is not None),
    )
    if not rows:
        print_heading(session, "no entry fits")
    if len(rows) == limit and by == "recorded":
        following = " ".join(filter(None, ("pactwatch event list", stream)))
        print_heading(session, f"next: {following} --after {rows[-1]['position']}")
    print_tlp_marking(session, document)


def _cells(
    store: EventStore, rows: list[TimelineRow], known_at: datetime
) -> list[dict[str, object]]:
    """The rows with the text of their promise and the address of their source, for a sheet."""
    from tracker.queries.deadlines import Promised, promised, source_url

    promises = promised(store, (row["stream"] for row in rows), known_at)
    return [
        {
            **row,
            "promise": promises.get(row["commitment"] or "", Promised()).promise,
            "source.url": source_url(row["corrected"] or row["data"]),
        }
        for row in rows
    ]


@event.command("show")
@entry_argument
@known_at_option
@tlp_option
@pass_session
def event_show(session: Session, event_id: str, known_at: datetime | None) -> None:
    """One event with all its fields, and the corrections beside what they correct.

    \b
    Examples:
      pactwatch event show 17
      pactwatch event show last --json
    """
    from tracker.entries.lookup import find_entry
    from tracker.queries.entries import amendments_of, named_entry

    with closing(session.visible_store()) as store:
        document = named_entry(store, event_id, known_at)
        amending = [amendment["event"] for _, amendment in amendments_of(document)]
        numbers = {event: find_entry(store, event).position for event in amending}
    print_clocks(session, None, known_at)
    emit(session, document, draw=lambda: show_entry(document, session.tz, numbers))
    print_tlp_marking(session, document)


@event.command("redact")
@entry_argument
@yes_option
@pass_session
def event_redact(session: Session, event_id: str, yes: bool) -> None:
    """Erase the free text (`note`) of an event, for good; every proof stays valid.

    Backups and exports made before still hold the text.

    \b
    Examples:
      pactwatch event redact ds-ep-002 --yes
    """
    from tracker.entries.lookup import entry_words, find_entry

    with closing(session.store()) as store:
        target = find_entry(store, event_id)
        command = f"pactwatch event redact {target.id} --yes"
        confirm(yes, f"Erase the text of {entry_words(target)} for good?", command)
        erased = store.redact(target.id)
    document = {"event": target.id, "erased": list(erased)}
    emit(session, document)
    if not erased:
        print_info(session, "there was no text to erase")


for command in (event_correct, event_retract):
    event.add_command(command)
