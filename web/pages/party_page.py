"""One party: what it owes and what it is owed, and how much of it was kept of what was assessed."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from events.wording import plural
from tracker.dates.countries import country_name
from tracker.documents.summaries import CommitmentSummary
from web.errors import unknown_name
from web.model.filters import parties_of
from web.model.query import is_open, pages_of, rows_of_page
from web.model.reader import Reader
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


def record_of(promises: Iterable[CommitmentSummary]) -> Record:
    """Counts what was found to be kept or broken; what is alleged or only late is no finding."""
    every_one = list(promises)
    broken = sum(c.state == BROKEN or c.compliance == "confirmed" for c in every_one)
    kept = sum(
        c.state == KEPT or c.compliance == "clear"
        for c in every_one
        if c.state != BROKEN and c.compliance != "confirmed"
    )
    return Record(kept, kept + broken, len(every_one) - kept - broken)


def party_page(reader: Reader, name: str) -> Page:
    """Everything that one party owes and is owed: what is open first, in the order recorded."""
    promises = [c for heading in reader.chosen() for c in heading.holdings]
    promises.sort(key=lambda c: not is_open(c.state))
    owes = [c for c in promises if name in c.debtor]
    owed = [c for c in promises if name in c.creditor and name not in c.debtor]
    agreements = [heading for heading in reader.headings if name in heading.parties]
    registered = reader.queries.folding.registry.parties.get(name)
    known = parties_of(reader.headings)
    if not registered and name not in known:
        raise unknown_name("party", name, known)
    pages = pages_of(len(owes), len(owed), len(agreements))
    page = rows_of_page(reader.query, pages)
    lists = [each[page] for each in (owes, owed)]
    visible = {c.id: c for each in lists for c in each}
    documents = reader.details(visible.values())
    full = registered.name if registered else country_name(name) or name
    facts = {
        "party": name,
        "full": full,
        "headline": full,
        "sentence": _sentence(full, owes, owed),
        "accounts": [a for a in reader.queries.folding.registry.accounts_of(name) if a != name],
        "speaks_for": registered.speaks_for if registered else None,
        "parts": (
            ("owes", "What it owes", "", len(owes), lists[0]),
            ("owed", "What it is owed", record_of(owed).words if owed else "", len(owed), lists[1]),
        ),
        "agreements": agreements[page],
        "agreements_in_all": len(agreements),
        "titles": {heading.id: heading.title for heading in reader.headings},
        "conditions": [],
        "pages": pages,
        **promise_facts(reader, documents, {c.id: c.agreement for c in visible.values()}),
    }
    return Page("party.html.j2", facts, pages)


def _sentence(full: str, owes: list[CommitmentSummary], owed: list[CommitmentSummary]) -> str:
    owing = f"{full} owes {plural(len(owes), 'promise')} and is owed {len(owed):,}"
    return f"{owing}. Of what it owes: {record_of(owes).words}." if owes else f"{owing}."
