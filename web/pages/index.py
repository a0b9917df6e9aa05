"""Finds each page by its name and renders it within the frame that all share."""

from __future__ import annotations

from collections.abc import Callable

from events.transparency.checkpoints import checkpoint_line
from notifications.mail.headers import clean_text
from tracker.dates.instants import ACCEPTED
from web.model.links import Links, path_of
from web.model.reader import Reader
from web.pages.agreement_pages import agreement_page, commitment_page, explain_page, readout_page
from web.pages.board_page import board_page
from web.pages.changes_page import changes_page
from web.pages.deadlines_page import deadlines_page, month_page
from web.pages.disputes import disputes_page
from web.pages.graph_page import graph_page
from web.pages.guide import guide_page
from web.pages.log_pages import about_page, event_page, events_page
from web.pages.party_page import party_page
from web.pages.reference_page import reference_page
from web.pages.render import Facts, Page, render
from web.pages.search_page import search_page

LONGEST_TITLE, LONGEST_DESCRIPTION = 120, 300
PageOf = Callable[[Reader, str], Page]


def common(reader: Reader, links: Links, title: str) -> Facts:
    """Collects what the frame of every page shows: instants, whether it is behind, links."""
    query, fresh = reader.query, reader.freshness
    checkpoint = reader.memo.get("checkpoint", lambda: checkpoint_line(reader.view))
    return {
        "title": title,
        "query": query,
        "links": links,
        "to": links.to,
        "site": reader.site,
        "accepted": ACCEPTED,
        "position": fresh.position if reader.is_projected else fresh.head,
        "head": fresh.head,
        "fresh": fresh,
        "recorded_at": reader.newest_recorded_at,
        "stale": reader.is_projected and fresh.is_behind(query.now),
        "is_clock_refused": reader.memo.get("clock", reader.is_clock_refused),
        "unprojected": query.is_now and not fresh.projected_at and fresh.head > 0,
        "checkpoint": checkpoint if fresh.head else "",
        "name": reader.name,
        "account": reader.account,
        "speaker": reader.speaker,
        "promise_of": reader.promise_of,
    }


PAGES: dict[str, PageOf] = {
    "board": board_page,
    "agreement": agreement_page,
    "readout": readout_page,
    "commitment": commitment_page,
    "explain": explain_page,
    "deadlines": deadlines_page,
    "month": month_page,
    "disputes": disputes_page,
    "changes": changes_page,
    "graph": graph_page,
    "party": party_page,
    "search": search_page,
    "guide": guide_page,
    "events": events_page,
    "event": event_page,
    "about": about_page,
    "reference": reference_page,
}
TITLES = {
    "board": "Board",
    "deadlines": "Deadlines",
    "disputes": "Disputes",
    "changes": "Changes",
    "graph": "What waits for what",
    "search": "Search",
    "guide": "Guide",
    "events": "Entries",
    "about": "How to read this",
    "reference": "API",
}


OF_ONE = {"event": "Entry {}", "readout": "What each account says of {}", "explain": "Why {}"}
ABOUT = "Who promised what to whom, by when, and according to whom; each state follows from events."


def title_of(name: str, id_: str | None, facts: Facts) -> str:
    """The title of a page: a headline where it has one."""
    if headline := facts.get("headline"):
        return clean_text(str(headline), LONGEST_TITLE)
    return TITLES[name] if id_ is None else OF_ONE.get(name, "{}").format(id_)


def description_of(facts: Facts) -> str:
    """What a link to the page unfurls as: its sentence."""
    return clean_text(str(facts.get("sentence") or ABOUT), LONGEST_DESCRIPTION)


def render_page(
    reader: Reader, name: str, id_: str | None, links: Links | None = None
) -> tuple[bytes, int]:
    """Renders a page; returns its bytes and how many pages its list has."""
    reader.check_filters()
    page = PAGES[name](reader, id_ or "")
    links = links or Links(path_of(name, id_), reader.query.carried)
    frame = common(reader, links, title_of(name, id_, page.facts))
    frame = {**frame, "description": description_of(page.facts)}
    facts = {**frame, "page_name": name, "page_id": id_, **page.facts}
    return render(page.template, facts, reader.query.as_of, reader.site.tz), page.pages
