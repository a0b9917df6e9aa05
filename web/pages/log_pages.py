"""The pages of the log: all of it, one event of it, and what words mean."""

from __future__ import annotations

from events.wording import capitalized
from tracker.rules.clock_rules import CLOCK_RULES
from web.errors import NotFound, quoted
from web.model.meanings import MEANINGS
from web.model.query import page_within, pages_of
from web.model.reader import Reader
from web.model.words import date_words, event_words
from web.pages.render import Page


def events_page(reader: Reader, _: str) -> Page:
    """The log, newest first."""
    pages = pages_of(reader.freshness.head)
    page = page_within(reader.query, pages)
    recorded, _more = reader.newest(page)
    rows = [row for event in recorded for row in reader.rows([event])]
    return Page("events.html.j2", {"events": rows, "pages": pages}, pages)


def event_page(reader: Reader, position: str) -> Page:
    """Shows an event, with what amends it and what it amends."""
    number = position_of(position)
    row = reader.row(reader.event(number))
    what = event_words(row.type)
    happened = f", {date_words(row.occurred)}" if row.occurred else ""
    promise = f": {reader.promise_of(row.commitment)}" if row.commitment else ""
    facts = {
        "event": row,
        "headline": f"{capitalized(what)}{happened}",
        "sentence": f"Entry {number:,}{promise}. {' '.join(row.texts.values())}",
    }
    return Page("event.html.j2", facts)


def position_of(text: str) -> int:
    """Reads the position in an address; NotFound for what can be none."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    if not 1 <= number < 2**53:
        raise NotFound(f"There is no entry {quoted(text, 40)}.", hint="Entries are counted from 1.")
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
        "meanings": MEANINGS,
        "clock_rules": CLOCK_RULES,
        "tags": TAG_MEANINGS,
    }
    return Page("about.html.j2", facts)
