"""A digest as mail clients draw it: by phone and desk, in light and dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Open, Picture
from tests.browser.test_board import SCHEMES, WIDTHS, fits
from tests.unit.notifications.digests.test_digest_text import full, quiet, sent

SHOWN = {"news": full, "quiet": quiet}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SHOWN)
def test_a_digest_is_accessible_and_fits(
    open_page: Open, picture: Picture, width: int, scheme: str, name: str
) -> None:
    """No axe violation, nothing wider than the screen, also where a word has no end."""
    page, axe = open_page(width, scheme), Axe()
    for text in ("no strikes on energy infrastructure", "Щ" * 300):
        page.set_content(sent(SHOWN[name](text)).html)
        found = axe.run(page).response["violations"]

        assert [] == [(v["id"], v["nodes"][0]["html"]) for v in found]
        assert fits(page)
    picture(page, f"digest-{name}-{width}-{scheme}")
