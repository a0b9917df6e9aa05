"""Clients that keep a board waiting: it cuts them off, goes on for the others, and stays quiet."""

from __future__ import annotations

import logging
import socket
import struct
from contextlib import ExitStack

import pytest

from events.errors import StoreUnavailable
from tests.support.served import Board, serving
from web.serving.connections import Limits
from web.serving.server import listening

HALF = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nList-"


STARTS = (
    b"",
    HALF,
    POST,
    b"\x16\x03\x01\0",
    b"GET /\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
)
"""What clients send before they hang up: nothing, a part, no HTTP, and a whole request."""


def opened(board: Board, start: bytes) -> socket.socket:
    """A connection that has sent the beginning of a request."""
    client = socket.create_connection(("127.0.0.1", board.port), timeout=60)
    client.sendall(start)
    return client


def is_cut_off(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("start", [b"", b"G", HALF, POST])
def test_a_request_has_to_arrive_in_time(projected_database: object, start: bytes) -> None:
    """Neither half a head nor half a body holds a place for long, however it drips."""
    with (
        serving(str(projected_database), limits=Limits(64, request_seconds=0.2)) as board,
        opened(board, start) as client,
    ):
        assert is_cut_off(client)
        assert 200 == board.ask("/about").status


def test_a_second_request_has_to_arrive_in_time(projected_database: object) -> None:
    """A connection that has been answered once is no safer place."""
    with (
        serving(str(projected_database), limits=Limits(64, request_seconds=0.2)) as board,
        opened(board, b"GET /static/icon.svg HTTP/1.1\r\nHost: x\r\n\r\n") as client,
    ):
        while not client.recv(65536).endswith(b"</svg>\n"):
            pass
        client.sendall(HALF)

        assert is_cut_off(client)


def test_who_waits_longest_makes_room(projected_database: object) -> None:
    """More half-open connections than there are places do not stop the board."""
    limits = Limits(20, request_seconds=600)
    with serving(str(projected_database), limits=limits) as board, ExitStack() as clients:
        slow = [clients.enter_context(opened(board, HALF)) for _ in range(60)]
        answers = [board.ask("/about").status for _ in range(3)]
        slow[-1].sendall(b"\r\n")

        assert [200] * 3 == answers
        assert is_cut_off(slow[0])
        assert slow[-1].recv(12) == b"HTTP/1.1 200"


def test_a_client_that_hangs_up_leaves_no_line(
    projected_database: object, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nor does one that speaks no HTTP: whoever can fill a log can fill a disk."""
    reset = struct.pack("ii", 1, 0)
    with caplog.at_level(logging.WARNING), serving(str(projected_database)) as board:
        for start in STARTS:
            client = opened(board, start)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            client.close()
        assert 200 == board.ask("/about").status

    assert [] == caplog.records
    assert ("", "") == capfd.readouterr()


@pytest.mark.parametrize(
    ("host", "hint"),
    [("127.0.0.1", "--port 0"), ("203.0.113.7", "--host 127.0.0.1"), ("?", "--host 127.0.0.1")],
)
def test_an_address_that_cannot_be_taken_is_answered_with_what_helps(host: str, hint: str) -> None:
    """Another port where it is taken; an address of this machine where it is none."""
    with (
        listening("127.0.0.1", 0) as bound,
        pytest.raises(StoreUnavailable) as refused,
        listening(host, bound.getsockname()[1]),
    ):
        pass

    assert f"pactwatch serve {hint}" == refused.value.hint
