"""The `diff` command: what changed between two instants, in the world or in what was known."""

from __future__ import annotations

import shlex
from contextlib import closing
from typing import TYPE_CHECKING

import click

from events import format_instant
from tracker.cli.views.entries import brief_id
from tracker.cli.views.timeline import show_timeline
from tracker.dates.instants import RELATIVE
from tracker.documents.news_words import change_words, given_name, moved_ends_words
from tracker.entries.lookup import GENERATED_ID
from tracker.errors import InvalidDate
from tracker.terminal.completion import agreements_and_commitments
from tracker.terminal.options import HELP, now_option, pass_session, print_clocks, tlp_option
from tracker.terminal.output import emit, print_tlp_marking, print_unreadable
from tracker.terminal.session import Session
from tracker.terminal.tables import print_table
from tracker.terminal.text import format_local, print_data, print_heading, with_local_instants

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tracker.queries.comparison.changes import ClockPair
    from tracker.queries.comparison.diff import DiffDocument
    from tracker.queries.comparison.differences import DiffRow


FIRST_AXES = ("timing", "compliance", "fulfilment", "end", "flag")
"""What every promise has when it is made."""
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
@click.option("--as-of", metavar="T", help="Hold the world at this instant: only what we learned.")
@click.option("--known-at", metavar="T", help="Hold what we knew at this instant: only the world.")
@tlp_option
@now_option
@pass_session
def diff(
    session: Session,
    first: str,
    second: str,
    subject: str | None,
    as_of: str | None,
    known_at: str | None,
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
    begins, ends = session.beginning(first), session.instant(second)
    if begins > ends:
        raise InvalidDate(
            f"{first} is later than {second}", hint=f"pactwatch diff {second} {first}"
        )
    is_day = ends != session.beginning(second)
    ahead = ends if is_day and begins <= session.now < ends else None
    before = clock_pair(session, begins, as_of, known_at)
    after = clock_pair(session, session.now if ahead else ends, as_of, known_at)
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
        count = document["entered_later"]
        words = f"{count} {'entry' if count == 1 else 'entries'} of this time entered later"
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


def clock_pair(
    session: Session, at: datetime, as_of: str | None, known_at: str | None
) -> ClockPair:
    """Puts both clocks of one side at an instant, but for one that an option sets."""
    from tracker.queries.comparison.changes import ClockPair

    return ClockPair(
        session.instant(as_of) if as_of else at, session.instant(known_at) if known_at else at
    )


def show_diff(document: DiffDocument, zone: str, numbers: Mapping[str, int]) -> None:
    """Prints one row a change, then one row an entry; nothing without any.

    `numbers` are those of the entries behind the changes, by id. How a promise that is made
    stands from the first is one row.
    """
    if document["changes"]:
        rows = with_new_promises(document["changes"])
        is_mixed = len({row["how"] for row in rows}) > 1
        cells = [_change_row(row, zone, numbers, is_mixed=is_mixed) for row in rows]
        print_table(cells, list(cells[0]), 80)
    if document["entries"]:
        print_data(f"\nentries ({len(document['entries'])}):")
        show_timeline(document["entries"], of_one_stream=False)


def with_new_promises(rows: Iterable[DiffRow]) -> list[DiffRow]:
    """The changes, with how a promise stands when it is made in one row that begins with `new`."""
    grouped: list[DiffRow] = []
    made: dict[str | None, DiffRow] = {}
    for row in rows:
        first = made.get(row["commitment"])
        if row["axis"] == "state" and row["before"] is None:
            first = made[row["commitment"]] = {**row, "axis": "new"}
            grouped.append(first)
        elif first is None or (value := _first_value(first, row)) is None:
            grouped.append(row)
        elif value:
            first["after"] = f"{first['after']}, {value}"
    return grouped


def _first_value(made: DiffRow, row: DiffRow) -> str | None:
    """What a promise had of an axis when it was made; None for what came later.

    That has no cause, or the one of the promise. Empty where it tells nothing: its readings are
    in its end.
    """
    root, _, about = row["axis"].partition(" ")
    is_first = row["before"] is None and (not row["events"] or row["events"] == made["events"])
    if root not in FIRST_AXES or not is_first:
        return None
    if root == "flag":
        return about
    if root == "end":
        if about:
            return ""
        words = moved_ends_words(row.get("ends", ())) or str(row["after"])
        return words if words.startswith("end of") else f"end {words}"
    return "" if row["after"] == "none" else str(row["after"])


def _change_row(
    row: DiffRow, zone: str, numbers: Mapping[str, int], *, is_mixed: bool
) -> dict[str, str]:
    """The cells of a change; below its instant stands how it came about where that is mixed.

    What happened, as most does, needs no word but for the day when it was recorded.
    """
    rule = [f"rule {row['rule']}"] if row["rule"] else []
    events = [brief_id(event, numbers.get(event)) for event in row["events"]]
    late = row["recorded_at"] and (row["at"] is None or row["recorded_at"] > row["at"])
    how = row["how"] if is_mixed and row["how"] != "happened" else "recorded" if late else ""
    day = format_local(row["recorded_at"], zone)[:10] if late else ""
    before = "" if row["before"] is None else f"{row['before']} -> "
    value = f"{before}{'none' if row['after'] is None else row['after']}"
    words = change_words({**row, "lead": None}) if row["axis"] in ("renewal", "withdrawal") else ""
    axis = GENERATED_ID.sub(lambda match: brief_id(match[0], numbers.get(match[0])), row["axis"])
    axis = given_name(axis).replace("roll_up", "roll-up").replace("clear_until", "clear to")
    change = f"{axis}: {words or moved_ends_words(row.get('ends', ())) or value}"
    return {
        "at": "\n".join(filter(None, [format_local(row["at"], zone), f"{how} {day}".strip()])),
        "promise": row["commitment"] or row["agreement"],
        "change": with_local_instants(change, zone),
        "because": ", ".join([*rule, *events]),
    }
