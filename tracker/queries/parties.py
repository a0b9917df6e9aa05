"""Parties and accounts as registered: who they are, and whom they speak for."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from events import EventStore, format_instant
from tracker.dates.countries import country_name
from tracker.entries.parties import ALWAYS, Registry, unknown_party
from tracker.entries.party_stream import registry_of
from tracker.entries.streams import party_events
from tracker.entries.tlp import highest, levels
from tracker.errors import UnknownId


class TenureDocument(TypedDict):
    """Whom an account speaks for from an instant on; null is from the first, and for itself."""

    since: str | None
    speaks_for: str | None


class PartyDocument(TypedDict):
    """A party or an account; `party` is the one that it speaks for in the end, or itself.

    `tenures` are all that it spoke for, in order of time, where there was more than one.
    """

    id: str
    name: str
    zone: str
    aliases: list[str]
    qid: str | None
    speaks_for: str | None
    tenures: list[TenureDocument]
    party: str
    accounts: list[str]
    registered: bool


class Parties(TypedDict):
    """The registry as known at an instant, with its highest TLP."""

    tlp: str
    parties: list[PartyDocument]


def parties(store: EventStore, known_at: datetime) -> Parties:
    """Every registered party, each followed by the accounts that speak for it."""
    registry, tlp = _known(store, known_at)
    order = sorted(registry.parties, key=lambda name: (registry.chain(name)[::-1], name))
    return {"tlp": tlp, "parties": [party_document(name, registry) for name in order]}


def party(store: EventStore, name: str, known_at: datetime) -> Parties:
    """Finds a party by id, name or alias; raises UnknownId where that names none, or several."""
    registry, tlp = _known(store, known_at)
    ids = registry.named(name)
    if not ids:
        raise unknown_party(name, registry)
    if len(ids) > 1:
        raise UnknownId(
            f"{name!r} may be {' or '.join(ids)}", hint=f"pactwatch party show {ids[0]}"
        )
    return {"tlp": tlp, "parties": [party_document(ids[0], registry)]}


def _known(store: EventStore, known_at: datetime) -> tuple[Registry, str]:
    events = [event for event in party_events(store) if event.recorded_at <= known_at]
    return registry_of(events), highest(levels(events).values())


def party_document(name: str, registry: Registry) -> PartyDocument:
    registered = registry.parties.get(name)
    return {
        "id": name,
        "name": registered.name if registered else country_name(name) or name,
        "zone": registry.zone_of(name),
        "aliases": list(registered.aliases) if registered else [],
        "qid": registered.qid if registered else None,
        "speaks_for": registered.speaks_for if registered else None,
        "tenures": [
            {"since": None if since == ALWAYS else format_instant(since), "speaks_for": whom}
            for since, whom in (registered.tenures if registered else ())
        ],
        "party": registry.party_of(name),
        "accounts": [a for a in registry.accounts_of(name) if name in registry.chain(a)],
        "registered": registered is not None,
    }
