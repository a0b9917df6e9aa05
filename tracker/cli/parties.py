"""The `party` commands: add, list, show."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from tracker.cli.entering.entry_options import entry_options, several
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.completion import parties
from tracker.terminal.options import HELP, known_at_option, pass_session, resolve_clocks, tlp_option
from tracker.terminal.output import document_head, emit, print_tlp_marking
from tracker.terminal.session import Session
from tracker.terminal.tables import print_table
from tracker.terminal.text import print_data, print_info

if TYPE_CHECKING:
    from events.envelope import EventData
    from tracker.entries.parties import Registry
    from tracker.queries.parties import PartyDocument, TenureDocument


@click.group(cls=CommandGroup, context_settings=HELP)
def party() -> None:
    """Register parties and the accounts that speak for them, list and show them.

    Countries are known by their code, with name and capital, and need no registration.

    \b
    Examples:
      pactwatch party add nor-mfa --name "Norwegian foreign ministry" \\
          --speaks-for NOR
      pactwatch party list
      pactwatch party show RUS
    """


@party.command("add", context_settings=HELP)
@click.argument("party_id", metavar="ID", shell_complete=parties)
@click.option("--name", help="The name it is shown by.")
@click.option("--zone", metavar="ZONE", help="Time zone of its capital or seat.")
@several("--alias", help="Another name it is found by; may be repeated.")
@click.option("--qid", metavar="Q", help="Its number in Wikidata.")
@click.option(
    "--speaks-for",
    metavar="PARTY",
    shell_complete=parties,
    help="The party whose account it is: its words and acts are that party's.",
)
@click.option(
    "--for-itself", is_flag=True, help="It speaks for nobody else any more, from its date on."
)
@entry_options
@pass_session
def party_add(session: Session, /, party_id: str, **options: Any) -> int:
    """Register a party or an account, or change what is registered of it.

    What is not said stays as it was registered. Of a new one, a country has its name and its
    capital's zone, and an account the zone of the party that it speaks for.

    Whom an account speaks for first it speaks for always. A change counts from its date, and what
    it did before stays the act of whom it spoke for then: a president leaves office. What was
    registered wrongly is corrected or retracted (`pactwatch event correct`).

    \b
    Examples:
      pactwatch party add osce --name "OSCE" --zone Europe/Vienna -n
      pactwatch party add nor-mfa --name "Norwegian foreign ministry" \\
          --speaks-for NOR -n
      pactwatch party add trump --for-itself --occurred 2029-01-20 -n
    """
    from tracker.cli.entering.appending import Draft
    from tracker.cli.entering.record_flow import record_event
    from tracker.entries.lookup import position_of
    from tracker.entries.party_stream import registry_of
    from tracker.entries.streams import party_events
    from tracker.recording.from_options import attribution_of

    with closing(session.store(create=True)) as store:
        before = position_of(store, options["own_id"])
        registry = registry_of(e for e in party_events(store) if not before or e.position < before)
        data = _registration(party_id, options, registry)
        registered = registry.parties.get(party_id)
        # Whom it speaks for at last is not whom it spoke for on an earlier date.
        is_dated = bool(options["occurred"] and registered and registered.tenures)
        if data and data == _registered(party_id, registry) and before is None and not is_dated:
            print_info(session, f"{party_id} is registered so already; nothing was recorded")
            return 0
        return record_event(
            session,
            store,
            Draft("PartyRegistered", party_id, data | attribution_of(options), options["own_id"]),
            dry_run=options["dry_run"],
            yes=options["yes"],
            next_step=f"pactwatch party show {party_id}",
        )


def _registration(party_id: str, options: dict[str, Any], registry: Registry) -> EventData:
    """What is said of a party, over what is registered of it and what is known of a country."""
    from tracker.dates.countries import capital_zone, country_name
    from tracker.recording.from_options import split

    speaks_for = options["speaks_for"]
    options_given = {
        "name": options["name"],
        "zone": options["zone"],
        "aliases": split(options["alias"]) or None,
        "qid": options["qid"],
        "speaks_for": speaks_for,
    }
    known: EventData = {
        "name": country_name(party_id),
        "zone": capital_zone(party_id) or (registry.zone_of(speaks_for) if speaks_for else None),
    }
    known |= _registered(party_id, registry)
    if options["for_itself"]:
        known.pop("speaks_for", None)
    data = known | {name: value for name, value in options_given.items() if value is not None}
    return {name: value for name, value in data.items() if value is not None}


def _registered(party_id: str, registry: Registry) -> EventData:
    """What is registered of a party, as its data."""
    registered = registry.parties.get(party_id)
    if registered is None:
        return {}
    data: EventData = {"name": registered.name, "zone": registered.zone}
    data |= {"aliases": list(registered.aliases)} if registered.aliases else {}
    data |= {"qid": registered.qid} if registered.qid else {}
    return data | ({"speaks_for": registered.speaks_for} if registered.speaks_for else {})


PARTY_COLUMNS = ["id", "name", "zone", "speaks_for", "aliases"]


@party.command("list", context_settings=HELP)
@known_at_option
@tlp_option
@pass_session
def party_list(session: Session, known_at: datetime | None) -> None:
    """Every registered party, followed by the accounts that speak for it.

    \b
    Examples:
      pactwatch party list
      pactwatch party list --json
    """
    from tracker.queries.parties import parties as registered_parties

    at, known = resolve_clocks(session, known_at, known_at)
    with closing(session.visible_store()) as store:
        registry = registered_parties(store, known)
    rows = registry["parties"]
    document = document_head(at, known, [registry["tlp"]]) | {"parties": rows}
    cells = [{**row, "aliases": ", ".join(row["aliases"])} for row in rows]
    nobody = "nobody is registered; countries are known by their code"
    draw = partial(print_table, cells, PARTY_COLUMNS) if rows else partial(print_data, nobody)
    emit(session, document, rows, PARTY_COLUMNS, draw=draw)
    print_tlp_marking(session, document)


@party.command("show", context_settings=HELP)
@click.argument("party_id", metavar="ID", shell_complete=parties)
@known_at_option
@tlp_option
@pass_session
def party_show(session: Session, party_id: str, known_at: datetime | None) -> None:
    """One party: its names and zone, whom it speaks for, and who speaks for it.

    \b
    Examples:
      pactwatch party show RUS
      pactwatch party show kremlin --json
    """
    from tracker.queries.parties import party as one_party

    at, known = resolve_clocks(session, known_at, known_at)
    with closing(session.visible_store()) as store:
        registry = one_party(store, party_id, known)
    row = registry["parties"][0]
    document = document_head(at, known, [registry["tlp"]]) | row
    emit(session, document, [row], PARTY_COLUMNS, draw=lambda: _show_party(row))
    print_tlp_marking(session, document)


def _tenure(tenure: TenureDocument, zone: str) -> str:
    """Whom an account speaks for in one of its times, and from which day or instant of its zone."""
    from events import parse_instant
    from tracker.dates.zones import day_ended_at

    whom, since = tenure["speaks_for"] or "itself", tenure["since"]
    if since is None:
        return whom
    day_before = day_ended_at(parse_instant(since), zone)
    return f"{whom} from {day_before + timedelta(days=1) if day_before else since}"


def _show_party(row: PartyDocument) -> None:
    print_data(f"{row['id']}: {row['name']}")
    behind = row["speaks_for"]
    if behind and behind != row["party"]:
        behind = f"{behind}, and so for {row['party']}"
    facts = (
        ("zone", row["zone"]),
        ("aliases", ", ".join(row["aliases"])),
        ("wikidata", row["qid"]),
        ("speaks for", behind or "itself"),
        ("in turn", ", then ".join(_tenure(each, row["zone"]) for each in row["tenures"])),
        ("accounts", ", ".join(row["accounts"]) or "none"),
        ("registered", "yes" if row["registered"] else "no, a country known by its code"),
    )
    for name, value in facts:
        if value:
            print_data(f"  {name:<11} {value}")
