"""Registered parties: their names, the zones of their capitals, and whom they speak for, when."""

from __future__ import annotations

import re
import shlex
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from events.wording import meant_words, nearest
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


ALWAYS = datetime.min.replace(tzinfo=UTC)
"""Since when an account speaks for the party that is first said of it."""

Tenure = tuple[datetime, str | None]
"""Since when an account speaks for whom; None is for itself."""


class Party(Struct, frozen=True):
    """A party, or an account of one: a ministry, a spokesperson, a leader quoted as such.

    `speaks_for` is whom it speaks for at last. `tenures` are all of them in order of time, where
    there was more than one: a president speaks for a state until the next.
    """

    id: str
    name: str
    zone: str
    aliases: tuple[str, ...] = ()
    qid: str | None = None
    speaks_for: str | None = None
    tenures: tuple[Tenure, ...] = ()

    def spoke_for(self, at: datetime) -> str | None:
        """Whom it speaks for at an instant."""
        past = (whom for since, whom in reversed(self.tenures) if since <= at)
        return next(past, None) if self.tenures else self.speaks_for

    def with_tenure(self, since: datetime, whom: str | None) -> Party:
        """The party as it speaks for another from an instant on, up to the next change known."""
        if self.spoke_for(since) == whom:
            return self
        before = self.tenures or ((ALWAYS, self.speaks_for),)
        others = [tenure for tenure in before if tenure[0] != since]
        tenures = tuple(sorted((*others, (since, whom)), key=lambda tenure: tenure[0]))
        return replace(self, speaks_for=tenures[-1][1], tenures=tenures if others else ())


class Registry(Struct, eq=False):
    """Parties by id. A country that is not registered is known by its ISO code."""

    parties: dict[str, Party]
    _changes: list[datetime] | None = None
    _views: dict[int, Registry] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Registry) and self.parties == other.parties

    __hash__ = None  # type: ignore[assignment]

    def register(self, *parties: Party) -> None:
        """Takes parties beside those that it has, or in the place of what was said of them."""
        self.become({**self.parties, **{party.id: party for party in parties}})

    def become(self, parties: dict[str, Party]) -> None:
        self.parties, self._changes, self._views = parties, None, {}

    def at(self, instant: datetime) -> Registry:
        """The registry in which each account speaks for whom it spoke for at an instant."""
        if self._changes is None:
            tenures = (tenure for party in self.parties.values() for tenure in party.tenures)
            self._changes = sorted({since for since, _ in tenures} - {ALWAYS})
        if not self._changes:
            return self
        number = bisect_right(self._changes, instant)
        if number not in self._views:
            self._views[number] = Registry(
                {
                    party.id: replace(party, speaks_for=party.spoke_for(instant), tenures=())
                    for party in self.parties.values()
                }
            )
        return self._views[number]

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
        return meant_words([known[each] for each in nearest(plain(name), known, most=1)])


def unknown_party(name: str, registry: Registry) -> UnknownId:
    """The refusal of a party that is neither registered nor a country, with how to register it."""
    return UnknownId(f"unknown party {name!r}{registry.nearest(name)}", hint=add_command(name))
