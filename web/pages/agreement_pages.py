"""The pages of one agreement or commitment: how it stands and why, its events, its accounts."""

from __future__ import annotations

from typing import Any

from tracker.analysis.explain import explain
from tracker.analysis.readout import in_words, note_of
from tracker.documents.commitments import agreement_json
from tracker.errors import UnknownId
from web.model.page import ROWS_A_PAGE, Page, page_within, pages_of
from web.model.reader import Reader
from web.pages.board_page import strips
from web.pages.timeline import timeline


def agreement_page(reader: Reader, name: str) -> Page:
    """One agreement: its commitments, statements, and the log of its events."""
    state = reader.agreement(name)
    document = agreement_json(state)
    recorded = reader.stream_rows(name)[::-1]
    commitments = document["commitments"]
    pages = pages_of(len(commitments), len(recorded))
    start = (page_within(reader.query, pages) - 1) * ROWS_A_PAGE
    page_rows = commitments[start : start + ROWS_A_PAGE]
    facts = {
        "agreement": document,
        "held": page_rows,
        "strips": strips(reader, {c["id"]: state.id for c in page_rows}),
        "precedents": list(state.precedents),
        "events": recorded[start : start + ROWS_A_PAGE],
        "count": len(recorded),
        "pages": pages,
    }
    return Page("agreement.html.j2", facts, pages)


def explanation(reader: Reader, name: str) -> dict[str, Any]:
    """The document of `explain --json`."""
    query = reader.query

    def work() -> dict[str, Any]:
        only = reader.only(reader.agreement_of(name))
        try:
            return explain(only, name, query.as_of, query.known_at)
        except UnknownId:
            raise reader.unknown("commitment", name) from None

    return reader.lately("explanation", name, work)


def events_of(reader: Reader, document: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of one commitment, with the amendments to them, oldest first."""
    rows = reader.stream_rows(document["agreement"])
    ours = {row["id"] for row in rows if row["commitment"] == document["commitment"]["id"]}
    return [r for r in rows if r["id"] in ours or (r["amends"] and r["amends"]["id"] in ours)]


def commitment_page(reader: Reader, name: str) -> Page:
    """One commitment: how it stands and why, its timeline, and its events."""
    document = explanation(reader, name)
    rows = events_of(reader, document)
    pages = pages_of(len(rows))
    start = (page_within(reader.query, pages) - 1) * ROWS_A_PAGE
    facts = {
        "document": document,
        "c": document["commitment"],
        "axes": document["axes"],
        "agreement": reader.agreement(document["agreement"]),
        "timeline": timeline(document, rows, reader.site.tz),
        "positions": {row["id"]: row["position"] for row in rows},
        "events": rows[::-1][start : start + ROWS_A_PAGE],
        "count": len(rows),
        "pages": pages,
    }
    return Page("commitment.html.j2", facts, pages)


def explain_page(reader: Reader, name: str) -> Page:
    """Why each axis stands where it stands, and what could not be applied."""
    document = explanation(reader, name)
    positions = {e["id"]: e["position"] for e in document["events"]}
    facts = {"document": document, "c": document["commitment"], "positions": positions}
    return Page("explain.html.j2", facts)


def readout_page(reader: Reader, name: str) -> Page:
    """One row per term, one column per account, silence shown as such."""
    rows = reader.readout(name)
    notes = [note_of(row) for row in rows["rows"]]
    facts = {"readout": rows, "notes": notes, "in_words": in_words}
    return Page("readout.html.j2", facts)
