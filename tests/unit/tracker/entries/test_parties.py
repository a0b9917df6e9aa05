"""Capitals and the registry: whose noon and whose midnight count."""

from __future__ import annotations

import csv
from zoneinfo import ZoneInfo

import pytest

from events import EventStore, NewEvent, parse_instant
from tracker.dates.countries import TABLE, capital_zone
from tracker.entries.parties import Party, Registry
from tracker.entries.party_stream import read_registry, registries, registry_of
from tracker.entries.streams import PARTIES, party_events, party_stream


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


def registered(party: str, speaks_for: str | None = None) -> Party:
    return Party(party, party.title(), "UTC", speaks_for=speaks_for)


def registry(*parties: Party) -> Registry:
    return Registry({party.id: party for party in parties})


def test_an_account_belongs_to_the_party_at_the_end_of_its_chain() -> None:
    """A ministry's spokesperson is the state's; who speaks for nobody is a party of its own."""
    known = registry(registered("nor-mod", "NOR"), registered("nor-mod-press", "nor-mod"))

    assert ["NOR", "NOR", "NOR", "press"] == [
        known.party_of(account) for account in ("nor-mod-press", "nor-mod", "NOR", "press")
    ]
    assert ("nor-mod", "nor-mod-press") == known.accounts_of("NOR")


def test_a_circle_of_another_writer_speaks_for_nobody() -> None:
    """Each of a circle, and who leads into it, is a party of its own."""
    known = registry(registered("a", "b"), registered("b", "a"), registered("c", "a"))

    assert ["a", "b", "c"] == [known.party_of(account) for account in "abc"]


def registrations(*lines: tuple[str, str | None, str | None]) -> list[Registry]:
    """The registry after each registration of one account: its name, whom it speaks for, and when.

    All are recorded at noon of 1 January 2026, in the stream of all parties and in its own in turn.
    """
    at = parse_instant("2026-01-01T12:00:00Z")
    with EventStore.open("memory://") as store:
        for number, (name, speaks_for, occurred) in enumerate(lines):
            stated = {"speaks_for": speaks_for, "occurred": occurred}
            data = {"party": "a", "name": name, "zone": "Europe/Oslo"}
            data |= {field: value for field, value in stated.items() if value is not None}
            event = NewEvent("pactwatch.PartyRegistered.v1", data, id=str(number), recorded_at=at)
            store.append((PARTIES, party_stream("a"))[number % 2], [event])
        return [registry_of(party_events(store)[:count]) for count in range(1, len(lines) + 1)]


def test_a_later_registration_in_either_stream_replaces_an_earlier() -> None:
    """What an account is called is what was recorded last, whatever its date."""
    known = registrations(
        ("Mission", None, "2025-12-09"), ("Ministry", None, "2025-12-08"), ("Office", None, None)
    )

    assert ["Mission", "Ministry", "Office"] == [each.name_of("a") for each in known]


SPOKE_FOR = {
    # Whom it speaks for first it speaks for always.
    "first": ([("A", "NOR", "2020-01-01")], {"2019-12-31": "NOR", "2026-02-01": "NOR"}),
    # So it does where a registration only adds what the first had left out.
    "added": ([("A", None, None), ("A", "NOR", None)], {"2019-12-31": "NOR"}),
    "candidate": (
        [("A", None, None), ("A", "NOR", "2020-01-20")],
        {"2020-01-19T22:59:59Z": "a", "2020-01-19T23:00:00Z": "NOR"},
    ),
    "leaves": (
        [("A", "NOR", None), ("A", None, "2021-01-20")],
        {"2021-01-19": "NOR", "2021-01-20": "a"},
    ),
    # Without a date a change counts from when it was recorded.
    "from now on": (
        [("A", "NOR", None), ("A", "ISL", None)],
        {"2026-01-01T11:59:59Z": "NOR", "2026-01-01T12:00:00Z": "ISL"},
    ),
    "second term": (
        [("A", "NOR", None), ("A", None, "2021-01-20"), ("A", "NOR", "2025-01-20")],
        {"2021-01-19": "NOR", "2023-01-01": "a", "2025-01-20": "NOR"},
    ),
    # Entered late: up to the change that was known already.
    "between": (
        [("A", "NOR", None), ("A", "ISL", "2025-01-20"), ("A", None, "2021-01-20")],
        {"2021-01-19": "NOR", "2023-01-01": "a", "2025-01-20": "ISL"},
    ),
    "renamed": ([("A", "NOR", None), ("B", "NOR", "2021-01-20")], {"2019-12-31": "NOR"}),
}


@pytest.mark.parametrize("name", SPOKE_FOR)
def test_an_account_speaks_for_a_party_from_a_date_on(name: str) -> None:
    """Each instant, a day its noon, has the party that the account spoke for then."""
    lines, expected = SPOKE_FOR[name]
    known = registrations(*lines)[-1]
    instants = {at: parse_instant(at if "T" in at else f"{at}T12:00:00Z") for at in expected}

    assert expected == {at: known.at(instant).party_of("a") for at, instant in instants.items()}
    assert known.party_of("a") == known.at(parse_instant("2030-01-01T00:00:00Z")).party_of("a")
