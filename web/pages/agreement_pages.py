"""The pages of one agreement or commitment: its state and why, its events, its accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from notifications.prose.news import news_of_change
from tracker.analysis.explain import ExplainDocument, explained
from tracker.documents.changes import StepDocument
from tracker.documents.commitments import agreement_json
from tracker.documents.dependencies import of_documents
from tracker.documents.packages import by_phase, clauses_in_words
from tracker.documents.periods import latest_periods, period_name, period_state_words
from tracker.errors import UnreadableAgreement
from tracker.rules.agreement import is_known
from web.drawing.period_bars import MOST_PERIODS
from web.drawing.timeline import timeline
from web.model.dependency_graph import graph_of
from web.model.event_rows import EventRow
from web.model.query import pages_of, rows_of_page
from web.model.reader import Reader
from web.pages.board_page import promise_facts
from web.pages.graph_page import figure
from web.pages.render import Page
from web.pages.sentences import (
    by_the_clock,
    cell_words,
    end_words_of,
    incident_acts,
    next_changes,
    note_words,
    of_agreement,
    standing,
)


def agreement_page(reader: Reader, name: str) -> Page:
    """Shows an agreement: its commitments, statements, and the log of its events."""
    recorded = reader.stream_rows(name)[::-1]
    try:
        state = reader.agreement(name)
    except UnreadableAgreement as error:
        return _unreadable_page(reader, error, recorded)
    document = agreement_json(state)
    commitments = document["commitments"]
    pages = pages_of(len(commitments), len(recorded))
    page = rows_of_page(reader.query, pages)
    page_rows = commitments[page]
    hanging = of_documents(commitments)
    # Only then are other agreements named.
    is_connected = hanging or state.phases or state.predecessor
    known = reader.named(hanging, state.id) if is_connected else None
    own_graph = graph_of(hanging, known, state.id) if known else None
    facts = {
        "agreement": document,
        "headline": document["title"],
        "sentence": of_agreement(document, reader.query.as_of, reader.site.tz),
        "phases": by_phase(page_rows, document["phases"]),
        "clauses": list(clauses_in_words(document["clauses"])),
        **promise_facts(
            reader,
            {c["id"]: c for c in page_rows},
            {c["id"]: state.id for c in page_rows},
            whole=state,
        ),
        "figure": figure(own_graph) if own_graph else None,
        "precedents": list(state.precedents),
        "events": recorded[page],
        "count": len(recorded),
        "pages": pages,
    }
    return Page("agreement.html.j2", facts, pages)


def _unreadable_page(
    reader: Reader, error: UnreadableAgreement, recorded: Sequence[EventRow]
) -> Page:
    """An agreement that cannot be read: why, because of which entry, and its events."""
    pages = pages_of(len(recorded))
    page = rows_of_page(reader.query, pages)
    facts = {
        "agreement": error.agreement,
        "reason": error.reason,
        "event": error.event,
        "position": reader.positions([error.event]).get(error.event),
        "events": recorded[page],
        "count": len(recorded),
        "pages": pages,
    }
    return Page("unreadable.html.j2", facts, pages)


def explanation(reader: Reader, name: str) -> ExplainDocument:
    """The document of `explain --json`."""
    query = reader.query

    def compute() -> ExplainDocument:
        dossier = reader.dossier(reader.agreement_of(name))
        if not is_known(dossier.state) or name not in dossier.state.commitments:
            raise reader.unknown("commitment", name)
        return explained(reader.view, dossier, name, query.as_of, query.known_at)

    return reader.memo.get(("explanation", name), compute)


def events_of(reader: Reader, document: ExplainDocument) -> list[EventRow]:
    """The events of an explained commitment, with the amendments to them, oldest first."""
    rows = reader.stream_rows(document["agreement"])
    ids = {row.id for row in rows if row.commitment == document["commitment"]["id"]}
    # One entry about the whole agreement may have moved it too.
    ids |= {event["id"] for event in document["events"]}
    return [row for row in rows if row.id in ids or (row.amends and row.amends.id in ids)]


STANDING = ("state", "timing", "compliance", "fulfilment", "flag")
"""Axes of which a row of the history says in a word or two what became of what."""


def news_of(reader: Reader, document: ExplainDocument) -> Callable[[StepDocument], str]:
    """Words the news of a step of a history as mails do; empty where it is a change of STANDING."""
    c, audience = document["commitment"], reader.audience
    of = {"commitment": c["id"], "agreement": document["agreement"]}

    def news(step: StepDocument) -> str:
        if step["axis"] == "period":
            state = period_state_words(str(step["after"]), c["periods"])
            return f"{period_name(str(step['before']), c['periods'])}: {state}"
        if step["axis"].partition(" ")[0] in STANDING:
            return ""
        return news_of_change({**step, **of, "known_at": step["at"]}, c, audience)

    return news


def _with_history(
    reader: Reader, document: ExplainDocument, known: Mapping[str, int]
) -> dict[str, int]:
    """The positions known, and those of entries about other promises that have moved this one."""
    events = {event for step in document["history"] for event in step["events"]}
    others = events - known.keys()
    return {**known, **(reader.positions(others) if others else {})}


def commitment_page(reader: Reader, name: str) -> Page:
    """Shows a commitment: its state and why, its timeline, and its events."""
    document = explanation(reader, name)
    rows = events_of(reader, document)
    pages = pages_of(len(rows))
    page = rows_of_page(reader.query, pages)
    c = document["commitment"]
    agreement, phase = reader.agreement(document["agreement"]), c["phase"]
    now, zone = reader.query.as_of, reader.site.tz
    facts = {
        "document": document,
        "c": c,
        "headline": c["promise"],
        "sentence": standing(c, document["history"], now, zone, reader.speaker),
        "next_changes": list(next_changes(c, reader.name, reader.promise_of)),
        "by_the_clock": by_the_clock(document["next"]["clock"], c),
        "acts_of": lambda name: [
            words
            for _, words in incident_acts(name, document["history"], now, zone, reader.speaker)
        ],
        "ends": end_words_of(c, reader.speaker),
        "news": news_of(reader, document),
        "axes": document["axes"],
        "agreement": agreement,
        "phase": next((p.title or p.id for p in agreement.phases if p.id == phase), None),
        "timeline": timeline(
            {
                **document,
                "periods": latest_periods(agreement.commitments[c["id"]], now, MOST_PERIODS),
            },
            rows,
            zone,
            reader.speaker,
        ),
        "positions": _with_history(reader, document, {row.id: row.position for row in rows}),
        "events": rows[::-1][page],
        "count": len(rows),
        "pages": pages,
    }
    return Page("commitment.html.j2", facts, pages)


def explain_page(reader: Reader, name: str) -> Page:
    """Everything behind a commitment: rules, readings, claims, judgements, and what comes next."""
    document = explanation(reader, name)
    c, agreement = document["commitment"], document["agreement"]
    parts = (document["events"], document["claims"], document["statements"], document["unapplied"])
    facts = {
        "document": document,
        "c": c,
        "headline": f"Why it stands where it stands: {c['promise']}",
        "sentence": standing(
            c, document["history"], reader.query.as_of, reader.site.tz, reader.speaker
        ),
        "next_changes": list(next_changes(c, reader.name, reader.promise_of)),
        "by_the_clock": by_the_clock(document["next"]["clock"], c),
        "positions": _with_history(
            reader, document, {e["id"]: e["position"] for part in parts for e in part}
        ),
        "news": news_of(reader, document),
        "titles": {agreement: reader.agreement(agreement).title},
    }
    return Page("explain.html.j2", facts)


def readout_page(reader: Reader, name: str) -> Page:
    """Shows one row per term, one column per account, silence as such."""
    document = reader.readout(name)
    facts = {
        "readout": document,
        "headline": f"What each account says of {document['title']}",
        "notes": [note_words(row, reader.speaker) for row in document["rows"]],
        "cell_words": lambda term, value: cell_words(term, value, reader.name, reader.promise_of),
    }
    return Page("readout.html.j2", facts)
