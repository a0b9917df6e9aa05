"""The board as a page: tiles, the bar of states, what is pressing, then every agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tracker.documents.attention import SOON
from tracker.documents.commitments import CommitmentDocument
from tracker.documents.packages import by_phase
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from web.drawing.axis import LONGEST_PERIOD, NO_HISTORY, Axis, row
from web.model.ends import end_words, group_of
from web.model.filters import filter_facts
from web.model.query import page_within
from web.model.reader import Reader
from web.model.words import color_class
from web.pages.board import HOLDINGS_SHOWN, board
from web.pages.render import Page


def board_page(reader: Reader, _: str) -> Page:
    """What is missed and what ends soon, on one axis, then every agreement."""

    unreadable = reader.unreadable
    ending = reader.ending_otherwise(reader.query.as_of + SOON)
    first_ends = {row["commitment"]: row["at"] for row in reversed(ending)}
    selection = board(reader.headings, reader.query, reader.names_of, len(unreadable), first_ends)
    is_front = not reader.query.filters and page_within(reader.query, selection.pages) == 1
    pressing = (*selection.missed, *selection.soon) if is_front else ()
    rows = (c for heading in selection.headings for c in heading.holdings[:HOLDINGS_SHOWN])
    summaries = [*pressing, *rows]
    details = reader.details(summaries)
    facts = {
        "board": selection,
        "sentence": selection.sentence,
        "unreadable": unreadable if is_front else [],
        "positions": reader.positions(row["event"] for row in unreadable),
        "is_front": is_front,
        "undelivered": reader.undelivered() if is_front else (),
        "phases": {h.id: phases(h, details) for h in selection.headings},
        "conditions": [row for row in ending if row["term"] == "condition"],
        "titles": {heading.id: heading.title for heading in reader.headings},
        **promise_facts(reader, details, {c.id: c.agreement for c in summaries}, ending),
        "holdings_shown": HOLDINGS_SHOWN,
        **filter_facts(reader.headings, reader.name, ("q", "party", "kind", "state", "compliance")),
        "colors": color_class,
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


def promise_facts(
    reader: Reader,
    documents: Mapping[str, CommitmentDocument],
    agreements: Mapping[str, str],
    ending: Sequence[Mapping[str, Any]] = (),
) -> dict[str, object]:
    """What rows of promises need: documents, ends in words, places on the axis; all by id.

    `ending` are ends of offers, conditions and notices, which are no readings of the promise.
    """
    others = {end["commitment"]: end for end in reversed(ending)}
    now, zone = reader.query.as_of, reader.site.tz
    axis = Axis(now, zone)
    histories = reader.queries.histories(agreements, axis.first - LONGEST_PERIOD)
    return {
        "details": documents,
        "axis": axis,
        "axis_rows": {
            name: row(axis, histories.get(name, NO_HISTORY), c) for name, c in documents.items()
        },
        "ends": {name: end_words(c, now, zone, others.get(name)) for name, c in documents.items()},
        "group_of": lambda name: group_of(documents[name], now, zone, others.get(name)),
    }
