"""Where `serve` listens, and what it refuses to serve there."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.support import forks
from tests.support.command import Run
from tests.support.waiting import eventually

HEADER = "X-Forwarded-User"


@pytest.mark.parametrize("words", [("--host", "0.0.0.0"), ("--host", "::")])
def test_a_board_above_clear_is_not_served_to_strangers(
    shipped: Run, words: tuple[str, ...]
) -> None:
    """Refused, with the three ways to do it."""
    result = shipped("serve", "--port", "0", "--tlp", "amber", *words)

    assert 1 == result.code
    assert "marked up to TLP:AMBER" in result.err
    assert all(way in result.err for way in ("--unix-socket", "--behind-auth", "--readers"))


def test_bad_settings_are_told_at_once(shipped: Run, tmp_path: Path) -> None:
    """Before anything listens."""
    missing = shipped("serve", "--port", "0", "--readers", str(tmp_path / "none"))
    network = shipped("serve", "--port", "0", "--behind-auth", HEADER, "--trusted-proxy", "proxy")
    header = shipped("serve", "--port", "0", "--behind-auth", "X Forwarded User")
    alone = shipped("serve", "--port", "0", "--trusted-proxy", "10.0.0.4")

    assert (2, 2, 2, 2) == (missing.code, network.code, header.code, alone.code)
    assert "expected the name of a header, say X-Forwarded-User" in header.err
    assert "it says who may name readers; add --behind-auth HEADER" in alone.err
    assert "No such file" in missing.err
    assert "expected an address or a network" in network.err


def test_a_setting_of_mail_that_does_not_fit_is_refused_at_the_start(shipped: Run) -> None:
    """It would fail the first reader who changes what to hear."""
    result = shipped("serve", "--port", "0", PACTWATCH_SMTP_URL="relay.example.org")

    assert 1 == result.code
    assert "PACTWATCH_SMTP_URL: expected smtp://" in result.err


def test_the_board_listens_at_a_unix_socket(
    shipped: Run, desk: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Above CLEAR too; it is for owner and group, replaces a dead one, and goes at the end."""
    # A path of a socket has at most 107 characters, and a folder of one test may have as many.
    path, log = tmp_path_factory.getbasetemp() / "board.sock", desk / "log"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    words = ("serve", "--tlp", "red", "--unix-socket", str(path), "--behind-auth", HEADER)
    with forks.running(words, environment, desk, log) as served:
        eventually(lambda: f"the board is at {path}" in log.read_text(), "it does not listen")
        mode = path.stat().st_mode & 0o777
        answers = [_ask_at(path, headers) for headers in ({}, {HEADER: "anna"})]
        second = shipped("serve", "--unix-socket", str(path))
        code = forks.end(served, signal.SIGTERM, 20)

    assert (0o660, [403, 200]) == (mode, answers)
    assert (1, True) == (second.code, "in use" in second.err)
    assert (0, False) == (code, path.exists())


def test_a_board_that_is_watched_says_all_in_objects(
    shipped: Run, desk: Path, environment: dict[str, str]
) -> None:
    """Where it listens and why it could not begin, as `run` does."""
    begun = _stopped_after(0, environment, desk)
    away = environment | {"PACTWATCH_DB": str(desk / "away.db")}
    for name in ("serve", "run"):
        with forks.running((name, "--log-format", "json"), away, desk, desk / name) as refused:
            refused.join(20)
            assert 1 == refused.exitcode
    lines = "".join((desk / each).read_text() for each in ("serve", "run")).splitlines()
    assert [] == [line for line in lines if not line.startswith("{")]
    refusals = [json.loads(line) for line in lines]

    assert begun["message"].startswith("the board is at http://127.0.0.1:")
    assert 2 * ["ERROR"] == [each["level"] for each in refusals]
    assert all("no database at" in each["message"] and each["hint"] for each in refusals)


@pytest.mark.parametrize("moment", [0.003, 0.006, 0.012, 0.024])
def test_a_stop_at_once_is_no_failure(
    shipped: Run, desk: Path, environment: dict[str, str], moment: float
) -> None:
    """Before uvicorn has its handlers as well: it says no more than where it listened."""
    assert _stopped_after(moment, environment, desk)["message"].startswith("the board is at ")


def _stopped_after(moment: float, environment: dict[str, str], desk: Path) -> dict[str, str]:
    """The only record of a board that is stopped some seconds after it has said where it is."""
    words, log = ("serve", "--port", "0", "--log-format", "json"), desk / "log"
    with forks.running(words, environment, desk, log) as served:
        eventually(lambda: "the board is at" in log.read_text(), "it does not listen")
        time.sleep(moment)
        assert 0 == forks.end(served, signal.SIGTERM, 20)
    (line,) = log.read_text().splitlines()
    record: dict[str, str] = json.loads(line)
    return record


def _ask_at(path: Path, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(30)
    connection.sock.connect(str(path))
    connection.request("GET", "/about", headers=headers)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_file_is_not_taken_for_a_socket(shipped: Run, tmp_path: Path) -> None:
    """What somebody keeps there stays."""
    file = tmp_path / "notes"
    file.write_text("mine")

    result = shipped("serve", "--unix-socket", str(file))

    assert (1, "mine") == (result.code, file.read_text())


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("--cors", "notebooks.example"), "expected https://host, or *"),
        (("--cors", "https://notebooks.example/"), "expected https://host, or *"),
        (("--cors", "*", "--tlp", "amber"), "a board of what is CLEAR"),
        (("--cors", "*", "--behind-auth", HEADER), "a board of what is CLEAR"),
    ],
)
def test_other_origins_read_only_what_is_for_everybody(
    shipped: Run, words: tuple[str, ...], refusal: str
) -> None:
    """Refused before anything is answered, with what is expected."""
    result = shipped("serve", "--port", "0", *words)

    assert 2 == result.code
    assert refusal in " ".join(result.err.split())
