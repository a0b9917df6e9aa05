"""A real browser on a real server; without one, tests are skipped loudly, and fail in CI."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.chromium import NoChromium, executable
from tests.support.dataset import ROOT
from tests.support.profiles import in_ci

SHOTS = ROOT / "build" / "screenshots"
"""Kept after a run, for people to look at."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Closed with its folder: while Playwright runs, no test can have an event loop of its own."""
    try:
        path = executable()
    except NoChromium as error:
        if in_ci():
            pytest.fail(f"CI needs Chromium: {error}")
        pytest.skip(f"BROWSER NOT TESTED: {error}")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


class Watched:
    """A page, and what it did that it must not: console errors and requests to elsewhere."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requested: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requested.append(request.url))

    def _console(self, message: object) -> None:
        if getattr(message, "type", "") in ("error", "warning"):
            self.errors.append(str(getattr(message, "text", message)))

    def hosts(self) -> set[str]:
        return {url.split("/")[2] for url in self.requested if "://" in url}


@pytest.fixture(scope="package")
def shared_page(browser: Browser) -> Watched:
    """A page for one test after the other: a new one costs as much as three visits."""
    return Watched(browser.new_context().new_page())


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, shared_page: Watched) -> Iterator[Open]:
    """Shows a page of a width and a colour scheme; afterwards nothing may have gone wrong."""
    contexts, watched = [], [shared_page]

    def open_(width: int = 1280, scheme: str = "light", **more: object) -> Page:
        page = shared_page.page
        if more:
            contexts.append(browser.new_context(**more))  # type: ignore[arg-type]
            page = contexts[-1].new_page()
            watched.append(Watched(page))
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, media="null", forced_colors="null")  # type: ignore[arg-type]
        return page

    yield open_
    for context in contexts:
        context.close()
    # What is still loading is none of the next test's. To leave for an empty page would do that
    # too, at the cost of a process for it and of another for the next page of a server.
    shared_page.page.evaluate("window.stop()")
    errors = [error for one in watched for error in one.errors]
    hosts = {host for one in watched for host in one.hosts() if host}
    shared_page.errors.clear()
    shared_page.requested.clear()
    assert [] == errors
    assert set() == {host for host in hosts if not host.startswith("127.0.0.1")}


def show_mail(page: Page, html: str) -> None:
    """Show a document that comes from no server, and keeps to no policy of one."""
    page.goto("about:blank")
    page.set_content(html)


CONTRAST = "color-contrast"
COLOURS = [CONTRAST, "link-in-text-block"]
"""What axe judges by colours, in nine tenths of its time if it is asked about every text."""
ONLY_COLOURS: dict[str, object] = {"runOnly": COLOURS}
NO_COLOURS: dict[str, object] = {"rules": {name: {"enabled": False} for name in COLOURS}}


class Look(NamedTuple):
    """A width, a colour scheme, and what axe has to be asked there; None where nothing.

    A scheme changes colours alone, a width places alone, and a phone shows nothing that a desk
    hides: so colours are judged by desk in both schemes, all else by light at both widths.
    """

    width: int
    scheme: str
    rules: dict[str, object] | None

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


LOOKS = (
    Look(1280, "light", {}),
    Look(1280, "dark", ONLY_COLOURS),
    Look(390, "dark", None),
    Look(390, "light", NO_COLOURS),
)


def looks(page: Page) -> Iterator[Look]:
    """Show the page by phone and desk, in light and dark, and name each look."""
    for look in LOOKS:
        page.set_viewport_size({"width": look.width, "height": 900})
        page.emulate_media(color_scheme=look.scheme)  # type: ignore[arg-type]
        yield look


MARK_ONE_OF_EACH = """() => {
    const remember = (make, made = new Map()) => key => (
        made.has(key) || made.set(key, make(key)), made.get(key));
    const ground = remember(element => {
        const style = getComputedStyle(element);
        return [style.backgroundColor, style.backgroundImage, style.opacity, style.filter].join();
    });
    const boxes = element => element.matches('input, select, textarea')
        ? [...element.getClientRects()]
        : [...element.childNodes]
            .filter(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
            .flatMap(node => {
                const range = document.createRange();
                range.selectNodeContents(node);
                return [...range.getClientRects()];
            });
    const under = (element, box) => {
        const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
        const stack = document.elementsFromPoint(x, y);
        return stack.includes(element) ? stack.map(ground).join(' ') : `elsewhere, ${x} ${y}`;
    };
    const look = element => {
        const style = getComputedStyle(element);
        return [style.color, style.fontSize, style.fontWeight, style.textShadow,
                ...new Set(boxes(element).map(box => under(element, box)))].join(' | ');
    };
    const whole = new CSSStyleSheet();  // what is off the screen has its colours too
    whole.replaceSync('* { content-visibility: visible !important }');
    document.adoptedStyleSheets.push(whole);
    const looks = new Map();
    for (const element of document.body.querySelectorAll('*')) {
        delete element.dataset.oneOfEach;
        const [box] = boxes(element);
        if (!box) continue;
        if (box.top < 0 || box.bottom > window.innerHeight)
            element.scrollIntoView({block: 'start', inline: 'nearest', behavior: 'instant'});
        const own = look(element);
        if (!looks.has(own)) looks.set(own, element);
    }
    document.adoptedStyleSheets.pop();
    window.scrollTo({top: 0, behavior: 'instant'});
    looks.forEach(element => element.dataset.oneOfEach = '');
}"""
"""Marks one text of each look: colour and size of its letters, and every ground under them.

They are those that the browser has at the place, so texts of one look have one contrast.
"""


def load_axe(page: Page) -> None:
    """Bring axe into the page, which keeps it while no other page is opened."""
    page.evaluate(Axe().axe_script)
    rule = {"id": CONTRAST, "selector": "[data-one-of-each]"}
    page.evaluate("rule => axe.configure({rules: [rule]})", rule)


def violations(page: Page, look: Look) -> list[tuple[str, str]]:
    """What axe has against the page in this look: rule and first element of each violation."""
    if look.rules is None:
        return []
    if look.rules != NO_COLOURS:
        page.evaluate(MARK_ONE_OF_EACH)
    options = {"resultTypes": ["violations"], **look.rules}
    results = page.evaluate("o => axe.run(o).then(run => run.violations)", options)
    return [(v["id"], v["nodes"][0]["html"]) for v in results]


Picture = Callable[[Page, str], None]


@pytest.fixture(scope="session")
def picture() -> Picture:
    """Takes a picture of a whole page for people to look at, where PICTURES is set."""
    enabled = bool(os.environ.get("PICTURES"))

    def take(page: Page, name: str) -> None:
        if enabled:
            SHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    return take
