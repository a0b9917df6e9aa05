"""The `commitment` commands: add, list, show."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from events.envelope import EventData
from tracker.cli.entering.entry_options import entry_options, several, term_options
from tracker.cli.views.overview import HISTORY_COLUMNS
from tracker.model.vocabulary import Kind, State
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.completion import agreements, commitments
from tracker.terminal.options import (
    HELP,
    OneOfMany,
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
from tracker.terminal.text import print_info

if TYPE_CHECKING:
    from events import EventStore


@click.group(cls=CommandGroup, context_settings=HELP)
def commitment() -> None:
    """Add, list and show commitments: one debtor's promise to its creditors.

    \b
    Examples:
      pactwatch commitment add energy-pause-2025 ep-ukr-2 --kind maintenance \\
          --debtor UKR --creditor RUS --promise "no strikes at sea" \\
          --start 2025-03-20 --duration P30D -n
      pactwatch commitment list energy-pause-2025
      pactwatch commitment show ep-rus
    """


@commitment.command("add", context_settings=HELP)
@click.argument("agreement_id", metavar="AGREEMENT", shell_complete=agreements)
@click.argument("commitment_id", metavar="ID")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="To do once, to "
              "keep over a time, to do in every period, or to go on talking.")  # fmt: skip
@click.option(
    "--deontic",
    type=click.Choice(["obligation", "prohibition", "permission", "power"]),
    help="Whether it has to, must not, may or can be done (default: obligation).",
)
@several("--debtor", help="Who promises; may be repeated.")
@several("--each", help="One mirrored promise of each of these to the others: A,B,C.")
@several("--creditor", help="To whom; may be repeated.")
@click.option("--promise", help="What is promised, in a sentence.")
@click.option("--proposed", is_flag=True, help="Only proposed: nobody has accepted yet.")
@click.option("--proposed-by", metavar="PARTY", help="Whose proposal it is.")
@click.option("--offer-valid-until", metavar="DATE", help="When the offer ends.")
@several("--conditional-on", help="ID=TEXT of a condition first to be met; may be repeated.")
@several("--condition-deadline", help="ID=DATE by when a condition has to be met.")
@click.option("--require", type=click.Choice(["all", "any"]), help="Of several conditions.")
@click.option("--reciprocal-with", metavar="ID", shell_complete=commitments,
              help="The mirrored promise of the other side.")  # fmt: skip
@click.option("--phase", help="The phase of its agreement that it belongs to.")
@term_options
@entry_options
@pass_session
def commitment_add(
    session: Session, /, agreement_id: str, commitment_id: str, **options: Any
) -> int:
    """Put a promise on record: accepted, only proposed, or accepted under conditions.

    \b
    Examples:
      pactwatch commitment add pow-swap-2025-03-19 sw-late --kind achievement \\
          --debtor RUS --creditor UKR --promise "to hand over 22 more" \\
          --due 2025-04-20 --quantity 22 -n
      pactwatch commitment add black-sea-talks bs-truce --kind maintenance \\
          --debtor RUS --creditor UKR --promise "no attacks at sea" \\
          --start 2025-04-01 --duration P30D \\
          --conditional-on "lift=USA lifts the ban" \\
          --condition-deadline lift=2025-04-15 -n
      pactwatch commitment add black-sea-talks bs-next --kind process \\
          --debtor RUS --creditor USA --promise "to meet again" --proposed \\
          --offer-valid-until 2025-04-30 -n
      pactwatch commitment add black-sea-talks bs-safe --kind maintenance \\
          --each RUS,UKR,TUR --promise "to let ships pass" --start 2025-04-01 \\
          --duration P30D -n
      pactwatch commitment add black-sea-talks bs-ships --kind recurring \\
          --debtor RUS --creditor UKR --promise "to let ten ships pass a day" \\
          --start 2025-04-01 --recurrence "FREQ=DAILY;COUNT=30" --quantity 10 -n
    """
    from tracker.cli.entering.appending import Draft
    from tracker.cli.entering.record_flow import record_event, record_together
    from tracker.recording.from_options import attribution_of

    name, data = _promise(options)
    data |= attribution_of(options)
    with closing(session.store()) as store:
        parties = _parties(session, store, agreement_id, options["each"])
        own_id, promises = options["own_id"], _mirrored(commitment_id, parties, data, options)
        if promises:
            drafts = [
                Draft(name, agreement_id, promise, f"{own_id}-{party.lower()}" if own_id else None)
                for party, promise in promises.items()
            ]
            return record_together(
                session,
                store,
                drafts,
                dry_run=options["dry_run"],
                yes=options["yes"],
                next_step=f"pactwatch agreement show {agreement_id}",
            )
        return record_event(
            session,
            store,
            Draft(name, agreement_id, {"commitment": commitment_id} | data, own_id),
            dry_run=options["dry_run"],
            yes=options["yes"],
            next_step=f"pactwatch commitment show {commitment_id}",
        )


OF_PROMISE = (
    "kind", "deontic", "promise", "proposed_by", "offer_valid_until", "reciprocal_with", "phase",
)  # fmt: skip


def _parties(
    session: Session, store: EventStore, agreement_id: str, names: tuple[str, ...]
) -> list[str]:
    """The ids of the parties of `--each`, which may be given by their names."""
    from tracker.recording.as_written import WrittenFields
    from tracker.recording.from_options import split

    if not names:
        return []
    written = WrittenFields.of(store, agreement_id, session.now, session.tz)
    parties = written.resolve({"parties": split(names)})["parties"]
    for change in written.take_changes():
        print_info(session, change)
    return list(dict.fromkeys(parties))


def _mirrored(
    commitment_id: str, parties: list[str], data: EventData, options: Mapping[str, Any]
) -> dict[str, EventData]:
    """One promise for each of the parties, by the suffix of its id, each linked to the next."""
    if not parties:
        return {}
    if len(parties) == 1 or options["debtor"] or options["reciprocal_with"]:
        raise click.UsageError(
            "--each names two parties or more, and takes the place of --debtor and "
            "--reciprocal-with."
        )
    ids = [f"{commitment_id}-{party.lower()}" for party in parties]
    others = list(data.get("creditor", ()))
    return {
        party: {
            **data,
            "commitment": own,
            "debtor": [party],
            "creditor": [*(each for each in parties if each != party), *others],
            "reciprocal_with": following,
        }
        for party, own, following in zip(parties, ids, [*ids[1:], ids[0]], strict=True)
    }


def _promise(options: Mapping[str, Any]) -> tuple[str, EventData]:
    """Gives the type of event that the options ask for, and its own fields."""
    from tracker.recording.from_options import antecedents_of, split, terms_of

    conditions = options["conditional_on"]
    if conditions and options["proposed"]:
        raise click.UsageError("--proposed and --conditional-on: a promise is one or the other.")
    data = {name: options[name] for name in OF_PROMISE if options[name] is not None}
    for side in ("debtor", "creditor"):
        data |= {side: split(options[side])} if options[side] else {}
    terms = terms_of(options)
    data |= {"terms": terms} if terms else {}
    if not conditions:
        for name in ("condition_deadline", "require"):
            if options[name]:
                raise click.UsageError(f"--{name.replace('_', '-')} needs --conditional-on.")
        return "CommitmentProposed" if options["proposed"] else "CommitmentAccepted", data
    data["antecedents"] = antecedents_of(conditions, options["condition_deadline"])
    return "AcceptedConditionally", data | (
        {"require": options["require"]} if options["require"] else {}
    )


STATES = [state.value for state in State]
COMMITMENT_COLUMNS = ["id", "agreement", "kind", "debtor", "creditor", "state", "compliance",
                      "timing", "earliest", "latest", "flags", "next_change_at"]  # fmt: skip


@commitment.command("list", context_settings=HELP)
@click.argument("agreement_id", metavar="[AGREEMENT]", required=False, shell_complete=agreements)
@click.option("--state", "states", type=OneOfMany(STATES), multiple=True, metavar="STATE",
              help=f"Only in this state; may be repeated: {', '.join(STATES)}.")  # fmt: skip
@click.option("--party", help="Only those of this debtor or creditor.")
@query_options
@pass_session
def commitment_list(
    session: Session,
    agreement_id: str | None,
    states: tuple[str, ...],
    party: str | None,
    as_of: datetime | None,
    known_at: datetime | None,
) -> None:
    """Commitments across agreements, with how each stands.

    \b
    Examples:
      pactwatch commitment list --state in_force --party RUS
      pactwatch commitment list energy-pause-2025 --json
    """
    from tracker.cli.views.status import show_commitments
    from tracker.queries.overview import commitment_rows

    at, known = resolve_clocks(session, as_of, known_at)
    with closing(session.visible_store()) as store:
        survey = commitment_rows(store, at, known, agreement_id)
    rows = [
        row
        for row in survey.answers
        if (not states or row["state"] in states)
        and (party is None or party in row["debtor"] + row["creditor"])
    ]
    document = survey_document(at, known, "commitments", rows, survey.unreadable)
    emit(
        session,
        document,
        rows,
        COMMITMENT_COLUMNS,
        draw=lambda: show_commitments(rows, session.tz),
    )
    print_unreadable(session, survey.unreadable)
    first = "pactwatch commitment add AGREEMENT ID --kind achievement --debtor DEBTOR"
    first = "" if survey.unreadable else first
    print_if_none(session, survey.answers, at, known, name=agreement_id, first=first)
    print_tlp_marking(session, document)


@commitment.command("show", context_settings=HELP)
@click.argument("commitment_id", metavar="ID", shell_complete=commitments)
@query_options
@pass_session
def commitment_show(
    session: Session, commitment_id: str, as_of: datetime | None, known_at: datetime | None
) -> None:
    """Everything about one promise: how it stands and why, readings, conditions, incidents,
    history with corrections beside what they correct.

    \b
    Examples:
      pactwatch commitment show ep-rus
      pactwatch commitment show sw-rus --as-of 2025-03-20T12:00:00Z --json
    """
    from tracker.cli.views.overview import show_commitment
    from tracker.queries.overview import commitment_overview
    from tracker.queries.sources import titles_of_sources

    at, known = resolve_clocks(session, as_of, known_at)
    with closing(session.visible_store()) as store:
        document = commitment_overview(store, commitment_id, at, known)
        titles = titles_of_sources(store, document["agreement"]["id"])
    emit(
        session,
        document,
        document["history"],
        HISTORY_COLUMNS,
        draw=lambda: show_commitment(document, session.tz, titles),
    )
    print_tlp_marking(session, document)
