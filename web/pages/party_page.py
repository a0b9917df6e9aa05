"""One party: what it owes and what it is owed, and how much of it was kept of what was assessed."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from events.wording import plural
from tracker.dates.countries import country_name
from web.errors import unknown_name
from web.model.query import pages_of, rows_of_page
from web.model.reader import Reader
from web.model.rows.counts import Standing
from web.pages.board_page import promise_facts
from web.pages.render import Page

KEPT, BROKEN = "discharged", "violated"


class Record(Struct, frozen=True):
    """How promises were kept: of those that somebody has assessed, and how many nobody has."""

    kept: int
    assessed: int
    unassessed: int

    @property
    def words(self) -> str:
        """A count always with its whole: "kept 3 of 5 assessed; nobody has assessed 7 more"."""
        if not self.assessed:
            if not self.unassessed:
                return "there are none"
            return f"nobody has assessed {'it' if self.unassessed == 1 else 'any of them'}"
        others = f"; nobody has assessed {self.unassessed:,} more" if self.unassessed else ""
        return f"kept {self.kept:,} of {self.assessed:,} assessed{others}"


def record_of(standings: Counter[Standing]) -> Record:
    """Counts what was found to be kept or broken; what is alleged or only late is no finding."""
    verdicts = Counter[str]()
    for (state, compliance), count in standings.items():
        if state == BROKEN or compliance == "confirmed":
            verdicts[BROKEN] += count
        elif state == KEPT or compliance == "clear":
            verdicts[KEPT] += count
    assessed = verdicts.total()
    return Record(verdicts[KEPT], assessed, standings.total() - assessed)


def party_page(reader: Reader, name: str) -> Page:
    """Everything that one party owes and is owed: what is open first, in the order recorded."""
    registered = reader.queries.folding.registry.parties.get(name)
    if not registered and name not in (known := reader.every_party):
        raise unknown_name("party", name, known)
    lists = reader.party_lists(name)
    owes, owed = lists.owes.standings, lists.owed.standings
    agreements_in_all = len(lists.agreements)
    pages = pages_of(owes.total(), owed.total(), agreements_in_all)
    page = rows_of_page(reader.query, pages)
    visible_owes, visible_owed = (side.promises[page] for side in (lists.owes, lists.owed))
    visible = {c.id: c for c in (*visible_owes, *visible_owed)}
    documents = reader.details(visible.values())
    words_of_owed = record_of(owed).words if owed else ""
    full = registered.name if registered else country_name(name) or name
    facts = {
        "party": name,
        "full": full,
        "headline": full,
        "sentence": _sentence(full, owes, owed),
        "accounts": [a for a in reader.queries.folding.registry.accounts_of(name) if a != name],
        "speaks_for": registered.speaks_for if registered else None,
        "parts": (
            ("owes", "What it owes", "", owes.total(), visible_owes),
            ("owed", "What it is owed", words_of_owed, owed.total(), visible_owed),
        ),
        "agreements": lists.agreements[page],
        "agreements_in_all": agreements_in_all,
        "titles": reader.titles({c.agreement for c in visible.values()}),
        "conditions": [],
        "pages": pages,
        **promise_facts(reader, documents, {c.id: c.agreement for c in visible.values()}),
    }
    return Page("party.html.j2", facts, pages)


def _sentence(full: str, owes: Counter[Standing], owed: Counter[Standing]) -> str:
    owing = f"{full} owes {plural(owes.total(), 'promise')} and is owed {owed.total():,}"
    return f"{owing}. Of what it owes: {record_of(owes).words}." if owes else f"{owing}."
