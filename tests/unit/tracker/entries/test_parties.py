"""Capitals and the registry: whose noon and whose midnight count."""

from __future__ import annotations

import csv
from zoneinfo import ZoneInfo

from events import EventStore, NewEvent, parse_instant
from tracker.dates.zones import TABLE, capital_zone
from tracker.entries.parties import Party, Registry
from tracker.entries.party_stream import read_registry, registries
from tracker.entries.streams import PARTIES


def test_every_capital_has_a_zone_that_exists() -> None:
    """The table covers the members of the United Nations, and each zone can be read."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) >= 193
    assert all(ZoneInfo(row["zone"]) for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)


def test_a_registered_zone_outranks_the_capital() -> None:
    """The registry is what analysts say; the table is what everybody knows."""
    registry = Registry({"RUS": Party("RUS", "Russia", "Asia/Vladivostok")})

    assert ["Asia/Vladivostok", "Europe/Kyiv", "UTC"] == [
        registry.zone_of(party) for party in ("RUS", "UKR", "somebody")
    ]
    assert capital_zone("XXX") is None


def test_a_zone_learned_later_is_not_known_before() -> None:
    """The registry of an instant holds what was recorded by then."""
    with EventStore.open("memory://") as store:
        early, late = parse_instant("2026-01-01T00:00:00Z"), parse_instant("2026-02-01T00:00:00Z")
        data = {"party": "league", "name": "League", "zone": "Europe/Oslo"}
        event = NewEvent(type="pactwatch.PartyRegistered.v1", data=data, id="p", recorded_at=late)
        store.append(PARTIES, [event], 0)

        assert ("UTC", "Europe/Oslo") == (
            read_registry(store, early).zone_of("league"),
            read_registry(store).zone_of("league"),
        )


def test_the_registries_of_many_instants_are_read_at_once() -> None:
    """Each is the registry of its instant; between two entries it is one and the same object."""
    instants = [parse_instant(f"2026-0{month}-01T00:00:00Z") for month in (1, 2, 3, 4)]
    with EventStore.open("memory://") as store:
        for number, zone in ((1, "Europe/Oslo"), (3, "Asia/Tokyo")):
            data = {"party": "league", "name": "League", "zone": zone}
            type_, at = "pactwatch.PartyRegistered.v1", instants[number]
            store.append(PARTIES, [NewEvent(type_, data, id=f"p{number}", recorded_at=at)])
        registry = registries(store)
        expected = [read_registry(store, at).zone_of("league") for at in instants]

    assert ["UTC", "Europe/Oslo", "Europe/Oslo", "Asia/Tokyo"] == expected
    assert expected == [registry(at).zone_of("league") for at in instants]
    assert registry(instants[1]) is registry(instants[2])
