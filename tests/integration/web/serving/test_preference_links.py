"""The page of what a reader has chosen: GET shows, POST changes, and only for the token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine

from events import EventStore
from events.database.engine import open_engine, write_transaction
from notifications.alerts.filters import Filter
from notifications.subscriptions import consent, grants
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.subscription import Subscription
from tests.integration.web.serving.conftest import FORM, ONE_CLICK, TOKEN, dump
from tests.support.dataset import EVENING
from tests.support.served import Board, Reply, record, serving
from tests.support.subscribers import add_reader

Post = Callable[..., Reply]


@pytest.fixture
def subscribed(database: str, store: EventStore, engine: Engine) -> Iterator[Board]:
    """One reader in Kyiv with the token of their mails, and a code of another purpose."""
    with write_transaction(engine) as connection:
        reader = add_reader(connection, email="reader@example.org", zone="Europe/Kyiv", now=EVENING)
        grants.issue_token(connection, TOKEN, grants.UNSUBSCRIBE, reader.id, EVENING, None)
        grants.issue_token(connection, "c" * 32, grants.CONFIRM, reader.id, EVENING, None)
    with serving(database) as board:
        yield board


class FormFields(HTMLParser):
    """The fields that a browser would post from a page as it stands."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        name, value = named.get("name") or "", named.get("value") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in named:
            self.fields.append((self._select, value))
        elif tag == "input" and (named.get("type") != "checkbox" or "checked" in named):
            self.fields.append((name, value))


@pytest.fixture
def post(subscribed: Board) -> Post:
    """Posts the form as it stands, but for what is changed; a list stands for boxes."""

    def run(token: str = TOKEN, act: str = "change", **changes: str | list[str]) -> Reply:
        standing = FormFields(subscribed.ask(f"/p/{TOKEN}").text).fields
        fields = [(name, value) for name, value in standing if name not in ("act", *changes)]
        given = [
            (name, value)
            for name, values in changes.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        body = urlencode([*fields, *given, ("act", act)]).encode()
        return subscribed.ask(f"/p/{token}", "POST", body, Content_Type=FORM)

    return run


def reader_of(engine: Engine) -> Subscription:
    with write_transaction(engine) as connection:
        return subscriptions.get(connection, 1)


def test_the_page_shows_what_is_set_and_writes_nothing(subscribed: Board, database: str) -> None:
    """The address masked, times of the reader; for the reader's token alone."""
    before = dump(database)
    page = subscribed.ask(f"/p/{TOKEN}")
    others = [subscribed.ask(f"/p/{token}").status for token in ("c" * 32, "x" * 32)]

    assert (200, [404, 404]) == (page.status, others)
    assert "The next mail is due Wed 19 March, 08:00." in page.text
    assert 'value="Europe/Kyiv"' in page.text
    assert f'<a href="../u/{TOKEN}">Stop the mails</a>' in page.text
    assert "reader@example.org" not in page.text
    assert "<script" not in page.text
    assert "no-store" == page.headers["cache-control"]
    assert before == dump(database)


def test_what_is_posted_as_it_stands_changes_nothing(post: Post, engine: Engine) -> None:
    """And the page says so."""
    before = reader_of(engine)
    page = post()

    assert (200, before) == (page.status, reader_of(engine))
    assert "nothing has changed" in page.text


def test_everything_may_be_changed_at_once(post: Post, engine: Engine) -> None:
    """The page says what was and what is; the next mail comes by the new hours."""
    page = post(
        cadence="weekly",
        weekday="fri",
        hour="17",
        zone="America/New_York",
        quiet="22:00-07:00, sat-sun",
        remind_days="3",
        when_quiet="send",
        severity="warning",
        parties=["UKR"],
        headings=["Breaches", "Due or ending soon"],
        language="de",
        clock="12",
    )
    now = reader_of(engine)

    assert 200 == page.status
    assert ("weekly", 4, 17, "America/New_York", "send") == (
        now.cadence,
        now.on_day,
        now.hour,
        now.zone,
        now.when_quiet,
    )
    assert (("22:00-07:00", "sat-sun"), 3, "de", 12) == (
        now.quiet,
        now.remind_days,
        now.language,
        now.clock,
    )
    assert ("warning", ("UKR",), True) == (
        now.wants.severity,
        now.wants.parties,
        "incident_alleged" in now.wants.kinds,
    )
    assert "2025-03-21T21:00:00Z" == now.next_due
    assert '<html lang="de"' in page.text
    assert "<del>" in page.text


def test_the_same_again_changes_nothing_more(post: Post, engine: Engine) -> None:
    """Twice is once."""
    post(cadence="monthly", monthday="31")
    before = reader_of(engine)
    page = post(cadence="monthly", monthday="31")

    assert (200, before) == (page.status, reader_of(engine))


BAD_INPUT: tuple[tuple[dict[str, str | list[str]], str], ...] = (
    ({"zone": "Kiew"}, "There is no time zone"),
    ({"quiet": "at night"}, "These are no hours or days"),
    ({"quiet": "mon-sun"}, "Quiet hours that never end"),
    ({"hour": "25"}, "A number from 0 to 23"),
    ({"cadence": "monthly", "monthday": "0"}, "A number from 1 to 31"),
    ({"cadence": "immediate", "when_quiet": "send"}, "no hour at which nothing is new"),
    ({"agreements": ["nothing-of-ours"]}, "Choose among those"),
    ({"language": "tlh"}, "Choose one of those"),
)


def test_bad_input_is_refused_beside_its_field(post: Post, engine: Engine) -> None:
    """With what else was written left in place; nothing is changed."""
    before = reader_of(engine)
    for changes, words in BAD_INPUT:
        page = post(remind_days="7", **changes)
        field = next(reversed(changes))

        assert (422, before) == (page.status, reader_of(engine)), changes
        assert f'<span class="fault" id="fault-{field}">' in page.text
        assert words in page.text
        assert 'name="remind_days" inputmode="numeric" size="3" value="7"' in page.text


def test_a_pause_in_local_days_and_its_end(post: Post, engine: Engine) -> None:
    """It ends with the first instant of a day in Kyiv; a day that has gone is refused."""
    paused = post(act="pause", until="2025-03-25")
    until = reader_of(engine).paused_until
    refused = post(act="pause", until="2025-03-01")
    resumed = post(act="resume")

    assert (200, 422, 200) == (paused.status, refused.status, resumed.status)
    assert "2025-03-24T22:00:00Z" == until
    assert "The mails are paused until Tue 25 March, 00:00." in paused.text
    assert "The mails go on." in resumed.text
    assert reader_of(engine).paused_at is None


def test_another_post_is_refused(subscribed: Board, engine: Engine) -> None:
    """What none of its forms sends."""
    before = reader_of(engine)
    bodies = (b"", ONE_CLICK, b"act=confirm", b"cadence=weekly", b"\xff" * 50)
    answers = {
        subscribed.ask(f"/p/{TOKEN}", "POST", body, Content_Type=FORM).status for body in bodies
    }

    assert ({400}, before) == (answers, reader_of(engine))


def test_a_large_body_or_many_fields_are_refused(subscribed: Board, engine: Engine) -> None:
    before = reader_of(engine)
    bodies = (b"act=change&zone=" + b"x" * 70_000, b"act=change" + b"&a=b" * 600)
    refused = [
        subscribed.ask(f"/p/{TOKEN}", "POST", body, Content_Type=FORM).status for body in bodies
    ]

    assert ([413, 400], before) == (refused, reader_of(engine))


def test_a_token_that_is_not_theirs_changes_nothing(post: Post, database: str) -> None:
    """By none of the forms."""
    before = dump(database)
    answers = {
        post(token, act, until="", hour="3").status
        for token in ("c" * 32, "x" * 32)
        for act in ("change", "pause", "resume")
    }

    assert {404} == answers
    assert before == dump(database)


def test_what_has_ended_is_not_changed(post: Post, engine: Engine) -> None:
    """The page says that it has, and offers nothing."""
    with write_transaction(engine) as connection:
        consent.remove(connection, 1, EVENING, "the operator")
    before = reader_of(engine)
    pages = [post(act=act, hour="3") for act in ("change", "pause")]

    assert ([410, 410], before) == ([page.status for page in pages], reader_of(engine))
    assert "These mails have ended." in pages[0].text
    assert "<form" not in pages[0].text


def test_two_subscriptions_do_not_become_the_same(post: Post, engine: Engine) -> None:
    """Both would be told everything."""
    with write_transaction(engine) as connection:
        add_reader(connection, email="reader@example.org", zone="Europe/Kyiv", hour=9, now=EVENING)
    page = post(hour="9")

    assert (422, 8) == (page.status, reader_of(engine).hour)
    assert "says the same already" in page.text


def test_nothing_above_the_ceiling_of_the_board_is_offered(
    database: str, store: EventStore, engine: Engine
) -> None:
    """Nor is a reader's own ceiling among what they choose; what they follow already stays."""
    at = "2025-03-18T12:00:00Z"
    parties = ["NOR", "ISL"]
    record(database, "secret-pact", "AgreementRecorded", at=at, agreement="secret-pact",
           title="A secret pact", parties=parties, occurred="2025-03-18", tlp="RED")  # fmt: skip
    with write_transaction(engine) as connection:
        from tracker.projections.catch_up import catch_up

        catch_up(store, connection, EVENING + timedelta(minutes=1))
        wants = Filter(tlp="GREEN", agreements=("energy-pause-2025",))
        reader = add_reader(connection, email="r@example.org", wants=wants, now=EVENING)
        grants.issue_token(connection, TOKEN, grants.UNSUBSCRIBE, reader.id, EVENING, None)
    with serving(database, EVENING + timedelta(minutes=2)) as board:
        page = board.ask(f"/p/{TOKEN}")
        body = urlencode([("act", "change"), ("agreements", "secret-pact"), ("tlp", "RED")])
        refused = board.ask(f"/p/{TOKEN}", "POST", body.encode(), Content_Type=FORM)

    assert (200, 422) == (page.status, refused.status)
    assert "secret" not in page.text
    assert "energy-pause-2025" in page.text
    assert wants == reader_of(open_engine(database)).wants
