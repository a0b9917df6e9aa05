"""The link in a mail over HTTP: GET asks, POST acts, and twice is once (RFC 8058)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, select

from events import EventStore
from events.database.engine import write_transaction
from events.database.owned_tables import table_of
from notifications.alerts.filters import Filter
from notifications.settings import MailSettings
from notifications.subscriptions import consent, grants
from notifications.subscriptions import subscription as subscriptions
from notifications.tables import OutboxRow
from tests.integration.web.serving.conftest import FORM, ONE_CLICK, TOKEN, dump
from tests.support.dataset import EVENING
from tests.support.mail_kinds import body_of
from tests.support.served import Board, serving
from tests.support.subscribers import add_reader, sign_up_reader

MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


@pytest.fixture
def subscribed(database: str, store: EventStore, engine: Engine) -> Iterator[Board]:
    """One reader, with a token that ends it and one that confirms it."""
    with write_transaction(engine) as connection:
        subscription = add_reader(connection, email="reader@example.org", now=EVENING)
        grants.issue_token(connection, TOKEN, grants.UNSUBSCRIBE, subscription.id, EVENING, None)
        grants.issue_token(connection, "c" * 32, grants.CONFIRM, subscription.id, EVENING, EVENING)
    with serving(database) as board:
        yield board


def removed(engine: Engine) -> list[str | None]:
    with write_transaction(engine) as connection:
        return [
            subscription.removed_at
            for subscription in subscriptions.all_subscriptions(connection, removed=True)
        ]


def test_get_asks_and_writes_nothing(subscribed: Board, engine: Engine) -> None:
    """However often a scanner follows the link."""
    pages = [subscribed.ask(f"/u/{TOKEN}") for _ in range(3)]

    assert [200, 200, 200] == [page.status for page in pages]
    assert "Stop these mails?" in pages[0].text
    assert "reader@example.org" not in pages[0].text
    assert "no-store" == pages[0].headers["cache-control"]
    assert [None] == removed(engine)


def test_what_would_stop_is_named_as_people_name_it(subscribed: Board, engine: Engine) -> None:
    """A promise by its words and a rhythm by its hour, before and after."""
    with write_transaction(engine) as connection:
        reader = add_reader(
            connection, email="two@example.org", now=EVENING, wants=Filter(commitments=("sw-rus",))
        )
        grants.issue_token(connection, "p" * 32, grants.UNSUBSCRIBE, reader.id, EVENING, None)
    page = subscribed.ask(f"/u/{'p' * 32}").text
    assert "every day at 08:00" in page
    assert "Russia: To hand over 175 prisoners" in page
    assert "sw-rus" not in page
    stopped = subscribed.ask(f"/u/{'p' * 32}", "POST", ONE_CLICK, Content_Type=FORM).text
    assert "The mails have stopped" in stopped
    assert "Russia: To hand over 175 prisoners" in stopped


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


@pytest.fixture
def opt_in_path(database: str, store: EventStore, engine: Engine) -> str:
    """A reader who has been asked by mail; gives the path of the link in that mail."""
    settings = MailSettings(
        smtp_url="smtp://127.0.0.1:1", public_url="https://pacts.example.org/pacts/"
    )
    with write_transaction(engine) as connection:
        sign_up_reader(connection, settings, consent=None, now=EVENING, email="new@example.org")
        body = connection.execute(select(table_of(OutboxRow).c.message)).scalar_one()
    message = message_from_bytes(bytes(body), policy=SMTP)
    match = re.search(r"https://pacts\.example\.org/pacts(/\S+)", body_of(message, "plain"))
    assert match is not None
    return match[1]


CONFIRM = b"act=confirm"
MULTIPART_CONFIRM = MULTIPART.replace(b"List-Unsubscribe", b"act").replace(b"One-Click", b"confirm")


def confirmed(engine: Engine) -> list[str | None]:
    with write_transaction(engine) as connection:
        return [
            subscription.confirmed_at
            for subscription in subscriptions.all_subscriptions(connection, removed=True)
        ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [(CONFIRM, FORM), (MULTIPART_CONFIRM, "multipart/form-data; boundary=x")],
)
def test_the_link_of_an_opt_in_mail_takes_the_reader_s_word(
    database: str, opt_in_path: str, engine: Engine, body: bytes, kind: str
) -> None:
    """The page asks, one POST says yes, and the same again finds it said."""
    with serving(database) as board:
        page = board.ask(opt_in_path)
        before = confirmed(engine)
        first, again = (board.ask(opt_in_path, "POST", body, Content_Type=kind) for _ in range(2))
        after = board.ask(opt_in_path)

    assert (200, [None]) == (page.status, before)
    assert "Receive these mails?" in page.text
    assert 'value="confirm"' in page.text
    assert (200, 200, 200) == (first.status, again.status, after.status)
    assert "The mails are confirmed" in first.text
    assert "That was so before" in again.text
    assert "<form" not in after.text
    assert [True] == [at is not None for at in confirmed(engine)]


def test_an_opt_in_link_that_is_too_old_is_gone(
    database: str, opt_in_path: str, engine: Engine
) -> None:
    """410 to page and POST, with what to do; nobody is confirmed."""
    with serving(database, EVENING + timedelta(days=7)) as board:
        page, act = (
            board.ask(opt_in_path),
            board.ask(opt_in_path, "POST", CONFIRM, Content_Type=FORM),
        )

    assert (410, 410) == (page.status, act.status)
    assert "Ask for a new mail" in page.text
    assert "<form" not in page.text
    assert [None] == confirmed(engine)


def test_an_opt_in_link_of_a_removed_subscription_is_gone(
    database: str, opt_in_path: str, engine: Engine
) -> None:
    """Whoever was taken off the list is not put back by an old mail."""
    with write_transaction(engine) as connection:
        consent.remove(connection, 1, EVENING, "the operator")
    with serving(database) as board:
        page, act = (
            board.ask(opt_in_path),
            board.ask(opt_in_path, "POST", CONFIRM, Content_Type=FORM),
        )

    assert (410, 410) == (page.status, act.status)
    assert [None] == confirmed(engine)


@pytest.mark.parametrize(
    "token", ["x", "c" * 31, "C" * 33, "%00", "%ff%fe", "..", "a" * 3000, "%2e%2e%2fetc", "é"]
)
def test_a_wrong_opt_in_token_is_unknown(
    database: str, opt_in_path: str, engine: Engine, token: str
) -> None:
    """However odd, to page and POST alike, and nothing is written."""
    before = dump(database)
    path = f"/c/{quote(token, safe='%')}"
    with serving(database) as board:
        replies = [board.ask(path), board.ask(path, "POST", CONFIRM, Content_Type=FORM)]

    assert {404} == {reply.status for reply in replies}
    assert "Traceback" not in replies[0].text + replies[1].text
    assert before == dump(database)


@pytest.mark.parametrize("kind", ["unsubscribe", "opt-in"])
def test_a_storm_of_scanners_changes_nothing(
    database: str, opt_in_path: str, engine: Engine, kind: str
) -> None:
    """Whatever follows links ahead of the reader: the database stays as it is, byte for byte."""
    with write_transaction(engine) as connection:
        grants.issue_token(connection, TOKEN, grants.UNSUBSCRIBE, 1, EVENING, None)
    path = opt_in_path if kind == "opt-in" else f"/u/{TOKEN}"
    before = dump(database)
    with serving(database) as board, ThreadPoolExecutor(8) as scanners:
        storm = [
            scanners.submit(board.ask, f"{path}{query}", method, Purpose="prefetch")
            for method in ("GET", "HEAD", "OPTIONS")
            for query in ("", "?act=confirm", "?List-Unsubscribe=One-Click")
            for _ in range(6)
        ]
        statuses = {one.result().status for one in storm}

    assert {200, 405} == statuses
    assert before == dump(database)


def test_head_of_a_link_says_what_get_would_send(database: str, opt_in_path: str) -> None:
    """The same headers, and no body."""
    with serving(database) as board:
        got, head = board.ask(opt_in_path), board.ask(opt_in_path, "HEAD")

    assert (got.status, b"") == (head.status, head.body)
    assert got.headers["content-length"] == head.headers["content-length"]


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
