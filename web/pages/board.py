"""Selects what the board shows: counts, what is pressing, the filtered and paged list. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

from msgspec import Struct

from events import in_order, place_of
from events.wording import place_in, plural
from tracker.documents.attention import ends_soon
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from web.model.filters import BREACHES, LATE, WAITING
from web.model.open_ends import End
from web.model.query import Query, is_open, pages_of
from web.model.rows.overview import RECENT, Matching, Overview

AGREEMENTS_A_PAGE = 40
COMMITMENTS_SHOWN = 12
ATTENTION_SHOWN = 15
IN_DISPUTE_SHOWN = 5
"""So many of the ends that may have come already leave room for those that are to come."""
COUNTED_STATES = ("in_force", "conditional", "proposed", "suspended")
Ends = Sequence[End]
BAR = ("overdue", "lapsed", "in_force", "suspended", "conditional", "proposed", "discharged",
       "violated", "expired", "cancelled", "released", "rejected", "superseded")  # fmt: skip
"""The states in the order of the bar."""


class Tiles(Struct, frozen=True):
    """What the first screen answers in numbers.

    `disputed` are among those that end this week, `denied` among the breaches.
    """

    missed: int
    ending: int
    disputed: int
    breaches: int
    denied: int
    waiting: int


class Board(Struct, frozen=True):
    """The board as one query shows it; `more_*` count what there is no room for.

    `missed` is what was missed lately, and duties whose latest period was; `missed_earlier` counts
    the rest.
    """

    counts: dict[str, int]
    tiles: Tiles
    missed: tuple[CommitmentSummary, ...]
    soon: tuple[CommitmentSummary, ...]
    more_missed: int
    more_soon: int
    missed_earlier: int
    summaries: tuple[AgreementSummary, ...]
    matches: int
    agreements: int
    page: int
    pages: int
    unreadable: int = 0

    @property
    def bar(self) -> list[tuple[str, int, float, float]]:
        """Each state with its count, place and width of 1,000 units, in the order of BAR."""
        total, begun, segments = sum(self.counts.values()), 0, []
        for state in BAR:
            if count := self.counts.get(state):
                place, width = 1000 * begun / total, 1000 * count / total
                segments.append((state, count, round(place, 1), round(width, 1)))
                begun += count
        return segments

    @property
    def sentence(self) -> str:
        """The first line of the board: counts, with their whole; empty where nothing counts."""
        total = sum(self.counts.values())
        unreadable = f"{plural(self.unreadable, 'agreement')} cannot be read."
        if not self.agreements:
            return unreadable if self.unreadable else ""
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
        counts = f"{agreements} with {plural(total, 'promise')}: {', '.join(parts)}."
        return f"{counts} {unreadable}" if self.unreadable else counts


def part_of(page: int) -> slice:
    """Which of the agreements that match a page has."""
    return slice((page - 1) * AGREEMENTS_A_PAGE, page * AGREEMENTS_A_PAGE)


def board(
    overview: Overview,
    matching: Matching,
    query: Query,
    unreadable: int = 0,
    ending: Mapping[str, str] | None = None,
    this_week: Ends = (),
    unmet: Collection[str] = (),
) -> Board:
    """Selects what a query shows; `unreadable` agreements are counted, not among the others.

    `ending` are the commitments whose offer, condition, notice or period ends soon, and when;
    `this_week` are all ends of the week, `unmet` the duties whose latest period was missed.
    """
    states = Counter[str]()
    for (state, _), count in overview.counts.items():
        states[state] += count
    duties = [c for c in overview.pressing if c.id in unmet and c.state not in LATE]
    late = [*(c for c in overview.pressing if c.state in LATE), *duties]
    missed = _missed_lately(late, query.as_of)
    coming = _ending_soon(overview.pressing, query.as_of, ending or {})
    soon = [c for _, c in coming]
    return Board(
        counts=dict(states),
        tiles=_tiles(overview, this_week, len(missed)),
        missed=tuple(missed[:ATTENTION_SHOWN]),
        soon=_most_pressing(soon, query.as_of),
        more_missed=max(0, len(missed) - ATTENTION_SHOWN),
        more_soon=max(0, len(soon) - ATTENTION_SHOWN),
        missed_earlier=sum(map(states.__getitem__, LATE)) + len(duties) - len(missed),
        summaries=tuple(matching.summaries),
        matches=matching.count,
        agreements=overview.agreements,
        page=query.page,
        pages=pages_of(matching.count, size=AGREEMENTS_A_PAGE),
        unreadable=unreadable,
    )


def _missed_lately(late: list[CommitmentSummary], now: datetime) -> list[CommitmentSummary]:
    """What was missed lately: overdue, lapsed, then periods; the latest first of each."""
    since = place_of(now - RECENT)
    lately = (c for c in late if in_order(c.latest or since) >= since)
    recent = sorted(lately, key=_by_end, reverse=True)
    return sorted(recent, key=lambda c: place_in(LATE, c.state))


Ending = tuple[tuple[str, str], CommitmentSummary]
"""A promise with its first end, and its id; in this order they are sorted."""


def _ending_soon(
    commitments: Sequence[CommitmentSummary], now: datetime, otherwise: Mapping[str, str]
) -> list[Ending]:
    """What ends within 14 days by itself, or by its offer, condition or notice."""
    endings = [(_by_end(c), c) for c in commitments if is_soon(c, now)]
    by_themselves = {c.id for _, c in endings}
    endings += [
        ((in_order(otherwise[c.id]), c.id), c)
        for c in commitments
        if c.id in otherwise and c.id not in by_themselves
    ]
    return sorted(endings, key=itemgetter(0))


def _most_pressing(
    soon: Sequence[CommitmentSummary], now: datetime
) -> tuple[CommitmentSummary, ...]:
    """Those there is room for: of ends that one reading has passed a third, and what is next."""
    present = place_of(now)
    passed = [c for c in soon if is_soon(c, now) and in_order(c.earliest or "") <= present]
    ahead = [c for c in soon if c not in passed]
    room = max(IN_DISPUTE_SHOWN, ATTENTION_SHOWN - len(ahead))
    first = passed[:room]
    return (*first, *ahead[: ATTENTION_SHOWN - len(first)])


def _tiles(overview: Overview, this_week: Ends, missed: int) -> Tiles:
    breaches = Counter[str]()
    for (state, compliance), count in overview.counts.items():
        if is_open(state) and compliance in BREACHES:
            breaches[compliance] += count
    return Tiles(
        missed=missed,
        ending=len(this_week),
        disputed=sum(end.is_disputed for end in this_week),
        breaches=breaches.total(),
        denied=breaches["disputed"],
        waiting=sum(n for (state, _), n in overview.counts.items() if state in WAITING),
    )


def ending_by(
    commitments: Iterable[CommitmentSummary],
    now: datetime,
    last: datetime,
    others: Mapping[str, str],
) -> list[CommitmentSummary]:
    """What an end, an offer, a condition, a notice or a period may end by an instant."""
    first, until = place_of(now), place_of(last)
    return [
        c
        for c in commitments
        if in_order(others.get(c.id, "~")) <= until
        or (
            is_open(c.state)
            and c.earliest
            and in_order(c.earliest) <= until
            and in_order(c.latest or "") > first
        )
    ]


def is_soon(c: CommitmentSummary, now: datetime) -> bool:
    """Whether its end comes within 14 days, by its first reading or its last."""
    return ends_soon(c.state, c.earliest, c.latest, now)


def _by_end(c: CommitmentSummary) -> tuple[str, str]:
    return (in_order(c.earliest or ""), c.id)
