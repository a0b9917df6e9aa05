"""What changed, and what wants attention: `diff` and `check`."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from events import EventStore, format_instant
from tracker.dates.instants import RELATIVE
from tracker.entries.tlp import highest
from tracker.errors import CheckFailed, InvalidDate
from tracker.terminal.completion import agreements_and_commitments, check_words
from tracker.terminal.options import (
    HELP,
    as_of_option,
    instants,
    known_at_option,
    mark,
    now_option,
    pass_session,
    tlp_option,
)
from tracker.terminal.output import emit, shown, table, talk
from tracker.terminal.session import Session

if TYPE_CHECKING:
    from tracker.queries.checks import Projected
    from tracker.queries.diff import Moment

CHANGE_COLUMNS = ["how", "agreement", "commitment", "axis", "before", "after", "at",
                  "recorded_at", "rule", "events"]  # fmt: skip


@click.command("diff", context_settings={**HELP, "ignore_unknown_options": True})
@click.argument("first", metavar="T1")
@click.argument("second", metavar="T2")
@click.argument(
    "wanted",
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
    wanted: str | None,
    as_of: str | None,
    known_at: str | None,
) -> None:
    """What changed from T1 to T2, in the world or in what we knew.

    Both clocks move, unless one is held. `happened` lies between the instants, as now known;
    `learned` was so already at T1, and was not known then; `corrected` is what we said and had to
    take back, because news came late or an entry was amended.

    \b
    Examples:
      pactwatch diff 2025-03-18 2025-03-22
      pactwatch diff -1w now energy-pause-2025 --json
      pactwatch diff 2025-03-18T20:00:00Z 2025-04-01 --as-of 2025-03-20
      pactwatch diff 2025-03-18T22:00:00Z 2025-04-20 --known-at 2025-03-18T22:00:00Z
    """
    from tracker.queries.diff import compare

    _refuse_options(first, second, wanted)
    before = _moment(session, first, as_of, known_at)
    after = _moment(session, second, as_of, known_at)
    if session.instant(first) > session.instant(second):
        raise InvalidDate(
            f"{first} is later than {second}", hint=f"pactwatch diff {second} {first}"
        )
    with closing(session.reading()) as store:
        document = compare(store, before, after, wanted)
    rows = document["changes"]
    if session.format != "table":
        emit(session, document, rows, CHANGE_COLUMNS)
        mark(session, document)
        return
    for name, side in (("from", before), ("to", after)):
        clocks = side.as_json()
        talk(session, f"{name} {clocks['as_of']}, known at {clocks['known_at']}")
    if rows:
        drawn = [_change_row(row, session.tz) for row in rows]
        table(drawn, ["commitment", "how", "axis", "change", "since", "because"])
    counts = ", ".join(f"{count} {how}" for how, count in document["counts"].items())
    talk(session, counts if rows else "nothing changed")
    if rows:
        mark(session, document)


def _refuse_options(*given: str | None) -> None:
    """A time may begin with a minus, so options that are not known come in as arguments."""
    for text in given:
        if text and text.startswith("-") and not RELATIVE.match(text):
            raise click.NoSuchOption(text, ctx=click.get_current_context())


def _moment(session: Session, text: str, as_of: str | None, known_at: str | None) -> Moment:
    from tracker.queries.diff import Moment

    at = session.instant(text)
    held_world = session.instant(as_of) if as_of else at
    return Moment(held_world, session.instant(known_at) if known_at else at)


def _change_row(row: dict[str, Any], zone: str) -> dict[str, Any]:
    rule = [f"rule {row['rule']}"] if row["rule"] else []
    late = row["recorded_at"] and (row["at"] is None or row["recorded_at"] > row["at"])
    recorded = [f"recorded {shown(row['recorded_at'], zone)}"] if late else []
    return {
        "commitment": row["commitment"] or row["agreement"],
        "how": row["how"],
        "axis": row["axis"],
        "change": f"{row['before'] or '-'} -> {row['after'] or '-'}",
        "since": shown(row["at"], zone),
        "because": "\n".join([*rule, *recorded, *row["events"]]),
    }


CHECK_COLUMNS = ["check", "agreement", "commitment", "since", "found", "hint"]


@click.command("check", context_settings=HELP)
@click.option(
    "--fail-on",
    "given",
    multiple=True,
    metavar="WORDS",
    show_envvar=True,
    shell_complete=check_words,
    help="What to look for, with commas (default: overdue,lapsed,stale,lag,tamper).",
)
@click.option(
    "--lag-after",
    default="PT1H",
    show_default=True,
    show_envvar=True,
    metavar="DURATION",
    help="How long after the last turn the scheduler counts as dead.",
)
@as_of_option
@known_at_option
@tlp_option
@now_option
@pass_session
def check(
    session: Session,
    given: tuple[str, ...],
    lag_after: str,
    as_of: str | None,
    known_at: str | None,
) -> None:
    """Look for what wants attention; exit 4 when something matches, for cron and CI.

    Of commitments: overdue, lapsed, violated, suspended, due_soon, contested_end, stale, alleged,
    disputed, confirmed, contested (any of these three), terms_disputed, single_source,
    release_available. Of the record: lag (projections are behind the log, or the last turn is too
    long ago), tamper (the log is not what was recorded).

    \b
    Examples:
      pactwatch check
      pactwatch check --fail-on overdue,lapsed,contested --json
      pactwatch check --fail-on lag --lag-after PT10M
    """
    from tracker.dates.durations import parse_duration
    from tracker.queries import checks

    words = checks.words_of(given)
    limit = parse_duration(lag_after).as_delta()
    at, known = instants(session, as_of, known_at)
    rows = _of_record(session, words, limit)
    if not any(row["check"] == "tamper" for row in rows):
        with closing(session.reading()) as store:
            rows = checks.commitments(store, words, at, known) + rows
    document = {
        "as_of": format_instant(at),
        "known_at": format_instant(known),
        "tlp": highest(row["tlp"] for row in rows),
        "checked": list(words),
        "ok": not rows,
        "found": rows,
    }
    if session.format != "table":
        emit(session, document, rows, CHECK_COLUMNS)
    else:
        talk(session, f"as of {document['as_of']}, known at {document['known_at']}")
        _show_found(session, rows)
    if rows:
        mark(session, document)
        raise CheckFailed(_counted(rows), hint=rows[0]["hint"])
    talk(session, f"nothing found: {', '.join(words)}")


def _show_found(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        drawn = [
            {
                "check": row["check"],
                "commitment": row["commitment"] or "the record",
                "found": row["found"],
                "since": shown(row["since"], session.tz),
            }
            for row in rows
        ]
        table(drawn, ["check", "commitment", "found", "since"])


def _counted(rows: list[dict[str, Any]]) -> str:
    words = dict.fromkeys(row["check"] for row in rows)
    return ", ".join(f"{sum(row['check'] == word for row in rows)} {word}" for word in words)


def _of_record(session: Session, words: tuple[str, ...], limit: timedelta) -> list[dict[str, Any]]:
    """The checks of the log as a whole, which no ceiling can narrow."""
    from tracker.queries import checks

    if not set(words) & set(checks.OF_RECORD):
        return []
    with closing(session.store()) as store:
        rows = checks.tamper(lambda: _trouble(session, store)) if "tamper" in words else []
        if "lag" in words:
            rows += checks.lag(_reached(store), store.head(), session.now, limit)
    return rows


def _trouble(session: Session, store: EventStore) -> str | None:
    """The first damage, also against the checkpoint that the witness keeps."""
    from events.transparency import verification
    from events.transparency.witness import kept

    seen = kept(session.witness) if session.witness else None
    damage = verification.verify(store, (seen.head,) if seen else ()).damage
    return f"position {damage.position}: {damage.what}" if damage else None


def _reached(store: EventStore) -> Projected | None:
    """How far the projection is, and when a turn last went well.

    Who never ran a turn projects by importing, and is asked about that. A turn whose relay is in
    trouble does not count as a good one.
    """
    from events import parse_instant
    from tracker.queries.checks import Projected

    kept = "SELECT position, projected_at FROM projection_checkpoints WHERE projection = 'status'"
    reached = store.read_table("projection_checkpoints", kept)
    if not reached:
        return None
    position, at = reached[0]
    for (good,) in store.read_table("turns", "SELECT at FROM turns WHERE name = 'good'"):
        at = good
    return Projected(position, parse_instant(at))
