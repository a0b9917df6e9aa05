"""A digest as mail clients draw it: by phone and desk, in light and dark."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open, Picture, load_axe, looks, show_mail, violations
from tests.browser.test_board import fits
from tests.unit.notifications.digests.test_digest_text import full, quiet, sent

SHOWN = {"news": full, "quiet": quiet}


@pytest.mark.parametrize("name", SHOWN)
def test_a_digest_is_accessible_and_fits(open_page: Open, picture: Picture, name: str) -> None:
    """No axe violation, nothing wider than the screen, also where a word has no end."""
    page = open_page()
    for text in ("no strikes on energy infrastructure", "Щ" * 300):
        show_mail(page, sent(SHOWN[name](text)).html)
        load_axe(page)
        for look in looks(page):
            assert [] == violations(page, look), look
            assert fits(page), look
            picture(page, f"digest-{name}-{look}")
