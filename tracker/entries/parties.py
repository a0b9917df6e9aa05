"""Registered parties, their names, and the time zone of their capitals."""

from __future__ import annotations

from msgspec import Struct

from tracker.dates.zones import capital_zone

FALLBACK_ZONE = "UTC"


class Party(Struct, frozen=True):
    id: str
    name: str
    zone: str
    aliases: tuple[str, ...] = ()
    qid: str | None = None


class Registry:
    """Parties by id. A country that is not registered is known by its ISO code."""

    def __init__(self, parties: dict[str, Party]) -> None:
        self.parties = parties

    def zone_of(self, party: str | None) -> str:
        """The IANA zone of a party's capital; UTC when nothing is known of it."""
        if party is None:
            return FALLBACK_ZONE
        registered = self.parties.get(party)
        return registered.zone if registered else capital_zone(party) or FALLBACK_ZONE

    def knows(self, party: str) -> bool:
        return party in self.parties or capital_zone(party) is not None

    def name_of(self, party: str) -> str:
        registered = self.parties.get(party)
        return registered.name if registered else party
