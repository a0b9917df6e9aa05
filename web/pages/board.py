"""What stands on the board: counts, what is pressing, and the list, filtered and paged. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from events import format_instant
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from web.model.query import Query, is_open
from web.model.words import ROLL_UP_ORDER, plural

SOON = timedelta(days=14)
AGREEMENTS_A_PAGE = 40
HOLDINGS_SHOWN = 12
ATTENTION_SHOWN = 15
LATE = ("overdue", "lapsed")
TOLD = ("in_force", "conditional", "proposed", "suspended")
Named = Callable[[str], Iterable[str]]
"""Every name and alias of a party, to be found by."""


class Board(Struct, frozen=True):
    """The board as one question shows it; `more_*` count what there is no room for."""

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

    @property
    def sentence(self) -> str:
        """The first line of the board: counts, with their whole."""
        total = sum(self.counts.values())
        if not self.agreements:
            return "Nothing is recorded yet."
        late = self.counts.get("overdue", 0) + self.counts.get("lapsed", 0)
        due = len(self.soon) + self.more_soon
        parts = [f"{late:,} overdue or lapsed", f"{due:,} ending within 14 days"]
        parts += [f"{self.counts[s]:,} {s.replace('_', ' ')}" for s in TOLD if self.counts.get(s)]
        closed = sum(n for state, n in self.counts.items() if not is_open(state))
        parts += [f"{closed:,} closed"] if closed else []
        agreements = plural(self.agreements, "agreement")
        return f"{agreements} with {plural(total, 'commitment')}: {', '.join(parts)}."


def board(headings: Sequence[AgreementSummary], query: Query, named: Named) -> Board:
    """The board of everything there is, as asked."""
    holdings = [c for heading in headings for c in heading.holdings]
    matching = [heading for heading in (_filtered(h, query, named) for h in headings) if heading]
    matching.sort(key=_gravest_first)
    pages = max(1, -(-len(matching) // AGREEMENTS_A_PAGE))
    start = (query.page - 1) * AGREEMENTS_A_PAGE
    overdue = sorted((c for c in holdings if c.state in LATE), key=_by_end, reverse=True)
    overdue.sort(key=lambda c: LATE.index(c.state))
    soon = sorted((c for c in holdings if is_soon(c, query.as_of)), key=_by_end)
    return Board(
        dict(Counter(c.state for c in holdings)),
        tuple(overdue[:ATTENTION_SHOWN]),
        tuple(soon[:ATTENTION_SHOWN]),
        max(0, len(overdue) - ATTENTION_SHOWN),
        max(0, len(soon) - ATTENTION_SHOWN),
        tuple(matching[start : start + AGREEMENTS_A_PAGE]),
        len(matching),
        len(headings),
        query.page,
        pages,
        tuple(sorted({p for c in holdings for p in (*c.debtor, *c.creditor)})),
    )


def is_soon(c: CommitmentSummary, now: datetime) -> bool:
    """Whether the first reading of an end in force comes within 14 days, or the last still does."""
    if c.state not in ("in_force", "suspended") or c.earliest is None or c.latest is None:
        return False
    return c.earliest <= format_instant(now + SOON) and c.latest > format_instant(now)


def _by_end(c: CommitmentSummary) -> tuple[str, str]:
    return (c.earliest or "", c.id)


def _gravest_first(heading: AgreementSummary) -> tuple[int, int, str]:
    known = heading.roll_up in ROLL_UP_ORDER
    rank = ROLL_UP_ORDER.index(heading.roll_up) if known else len(ROLL_UP_ORDER)
    return (rank, -heading.last_position, heading.id)


def _filtered(heading: AgreementSummary, query: Query, named: Named) -> AgreementSummary | None:
    """The agreement with the commitments that match; None when nothing of it does."""
    if not query.filters:
        return heading
    matching = tuple(c for c in heading.holdings if _matches(c, heading, query, named))
    bare = not heading.holdings and query.filters.keys() == {"q"} and _says(heading, query, named)
    return replace(heading, holdings=matching) if matching or bare else None


def _matches(c: CommitmentSummary, heading: AgreementSummary, query: Query, named: Named) -> bool:
    if query.kind and c.kind != query.kind:
        return False
    if query.state and query.state not in (c.state, "open" if is_open(c.state) else "closed"):
        return False
    if query.party and query.party not in (*c.debtor, *c.creditor):
        return False
    return not query.q or _says(heading, query, named, c)


def _says(
    heading: AgreementSummary, query: Query, named: Named, c: CommitmentSummary | None = None
) -> bool:
    """Whether every word asked for stands in what the row shows or its parties are called."""
    text = [heading.id, heading.title]
    parties = heading.parties if c is None else (*c.debtor, *c.creditor)
    text += [name for party in parties for name in named(party)]
    text += [c.id, c.promise] if c else []
    whole = " ".join(text).casefold()
    return all(word in whole for word in query.q.casefold().split())
