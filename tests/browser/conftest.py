"""A real browser on a real server; without one, tests are skipped loudly, and fail in CI."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.chromium import NoChromium, executable
from tests.support.dataset import ROOT
from tests.support.profiles import in_ci

SHOTS = ROOT / "build" / "screenshots"
"""Kept after a run, for people to look at."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with its module: while Playwright runs, no test can have an event loop of its own."""
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


class Seen:
    """What a page did that it must not: console errors and requests to elsewhere."""

    def __init__(self, page: Page) -> None:
        self.errors: list[str] = []
        self.requested: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requested.append(request.url))

    def _console(self, message: object) -> None:
        if getattr(message, "type", "") in ("error", "warning"):
            self.errors.append(str(getattr(message, "text", message)))


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens a page of a width and a colour scheme; afterwards nothing may have gone wrong."""
    contexts, watched = [], []

    def open_(width: int = 1280, scheme: str = "light", **more: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            **more,  # type: ignore[arg-type]
        )
        page = context.new_page()
        contexts.append(context)
        watched.append(Seen(page))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [] == [error for seen in watched for error in seen.errors]
    hosts = {url.split("/")[2] for seen in watched for url in seen.requested if "://" in url}
    assert set() == {host for host in hosts if host and not host.startswith("127.0.0.1")}


WIDTHS, SCHEMES = (390, 1280), ("light", "dark")


def looks(page: Page) -> Iterator[str]:
    """Show the page by phone and desk, in light and dark, and name each look."""
    for width, scheme in product(WIDTHS, SCHEMES):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        yield f"{width}-{scheme}"


def load_axe(page: Page) -> None:
    """Bring axe into the page, which keeps it while no other page is opened."""
    page.evaluate(Axe().axe_script)


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe has against the page as it looks now: rule and first element of each violation."""
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(run => run.violations)")
    return [(v["id"], v["nodes"][0]["html"]) for v in found]


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
