"""A board whose readers sign in elsewhere, by a proxy."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.support.served import serving
from tests.support.sign_in_proxy import HEADER, signing_in
from tests.support.tls import certificate
from web.settings import Access


def test_a_search_after_the_sign_in_has_run_out(
    projected_database: Path, tmp_path: Path, open_page: Open
) -> None:
    """Its form is led to the provider and back: a policy for our own address would stop it."""
    access = Access(behind_auth=HEADER)
    with (
        serving(str(projected_database), access=access) as board,
        signing_in(board.port, certificate(tmp_path / "tls")) as sign_in,
    ):
        page = open_page(ignore_https_errors=True)
        page.goto(f"{sign_in.url}disputes")
        sign_in.run_out()
        page.locator("input[type=search]").first.fill("strikes")
        page.keyboard.press("Enter")

        expect(page).to_have_url(f"{sign_in.url}search?q=strikes")
        # The address is there before its style and its icon are.
        page.wait_for_load_state("networkidle")
        assert 2 == sign_in.count
