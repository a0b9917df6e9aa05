"""The link in a mail over HTTP: GET asks, POST acts, and twice is once (RFC 8058)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from events import EventStore
from events.engine import writing
from notifications import rights, subscriptions
from tests.served import EVENING, Board, project, serving

FORM = "application/x-www-form-urlencoded"
ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)
TOKEN = "t" * 32


@pytest.fixture
def subscribed(database: str, store: EventStore, engine: Engine) -> Iterator[Board]:
    """One reader, with a token that ends it and one that confirms it."""
    project(database)
    with writing(engine) as connection:
        held = subscriptions.add(connection, email="reader@example.org", now=EVENING)
        rights.issue(connection, TOKEN, rights.UNSUBSCRIBE, held.id, EVENING, None)
        rights.issue(connection, "c" * 32, rights.CONFIRM, held.id, EVENING, EVENING)
    with serving(database) as board:
        yield board


def removed(engine: Engine) -> list[str | None]:
    with writing(engine) as connection:
        return [held.removed_at for held in subscriptions.all_of(connection, removed=True)]


def test_get_asks_and_writes_nothing(subscribed: Board, engine: Engine) -> None:
    """However often a scanner follows the link."""
    pages = [subscribed.ask(f"/u/{TOKEN}") for _ in range(3)]

    assert [200, 200, 200] == [page.status for page in pages]
    assert "Stop these mails?" in pages[0].text
    assert "reader@example.org" not in pages[0].text
    assert "no-store" == pages[0].headers["cache-control"]
    assert [None] == removed(engine)


@pytest.mark.parametrize(
    ("body", "kind"), [(ONE_CLICK, FORM), (MULTIPART, "multipart/form-data; boundary=x")]
)
def test_one_click_stops_the_mails(
    subscribed: Board, engine: Engine, body: bytes, kind: str
) -> None:
    """In either form, without a cookie, login or redirect; the same again is answered the same."""
    first, again = (
        subscribed.ask(f"/u/{TOKEN}", "POST", body, Content_Type=kind) for _ in range(2)
    )

    assert (200, 200) == (first.status, again.status)
    assert "set-cookie" not in first.headers
    assert [True] == [at is not None for at in removed(engine)]


def test_a_token_that_was_never_given_out_tells_nothing(subscribed: Board) -> None:
    """A page says it is unknown, a mail program hears the same 200."""
    assert 404 == subscribed.ask("/u/nobody").status
    assert 200 == subscribed.ask("/u/nobody", "POST", ONE_CLICK, Content_Type=FORM).status


@pytest.mark.parametrize("body", [b"", b"List-Unsubscribe=No", b"act=unsubscribe", b"\xff" * 50])
def test_another_post_changes_nothing(subscribed: Board, engine: Engine, body: bytes) -> None:
    """What is not the one click is refused."""
    assert 400 == subscribed.ask(f"/u/{TOKEN}", "POST", body, Content_Type=FORM).status
    assert [None] == removed(engine)


def test_a_large_body_is_refused(subscribed: Board, engine: Engine) -> None:
    """One field is enough."""
    body = ONE_CLICK + b"&x=" + b"x" * 5000

    assert 413 == subscribed.ask(f"/u/{TOKEN}", "POST", body, Content_Type=FORM).status
    assert [None] == removed(engine)


def test_an_opt_in_link_does_not_unsubscribe(subscribed: Board, engine: Engine) -> None:
    """Nor does one click on it do anything."""
    reply = subscribed.ask(f"/u/{'c' * 32}", "POST", ONE_CLICK, Content_Type=FORM)

    assert 200 == reply.status
    assert [None] == removed(engine)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(subscribed: Board, method: str) -> None:
    """GET, HEAD and POST are declared, nothing else."""
    assert 405 == subscribed.ask(f"/u/{TOKEN}", method).status


def test_without_subscribers_every_token_is_unknown(database: str, store: EventStore) -> None:
    """And no table is made for it."""
    with serving(database) as board:
        assert 404 == board.ask("/u/x").status
        assert 200 == board.ask("/u/x", "POST", ONE_CLICK, Content_Type=FORM).status


def test_preferences_show_what_is_set_and_change_nothing(subscribed: Board, engine: Engine) -> None:
    """The address masked, the choices in words, the way to stop; for the reader's token alone."""
    page = subscribed.ask(f"/p/{TOKEN}")
    others = [subscribed.ask(f"/p/{token}").status for token in ("c" * 32, "x" * 32)]
    posted = subscribed.ask(f"/p/{TOKEN}", "POST", ONE_CLICK, Content_Type=FORM)

    assert 200 == page.status
    assert "daily at 08:00, UTC" in page.text
    assert "everything" in page.text
    assert f'<a href="../u/{TOKEN}">Stop the mails</a>' in page.text
    assert "reader@example.org" not in page.text
    assert ("no-store", [404, 404], 405) == (page.headers["cache-control"], others, posted.status)
    assert [None] == removed(engine)
