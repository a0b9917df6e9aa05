"""The pages, one function each: what a reader reads there, as facts for its template."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from events import format_instant, parse_instant
from events.checkpoints import checkpoint_line
from tracker.clock_rules import CLOCK_RULES
from tracker.explain import explain
from tracker.published import Holding
from tracker.queries import deadlines as deadlines_of
from tracker.readout import in_words, note_of
from tracker.report import agreement_json
from tracker.vocabulary import Compliance, Flag, Kind, RollUp, State, Timing
from tracker.when import ACCEPTED
from web.asked import STATES, Asked
from web.board import HOLDINGS_SHOWN, Board, board
from web.errors import NotFound
from web.event_rows import event_rows
from web.links import Links, path_of
from web.reader import EVENTS_A_PAGE, Reader
from web.timeline import timeline
from web.words import reading_words, tone

ROWS_A_PAGE = 100
STRIP = timedelta(days=365)
STRIP_WIDTH = 120
Facts = dict[str, Any]


class Page(Struct, frozen=True):
    """A page before it is rendered: its template, its facts, and how many pages the list has."""

    template: str
    facts: Facts
    pages: int = 1


PageOf = Callable[[Reader, str], Page]


def common(reader: Reader, links: Links, title: str) -> Facts:
    """What the frame of every page says: as of what, whether that is stale, and where to go."""
    asked, fresh = reader.asked, reader.freshness
    last = next(reader.log.read_all(after=fresh.head - 1, limit=1), None) if fresh.head else None
    return {
        "title": title,
        "asked": asked,
        "links": links,
        "to": links.to,
        "site": reader.site,
        "accepted": ACCEPTED,
        "position": fresh.position if reader.projected else fresh.head,
        "head": fresh.head,
        "fresh": fresh,
        "recorded_at": last.recorded_at if last else None,
        "stale": reader.projected and fresh.behind(asked.now),
        "unprojected": asked.is_now and not fresh.projected_at and fresh.head > 0,
        "checkpoint": checkpoint_line(reader.log) if fresh.head else "",
        "name": reader.name,
    }


def board_page(reader: Reader, _: str) -> Page:
    """The board: one sentence, what is pressing, then every agreement."""
    shown = board(reader.headings, reader.asked, lambda party: _called(reader, party))
    if shown.page > shown.pages:
        raise NotFound(f"page {shown.page} of {shown.pages}", hint=f"the last is {shown.pages}")
    ids = list(_ids_on(shown))
    facts = {
        "board": shown,
        "details": reader.details(ids),
        "strips": _strips(reader, ids),
        "holdings_shown": HOLDINGS_SHOWN,
        "kinds": list(Kind),
        "states": STATES,
    }
    return Page("board.html.j2", facts, shown.pages)


def _called(reader: Reader, party: str) -> Iterable[str]:
    known = reader.registry.parties.get(party)
    return (party, known.name, *known.aliases) if known else (party,)


def _ids_on(shown: Board) -> Iterator[str]:
    yield from (c.id for c in (*shown.overdue, *shown.soon))
    for heading in shown.headings:
        yield from (c.id for c in heading.holdings[:HOLDINGS_SHOWN])


def _strips(reader: Reader, ids: list[str]) -> dict[str, list[tuple[float, float, str, str]]]:
    """The last 12 months of each commitment as stretches: x, width, tone, words."""
    if not reader.projected:
        return {}
    now = reader.asked.now
    return {name: strip(spans, now) for name, spans in reader.published.spans(ids).items()}


def strip(spans: list[tuple[str, str]], now: datetime) -> list[tuple[float, float, str, str]]:
    """The stretches of the 12 months up to the end of today, so that a strip holds for a day."""
    now = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    first, made = now - STRIP, []
    ends = [*(at for at, _ in spans[1:]), format_instant(now)]
    for (at, word), until in zip(spans, ends, strict=True):
        begun, ended = max(parse_instant(at), first), min(parse_instant(until), now)
        if ended > begun:
            x = (begun - first) / STRIP * STRIP_WIDTH
            width = (ended - begun) / STRIP * STRIP_WIDTH
            made.append((round(x, 1), max(round(width, 1), 0.5), tone(word), word))
    return made


def agreement_page(reader: Reader, wanted: str) -> Page:
    """One agreement: its commitments, statements, and the log of its events."""
    state = reader.agreement(wanted)
    document = agreement_json(state)
    recorded = event_rows(reader.stream(wanted), reader.registry.zone_of)[::-1]
    held = document["commitments"]
    pages = max(1, -(-len(held) // ROWS_A_PAGE), -(-len(recorded) // EVENTS_A_PAGE))
    start = (_page_within(reader.asked, pages) - 1) * ROWS_A_PAGE
    facts = {
        "agreement": document,
        "held": held[start : start + ROWS_A_PAGE],
        "strips": _strips(reader, [c["id"] for c in held[start : start + ROWS_A_PAGE]]),
        "precedents": list(state.precedents),
        "events": recorded[start : start + EVENTS_A_PAGE],
        "count": len(recorded),
        "pages": pages,
    }
    return Page("agreement.html.j2", facts, pages)


def _page_within(asked: Asked, pages: int) -> int:
    if asked.page > pages:
        raise NotFound(f"page {asked.page} of {pages}", hint=f"the last is {pages}")
    return asked.page


def explanation(reader: Reader, wanted: str) -> dict[str, Any]:
    """The document of `explain --json`."""
    only = reader.only(reader.agreement_of(wanted))
    return explain(only, wanted, reader.asked.as_of, reader.asked.known_at)


def events_of(reader: Reader, document: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of one commitment, with the amendments to them, oldest first."""
    rows = event_rows(reader.stream(document["agreement"]), reader.registry.zone_of)
    ours = {row["id"] for row in rows if row["commitment"] == document["commitment"]["id"]}
    return [r for r in rows if r["id"] in ours or (r["amends"] and r["amends"]["id"] in ours)]


def commitment_page(reader: Reader, wanted: str) -> Page:
    """One commitment: how it stands and why, its timeline, and its events."""
    document = explanation(reader, wanted)
    rows = events_of(reader, document)
    pages = max(1, -(-len(rows) // EVENTS_A_PAGE))
    start = (_page_within(reader.asked, pages) - 1) * EVENTS_A_PAGE
    facts = {
        "document": document,
        "c": document["commitment"],
        "axes": document["axes"],
        "agreement": reader.agreement(document["agreement"]),
        "timeline": timeline(document, rows, reader.site.tz),
        "positions": {row["id"]: row["position"] for row in rows},
        "events": rows[::-1][start : start + EVENTS_A_PAGE],
        "count": len(rows),
        "pages": pages,
    }
    return Page("commitment.html.j2", facts, pages)


def explain_page(reader: Reader, wanted: str) -> Page:
    """Why each axis stands where it stands, and what could not be applied."""
    document = explanation(reader, wanted)
    positions = {e["id"]: e["position"] for e in document["events"]}
    facts = {"document": document, "c": document["commitment"], "positions": positions}
    return Page("explain.html.j2", facts)


def readout_page(reader: Reader, wanted: str) -> Page:
    """One row per term, one column per account, silence shown as such."""
    rows = reader.readout(wanted)
    notes = [note_of(row) for row in rows["rows"]]
    facts = {"readout": rows, "notes": notes, "in_words": in_words}
    return Page("readout.html.j2", facts)


def deadline_rows(reader: Reader) -> list[dict[str, Any]]:
    """Every reading of every open term still to come or open, soonest first."""
    if not reader.projected:
        return deadlines_of(reader.view, reader.asked.as_of, reader.asked.known_at, None)
    held = {c.id: c for h in reader.headings for c in h.holdings if c.latest}
    details = reader.details([c.id for c in held.values() if c.state in STATES_OPEN])
    rows = [row for detail in details.values() for row in _readings_of(held, detail)]
    return sorted(rows, key=lambda row: (row["at"], row["commitment"], row["reading"]))


STATES_OPEN = frozenset({"proposed", "conditional", "in_force", "suspended", "overdue", "lapsed"})


def _readings_of(held: dict[str, Holding], detail: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for reading in detail["readings"]:
        if "at" in reading:
            yield {
                "agreement": held[detail["id"]].agreement,
                "commitment": detail["id"],
                "state": detail["state"],
                "term": reading["term"],
                "reading": reading["id"],
                **{name: reading[name] for name in ("by", "rule", "zone", "at")},
                "governing": detail["governing"] == reading["id"],
                "tlp": detail["tlp"],
            }


def deadlines_page(reader: Reader, _: str) -> Page:
    """Every reading of every open end, soonest first."""
    rows = deadline_rows(reader)
    pages = max(1, -(-len(rows) // ROWS_A_PAGE))
    start = (_page_within(reader.asked, pages) - 1) * ROWS_A_PAGE
    shown = [{**row, "words": reading_words(row)} for row in rows[start : start + ROWS_A_PAGE]]
    facts = {"rows": shown, "count": len(rows), "pages": pages}
    return Page("deadlines.html.j2", facts, pages)


def events_page(reader: Reader, _: str) -> Page:
    """The log, newest first."""
    pages = max(1, -(-reader.freshness.head // EVENTS_A_PAGE))
    page = _page_within(reader.asked, pages)
    recorded, _more = reader.newest(page)
    rows = [row for event in recorded for row in event_rows([event], reader.registry.zone_of)]
    return Page("events.html.j2", {"events": rows, "pages": pages}, pages)


def event_page(reader: Reader, position: str) -> Page:
    """One event, with what amends it and what it amends."""
    row = event_at(reader, position)
    return Page("event.html.j2", {"event": row})


def event_at(reader: Reader, position: str) -> dict[str, Any]:
    number = int(position) if position.isascii() and position.isdigit() else 0
    if not 1 <= number < 2**53:
        raise NotFound(f"no event {position[:40]!r}", hint="events are counted from 1")
    found = reader.event(number)
    rows = event_rows(list(reader.view.read_stream(found.stream)), reader.registry.zone_of)
    return next(row for row in rows if row["position"] == number)


def about_page(_reader: Reader, _: str) -> Page:
    """How the board is made, and what its words mean."""
    facts = {
        "states": list(State),
        "compliances": list(Compliance),
        "timings": list(Timing),
        "flags": list(Flag),
        "roll_ups": list(RollUp),
        "clock_rules": CLOCK_RULES,
    }
    return Page("about.html.j2", facts)


PAGES: dict[str, PageOf] = {
    "board": board_page,
    "agreement": agreement_page,
    "readout": readout_page,
    "commitment": commitment_page,
    "explain": explain_page,
    "deadlines": deadlines_page,
    "events": events_page,
    "event": event_page,
    "about": about_page,
}
TITLES = {
    "board": "Board",
    "deadlines": "Deadlines",
    "events": "Events",
    "about": "How to read this",
}


def title_of(name: str, id_: str | None) -> str:
    if id_ is None:
        return TITLES[name]
    return {"event": "Event {}", "readout": "Readout of {}", "explain": "Why {}"}.get(
        name, "{}"
    ).format(id_)


def rendered(
    reader: Reader, name: str, id_: str | None, *, exported: bool = False
) -> tuple[bytes, int]:
    """A page's bytes, and how many pages its list has."""
    from web.render import page

    made = PAGES[name](reader, id_ or "")
    links = Links(path_of(name, id_), reader.asked.carried, exported)
    frame = common(reader, links, title_of(name, id_))
    facts = {**frame, "page_name": name, "page_id": id_, **made.facts}
    return page(made.template, facts, reader.asked.as_of, reader.site.tz), made.pages
