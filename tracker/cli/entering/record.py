"""`record`: any event type, with its fields on the line or asked for at a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

import click

from tracker.cli.entering.entry_options import id_option
from tracker.terminal.completion import agreements_and_commitments, field_values, types
from tracker.terminal.options import author_option, now_option, pass_session, yes_option
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import print_heading


@click.command(
    "record",
    context_settings={
        "help_option_names": ["-h", "--help"],
        "ignore_unknown_options": True,
        "allow_interspersed_args": True,
    },
)
@click.argument("type_", metavar="[TYPE]", required=False, shell_complete=types)
@click.argument(
    "target",
    metavar="[COMMITMENT-OR-AGREEMENT]",
    required=False,
    shell_complete=agreements_and_commitments,
)
@click.argument(
    "fields",
    nargs=-1,
    type=click.UNPROCESSED,
    metavar="[FIELD=VALUE]...",
    shell_complete=field_values,
)
@id_option
@author_option
@click.option("-n", "--dry-run", is_flag=True, help="Show the event and its effect, write nothing.")
@yes_option
@now_option
@pass_session
def record(
    session: Session,
    type_: str | None,
    target: str | None,
    fields: tuple[str, ...],
    own_id: str | None,
    dry_run: bool,
    yes: bool,
) -> int:
    """Record one event, after showing what it changes and which alerts it would cause.

    Fields are given as name=value or --name value; lists with commas, structures as JSON or
    with dots (source.line=33, terms.due=2026-03-01). Without fields, a terminal is asked for
    them; it is asked for a yes before anything is written. Off a terminal nothing is asked: what
    is complete is recorded at once. Without TYPE, the types are listed, which
    `pactwatch help entries` tells apart.

    \b
    Examples:
      pactwatch record
      pactwatch record ComplianceObserved ep-rus
      pactwatch record PerformanceConfirmed sw-rus quantity=175 basis=both_sides
      pactwatch record ViolationAlleged ep-rus occurred=2025-03-20 speaker=UKR \\
          incident=i1 text="drone strike on a substation" -n
      pactwatch record AgreementRecorded harbour-accord title="Harbour accord" \\
          parties=NOR,ISL
    """
    if type_ is None:
        list_types(session)
        return 0
    from tracker.cli.entering.appending import Draft
    from tracker.cli.entering.one_target import check_one_target, words_beside
    from tracker.cli.entering.record_flow import record_event
    from tracker.entries.decoding import check_type
    from tracker.recording.typed_fields import typed_fields

    check_type(type_)
    if target is not None and "=" in target:
        # No id has this sign: it is the first field, and the place of the target is empty.
        fields, target = (target, *fields), None
    if target is not None and words_beside(fields):
        with closing(session.store()) as store:
            check_one_target(store, type_, target, fields)
    data = typed_fields(type_, fields)
    target = target or named_target(type_, data) or ask_target(type_)
    with closing(session.store(create=type_ == "AgreementRecorded")) as store:
        draft = Draft(type_, target, data, own_id)
        return record_event(session, store, draft, dry_run=dry_run, yes=yes)


def named_target(name: str, data: Mapping[str, object]) -> str | None:
    """What a party, document or agreement is recorded on, where one of the fields names it."""
    from tracker.model.event_types import EVENT_TYPES

    fields = {"registry": ("document", "party"), "agreement": ("agreement",)}
    named = (data.get(field) for field in fields.get(EVENT_TYPES[name].level, ()))
    return next((value for value in named if isinstance(value, str)), None)


def ask_target(name: str) -> str:
    """Asks at a terminal what to record a type on; elsewhere raises a usage error."""
    from tracker.model.event_types import EVENT_TYPES
    from tracker.terminal.completion import targets
    from tracker.terminal.prompts import ask_needed, at_terminal

    levels = {"registry": "PARTY", "agreement": "AGREEMENT"}
    what = levels.get(EVENT_TYPES[name].level, "COMMITMENT-OR-AGREEMENT")
    if "document" in EVENT_TYPES[name].__struct_fields__:
        what = "DOCUMENT"
    context = click.get_current_context()
    if not at_terminal():
        raise click.UsageError(f"Missing argument '{what}'.", context)
    from tracker.terminal.line_editor import Suggestions

    return ask_needed(what, Suggestions(targets(context)))


def list_types(session: Session) -> None:
    from tracker.model.event_types import EVENT_TYPES

    rows = [type_row(name) for name in EVENT_TYPES]
    emit(session, {"types": rows}, rows)
    print_heading(session, "* is needed; next: pactwatch record TYPE COMMITMENT-OR-AGREEMENT")


def type_row(name: str) -> dict[str, object]:
    """Describes a type of event: its rows in the transition table, and its own fields."""
    from tracker.model.event_types import EVENT_TYPES
    from tracker.recording.fields import common_fields, fields_of
    from tracker.rules.transitions import rows_of

    shared = common_fields(name)
    own = [field for field in fields_of(name) if field.name not in shared or field.needed]
    return {
        "type": name,
        "rows": ", ".join(dict.fromkeys(row.number for row in rows_of(name))),
        "level": EVENT_TYPES[name].level.replace("_", " "),
        "fields": [f"{field.name}{'*' if field.needed else ''}" for field in own],
    }
