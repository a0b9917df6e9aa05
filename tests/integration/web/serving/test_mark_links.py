"""Acknowledging and snoozing by the link in a mail: from the bytes of the mail to the mark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, select

from events import EventStore, parse_instant
from events.database.engine import write_transaction
from events.database.owned_tables import table_of
from notifications.alerts import marks
from notifications.delivery.eml_files import EmlTransport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from notifications.subscriptions import consent
from notifications.subscriptions.grants import MARK
from notifications.tables import OutboxRow, TokenRow
from tests.integration.web.serving.conftest import FORM, dump
from tests.support.dataset import EVENING
from tests.support.served import Board, Reply, serving
from tests.support.subscribers import add_reader
from tracker.projections.catch_up import catch_up

NOW = parse_instant("2025-03-20T08:00:00Z")
LINK = re.compile(r"https://pacts\.example\.org(/a/[a-z2-7]{32}/\S+)")


@pytest.fixture
def settings(tmp_path: Path) -> MailSettings:
    return MailSettings(
        mail_dir=tmp_path / "mail",
        smtp_url=None,
        public_url="https://pacts.example.org/",
        secret_file=tmp_path / "secret",
    )


@pytest.fixture
def mail(store: EventStore, engine: Engine, settings: MailSettings) -> dict[str, str]:
    """The text and the HTML of a digest with news, sent to one reader in Kyiv."""
    with write_transaction(engine) as connection:
        catch_up(store, connection, EVENING)
        add_reader(
            connection,
            email="anna@example.org",
            cadence="immediate",
            zone="Europe/Kyiv",
            now=EVENING,
        )
    tick(store, engine, settings, EmlTransport(settings.mail_dir), NOW)
    return bodies(engine)


def bodies(engine: Engine) -> dict[str, str]:
    """The parts of the newest message."""
    with write_transaction(engine) as connection:
        query = select(table_of(OutboxRow).c.message).order_by(table_of(OutboxRow).c.id.desc())
        raw = bytes(connection.execute(query).scalars().first() or b"")
    parts = message_from_bytes(raw, policy=SMTP).walk()
    return {
        part.get_content_type(): part.get_content() for part in parts if not part.is_multipart()
    }


@pytest.fixture
def path(mail: dict[str, str]) -> str:
    """The link beside the first news."""
    link = LINK.search(mail["text/plain"])
    assert link is not None
    return link[1]


@pytest.fixture
def board(database: str, path: str) -> Iterator[Board]:
    with serving(database, NOW) as served:
        yield served


def keys_of(page: Reply) -> list[str]:
    return re.findall(r'name="keys" value="([^"]+)"', page.text)


def post(board: Board, path: str, **fields: str | list[str]) -> Reply:
    body = urlencode(fields, doseq=True).encode()
    return board.ask(path, "POST", body, Content_Type=FORM)


def all_marks(engine: Engine) -> list[marks.Mark]:
    with write_transaction(engine) as connection:
        return marks.all_of(connection)


def test_text_and_html_have_the_same_links(mail: dict[str, str]) -> None:
    """Of each grave news to its mark, of each promise to its page, and to the words."""
    text, html = mail["text/plain"], mail["text/html"]
    link = re.compile(r"https://pacts\.example\.org[^\s\"<]*")

    assert sorted(set(link.findall(text))) == sorted(set(link.findall(html)))
    assert LINK.findall(text)
    assert "https://pacts.example.org/guide" in text
    assert all(len(line) <= 120 for line in text.splitlines())


def test_looking_writes_nothing(board: Board, path: str, database: str) -> None:
    """However often; what is open is ticked, and nothing else of the record is said."""
    before = dump(database)
    pages = [board.ask(path) for _ in range(3)]

    assert {200} == {page.status for page in pages}
    assert keys_of(pages[0])
    assert "Acknowledge or snooze" in pages[0].text
    assert "anna@example.org" not in pages[0].text
    assert "no-store" == pages[0].headers["cache-control"]
    assert before == dump(database)


def test_an_acknowledgement_is_on_record_and_told(board: Board, path: str, engine: Engine) -> None:
    """With reason, name and end in the reader's days; the same again is one."""
    keys = keys_of(board.ask(path))
    fields = {"keys": keys, "reason": "the ministry was asked", "name": "Anna"}
    pages = [post(board, path, act="ack", until="2025-03-25", **fields) for _ in range(2)]
    made = all_marks(engine)

    assert [200, 200] == [page.status for page in pages]
    assert sorted(keys) == sorted(str(mark.key) for mark in made)
    assert {("ack", "Anna (a…@example.org)", "the ministry was asked", "2025-03-24T22:00:00Z")} == {
        (mark.mark, mark.by, mark.reason, mark.until) for mark in made
    }
    assert "Acknowledged." in pages[0].text
    assert "acknowledged by Anna (a…@example.org)" in pages[0].text


def test_a_snooze_has_an_end(board: Board, path: str, engine: Engine) -> None:
    """Without one it is refused beside its field."""
    keys = keys_of(board.ask(path))
    refused = post(board, path, act="snooze", keys=keys, reason="talks go on")
    done = post(board, path, act="snooze", keys=keys, reason="talks go on", until="2025-03-22")

    assert (422, 200) == (refused.status, done.status)
    assert 'id="fault-until"' in refused.text
    assert 'value="talks go on"' in refused.text
    assert ["snooze"] * len(keys) == [mark.mark for mark in all_marks(engine)]


def test_bad_input_is_refused_and_nothing_is_marked(
    board: Board, path: str, engine: Engine
) -> None:
    """No reason, nothing ticked, what was never sent, a day that has gone, another form."""
    keys = keys_of(board.ask(path))
    answers = [
        post(board, path, act="ack", keys=keys, reason=" ").status,
        post(board, path, act="ack", reason="x").status,
        post(board, path, act="ack", keys="another/overdue/2025", reason="x").status,
        post(board, path, act="ack", keys=keys, reason="x", until="2025-03-19").status,
        post(board, path, act="ack", keys=keys, reason="x", until="soon").status,
        post(board, path, act="drop", keys=keys, reason="x").status,
        post(board, path, keys=keys, reason="x").status,
        post(board, path, act="ack", reason="x" * 20_000).status,
    ]

    assert [422, 422, 422, 422, 422, 400, 400, 413] == answers
    assert [] == all_marks(engine)


def test_a_token_is_good_for_what_its_reader_was_sent(
    board: Board, path: str, mail: dict[str, str], database: str
) -> None:
    """Neither an unknown token, nor that of another right, nor another promise."""
    unsubscribe = re.search(r"/u/([a-z2-7]{32})", mail["text/plain"])
    assert unsubscribe is not None
    commitment = path.rpartition("/")[2]
    before = dump(database)
    places = [f"/a/{'x' * 32}/{commitment}", f"/a/{unsubscribe[1]}/{commitment}"]
    unknown = [post(board, place, act="ack", keys="k", reason="x").status for place in places]
    elsewhere = board.ask(f"{path.rpartition('/')[0]}/no-promise-of-ours")
    not_confirming = board.ask(path.replace("/a/", "/p/").rpartition("/")[0])

    assert [404, 404] == unknown
    assert (200, []) == (elsewhere.status, keys_of(elsewhere))
    assert "Nothing of this is open any more" in elsewhere.text
    assert 404 == not_confirming.status
    assert before == dump(database)


def test_who_left_marks_nothing(board: Board, path: str, engine: Engine) -> None:
    keys = keys_of(board.ask(path))
    with write_transaction(engine) as connection:
        consent.remove(connection, 1, NOW, "one click")
    page = post(board, path, act="ack", keys=keys, reason="x")

    assert (410, []) == (page.status, all_marks(engine))
    assert "These mails have ended." in page.text


@pytest.mark.parametrize("changes", [{"mark_links": False}, {"public_url": None}])
def test_without_the_setting_no_mail_has_such_a_link(
    store: EventStore, engine: Engine, settings: MailSettings, changes: dict[str, object]
) -> None:
    """Nor is a token made for one."""
    with write_transaction(engine) as connection:
        add_reader(connection, email="r@example.org", cadence="immediate", now=EVENING)
    changed = settings.model_copy(update=changes)
    tick(store, engine, changed, EmlTransport(settings.mail_dir), NOW)

    with engine.connect() as connection:
        purposes = set(connection.execute(select(table_of(TokenRow).c.purpose)).scalars())

    assert not LINK.search(bodies(engine)["text/plain"])
    assert MARK not in purposes
