"""Selects what the board shows: counts, what is pressing, the filtered and paged list. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter

from msgspec import Struct
from msgspec.structs import replace

from events import format_instant
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from web.model.query import Query, is_open, pages_of
from web.model.words import ROLL_UP_ORDER, plural

SOON = timedelta(days=14)
AGREEMENTS_A_PAGE = 40
HOLDINGS_SHOWN = 12
ATTENTION_SHOWN = 15
LATE = ("overdue", "lapsed")
COUNTED_STATES = ("in_force", "conditional", "proposed", "suspended")
NamesOf = Callable[[str], Iterable[str]]
"""The names and aliases of a party, by which a search finds it."""


class Board(Struct, frozen=True):
    """The board as one query shows it; `more_*` count what there is no room for."""

    counts: dict[str, int]
    overdue: tuple[CommitmentSummary, ...]
    soon: tuple[CommitmentSummary, ...]
    more_overdue: int
    more_soon: int
    headings: tuple[AgreementSummary, ...]
    matches: int
    agreements: int
    page: int
    pages: int
    parties: tuple[str, ...]
    unreadable: int = 0

    @property
    def sentence(self) -> str:
        """The first line of the board: counts, with their whole."""
        total = sum(self.counts.values())
        unreadable = f"{plural(self.unreadable, 'agreement')} cannot be read."
        if not self.agreements:
            return unreadable if self.unreadable else "Nothing is recorded yet."
        late = self.counts.get("overdue", 0) + self.counts.get("lapsed", 0)
        due = len(self.soon) + self.more_soon
        parts = [f"{late:,} overdue or lapsed", f"{due:,} ending within 14 days"]
        parts += [
            f"{self.counts[s]:,} {s.replace('_', ' ')}"
            for s in COUNTED_STATES
            if self.counts.get(s)
        ]
        closed = sum(n for state, n in self.counts.items() if not is_open(state))
        parts += [f"{closed:,} closed"] if closed else []
        agreements = plural(self.agreements, "agreement")
        counts = f"{agreements} with {plural(total, 'commitment')}: {', '.join(parts)}."
        return f"{counts} {unreadable}" if self.unreadable else counts


def board(
    headings: Sequence[AgreementSummary],
    query: Query,
    names_of: NamesOf,
    unreadable: int = 0,
    ending: Mapping[str, str] | None = None,
) -> Board:
    """Selects from all agreements what a query shows; `unreadable` are counted, not among them.

    `ending` are the commitments whose offer, condition or notice ends soon, and when.
    """
    otherwise = ending or {}
    commitments = [c for heading in headings for c in heading.holdings]
    filtered = (_filtered(heading, query, names_of) for heading in headings)
    matching = sorted((heading for heading in filtered if heading), key=_most_severe_first)
    start = (query.page - 1) * AGREEMENTS_A_PAGE
    overdue = sorted((c for c in commitments if c.state in LATE), key=_by_end, reverse=True)
    overdue.sort(key=lambda c: LATE.index(c.state))
    soon = [
        (_by_end(c) if is_soon(c, query.as_of) else (otherwise[c.id], c.id), c)
        for c in commitments
        if is_soon(c, query.as_of) or c.id in otherwise
    ]
    soon_ones = [c for _, c in sorted(soon, key=itemgetter(0))]
    return Board(
        dict(Counter(c.state for c in commitments)),
        tuple(overdue[:ATTENTION_SHOWN]),
        tuple(soon_ones[:ATTENTION_SHOWN]),
        max(0, len(overdue) - ATTENTION_SHOWN),
        max(0, len(soon_ones) - ATTENTION_SHOWN),
        tuple(matching[start : start + AGREEMENTS_A_PAGE]),
        len(matching),
        len(headings),
        query.page,
        pages_of(len(matching), size=AGREEMENTS_A_PAGE),
        tuple(sorted({p for c in commitments for p in (*c.debtor, *c.creditor)})),
        unreadable,
    )


def is_soon(c: CommitmentSummary, now: datetime) -> bool:
    """Whether the first reading of an end in force comes within 14 days, or the last still does."""
    if c.state not in ("in_force", "suspended") or c.earliest is None or c.latest is None:
        return False
    return c.earliest <= format_instant(now + SOON) and c.latest > format_instant(now)


def _by_end(c: CommitmentSummary) -> tuple[str, str]:
    return (c.earliest or "", c.id)


def _most_severe_first(heading: AgreementSummary) -> tuple[int, int, str]:
    known = heading.roll_up in ROLL_UP_ORDER
    rank = ROLL_UP_ORDER.index(heading.roll_up) if known else len(ROLL_UP_ORDER)
    return (rank, -heading.last_position, heading.id)


def _filtered(
    heading: AgreementSummary, query: Query, names_of: NamesOf
) -> AgreementSummary | None:
    """Keeps the commitments of an agreement that match; None when nothing of it does."""
    if query.tag and query.tag not in heading.tags:
        return None
    if not query.filters.keys() - {"tag"}:
        return heading
    matching = tuple(c for c in heading.holdings if _matches(c, heading, query, names_of))
    if matching:
        return replace(heading, holdings=matching)
    # Without commitments it can only be searched for.
    is_search = query.filters.keys() - {"tag"} == {"q"} and not heading.holdings
    return heading if is_search and _has_words(heading, query, names_of) else None


def _matches(
    c: CommitmentSummary, heading: AgreementSummary, query: Query, names_of: NamesOf
) -> bool:
    if query.kind and c.kind != query.kind:
        return False
    if query.state and query.state not in (c.state, "open" if is_open(c.state) else "closed"):
        return False
    if query.party and query.party not in (*c.debtor, *c.creditor):
        return False
    return not query.q or _has_words(heading, query, names_of, c)


def _has_words(
    heading: AgreementSummary,
    query: Query,
    names_of: NamesOf,
    c: CommitmentSummary | None = None,
) -> bool:
    """Whether every word searched for is in the texts of the row or the names of its parties."""
    texts = [heading.id, heading.title]
    parties = heading.parties if c is None else (*c.debtor, *c.creditor)
    texts += [name for party in parties for name in names_of(party)]
    texts += [c.id, c.promise] if c else []
    text = " ".join(texts).casefold()
    return all(word in text for word in query.q.casefold().split())
