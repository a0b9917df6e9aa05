"""The commands `status`, `explain` and `deadlines`: how it stands, why, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from events import format_instant
from tracker.cli.views.status import end_cell, rule_words, show_by_agreement, show_status
from tracker.dates.instants import both_clocks
from tracker.terminal.cells import printable
from tracker.terminal.completion import agreements_and_commitments, commitments
from tracker.terminal.options import (
    HELP,
    instants,
    pass_session,
    print_clocks,
    query_options,
    read_instant,
    resolve_clocks,
    tag_option,
)
from tracker.terminal.output import emit, print_if_none, print_tlp_marking, print_unreadable
from tracker.terminal.session import Session
from tracker.terminal.tables import print_table
from tracker.terminal.text import print_data, print_heading

if TYPE_CHECKING:
    from events import EventStore
    from tracker.documents.commitments import AgreementDocument
    from tracker.documents.readings import AwaitedEnd, OpenReading
    from tracker.queries.status import StatusDocument


@click.command("status", context_settings=HELP)
@click.argument(
    "name",
    required=False,
    metavar="[AGREEMENT|COMMITMENT]",
    shell_complete=agreements_and_commitments,
)
@click.option(
    "--by",
    type=click.Choice(("urgency", "agreement")),
    default="urgency",
    show_default=True,
    help="One table, the most urgent first, or one for each agreement.",
)
@tag_option
@query_options
@pass_session
def status(
    session: Session,
    name: str | None,
    by: str,
    tag: str | None,
    as_of: datetime | None,
    known_at: datetime | None,
) -> None:
    """How every commitment stands: what needs attention, then all of them.

    First what is overdue, lapsed, contested, alleged or due soon, the most urgent first; then
    every promise with its text, where it stands, its end, and how far it has come. --by agreement
    has a table for each agreement. --as-of asks of the world at an instant, --known-at of what
    had been recorded by then.

    \b
    Examples:
      pactwatch status
      pactwatch status --by agreement
      pactwatch status --tag energy
      pactwatch status energy-pause-2025 --as-of 2025-03-18T22:00:00Z
      pactwatch status ep-rus --json
    """
    from tracker.queries.status import status as status_document
    from tracker.spool import on_disk

    def chosen(agreements: Iterator[AgreementDocument]) -> Sequence[AgreementDocument]:
        return on_disk(each for each in agreements if tag is None or tag in each["tags"])

    at, known = instants(session, as_of, known_at)
    with closing(session.visible_store()) as store:
        document = status_document(store, at, known, name, chosen)
        cells = _promise_cells(store, document, known) if session.is_sheet else {}
    print_clocks(session, at, known, more=f", event {document['position']}")
    is_empty = not document["agreements"] and not document["unreadable"]
    first = "pactwatch import FILE, or pactwatch demo" if is_empty else ""
    with_promises = (each for each in document["agreements"] if each["commitments"])
    print_if_none(session, any(with_promises), at, known, name=name, first=first)
    rows = _promise_rows(document, cells)
    show = show_by_agreement if by == "agreement" else show_status
    emit(session, document, rows, STATUS_COLUMNS, draw=lambda: show(document, session.tz))
    print_tlp_marking(session, document)


def _promise_rows(
    document: StatusDocument, cells: Mapping[str, Mapping[str, str]]
) -> Iterator[dict[str, object]]:
    """A row a promise, with its agreement and how far it has come."""
    from tracker.documents.attention import progress

    for agreement in document["agreements"]:
        for commitment in agreement["commitments"]:
            yield {
                "agreement": agreement["id"],
                "roll_up": agreement["roll_up"],
                **commitment,
                "progress": progress(commitment),
                **cells.get(commitment["id"], {}),
            }


def _promise_cells(
    store: EventStore, document: StatusDocument, known: datetime
) -> dict[str, dict[str, str]]:
    """The last day of each promise and the address of its source, for a sheet."""
    from tracker.queries.deadlines import last_day, promised

    promises = promised(store, (each["id"] for each in document["agreements"]), known)
    return {
        commitment["id"]: {
            "day": last_day(commitment),
            "source.url": promises[commitment["id"]].url,
        }
        for agreement in document["agreements"]
        for commitment in agreement["commitments"]
    }


STATUS_COLUMNS = [
    "agreement",
    "roll_up",
    "id",
    "state",
    "compliance",
    "timing",
    "debtor",
    "creditor",
    "flags",
    "earliest",
    "latest",
    "next_change_at",
    "promise",
    "progress",
    "day",
    "source.url",
]


@click.command("explain", context_settings=HELP)
@click.argument("commitment", shell_complete=commitments)
@query_options
@pass_session
def explain(
    session: Session, commitment: str, as_of: datetime | None, known_at: datetime | None
) -> None:
    """Why a commitment stands where it stands: rule, events and readings of each axis.

    With the chain and the place of every entry, claims shown as claims, conditions,
    judgements, precedents, and what would change it next.

    \b
    Examples:
      pactwatch explain ep-rus
      pactwatch explain sw-rus --as-of 2025-03-20T00:00:00Z --json
    """
    from tracker.analysis.explain import explain as explain_document
    from tracker.cli.views.explanation import show_explanation
    from tracker.queries.sources import titles_of_sources

    at, known = resolve_clocks(session, as_of, known_at)
    with closing(session.visible_store()) as store:
        document = explain_document(store, commitment, at, known)
        titles = titles_of_sources(store, document["agreement"])
    emit(
        session,
        document,
        document["axes"],
        ["axis", "value", "rule", "meaning"],
        draw=lambda: show_explanation(document, session.tz, titles),
    )
    print_tlp_marking(session, document)


DEADLINE_COLUMNS = ["commitment", "term", "at", "rule", "zone", "by", "state"]
SHEET_COLUMNS = [*DEADLINE_COLUMNS, "day", "agreement", "promise", "progress", "source.url"]


@click.command("deadlines", context_settings=HELP)
@click.option(
    "--until", metavar="T", callback=read_instant, help="Leave out readings after this instant."
)
@tag_option
@query_options
@pass_session
def deadlines(
    session: Session,
    until: datetime | None,
    tag: str | None,
    as_of: datetime | None,
    known_at: datetime | None,
) -> None:
    """Every reading of every open term, soonest first, with who counts how.

    \b
    Examples:
      pactwatch deadlines
      pactwatch deadlines --as-of 2025-03-18T22:00:00Z --until +14d
    """
    from tracker.documents.packages import shared_ends
    from tracker.entries.parties import account_words
    from tracker.entries.party_stream import read_registry
    from tracker.entries.tlp import highest
    from tracker.queries.deadlines import deadlines as open_ends

    at, known = resolve_clocks(session, as_of, known_at)
    if until:
        print_heading(session, f"until {format_instant(until.replace(microsecond=0))}")
    with closing(session.visible_store()) as store:
        survey = open_ends(store, at, known, until, tag)
        rows = survey.answers
        accounts = (row["by"] for row in rows if row["by"] and row["term"] != "withdrawal")
        speaks_for = read_registry(store, known).at(at).speaks_for(accounts)
        cells: Iterable[Mapping[str, object]]
        cells = _cells(store, rows, at, known) if session.is_sheet else rows
    document = {
        **both_clocks(at, known),
        "until": format_instant(until) if until else None,
        "tlp": highest(row["tlp"] for row in chain(rows, survey.awaiting, survey.unreadable)),
        "speaks_for": speaks_for,
        "deadlines": rows,
        "awaiting": survey.awaiting,
        "unreadable": survey.unreadable,
    }

    def draw() -> None:
        local = [
            {
                **row,
                "promise": row["commitment"],
                "at": end_cell(row, session.tz),
                "rule": rule_words(row["rule"]),
                "by": account_words(row["by"] or "", speaks_for) or None,
            }
            for row in shared_ends(rows)
        ]
        _draw_deadlines(local, survey.awaiting)

    emit(session, document, cells, SHEET_COLUMNS, draw=draw)
    print_unreadable(session, survey.unreadable)
    if not (rows or survey.awaiting):
        print_heading(session, "no end is open")
    print_if_none(session, bool(rows or survey.awaiting), at, known)
    print_tlp_marking(session, document)


def _draw_deadlines(rows: list[dict[str, Any]], awaiting: Sequence[AwaitedEnd]) -> None:
    if rows or not awaiting:
        print_table(rows, ["promise", *DEADLINE_COLUMNS[1:]])
    if awaiting:
        print_data("\nwith no date yet:")
    for each in awaiting:
        print_data(printable(f"  {each['commitment']}: {each['words']}"))


def _cells(
    store: EventStore, rows: Sequence[OpenReading], at: datetime, known: datetime
) -> Iterable[dict[str, object]]:
    """The rows with the day, the promise and its source, for a sheet."""
    from tracker.documents.attention import progress
    from tracker.queries.deadlines import Promised, day_of, promised
    from tracker.queries.status import status as status_document
    from tracker.spool import on_disk

    promises = promised(store, (row["agreement"] for row in rows), known)
    done = {
        commitment["id"]: progress(commitment)
        for agreement in status_document(store, at, known, gather=on_disk)["agreements"]
        for commitment in agreement["commitments"]
    }
    return (
        {
            **row,
            "day": day_of(row),
            "promise": promises.get(row["commitment"], Promised()).promise,
            "progress": done.get(row["commitment"], ""),
            "source.url": promises.get(row["commitment"], Promised()).url,
        }
        for row in rows
    )
