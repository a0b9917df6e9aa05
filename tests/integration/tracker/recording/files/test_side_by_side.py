"""A long file is judged by several processes, which end with the one that asked them."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from benchmarks.imports import write_file
from events import EventStore
from events.cloudevents import encode
from events.database.engine import open_engine, write_transaction
from tests.support.command import COMMAND
from tests.support.many_lives import many_lives, taken_lines
from tests.support.odd_entries import END
from tests.support.waiting import eventually
from tracker.projections import processes
from tracker.projections.catch_up import catch_up
from tracker.projections.rebuild import compared
from tracker.recording.accepted import append_accepted
from tracker.recording.files import long_file
from tracker.recording.files.event_file import take_lines
from tracker.recording.files.long_file import LONG, judge_file
from tracker.recording.intake import Intake

WORKERS = 2


@pytest.fixture(scope="module")
def files() -> tuple[list[bytes], list[bytes]]:
    """A file, and one that goes on with it."""
    lines = taken_lines(many_lives(Random(11), 6, 30), END)
    return lines[:90], lines[90:]


@pytest.fixture(scope="module")
def judged_whole(files: tuple[list[bytes], list[bytes]]) -> list[bytes]:
    """The events of both, each judged as a whole."""
    store = EventStore.open("memory://")
    for file in files:
        accepted = take_lines(file, Intake(store, END))
        store.append_batch(accepted.items, accepted.versions)
    return list(map(encode, store.read_all()))


@pytest.mark.parametrize("kind", ["database", "postgres"])
def test_processes_judge_what_one_would(
    kind: str,
    files: tuple[list[bytes], list[bytes]],
    judged_whole: list[bytes],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second file goes in side by side; log and rows are as if it was judged whole."""
    url = request.getfixturevalue(kind)
    for name, value in {"LONG": 1, "LINES": 30}.items():
        monkeypatch.setattr(long_file, name, value)

    with EventStore.open(url) as store:
        for file, cores in zip(files, (1, WORKERS), strict=True):
            monkeypatch.setattr(processes, "cores", lambda cores=cores: cores)
            accepted = judge_file(file, store, END, url)
            append_accepted(store, accepted)
            with write_transaction(open_engine(url)) as connection:
                catch_up(store, connection, END, judged=accepted.folded)

        assert judged_whole == list(map(encode, store.read_all()))
        assert not any(compared(store, open_engine(url)))


@pytest.fixture(scope="module")
def long_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("long") / "long.jsonl"
    write_file(file, LONG + 5_000)
    return file


def children_of(process: int) -> list[int]:
    with suppress(OSError):
        tasks = Path(f"/proc/{process}/task").iterdir()
        return [int(each) for task in tasks for each in (task / "children").read_text().split()]
    return []


def wait_until(is_so: Callable[[], bool]) -> None:
    eventually(is_so, "the processes of the command are not as expected", 60)


@pytest.fixture
def importing(long_lines: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command that imports a long file, with a group of processes of its own."""
    heeding = ["env", "--default-signal=INT"]  # a run in the background ignores Ctrl-C
    command = [*heeding, COMMAND, "--db", str(tmp_path / "new.db"), "import", str(long_lines)]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE)
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize(
    ("by", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)], ids=["^C", "kill"]
)
@pytest.mark.skipif(processes.cores() < WORKERS, reason="one core judges in one process")
def test_processes_end_with_the_command(
    by: signal.Signals, code: int, importing: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Interrupted at a terminal or killed alone: nothing runs on, and nothing is written."""
    wait_until(lambda: len(children_of(importing.pid)) > WORKERS)  # one more is of Python
    workers = children_of(importing.pid)
    to_all = by == signal.SIGINT
    os.killpg(importing.pid, by) if to_all else importing.send_signal(by)

    assert code == importing.wait(60)
    wait_until(lambda: not any(Path(f"/proc/{worker}/exe").exists() for worker in workers))
    assert not (tmp_path / "new.db").exists()


@pytest.mark.skipif(processes.cores() < WORKERS, reason="one core judges in one process")
def test_a_worker_that_is_killed_is_told(
    importing: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """As where memory runs out: the others end, and nothing is written."""
    wait_until(lambda: len(children_of(importing.pid)) > WORKERS)
    os.kill(max(children_of(importing.pid)), signal.SIGKILL)

    _, talk = importing.communicate(timeout=60)
    assert 1 == importing.returncode
    assert b"Error: a process that shared the work was ended from outside; nothing was" in talk
    assert not (tmp_path / "new.db").exists()
