"""The board as people use it: by phone and desk, in light and dark, by mouse and keyboard."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Picture, load_axe, looks, violations
from tests.integration.web.test_pages import PAGES
from tests.integration.web.test_safety import CORPUS
from tests.support.hostile import everything
from tests.support.served import Board, project, record, serving


def fits(page: Page) -> bool:
    """Whether nothing sticks out sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


LONG = "/events"
"""What axe judges element by element costs least on page 2, which has rows of the same kinds."""
SEEN = [*(set(PAGES) - {LONG}), f"{LONG}?page=2", "/?as_of=2025-03-20",
        "/commitments/ep-rus?as_of=2025-04-20"]  # fmt: skip


@pytest.mark.parametrize("path", sorted(SEEN))
def test_every_page_is_accessible_and_fits(
    board: Board, open_page: Open, picture: Picture, path: str
) -> None:
    """No axe violation, no console error, nothing wider than the screen; a picture of each."""
    page = open_page()
    page.goto(board.url.rstrip("/") + path)
    load_axe(page)
    name = path.strip("/").partition("?")[0].replace("/", "-") or "board"
    for look in looks(page):
        assert [] == violations(page, look), look
        assert fits(page), look
        picture(page, f"{name}-{look}")


def test_a_long_page_fits(board: Board, open_page: Open, picture: Picture) -> None:
    """A hundred rows, nothing wider than the screen."""
    page = open_page()
    page.goto(board.url.rstrip("/") + LONG)
    for look in looks(page):
        assert fits(page), look
        picture(page, f"events-long-{look}")


def test_from_the_board_to_the_source_of_a_state(board: Board, open_page: Open) -> None:
    """Board, commitment, the event behind its state: three clicks."""
    page = open_page()
    page.goto(board.url)
    page.locator("a.promise[href*='commitments/ep-rus']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("energy")
    page.locator(".axis").first.get_by_role("link").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Promise accepted, 18 Mar 2025")
    expect(page.get_by_text("18 Mar 2025 20:30Z").first).to_be_visible()


def test_a_search_by_phone(board: Board, open_page: Open) -> None:
    """A word, a state, and the way back."""
    page = open_page(390)
    page.goto(board.url)
    page.get_by_label("Search", exact=True).fill("prisoners")
    page.locator("select[name=state]").select_option("in_force")
    page.get_by_role("button", name="Filter").click()

    expect(page.locator("section.agreement")).to_have_count(1)
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("section.agreement")).to_have_count(15)


def test_another_instant_is_kept_along_the_way(board: Board, open_page: Open) -> None:
    """The form of the footer, then a link: both in that instant."""
    page = open_page()
    page.goto(board.url)
    page.get_by_label("The world as of").fill("2025-03-20")
    page.get_by_role("button", name="Show").click()
    page.locator("a.promise[href*='commitments/sw-rus']").first.click()

    expect(page.get_by_role("status")).to_contain_text("Ahead of now")
    expect(page.locator(".under .badge").first).to_have_text("overdue")


def test_the_keyboard_is_enough(board: Board, open_page: Open) -> None:
    """Skip link first, then the brand and the pages, each visibly in focus."""
    page = open_page()
    page.goto(board.url)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Deadlines")
    outline = page.locator(":focus").evaluate("element => getComputedStyle(element).outlineStyle")

    assert "solid" == outline
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Deadlines")


def test_it_works_without_javascript(board: Board, open_page: Open) -> None:
    """The table behind the timeline opens, and a filter filters."""
    page = open_page(java_script_enabled=False)
    page.goto(f"{board.url}commitments/ep-rus")
    page.get_by_text("The same as a table").click()
    expect(page.locator("details table")).to_be_visible()
    page.goto(board.url)
    page.locator("select[name=kind]").select_option("process")
    page.get_by_role("button", name="Filter").click()

    expect(page.locator("section.agreement")).to_have_count(3)


PRINTED = ("/", "/commitments/ep-rus?as_of=2025-04-20", "/agreements/energy-pause-2025/readout",
           "/events/49", "/deadlines")  # fmt: skip


@pytest.mark.parametrize("path", PRINTED)
def test_a_page_prints_black_on_white(
    board: Board, open_page: Open, picture: Picture, path: str
) -> None:
    """Also from a dark screen: no navigation or form, nothing cut at the width of a sheet."""
    page = open_page(718, "dark")
    page.emulate_media(media="print")
    page.goto(board.url.rstrip("/") + path)
    name = path.strip("/").partition("?")[0].replace("/", "-") or "board"
    picture(page, f"{name}-print")
    colours = page.evaluate(
        """() => [...document.querySelectorAll('body, body *')]
            .filter(e => e.checkVisibility() && !e.closest('svg'))
            .map(e => getComputedStyle(e).backgroundColor)"""
    )

    assert {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"} >= set(colours)
    assert "rgb(0, 0, 0)" == page.evaluate("getComputedStyle(document.body).color")
    assert 0 == page.locator("nav:visible, form:visible, .pager:visible, .skip:visible").count()
    assert fits(page)
    assert f"This page: http://localhost:8000{path}" in page.locator("footer").inner_text()


def test_a_printed_timeline_has_its_table(board: Board, open_page: Open) -> None:
    """What a click opens on the screen stands on paper."""
    page = open_page(718)
    page.emulate_media(media="print")
    page.goto(f"{board.url}commitments/ep-rus")

    expect(page.locator("details table")).to_be_visible()
    assert 718 >= page.locator("svg.timeline").evaluate("e => e.getBoundingClientRect().right")


@pytest.mark.parametrize("width", [360, 740, 900, 1150, 1600])
def test_the_labels_of_the_axis_can_be_read(board: Board, open_page: Open, width: int) -> None:
    """Also where the drawing is narrow, and none over another; today is among them."""
    page = open_page(width)
    page.goto(f"{board.url}?as_of=2025-03-20")
    labels = page.locator("svg.months").first.evaluate(
        """svg => [...svg.querySelectorAll('text')].map(e => e.getBoundingClientRect())
            .filter(box => box.width).map(box => [box.left, box.right, box.height])
            .sort((one, other) => one[0] - other[0])"""
    )

    assert 10 <= min(height for _, _, height in labels)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(labels))
    assert page.locator("svg.months .today").first.is_visible()


@pytest.mark.parametrize("width", [360, 390])
def test_the_names_of_the_lanes_leave_a_phone_to_the_drawing(
    board: Board, open_page: Open, width: int
) -> None:
    """They are seen whole, and cover no more of it than they need."""
    page = open_page(width)
    page.goto(f"{board.url}commitments/ep-rus?as_of=2025-04-20")
    names, ground, box = page.locator(".scroll:has(.timeline)").evaluate(
        """box => {
            const edges = e => (at => [at.left, at.right])(e.getBoundingClientRect());
            const lanes = [...box.querySelectorAll('.lanes .lane')].map(edges);
            return [lanes, edges(box.querySelector('.lanes .behind')), edges(box)];
        }"""
    )

    assert box[0] < min(left for left, _ in names)
    assert (box[1] - box[0]) * 0.175 > ground[1] - box[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawings_take_the_colours_that_a_reader_forces(
    board: Board, open_page: Open, scheme: str
) -> None:
    """Their words as the text of the page, on the ground of the page."""
    page = open_page(scheme=scheme)
    page.emulate_media(forced_colors="active")
    page.goto(f"{board.url}commitments/ep-rus")
    words, ground = (
        page.locator(drawn).first.evaluate("e => getComputedStyle(e).fill")
        for drawn in (".lanes .lane", ".lanes .behind")
    )
    text = page.evaluate("getComputedStyle(document.body).color")

    assert (
        text
        == words
        == page.locator(".timeline .tick").first.evaluate("e => getComputedStyle(e).fill")
    )
    assert text != ground


def test_a_printed_source_shows_its_address(database: str, open_page: Open) -> None:
    """A reader of paper cannot follow a link."""
    record(database, "accord", "AgreementRecorded", at="2025-03-18T20:00:00Z", agreement="accord",
           title="Accord", source={"url": "https://example.org/report"})  # fmt: skip
    project(database)
    with serving(database) as served:
        page = open_page(718)
        page.emulate_media(media="print")
        page.goto(f"{served.url}events/1")
        content = page.get_by_role("link", name="source").evaluate(
            "e => getComputedStyle(e, '::after').content"
        )

    assert "https://example.org/report" in content


def assert_nothing_runs(database: str, page: Page, paths: Iterable[str]) -> None:
    """The fixture of the page checks that nothing was asked elsewhere."""
    with serving(database) as board:
        for path in paths:
            page.goto(board.url + path)
            assert "pactwatch" in page.title()
            assert "ran" != page.title()


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_no_text_runs_or_loads_anything(database: str, open_page: Open, text: str) -> None:
    """In a browser, with what people try: of an agreement all that it says, and every entry."""
    everything(database, text)
    assert_nothing_runs(database, open_page(), ("agreements/accord", "events"))


def test_no_page_runs_or_loads_a_text(database: str, open_page: Open) -> None:
    """With all of them in each field, one after the other."""
    everything(database, " ".join(CORPUS))
    assert_nothing_runs(database, open_page(), (
        "", "agreements/accord", "commitments/c", "commitments/c/explain",
        "agreements/accord/readout", "events/3", "events",
    ))  # fmt: skip


def test_the_files_work_from_the_disk(shipped_site: Path, open_page: Open) -> None:
    """Without a server: styled, and every step a link to a file."""
    page = open_page()
    page.goto((shipped_site / "index.html").as_uri())
    background = page.locator(".badge").first.evaluate("e => getComputedStyle(e).display")
    page.locator("a.promise[href*='commitments/ep-rus']").first.click()
    page.get_by_role("link", name="Pause of strikes on energy, March 2025").first.click()

    assert "inline-flex" == background
    assert page.url.endswith("/agreements/energy-pause-2025.html")
