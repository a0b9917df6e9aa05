"""The pages over all agreements: deadlines, the log, one event of it, and what words mean."""

from __future__ import annotations

from events import format_instant
from tracker.documents.readings import OpenReading, without_repeats
from tracker.model.vocabulary import Compliance, Flag, RollUp, State, Timing
from tracker.rules.clock_rules import CLOCK_RULES
from web.errors import NotFound
from web.model.query import ROWS_A_PAGE, page_within, pages_of
from web.model.reader import Reader
from web.model.words import reading_words
from web.pages.render import Page


def deadlines_page(reader: Reader, _: str) -> Page:
    """Every reading of every open end: those to come, soonest first, then the passed ones."""
    readings, _unreadable = reader.deadlines()
    now = format_instant(reader.query.as_of)
    readings = without_repeats(readings)
    coming = [reading for reading in readings if reading["at"] > now]
    passed = [reading for reading in readings if reading["at"] <= now][::-1]
    rows = coming + passed
    pages = pages_of(len(rows))
    start = (page_within(reader.query, pages) - 1) * ROWS_A_PAGE
    visible = [
        {**row, "what": deadline_words(row), "words": reading_words(row)}
        for row in rows[start : start + ROWS_A_PAGE]
    ]
    ahead = max(0, len(coming) - start)
    facts = {
        "parts": (
            ("coming", "Still to come", len(coming), visible[:ahead]),
            ("passed", "Passed, and not closed", len(passed), visible[ahead:]),
        ),
        "count": len(rows),
        "pages": pages,
    }
    return Page("deadlines.html.j2", facts, pages)


def deadline_words(row: OpenReading) -> str:
    """What it is that a deadline ends: a term, or the offer, condition, period or notice."""
    return {
        "offer": "the offer runs out",
        "condition": f"condition {row['reading']}",
        "period": f"period {row['reading']}",
        "withdrawal": f"notice of {row['by']}, who withdraws",
    }.get(row["term"], row["term"])


def events_page(reader: Reader, _: str) -> Page:
    """The log, newest first."""
    pages = pages_of(reader.freshness.head)
    page = page_within(reader.query, pages)
    recorded, _more = reader.newest(page)
    rows = [row for event in recorded for row in reader.rows([event])]
    return Page("events.html.j2", {"events": rows, "pages": pages}, pages)


def event_page(reader: Reader, position: str) -> Page:
    """One event, with what amends it and what it amends."""
    number = position_of(position)
    event = reader.event(number)
    rows = reader.stream_rows(event.stream)
    row = next(row for row in rows if row.position == number)
    return Page("event.html.j2", {"event": row})


def position_of(text: str) -> int:
    """Reads the position in an address; NotFound for what can be none."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    if not 1 <= number < 2**53:
        raise NotFound(f"no event {text[:40]!r}", hint="events are counted from 1")
    return number


TAG_MEANINGS = (
    ("window_edge", "only a part of its date lies in the window; it counts"),
    ("while_suspended", "it happened while the promise was suspended by agreement"),
    ("out_of_force", "it happened when the promise did not bind"),
    ("contested_window", "it happened between two ends that accounts give"),
)


def about_page(_reader: Reader, _: str) -> Page:
    """How the board is made, and what its words mean."""
    facts = {
        "states": list(State),
        "compliances": list(Compliance),
        "timings": list(Timing),
        "flags": list(Flag),
        "roll_ups": list(RollUp),
        "clock_rules": CLOCK_RULES,
        "tags": TAG_MEANINGS,
    }
    return Page("about.html.j2", facts)
