"""The board as a page, and the strip of the last 12 months that each commitment has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from events import format_instant, parse_instant
from tracker.documents.commitments import CommitmentDocument
from tracker.documents.packages import by_phase
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from tracker.model.vocabulary import Kind
from web.model.query import STATES, page_within
from web.model.reader import Reader
from web.model.words import color_class
from web.pages.board import HOLDINGS_SHOWN, SOON, board
from web.pages.render import Page

STRIP = timedelta(days=365)
STRIP_WIDTH = 120
Strip = list[tuple[float, float, str, str]]
"""Spans of a state: x, width, CSS class, state."""


def board_page(reader: Reader, _: str) -> Page:
    """The board: one sentence, what is pressing, then every agreement."""

    def names_of(party: str) -> Iterable[str]:
        known = reader.registry.parties.get(party)
        return (party, known.name, *known.aliases) if known else (party,)

    unreadable = reader.unreadable
    ending = reader.ending_otherwise(reader.query.as_of + SOON)
    first_ends = {row["commitment"]: row["at"] for row in reversed(ending)}
    selection = board(reader.headings, reader.query, names_of, len(unreadable), first_ends)
    is_front = not reader.query.filters and page_within(reader.query, selection.pages) == 1
    pressing = (*selection.overdue, *selection.soon) if is_front else ()
    rows = (c for heading in selection.headings for c in heading.holdings[:HOLDINGS_SHOWN])
    summaries = [*pressing, *rows]
    details = reader.details(summaries)
    facts = {
        "board": selection,
        "unreadable": unreadable if is_front else [],
        "positions": reader.positions(row["event"] for row in unreadable),
        "is_front": is_front,
        "undelivered": reader.undelivered() if is_front else (),
        "details": details,
        "phases": {h.id: phases(h, details) for h in selection.headings},
        "conditions": [row for row in ending if row["term"] == "condition"],
        "strips": strips(reader, {c.id: c.agreement for c in summaries}),
        "holdings_shown": HOLDINGS_SHOWN,
        "kinds": list(Kind),
        "states": STATES,
    }
    return Page("board.html.j2", facts, selection.pages)


def phases(
    heading: AgreementSummary, details: Mapping[str, CommitmentDocument]
) -> list[tuple[str, list[CommitmentSummary]]]:
    """The promises that an agreement shows, by phase; one group without a title if it has none."""
    visible = {c.id: c for c in heading.holdings[:HOLDINGS_SHOWN]}
    if not heading.phases or not visible.keys() <= details.keys():
        return [("", [*visible.values()])]
    groups = by_phase([details[name] for name in visible], heading.phases)
    return [(title, [visible[c["id"]] for c in documents]) for title, documents in groups]


def strips(reader: Reader, agreements: Mapping[str, str]) -> dict[str, Strip]:
    """Draws the last 12 months of some commitments, given by id with their agreement."""
    spans = reader.queries.spans(agreements)
    return {name: strip(changes, reader.query.as_of) for name, changes in spans.items()}


def strip(spans: list[tuple[str, str]], now: datetime) -> Strip:
    """Draws the states of the 12 months up to the end of today, so that a strip holds for a day."""
    now = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    first, drawn = now - STRIP, Strip()
    ends = [*(at for at, _ in spans[1:]), format_instant(now)]
    for (at, word), until in zip(spans, ends, strict=True):
        begun, ended = max(parse_instant(at), first), min(parse_instant(until), now)
        if ended > begun:
            x = (begun - first) / STRIP * STRIP_WIDTH
            width = (ended - begun) / STRIP * STRIP_WIDTH
            drawn.append((round(x, 1), max(round(width, 1), 0.5), color_class(word), word))
    return drawn
