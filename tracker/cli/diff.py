"""The `diff` command: what changed between two instants, in the world or in what was known."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from tracker.dates.instants import RELATIVE
from tracker.errors import InvalidDate
from tracker.terminal.completion import agreements_and_commitments
from tracker.terminal.options import HELP, now_option, pass_session, print_clocks, tlp_option
from tracker.terminal.output import emit, print_tlp_marking, print_unreadable
from tracker.terminal.session import Session
from tracker.terminal.tables import print_table
from tracker.terminal.text import format_local, print_heading, with_local_instants

if TYPE_CHECKING:
    from events import EventStore
    from tracker.queries.diff import ClockPair, DiffRow


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
    the clock will do by T2 if nothing more is recorded. What changed and stands again as it did
    is listed, too.

    \b
    Examples:
      pactwatch diff 2025-03-18 2025-03-22
      pactwatch diff -1w now energy-pause-2025 --json
      pactwatch diff 2025-03-18T20:00:00Z 2025-04-01 --as-of 2025-03-20
      pactwatch diff 2025-03-18T22:00:00Z 2025-04-20 --known-at 2025-03-18T22:00:00Z
    """
    from tracker.queries.diff import compare

    for text in (first, second, subject):
        # A time may begin with a minus, so an unknown option comes in as an argument.
        if text and text.startswith("-") and not RELATIVE.match(text):
            raise click.NoSuchOption(text, ctx=click.get_current_context())
    before = clock_pair(session, first, as_of, known_at)
    after = clock_pair(session, second, as_of, known_at)
    if session.instant(first) > session.instant(second):
        raise InvalidDate(
            f"{first} is later than {second}", hint=f"pactwatch diff {second} {first}"
        )
    with closing(session.visible_store()) as store:
        document = compare(store, before, after, session.now, subject)
        later = (
            _known_later(session, store, before, after, subject) if not document["changes"] else 0
        )
    rows = document["changes"]
    print_clocks(session, before.as_of, before.known_at, label="from")
    print_clocks(session, after.as_of, after.known_at, label="to")
    emit(session, document, rows, CHANGE_COLUMNS, draw=lambda: show_changes(rows, session.tz))
    counts = ", ".join(f"{count} {how}" for how, count in document["counts"].items())
    print_heading(session, counts if rows else "nothing changed")
    if later:
        at = " ".join(filter(None, ("pactwatch diff", first, second, subject, "--known-at now")))
        print_heading(session, f"{later} by what was recorded since; next: {at}")
    print_unreadable(session, document["unreadable"])
    if rows or session.format != "table":
        print_tlp_marking(session, document)


def _known_later(
    session: Session, store: EventStore, before: ClockPair, after: ClockPair, subject: str | None
) -> int:
    """How many changes lie between two instants of the world by what is known now."""
    from msgspec.structs import replace

    from tracker.queries.diff import compare

    if after.known_at >= session.now:
        return 0
    first, last = (replace(pair, known_at=session.now) for pair in (before, after))
    return len(compare(store, first, last, session.now, subject)["changes"])


def clock_pair(session: Session, text: str, as_of: str | None, known_at: str | None) -> ClockPair:
    """Puts both clocks of one side at `text`, but for one that an option sets."""
    from tracker.queries.diff import ClockPair

    at = session.instant(text)
    return ClockPair(
        session.instant(as_of) if as_of else at, session.instant(known_at) if known_at else at
    )


def show_changes(rows: list[DiffRow], zone: str) -> None:
    """Prints one row a change; nothing without any."""
    if rows:
        cells = [_change_row(row, zone) for row in rows]
        print_table(cells, list(cells[0]))


def _change_row(row: DiffRow, zone: str) -> dict[str, str]:
    rule = [f"rule {row['rule']}"] if row["rule"] else []
    late = row["recorded_at"] and (row["at"] is None or row["recorded_at"] > row["at"])
    recorded = [f"recorded {format_local(row['recorded_at'], zone)}"] if late else []
    return {
        "commitment": row["commitment"] or row["agreement"],
        "how": row["how"],
        "axis": row["axis"],
        "change": with_local_instants(f"{row['before'] or '-'} -> {row['after'] or '-'}", zone),
        "since": format_local(row["at"], zone),
        "because": "\n".join([*rule, *recorded, *row["events"]]),
    }
