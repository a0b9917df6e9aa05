"""Answers as they come: a worker that is killed costs one duplicate, not those settled together."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from notifications.delivery.smtp import SmtpTransport
from notifications.delivery.worker import Rules
from notifications.outbox.answers import LEFTOVER_SECONDS, Answer, AnswerFiles, AnswerLog
from notifications.outbox.undelivered import ResendPolicy
from tests.support.delivery_trials import FORKS
from tests.support.mail import fill, made, states, way
from tests.support.outbox_worker import deliver, work
from tests.support.smtp_server import Script, serving

HOUR = timedelta(hours=1)
ANSWER = Answer(7, 2, "2026-03-02T08:00:00Z", 250, "relay: 250 taken", "taken")


def _killed_at_the_fourth(url: str, script: Script, address: str) -> None:
    """A worker process that is killed while it waits for its fourth answer, of five marked."""
    taken = Counter[str]()
    line, end = FORKS.Pipe()
    lease, environment = timedelta(seconds=300), dict(os.environ)
    worker = FORKS.Process(target=work, args=(url, address, lease, "killed", end, environment))

    def kill(verb: str, _recipient: str) -> str | None:
        taken[verb] += 1
        if verb == "dot" and taken["dot"] == 4:
            worker.kill()
            # Who joins reads how it ended, once; that is for the thread of the test.
            wait([worker.sentinel], 20)
        return None

    script.fault = kill
    worker.start()
    try:
        worker.join(60)
        assert -signal.SIGKILL == worker.exitcode
    finally:
        worker.kill()
        worker.join()
        line.close()
        end.close()


def _state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_kill_costs_one_duplicate_and_loses_nothing(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three were answered: they are sent. The fourth was taken without a word: it goes twice."""
    _state_home(tmp_path, monkeypatch)
    is_file = kind == "sqlite"
    url = str(tmp_path / "p.db") if is_file else str(request.getfixturevalue("made_postgres"))
    engine, script, now = made(url), Script(), datetime.now(UTC)
    fill(engine, 8, now=now - HOUR)
    with serving(script) as address:
        _killed_at_the_fourth(url, script, address)
        before = states(engine)
        script.fault = lambda *_: None
        transport = SmtpTransport(f"smtp://{address}", "p@example.org", None)
        for hours in (1, 2):
            deliver(engine, transport, now + hours * HOUR, "heir", rules=Rules())

    assert ({"sent": 8}, 8) == (states(engine), len(script.ids()))
    assert {"transmitting": 5, "due": 3} == before
    assert 1 == sum(times - 1 for times in script.ids().values())
    assert ["leased", "transmitting", "sent"] == way(engine, 1)


def test_what_was_answered_is_not_held_either(tmp_path: Path) -> None:
    """Where uncertain messages are held, only the one without an answer is."""
    url, script, now = str(tmp_path / "p.db"), Script(), datetime.now(UTC)
    engine = made(url)
    fill(engine, 4, now=now - HOUR)
    with serving(script) as address:
        _killed_at_the_fourth(url, script, address)
        transport = SmtpTransport(f"smtp://{address}", "p@example.org", None)
        rules = Rules(resend=ResendPolicy(excepted=("all",)))
        deliver(engine, transport, now + HOUR, "heir", rules=rules)

    assert {"sent": 3, "uncertain": 1} == states(engine)


def test_what_is_settled_leaves_no_file(tmp_path: Path) -> None:
    """Beside the database there is nothing to see between two turns."""
    engine, script, now = made(str(tmp_path / "p.db")), Script(), datetime.now(UTC)
    fill(engine, 3, now=now - HOUR)
    seen: list[list[str]] = []

    def look(verb: str, _recipient: str) -> str | None:
        if verb == "dot":
            seen.append([path.name for path in tmp_path.glob("*-answers-*")])
        return None

    script.fault = look
    with serving(script) as address:
        transport = SmtpTransport(f"smtp://{address}", "p@example.org", None)
        deliver(engine, transport, now, "host:1/1")

    assert [[], ["p.db-answers-host%3A1%2F1"], ["p.db-answers-host%3A1%2F1"]] == seen
    assert [] == list(tmp_path.glob("*-answers-*"))


def test_a_file_that_goes_meanwhile_keeps_no_other_from_being_swept(tmp_path: Path) -> None:
    """Its own worker removes it; a link to nothing fails in the same way."""
    answers = AnswerFiles(tmp_path / "p.db-answers-")
    for name in "abcdefgh":
        (tmp_path / f"p.db-answers-{name}").symlink_to(tmp_path / "nothing")
        (tmp_path / f"p.db-answers-old-{name}").touch()
        os.utime(tmp_path / f"p.db-answers-old-{name}", (0, 0))
    answers.sweep()

    assert [] == list(tmp_path.glob("*-old-*"))


def test_a_line_that_broke_off_is_passed_over(tmp_path: Path) -> None:
    """The worker died while it wrote; what stands before it counts."""
    files = AnswerFiles(tmp_path / "p.db-answers-")
    answers = AnswerLog(files.path_of("w"))
    answers.keep(ANSWER)
    answers.close(are_settled=False)
    with files.path_of("w").open("ab") as file:
        file.write(b"[8,2,\x00\xff")

    assert ({(7, 2): ANSWER}, {}) == (files.read("w"), files.read("nobody"))


def test_a_folder_that_cannot_be_written_stops_no_delivery(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, and the delivery goes on as without the file."""
    (tmp_path / "file").write_text("")
    answers = AnswerLog(tmp_path / "file" / "p.db-answers-w")
    for _time in range(3):
        answers.keep(ANSWER)
    answers.close(are_settled=True)

    assert 1 == len(caplog.messages)


def test_files_of_workers_that_died_long_ago_are_swept(tmp_path: Path) -> None:
    """A day later their leases have long been looked at; others' files stay."""
    old, new, other = (tmp_path / name for name in ("p.db-answers-a", "p.db-answers-b", "q.db"))
    for path in (old, new, other):
        path.write_text("")
    for path in (old, other):
        os.utime(path, (time.time() - 2 * LEFTOVER_SECONDS,) * 2)
    AnswerFiles(tmp_path / "p.db-answers-").sweep()

    assert [False, True, True] == [path.exists() for path in (old, new, other)]
