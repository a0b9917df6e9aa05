"""What cannot be answered is told, a client that errs refused, and no slip shows a traceback."""

from __future__ import annotations

import socket
from urllib.parse import urljoin

import pytest

from tests.support.dataset import SHIPPED
from tests.support.served import Board


def test_what_others_add_to_an_address_is_no_question(board: Board) -> None:
    """A link that was passed on opens as it would have."""
    assert board.ask("/deadlines").text == board.ask("/deadlines?utm_source=x&fbclid=y").text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/commitments/ep-ru", 404, "ep-rus"),
        ("/commitments/EP-RUS", 404, 'href="../commitments/ep-rus"'),
        ("/commitments/energy-pause-2025", 404, 'href="../agreements/energy-pause-2025"'),
        ("/agreements/ep-rus", 404, 'href="../commitments/ep-rus"'),
        ("/agreements/ep-rus/readout", 404, 'href="../../commitments/ep-rus"'),
        ("/commitments/ep-rus?as_of=0001-01-01", 400, "not a year that can be counted from"),
        ("/commitments/ep-rus?as_of=1970-01-01", 404, "was not on record then"),
        ("/agreements/energy-pause-2025?known_at=2020-01-01", 404, "was not on record then"),
        ("/commitments/ep-rus/explain?as_of=2020-01-01", 404, "Leave out as_of"),
        ("/commitments/ep-rus%00", 404, "ep-rus"),
        ("/commitments/%ff%fe", 404, "There is no promise"),
        ("/commitments/%20", 404, "There is no promise"),
        ("/commitments/a%2fb", 404, "There is no page"),
        (f"/commitments/{'x' * 5000}", 404, "There is no promise"),
        ("/agreements/parties", 404, "There is no agreement"),
        ("/agreements/%2e%2e", 404, "There is no agreement"),
        ("/events/%D9%A3", 404, "counted from 1"),
        ("/events/1e3", 404, "counted from 1"),
        ("/../etc/passwd", 404, "There is no page"),
        ("/%00", 404, "There is no page"),
        ("//", 404, "There is no page"),
        ("//evil.example/", 404, "There is no page"),
        ("///commitments//ep-rus", 404, "There is no page"),
        ("/static/../app.py", 404, "There is no page"),
        ("/static/%2e%2e/app.py", 404, "There is no page"),
        ("/static/..%2fapp.py", 404, "There is no page"),
        ("/static/%00", 404, "There is no page"),
        ("/static", 404, "There is no page"),
        ("/static/", 404, "There is no page"),
        ("/?as_of=%ff", 400, "Accepted forms"),
        ("/?as_of=%00", 400, "Accepted forms"),
        ("/?as_of=2025-13-45", 400, "Accepted forms"),
        ("/?as_of=9999-12-31", 400, "Accepted forms"),
        ("/?as_of=99999999999d", 400, "Accepted forms"),
        ("/?as_of=2025-03-20&as_of=junk", 400, "The address has as_of 2 times."),
        ("/?stat=open", 400, "did you mean state?"),
        ("/events?party=RUS", 400, "Known here: page, as_of, known_at"),
        ("/guide?q=x", 400, "Known here: as_of, known_at"),
        ("/deadlines?party=RU", 400, "did you mean RUS?"),
        ("/disputes?tag=energy", 400, "There is no tag yet"),
        ("/changes?state=in-force", 400, "did you mean in_force"),
        ("/?page=%D9%A3", 400, "is a number from 1 on"),
        ("/agreements/energy-pause", 404, "energy-pause-2025"),
        ("/api/status/ep-ru", 404, "Did you mean"),
        ("/events/999", 404, f"The newest is {SHIPPED}"),
        ("/events/minus", 404, "counted from 1"),
        ("/events/99999999999999999999", 404, "counted from 1"),
        ("/nothing/here", 404, "There is no page"),
        ("/?as_of=yesterweek", 400, "Accepted forms: 2025-03-18T22:00:00Z"),
        ("/?as_of=2025-03-18T22:00", 400, "a clock time needs an offset or a place"),
        ("/commitments/ep-rus?known_at=10", 400, "Accepted forms"),
        ("/deadlines/2025-13", 404, "A month is written like 2026-11."),
        ("/deadlines/0000-01", 404, "A month is written like 2026-11."),
        ("/?kind=promise", 400, "one of achievement, maintenance, process"),
        ("/?state=broken", 400, "one of open, closed"),
        ("/?page=0", 400, "is a number from 1 on"),
        ("/?page=7", 404, "There is no page 7."),
        (f"/?q={'x' * 201}", 400, "At most 200 are taken."),
        (f"/?q={'x' * 3000}", 414, "At most 2,000 are taken."),
    ],
)
def test_what_cannot_be_answered_is_told(board: Board, path: str, status: int, words: str) -> None:
    """With what is accepted or nearest, and never with where in the code it arose."""
    reply = board.ask(path)

    assert status == reply.status
    assert words in reply.text
    assert "Traceback" not in reply.text


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/commitments/ep-rus/", "../../commitments/ep-rus"),
        ("/deadlines/?as_of=2025-03-20", "../deadlines?as_of=2025-03-20"),
    ],
)
def test_a_slash_too_many_leads_on(board: Board, path: str, target: str) -> None:
    """By a relative way, whatever host and prefix a proxy serves us under."""
    reply = board.ask(path, Host="evil.example")

    assert (308, target) == (reply.status, reply.headers["location"])
    assert 200 == board.ask(urljoin(path, target)).status


RAW = (
    b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    b"GET /\r\n\r\n",
    b"\x00\xff\r\n\r\n",
    b"GET /commitments/\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\nabc",
    b"GET / HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n",
)


@pytest.mark.parametrize("sent", RAW, ids=range(len(RAW)))
def test_what_is_no_request_is_refused(board: Board, sent: bytes) -> None:
    """400, the connection ends, and the next reader is served."""
    with socket.create_connection(("127.0.0.1", board.port), timeout=20) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"Traceback" not in answer
    assert 200 == board.ask("/").status


def test_a_client_that_hangs_up_leaves_no_trace(
    own_board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing went wrong here, so nothing is logged."""
    with socket.create_connection(("127.0.0.1", own_board.port), timeout=20) as connection:
        connection.sendall(b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        own_board.ask("/about")
    for _ in range(3):
        own_board.ask("/")

    assert [] == caplog.records


def test_a_slip_of_ours_shows_no_traceback(
    own_board: Board, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What went wrong is logged once; the reader sees that it did, and of what class it is."""
    from web.pages import index as pages

    def slip(*_: object) -> pages.Page:
        raise ZeroDivisionError("secret place")

    monkeypatch.setitem(pages.PAGES, "about", slip)
    reply = own_board.ask("/about")

    assert 500 == reply.status
    assert "This page could not be made (ZeroDivisionError)." in reply.text
    assert ["GET /about"] == [record.getMessage() for record in caplog.records]
    assert "secret place" not in reply.text
    assert "Traceback" not in reply.text
    assert "default-src 'none'" in reply.headers["content-security-policy"]
