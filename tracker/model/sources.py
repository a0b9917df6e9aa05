"""Chains of attribution: who said it, through whom it came, and how many sources that makes.

Independent chains are counted, not articles: reports that go back to one root are one source, so
are two accounts of one party, and names that only cite one another are one source and a warning.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

UNATTRIBUTED = "unattributed"


class Chain(Struct, frozen=True):
    """How one entry reached the record; `reported_by` nearest last, `derived_from` event ids.

    `parties` are those behind its speaker and its primary source, where these are accounts. `by`
    are the parties whose act it is.
    """

    event: str
    speaker: str | None = None
    reported_by: tuple[str, ...] = ()
    primary_source: str | None = None
    derived_from: tuple[str, ...] = ()
    parties: dict[str, str] = {}
    by: tuple[str, ...] = ()

    @property
    def roots(self) -> tuple[str, ...]:
        """The root; where nobody is quoted, the parties whose own act it is."""
        return self.by if self.by and self.root == UNATTRIBUTED else (self.root,)

    @property
    def root(self) -> str:
        """The primary source it names; the speaker where it names none."""
        return self.primary_source or self.speaker or UNATTRIBUTED

    @property
    def names(self) -> tuple[str, ...]:
        """The names from the speaker to the nearest reporter; a repeated one stands once."""
        return _once(filter(None, (self.speaker, *self.reported_by)))

    @property
    def is_first_hand(self) -> bool:
        """Whether nobody stands behind the speaker."""
        return not self.derived_from and self.primary_source in (None, self.speaker)


class Support(Struct, frozen=True):
    """What a statement rests on: reports are articles, `roots` are independent sources.

    An account that repeats itself on the same way is one report.
    """

    events: tuple[str, ...]
    roots: tuple[str, ...]
    circles: tuple[tuple[str, ...], ...] = ()
    reports: int = 0

    @property
    def independent(self) -> int:
        return len(self.roots)

    @property
    def is_single(self) -> bool:
        return self.independent == 1


def chain_of(event: str, payload: Any, parties: Mapping[str, str]) -> Chain:
    """The chain of an event from its payload; `parties` are those behind its accounts."""
    return Chain(
        event,
        payload.speaker,
        tuple(payload.reported_by),
        payload.primary_source,
        tuple(payload.derived_from),
        dict(parties),
        acting_in(payload),
    )


def acting_in(payload: Any) -> tuple[str, ...]:
    """The parties that an entry names as those who act; a statement has one account instead."""
    by = getattr(payload, "by", ())
    return tuple(by) if isinstance(by, tuple | list) else ()


def _once(names: Iterable[str]) -> tuple[str, ...]:
    unique: list[str] = []
    for name in names:
        if not unique or unique[-1] != name:
            unique.append(name)
    return tuple(unique)


def support_of(chains: Iterable[Chain], others: Iterable[Chain] = ()) -> Support:
    """The independent sources of these chains; `others` are entries they may be derived from."""
    counted = list(chains)
    known = {chain.event: chain for chain in (*others, *counted)}
    behind = _cited_names(counted)
    named = {root for chain in counted for root in _derived_roots(chain, known, frozenset())}
    # The last name behind a name; of a circle, its first by alphabet.
    paths = [_path_behind(name, behind) for name in named]
    roots = {min(path[path.index(back) :]) if back else path[-1] for path, back in paths}
    circles = dict.fromkeys(_circles(counted, behind))
    parties = {name: party for each in known.values() for name, party in each.parties.items()}
    events = tuple(chain.event for chain in counted)
    ways = {(chain.names, chain.primary_source, chain.derived_from) for chain in counted}
    return Support(events, by_party(roots, parties), tuple(circles), len(ways))


def by_party(roots: Iterable[str], parties: Mapping[str, str]) -> tuple[str, ...]:
    """Gives one name for each party behind some roots: its one account, or itself for several.

    What nobody is named for may go back to any of the others, so beside these it counts for none.
    """
    accounts: dict[str, set[str]] = {}
    every = set(roots)
    for root in every - {UNATTRIBUTED} or every:
        accounts.setdefault(parties.get(root, root), set()).add(root)
    names = (min(own) if len(own) == 1 else party for party, own in accounts.items())
    return tuple(sorted(names))


def _derived_roots(
    chain: Chain, known: Mapping[str, Chain], seen: frozenset[str]
) -> frozenset[str]:
    """The roots of what an entry is derived from; its own where that is not known."""
    parents = [known[event] for event in chain.derived_from if event in known]
    fresh = [parent for parent in parents if parent.event not in seen | {chain.event}]
    if not fresh:
        return frozenset(chain.roots)
    deeper = seen | {chain.event}
    return frozenset(root for parent in fresh for root in _derived_roots(parent, known, deeper))


def _cited_names(chains: Iterable[Chain]) -> dict[str, str]:
    """Who stands behind a name that never speaks at first hand: speaker -> its one root."""
    counted = list(chains)
    direct = {chain.speaker for chain in counted if chain.is_first_hand}
    cited: dict[str, set[str]] = {}
    for chain in counted:
        if chain.speaker and chain.speaker not in direct and chain.root != chain.speaker:
            cited.setdefault(chain.speaker, set()).add(chain.root)
    return {name: min(roots) for name, roots in cited.items() if len(roots) == 1}


def _path_behind(name: str, behind: Mapping[str, str]) -> tuple[list[str], str | None]:
    """The names behind a name, one after another, and the one at which they begin again."""
    path = [name]
    while (nearer := behind.get(path[-1])) is not None and nearer not in path:
        path.append(nearer)
    return path, nearer


def _circles(chains: Iterable[Chain], behind: Mapping[str, str]) -> Iterable[tuple[str, ...]]:
    """Chains that come back to where they began, then names that only cite one another.

    Each pair comes once, from the first by alphabet.
    """
    for chain in chains:
        for names in (chain.names, _once(filter(None, (chain.primary_source, *chain.reported_by)))):
            if len(set(names)) < len(names):
                yield names
    for name in sorted(behind):
        path, back = _path_behind(name, behind)
        if back == name and name == min(path):
            yield (*path, name)
