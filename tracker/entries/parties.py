"""Registered parties: their names, the zones of their capitals, and whom they speak for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

from msgspec import Struct

from events.errors import nearest
from tracker.dates.countries import capital_zone, countries, country_name, country_named, plain
from tracker.errors import UnknownId

FALLBACK_ZONE = "UTC"


NOBODY: Mapping[str, str] = {}
"""No account speaks for a party, or the accounts are in words already."""


def account_words(account: str, speaks_for: Mapping[str, str]) -> str:
    """An account with the party that it speaks for: `kremlin (RUS)`."""
    return f"{account} ({speaks_for[account]})" if account in speaks_for else account


def add_command(party: str) -> str:
    """The command that registers a party of a name that nobody has."""
    own_id = re.sub(r"[^\w.:+-]+", "-", party, flags=re.ASCII).strip("-.:+_") or "ID"
    return f"pactwatch party add {own_id} --name {shlex.quote(party)} --zone UTC"


class Party(Struct, frozen=True):
    """A party, or an account of one: a ministry, a spokesperson, a leader quoted as such."""

    id: str
    name: str
    zone: str
    aliases: tuple[str, ...] = ()
    qid: str | None = None
    speaks_for: str | None = None


class Registry(Struct):
    """Parties by id. A country that is not registered is known by its ISO code."""

    parties: dict[str, Party]

    def zone_of(self, party: str | None) -> str:
        """The IANA zone of a party's capital; UTC when nothing is known of it."""
        if party is None:
            return FALLBACK_ZONE
        registered = self.parties.get(party)
        return registered.zone if registered else capital_zone(party) or FALLBACK_ZONE

    def knows(self, party: str) -> bool:
        return party in self.parties or capital_zone(party) is not None

    def named(self, name: str) -> tuple[str, ...]:
        """The ids of a party's id, name or alias, in any case; a country also by its code."""
        if self.knows(name):
            return (name,)
        plain_name, country = plain(name), country_named(name)
        ids = [
            party.id
            for party in self.parties.values()
            if plain_name in map(plain, (party.id, party.name, *party.aliases))
        ]
        return tuple(dict.fromkeys([*ids, country.id] if country else ids))

    def name_of(self, party: str) -> str:
        """The name of a party or an account; its id where it is neither known nor a country."""
        registered = self.parties.get(party)
        return registered.name if registered else country_name(party) or party

    def party_of(self, account: str) -> str:
        """The party that an account speaks for in the end; itself where it speaks for nobody.

        A circle, which only a log of another writer can have, speaks for nobody.
        """
        known = self.parties.get(account)
        if known is None or not known.speaks_for:
            return account
        *_, last = self.chain(account)
        registered = self.parties.get(last)
        return account if registered and registered.speaks_for else last

    def chain(self, account: str) -> tuple[str, ...]:
        """The account, whom it speaks for, whom that one speaks for, each once."""
        names = [account]
        while (registered := self.parties.get(names[-1])) and registered.speaks_for:
            if registered.speaks_for in names:
                break
            names.append(registered.speaks_for)
        return tuple(names)

    def parties_of(self, accounts: Iterable[str]) -> frozenset[str]:
        """The parties behind some accounts, each once."""
        return frozenset(map(self.party_of, accounts))

    def speaks_for(self, accounts: Iterable[str]) -> dict[str, str]:
        """The accounts that speak for another party, each with that party."""
        behind = {account: self.party_of(account) for account in accounts}
        return {account: party for account, party in behind.items() if party != account}

    def accounts_of(self, party: str) -> tuple[str, ...]:
        """The registered accounts that speak for the same party, by id, without it."""
        root = self.party_of(party)
        return tuple(sorted(a for a in self.parties if a != party and self.party_of(a) == root))

    def nearest(self, name: str) -> str:
        """`; did you mean RUS?` with the party whose id or name is spelt alike; or empty."""
        known = {plain(party.name): party.id for party in self.parties.values()}
        known |= {plain(each): each for each in self.parties}
        for country in countries().values():
            known.setdefault(plain(country.name), country.id)
        ids = [known[each] for each in nearest(plain(name), known, most=1)]
        return f"; did you mean {ids[0]}?" if ids else ""


def unknown_party(name: str, registry: Registry) -> UnknownId:
    """The refusal of a party that is neither registered nor a country, with how to register it."""
    return UnknownId(f"unknown party {name!r}{registry.nearest(name)}", hint=add_command(name))
