"""The commands `readout`, `ledger`, `releases`, `blocked` and `precedents`."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

import click

from events import EventStore
from tracker.cli.views.analysis import (
    readout_rows,
    release_row,
    show_blocked,
    show_conflicts,
    show_ledger,
    show_precedents,
    show_readout,
    show_releases,
    stacked_rows,
)
from tracker.terminal.completion import agreements, agreements_and_commitments
from tracker.terminal.options import (
    HELP,
    pass_session,
    query_options,
    resolve_clocks,
)
from tracker.terminal.output import (
    document_head,
    emit,
    print_tlp_marking,
    print_unreadable,
    survey_document,
)
from tracker.terminal.session import Session
from tracker.terminal.text import print_data, print_heading, print_info

if TYPE_CHECKING:
    from tracker.analysis.readout_document import Readout
    from tracker.queries.agreements import Survey
    from tracker.queries.dossier import Dossier

CONFLICT_COLUMNS = ["agreement", "term", "account", "says", "note"]
LEDGER_COLUMNS = ["commitment", "what", "by", "said", "number", "note", "event"]
RELEASE_COLUMNS = ["agreement", "commitment", "who", "state", "standing", "why", "reserves"]
PRECEDENT_COLUMNS = ["agreement", "id", "linked", "outcome", "began", "ended", "days", "trigger"]

optional_subject = click.argument(
    "agreement",
    required=False,
    metavar="[AGREEMENT|COMMITMENT]",
    shell_complete=agreements_and_commitments,
)


@click.command("readout", context_settings=HELP)
@optional_subject
@query_options
@pass_session
def readout(
    session: Session, agreement: str | None, as_of: datetime | None, known_at: datetime | None
) -> None:
    """What each account says of each term: one row a term, one column an account.

    Blanks stay visible: silence is evidence. Of a commitment, its own terms and those of the whole.
    Without a name, every term in conflict on record, with what was said of no agreement.

    \b
    Examples:
      pactwatch readout energy-pause-2025
      pactwatch readout --json
      pactwatch --format csv readout statements
    """
    from tracker.analysis.readout import readout as readout_document
    from tracker.queries.agreements import Survey
    from tracker.queries.dossier import statements

    at, known = resolve_clocks(session, as_of, known_at)
    with closing(session.visible_store()) as store:
        dossiers = dossiers_of(store, agreement, at, known)
        free = statements(store, at, known) if agreement is None else ()
        every = (*dossiers.answers, *free)
        documents = [readout_document(dossier, promise_in(dossier, agreement)) for dossier in every]
    if agreement is None:
        emit_conflicts(session, Survey(documents, dossiers.unreadable), at, known)
        return
    readout = documents[0]
    document = {**document_head(at, known, [readout["tlp"]]), **readout}
    rows, columns = readout_rows(readout), ["term", *readout["accounts"], "note"]
    emit(session, document, rows, columns, draw=lambda: show_readout(readout))
    print_tlp_marking(session, document)


def emit_conflicts(session: Session, every: Survey[Readout], at: datetime, known: datetime) -> None:
    """Prints every term on which accounts differ, or one speaks and another is silent."""
    unreadable = every.unreadable
    readouts = [
        readout | {"rows": [row for row in readout["rows"] if row["conflict"]]}
        for readout in every.answers
    ]
    conflicts = [readout for readout in readouts if readout["rows"]]
    document = survey_document(at, known, "readouts", conflicts, unreadable)
    print_unreadable(session, unreadable)
    rows = [
        {"agreement": readout["agreement"], **row}
        for readout in conflicts
        for row in stacked_rows(readout)
    ]
    emit(session, document, rows, CONFLICT_COLUMNS, draw=lambda: show_conflicts(conflicts))
    print_tlp_marking(session, document)


@click.command("ledger", context_settings=HELP)
@click.argument(
    "agreement", metavar="AGREEMENT|COMMITMENT", shell_complete=agreements_and_commitments
)
@query_options
@pass_session
def ledger(
    session: Session, agreement: str, as_of: datetime | None, known_at: datetime | None
) -> None:
    """Promised, delivered, and what each claimant says: one line a number.

    Numbers are never added up, across claimants or over time, and a changed number never
    takes the place of the earlier one: drift in a claimant's own number is marked. Denials
    stand beside the allegations. Of a commitment, its own numbers alone.

    \b
    Examples:
      pactwatch ledger pow-swap-2025-03-19
      pactwatch ledger sw-rus
      pactwatch ledger kursk-surrender-guarantee --json
    """
    from tracker.analysis.ledger import ledger as ledger_document
    from tracker.analysis.ledger_rows import ledger_rows
    from tracker.queries.dossier import dossier_of

    at, known = resolve_clocks(session, as_of, known_at)
    with closing(session.visible_store()) as store:
        dossier, _ = dossier_of(store, agreement, at, known)
    numbers = ledger_document(dossier, promise_in(dossier, agreement))
    document = document_head(at, known, [numbers["tlp"]]) | numbers
    rows = list(ledger_rows(numbers))
    emit(session, document, rows, LEDGER_COLUMNS, draw=lambda: show_ledger(numbers, rows))
    print_tlp_marking(session, document)


@click.command("releases", context_settings=HELP)
@optional_subject
@query_options
@pass_session
def releases(
    session: Session, agreement: str | None, as_of: datetime | None, known_at: datetime | None
) -> None:
    """Who may now walk away, who has, and who only says it might.

    Reserved rights do not release; neither does one side's claim to a right.

    \b
    Examples:
      pactwatch releases
      pactwatch releases energy-pause-2025 --json
    """
    from tracker.analysis.releases import releases as releases_document

    at, known = resolve_clocks(session, as_of, known_at)
    with closing(session.visible_store()) as store:
        dossiers = dossiers_of(store, agreement, at, known)
    documents = [
        releases_document(dossier, promise_in(dossier, agreement)) for dossier in dossiers.answers
    ]
    unreadable = dossiers.unreadable
    document = survey_document(at, known, "agreements", documents, unreadable)
    print_unreadable(session, unreadable)
    rows = [
        {"agreement": each["agreement"], **release_row(row)}
        for each in documents
        for row in each["commitments"]
    ]
    emit(session, document, rows, RELEASE_COLUMNS, draw=lambda: show_releases(documents))
    print_tlp_marking(session, document)


def promise_in(dossier: Dossier, name: str | None) -> str | None:
    """The promise of an agreement that a name is about; None for all of them.

    An agreement and its one promise may share an id, which then means the agreement.
    """
    is_whole = name is None or name == dossier.state.id or name not in dossier.state.commitments
    return None if is_whole else name


def dossiers_of(
    store: EventStore, name: str | None, at: datetime, known: datetime
) -> Survey[Dossier]:
    """Gives the dossier of one agreement, named by any of its ids, or all dossiers."""
    from tracker.queries.agreements import Survey
    from tracker.queries.dossier import all_dossiers, dossier_of

    if name is None:
        return all_dossiers(store, at, known)
    return Survey([dossier_of(store, name, at, known)[0]], [])


@click.command("blocked", context_settings=HELP)
@click.argument("agreement", required=False, metavar="[AGREEMENT]", shell_complete=agreements)
@click.option(
    "--graph", type=click.Choice(("dot", "mermaid")), help="Write the graph for a drawing tool."
)
@query_options
@pass_session
def blocked(
    session: Session,
    agreement: str | None,
    graph: str | None,
    as_of: datetime | None,
    known_at: datetime | None,
) -> None:
    """What each promise still waits for, across agreements, and who can lift it.

    \b
    Examples:
      pactwatch blocked
      pactwatch blocked general-ceasefire-30d --json
      pactwatch blocked --graph dot | dot -Tsvg -o blocked.svg
    """
    from tracker.analysis import blocked as blocked_graph
    from tracker.analysis import blocked_drawing
    from tracker.queries.agreements import survey
    from tracker.queries.dossier import dossier_of

    at, known = resolve_clocks(session, as_of, known_at)
    with closing(session.visible_store()) as store:
        if agreement is not None:
            dossier, named = dossier_of(store, agreement, at, known)
            agreement = named or dossier.state.id
        every = survey(store, at, known, lambda state: state)
    dependencies = blocked_graph.graph(every.answers, agreement)
    names = {node.agreement for node in dependencies.nodes.values()}
    levels = [state.tlp for state in every.answers if state.id in names]
    levels += [row["tlp"] for row in every.unreadable]
    document = document_head(at, known, levels)
    waiting = blocked_graph.as_document(dependencies)
    document |= {**waiting, "unreadable": every.unreadable}
    print_unreadable(session, every.unreadable)
    if graph is not None:
        draw = blocked_drawing.dot if graph == "dot" else blocked_drawing.mermaid
        print_data(draw(dependencies))
        print_info(session, f"TLP:{document['tlp']}")
        return
    emit(
        session,
        document,
        waiting["edges"],
        ["from", "to", "status"],
        draw=lambda: show_blocked(blocked_drawing.tree(dependencies), waiting, session.tz),
    )
    print_tlp_marking(session, document)


@click.command("precedents", context_settings=HELP)
@click.argument("agreement", required=False, metavar="[AGREEMENT]", shell_complete=agreements)
@query_options
@pass_session
def precedents(
    session: Session, agreement: str | None, as_of: datetime | None, known_at: datetime | None
) -> None:
    """How earlier deals of the kind ended: time to collapse, trigger, and a base rate.

    Few cases make no rate, and the words say so.

    \b
    Examples:
      pactwatch precedents energy-pause-2025
      pactwatch precedents --json
    """
    from tracker.analysis.precedents import precedents as precedents_document
    from tracker.queries.dossier import with_precedents

    at, known = resolve_clocks(session, as_of, known_at)
    with closing(session.visible_store()) as store:
        dossiers = dossiers_of(store, agreement, at, known)
        documents = [
            precedents_document(dossier.state.id, with_precedents(store, dossier, at, known))
            for dossier in dossiers.answers
        ]
    documents = [each for each in documents if agreement or each["precedents"]]
    levels = [case["tlp"] for each in documents for case in (each, *each["precedents"])]
    levels += [row["tlp"] for row in dossiers.unreadable]
    document = document_head(at, known, levels)
    document |= {"agreements": documents, "unreadable": dossiers.unreadable}
    print_unreadable(session, dossiers.unreadable)
    rows = [
        {"agreement": each["agreement"], **case}
        for each in documents
        for case in each["precedents"]
    ]
    emit(session, document, rows, PRECEDENT_COLUMNS, draw=lambda: show_precedents(documents))
    if not rows:
        print_heading(session, "no precedent is linked")
    print_tlp_marking(session, document)
