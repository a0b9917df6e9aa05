"""The `diff` command: what changed between two instants, in the world or in what was known."""

from __future__ import annotations

import shlex
from contextlib import closing
from typing import TYPE_CHECKING

import click

from events import format_instant
from events.wording import plural
from tracker.cli.views.differences import show_diff
from tracker.dates.instants import RELATIVE
from tracker.entries.lookup import GENERATED_ID
from tracker.errors import RefusedOption
from tracker.terminal.completion import agreements_and_commitments
from tracker.terminal.options import (
    HELP,
    now_option,
    option_named,
    pass_session,
    print_clocks,
    read_instant,
    tlp_option,
)
from tracker.terminal.output import emit, print_tlp_marking, print_unreadable
from tracker.terminal.session import Session
from tracker.terminal.text import print_heading

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.queries.comparison.changes import ClockPair


CHANGE_COLUMNS = ["how", "agreement", "commitment", "axis", "before", "after", "at",
                  "recorded_at", "rule", "events"]  # fmt: skip


@click.command("diff", context_settings={**HELP, "ignore_unknown_options": True})
@click.argument("first", metavar="T1")
@click.argument("second", metavar="T2")
@click.argument(
    "subject",
    required=False,
    metavar="[AGREEMENT|COMMITMENT]",
    shell_complete=agreements_and_commitments,
)
@click.option(
    "--as-of",
    metavar="T",
    callback=read_instant,
    help="Hold the world at this instant: only what we learned.",
)
@click.option(
    "--known-at",
    metavar="T",
    callback=read_instant,
    help="Hold what we knew at this instant: only the world.",
)
@tlp_option
@now_option
@pass_session
def diff(
    session: Session,
    first: str,
    second: str,
    subject: str | None,
    as_of: datetime | None,
    known_at: datetime | None,
) -> None:
    """What changed from T1 to T2, in the world or in what we knew.

    Both clocks move, unless one is held. `happened` lies between the instants, as now known;
    `learned` was so already at T1, and was not known then; `corrected` is what we said and had to
    take back, because news came late or an entry was amended; `ahead` has not happened: it is what
    the clock will do by T2 if nothing more is recorded. Every change is listed, also where all
    stands again as it did, and then each entry. A day is meant from its beginning as T1 and to
    its end as T2, or to now where that is earlier.

    \b
    Examples:
      pactwatch diff 2025-03-18 2025-03-22
      pactwatch diff -1w now energy-pause-2025 --json
      pactwatch diff 2025-03-18T20:00:00Z 2025-04-01 --as-of 2025-03-20
      pactwatch diff 2025-03-18T22:00:00Z 2025-04-20 \\
          --known-at 2025-03-18T22:00:00Z
    """
    from tracker.queries.comparison.diff import compare

    for text in (first, second, subject):
        # A time may begin with a minus, so an unknown option comes in as an argument.
        if text and text.startswith("-") and not RELATIVE.match(text):
            raise click.NoSuchOption(text, ctx=click.get_current_context())
    with option_named("T1"):
        begins = session.beginning(first)
    with option_named("T2"):
        ends = session.instant(second)
    if begins > ends:
        raise RefusedOption(
            f"{first} is later than {second}", hint=f"pactwatch diff {second} {first}"
        )
    is_day = ends != session.beginning(second)
    ahead = ends if is_day and begins <= session.now < ends else None
    before = clock_pair(begins, as_of, known_at)
    after = clock_pair(session.now if ahead else ends, as_of, known_at)
    with closing(session.visible_store()) as store:
        document = compare(store, before, after, session.now, subject)
        causes = {event for row in document["changes"] for event in row["events"]}
        causes |= {id_ for row in document["changes"] for id_ in GENERATED_ID.findall(row["axis"])}
        numbers = {event.id: event.position for event in store.find_all([*causes]).values()}
    rows, entries = document["changes"], document["entries"]
    print_clocks(session, before.as_of, before.known_at, label="from")
    print_clocks(session, after.as_of, after.known_at, label="to")
    emit(
        session,
        document,
        rows,
        CHANGE_COLUMNS,
        draw=lambda: show_diff(document, session.tz, numbers),
    )
    counts = ", ".join(f"{count} {how}" for how, count in document["counts"].items())
    print_heading(session, counts if rows else "nothing changed")
    if document["entered_later"]:
        words = f"{plural(document['entered_later'], 'entry')} of this time entered later"
        print_heading(session, f"{words}; next: {again(first, second, subject)} --known-at now")
    if ahead:
        until = again(first, format_instant(ahead), subject)
        print_heading(session, f"what the clock will do by the end of {second}: {until}")
    print_unreadable(session, document["unreadable"])
    if rows or entries or session.format != "table":
        print_tlp_marking(session, document)


def again(first: str, second: str, subject: str | None) -> str:
    """The command with other instants."""
    return f"pactwatch diff {shlex.join(filter(None, (first, second, subject)))}"


def clock_pair(at: datetime, as_of: datetime | None, known_at: datetime | None) -> ClockPair:
    """Puts both clocks of one side at an instant, but for one that an option sets."""
    from tracker.queries.comparison.changes import ClockPair

    return ClockPair(as_of or at, known_at or at)
