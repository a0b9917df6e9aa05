"""Mails of every kind, and the pages behind their links, as people see them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from email.message import EmailMessage
from html import escape
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Open, Picture, load_axe, looks, show_mail, violations
from tests.browser.test_board import fits
from tests.support.mail_kinds import LAST_TURN, body_of
from tests.support.served import Board, serving

WIDTHS = (360, 1200)
AS_TEXT = """<!DOCTYPE html><html lang="en"><title>Mail</title><meta name="color-scheme"
content="light dark"><pre style="white-space: pre-wrap; font: 15px/1.5 monospace;
overflow-wrap: anywhere">{}</pre>"""
KINDS = ("first", "digest", "quiet", "german", "one", "reminder", "escalation", "opt-in")
PAGES = {"preferences": "p", "unsubscribe": "u", "marks": "a"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_fits_by_phone_and_desk(
    open_page: Open, picture: Picture, mails: dict[str, EmailMessage], kind: str
) -> None:
    """Nothing is wider than the screen, in light and dark; one without HTML as programs show it."""
    html = body_of(mails[kind], "html")
    page = open_page(WIDTHS[0])
    show_mail(page, html or AS_TEXT.format(escape(body_of(mails[kind], "plain"))))
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert fits(page), (kind, width, scheme)
            picture(page, f"mail-{kind}-{width}-{scheme}")


@pytest.fixture(scope="module")
def mail_board(mail_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """The board that the links of the mails lead to."""
    file = tmp_path_factory.mktemp("board") / "pactwatch.db"
    shutil.copy(mail_database, file)
    with serving(str(file), LAST_TURN) as board:
        yield board


@pytest.mark.parametrize("name", PAGES)
def test_a_page_behind_a_link_is_accessible_and_fits(
    open_page: Open,
    picture: Picture,
    mails: dict[str, EmailMessage],
    mail_board: Board,
    name: str,
) -> None:
    """By phone and desk, in light and dark; none needs a script."""
    link = re.search(rf"pacts\.example\.org/({PAGES[name]}/\S+)", body_of(mails["one"], "plain"))
    assert link is not None
    page = open_page()
    page.goto(f"{mail_board.url}{link[1]}")
    load_axe(page)
    for look in looks(page):
        assert [] == violations(page, look), look
        assert fits(page), look
        picture(page, f"link-{name}-{look}")


def test_what_is_wrong_with_a_form_is_read_with_its_field(
    browser: Browser, picture: Picture, mails: dict[str, EmailMessage], mail_board: Board
) -> None:
    """What was written stays, and a reader of screens hears the words with the field.

    A promise that is followed goes by its words.
    """
    link = re.search(r"pacts\.example\.org/(p/\S+)", body_of(mails["one"], "plain"))
    assert link is not None
    # Of its own, since a browser notes an answer of 422 as an error of the page.
    page = browser.new_page()
    page.goto(f"{mail_board.url}{link[1]}")
    page.fill("[name=zone]", "Kiew")
    page.click("button.main")
    load_axe(page)
    for look in looks(page):
        assert [] == violations(page, look), look
        picture(page, f"link-refused-{look}")

    assert "Russia: To hand over 175 prisoners" in page.content()
    assert "Kiew" == page.input_value("[name=zone]")
    assert "fault-zone" == page.get_attribute("[name=zone]", "aria-describedby")
    assert "There is no time zone" in page.inner_text("#fault-zone")
    page.close()
