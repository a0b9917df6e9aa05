"""The `agreement` commands: add, tag, list, show."""

from __future__ import annotations

import shlex
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from tracker.cli.entering.entry_options import agreement_term_options, entry_options, several
from tracker.cli.views.overview import HISTORY_COLUMNS
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.completion import agreements
from tracker.terminal.options import (
    HELP,
    pass_session,
    query_options,
    resolve_clocks,
)
from tracker.terminal.output import (
    emit,
    print_if_none,
    print_tlp_marking,
    print_unreadable,
    survey_document,
)
from tracker.terminal.session import Session

if TYPE_CHECKING:
    from datetime import datetime


@click.group(cls=CommandGroup, context_settings=HELP)
def agreement() -> None:
    """Add, tag, list and show agreements.

    \b
    Examples:
      pactwatch agreement add harbour-accord --title "Harbour accord" \\
          --party NOR --party ISL
      pactwatch agreement list
      pactwatch agreement show energy-pause-2025
    """


@agreement.command("add", context_settings=HELP)
@click.argument("agreement_id", metavar="ID")
@click.option("--title", help="What it is called.")
@several("--party", help="Who takes part; may be repeated.")
@click.option("--predecessor", shell_complete=agreements, help="The agreement it follows.")
@click.option("--zone", help="Zone of its days (default: the capital of its first party).")
@several("--clause", help="CLAUSE.PART=VALUE, e.g. renewal.notice=P30D; may be repeated.")
@several("--tag", help="A word that it is grouped by; may be repeated.")
@several("--phase", help="ID=TITLE of a phase that promises may name; may be repeated.")
@agreement_term_options
@entry_options
@pass_session
def agreement_add(session: Session, /, agreement_id: str, **options: Any) -> int:
    """Put an agreement on record; its promises follow with `commitment add`.

    Its terms and clauses are those of each promise that does not state its own; they are read in
    its zone. The clauses: renewal (period, notice, only_own), withdrawal (notice, only_own),
    suspension (allowed), release (on). The database is created when there is none.

    \b
    Examples:
      pactwatch agreement add harbour-accord --title "Harbour accord" \\
          --party NOR --party ISL -n
      pactwatch agreement add corridor --title "Corridor" --party RUS \\
          --party UKR --party TUR --zone Europe/Istanbul --start 2025-07-22 \\
          --duration P120D --count exclusive --clause renewal.notice=P30D \\
          --tag sea -n
      pactwatch agreement add pause-2026 --title "Second pause" \\
          --predecessor energy-pause-2025 -n
    """
    from tracker.cli.entering.appending import Draft
    from tracker.cli.entering.record_flow import record_event
    from tracker.recording.from_options import (
        attribution_of,
        clauses_of,
        phases_of,
        split,
        terms_of,
    )

    data = {"title": options["title"], "predecessor": options["predecessor"]}
    data = {name: value for name, value in data.items() if value is not None}
    data |= {"parties": split(options["party"])} if options["party"] else {}
    data |= {"zone": options["zone"]} if options["zone"] else {}
    terms = terms_of(options)
    data |= {"terms": terms} if terms else {}
    data |= {"tags": split(options["tag"])} if options["tag"] else {}
    data |= {"phases": phases_of(options["phase"])} if options["phase"] else {}
    data |= clauses_of(options["clause"]) | attribution_of(options)
    debtor = data.get("parties", ["NOR"])[0]
    with closing(session.store(create=True)) as store:
        return record_event(
            session,
            store,
            Draft("AgreementRecorded", agreement_id, data, options["own_id"]),
            dry_run=options["dry_run"],
            yes=options["yes"],
            next_step=f"pactwatch commitment add {agreement_id} NEW-ID "
            f"--kind achievement --debtor {shlex.quote(debtor)} --promise '...'",
        )


@agreement.command("tag", context_settings=HELP)
@click.argument("agreement_id", metavar="ID", shell_complete=agreements)
@click.argument("tags", metavar="TAG...", nargs=-1, required=True)
@entry_options
@pass_session
def agreement_tag(
    session: Session, /, agreement_id: str, tags: tuple[str, ...], **options: Any
) -> int:
    """Set the tags of an agreement: all that it has from then on.

    \b
    Examples:
      pactwatch agreement tag energy-pause-2025 energy ceasefire -n
    """
    from tracker.cli.entering.appending import Draft
    from tracker.cli.entering.record_flow import record_event
    from tracker.recording.from_options import attribution_of, split

    data = {"tags": split(tags)} | attribution_of(options)
    with closing(session.store()) as store:
        return record_event(
            session,
            store,
            Draft("TagsSet", agreement_id, data, options["own_id"]),
            dry_run=options["dry_run"],
            yes=options["yes"],
            next_step=f"pactwatch agreement show {agreement_id}",
        )


AGREEMENT_COLUMNS = ["id", "title", "parties", "roll_up", "commitments", "next_change_at"]


@agreement.command("list", context_settings=HELP)
@query_options
@pass_session
def agreement_list(session: Session, as_of: datetime | None, known_at: datetime | None) -> None:
    """Every agreement, its roll-up and when the clock next matters to it.

    \b
    Examples:
      pactwatch agreement list
      pactwatch agreement list --as-of 2025-03-18T22:00:00Z --json
    """
    from tracker.cli.views.status import show_agreements
    from tracker.queries.overview import agreement_rows

    at, known = resolve_clocks(session, as_of, known_at)
    with closing(session.visible_store()) as store:
        survey = agreement_rows(store, at, known)
    rows = survey.answers
    document = survey_document(at, known, "agreements", rows, survey.unreadable)
    emit(
        session,
        document,
        rows,
        AGREEMENT_COLUMNS,
        draw=lambda: show_agreements(rows, session.tz),
    )
    print_unreadable(session, survey.unreadable)
    first = "" if survey.unreadable else "pactwatch agreement add ID --title '...'"
    print_if_none(session, rows, at, known, first=first)
    print_tlp_marking(session, document)


@agreement.command("show", context_settings=HELP)
@click.argument("agreement_id", metavar="ID", shell_complete=agreements)
@query_options
@pass_session
def agreement_show(
    session: Session, agreement_id: str, as_of: datetime | None, known_at: datetime | None
) -> None:
    """Everything about one agreement: its promises, what was said, and its history.

    The history has the day a thing happened beside the instant it was recorded, and corrections
    beside what they correct.

    \b
    Examples:
      pactwatch agreement show energy-pause-2025 --as-of 2025-03-18T22:00:00Z
      pactwatch agreement show energy-pause-2025 --json
    """
    from tracker.cli.views.overview import show_agreement
    from tracker.queries.overview import agreement_overview
    from tracker.queries.sources import titles_of_sources

    at, known = resolve_clocks(session, as_of, known_at)
    with closing(session.visible_store()) as store:
        document = agreement_overview(store, agreement_id, at, known)
        titles = titles_of_sources(store, agreement_id)
    emit(
        session,
        document,
        document["history"],
        HISTORY_COLUMNS,
        draw=lambda: show_agreement(document, session.tz, titles),
    )
    print_tlp_marking(session, document)
