"""The board as a page: what the template reads, and the last 12 months of each commitment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from events import format_instant, parse_instant
from tracker.documents.summaries import CommitmentSummary
from tracker.model.vocabulary import Kind
from web.errors import NotFound
from web.model.page import Page
from web.model.query import STATES
from web.model.reader import Reader
from web.model.words import tone
from web.pages.board import HOLDINGS_SHOWN, Board, board

STRIP = timedelta(days=365)
STRIP_WIDTH = 120
Strip = list[tuple[float, float, str, str]]
"""Stretches of a state: x, width, tone, words."""


def board_page(reader: Reader, _: str) -> Page:
    """The board: one sentence, what is pressing, then every agreement."""
    board_ = board(reader.headings, reader.query, lambda party: _called(reader, party))
    if board_.page > board_.pages:
        raise NotFound(f"page {board_.page} of {board_.pages}", hint=f"the last is {board_.pages}")
    is_front = not reader.query.filters and board_.page == 1
    summaries = [*((*board_.overdue, *board_.soon) if is_front else ()), *_listed_on(board_)]
    facts = {
        "board": board_,
        "is_front": is_front,
        "details": reader.details(summaries),
        "strips": strips(reader, {c.id: c.agreement for c in summaries}),
        "holdings_shown": HOLDINGS_SHOWN,
        "kinds": list(Kind),
        "states": STATES,
    }
    return Page("board.html.j2", facts, board_.pages)


def _called(reader: Reader, party: str) -> Iterable[str]:
    known = reader.registry.parties.get(party)
    return (party, known.name, *known.aliases) if known else (party,)


def _listed_on(board_: Board) -> Iterator[CommitmentSummary]:
    for heading in board_.headings:
        yield from heading.holdings[:HOLDINGS_SHOWN]


def strips(reader: Reader, owned: Mapping[str, str]) -> dict[str, Strip]:
    """The last 12 months of some commitments, each given with its agreement."""
    spans = reader.published.spans(owned)
    return {name: strip(changes, reader.query.as_of) for name, changes in spans.items()}


def strip(spans: list[tuple[str, str]], now: datetime) -> Strip:
    """The stretches of the 12 months up to the end of today, so that a strip holds for a day."""
    now = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    first, made = now - STRIP, Strip()
    ends = [*(at for at, _ in spans[1:]), format_instant(now)]
    for (at, word), until in zip(spans, ends, strict=True):
        begun, ended = max(parse_instant(at), first), min(parse_instant(until), now)
        if ended > begun:
            x = (begun - first) / STRIP * STRIP_WIDTH
            width = (ended - begun) / STRIP * STRIP_WIDTH
            made.append((round(x, 1), max(round(width, 1), 0.5), tone(word), word))
    return made
