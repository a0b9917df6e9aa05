"""Two trials of the outbox, small in tests and large in the benchmark: faults, paused workers."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess

from sqlalchemy import Engine, text

from notifications.delivery.smtp import SmtpTransport
from notifications.delivery.worker import Rules
from notifications.outbox.reaper import LEASE_EXPIRED
from tests.support.forks import FORKS
from tests.support.mail import NOW, fill, states
from tests.support.outbox_worker import deliver, work
from tests.support.smtp_server import Script, scripted_faults, serving

LEASE = 0.5
MOST = 10
"""On a busy machine it takes more pauses until one outlasts a lease under the eyes of another."""


@dataclass(frozen=True)
class Found:
    """What came of a trial, by Message-ID as the server saw it."""

    states: Counter[str]
    missed: int
    doubled: int
    doubled_without_cause: int
    faults: int = 0
    pauses: int = 0
    expired: int = 0


def under_faults(engine: Engine, count: int, seed: int = 1, share: float = 0.3) -> Found:
    """So many messages past a server that fails at every verb; what is uncertain is sent again."""
    faults = Counter[str]()
    draw = scripted_faults(seed, share)

    def fault(verb: str, recipient: str) -> str | None:
        action = draw(verb, recipient)
        faults[verb] += action is not None
        return action

    half = random.Random(seed)
    script = Script(fault)
    fill(engine, count)
    rules, now = Rules(), NOW
    with serving(script) as address:
        transport = SmtpTransport(f"smtp://{address}", "p@example.org", None)
        while set(states(engine)) != {"sent"} and now < NOW + timedelta(days=3):
            script.takes_before_drop = half.random() < 0.7
            deliver(engine, transport, now, "w", rules=rules)
            now += timedelta(minutes=7)
    return found_of(engine, script, count, faults=faults.total())


def found_of(engine: Engine, script: Script, count: int, **more: int) -> Found:
    ids, taken = script.ids(), script.by_recipient()
    doubled = {to: times for to, times in taken.items() if times > 1}
    caused = [to for to, times in doubled.items() if times <= 1 + script.lost_after_dot[to]]
    return Found(states(engine), count - len(ids), len(doubled), len(doubled) - len(caused), **more)


def with_pauses(
    engine: Engine, url: str, pauses: int, count: int, workers: int = 3, delay: float = 0.01
) -> Found:
    """Workers stopped by SIGSTOP for longer than their lease, in turn, while they send.

    The server takes each message after a delay, so that the work outlasts the pauses.
    """
    script = Script(lambda verb, _: _answer_late(verb, delay))
    fill(engine, count, now=datetime.now(UTC) - timedelta(hours=1))
    draw, made = random.Random(7), 0
    with serving(script) as address, _running(url, address, workers) as processes:
        while made < pauses or (made < MOST * pauses and not _expired(engine)):
            process = processes[made % workers]
            time.sleep(draw.uniform(0.0, 0.1))
            _signal(process, signal.SIGSTOP)
            time.sleep(LEASE * draw.uniform(1.4, 1.8) / workers)
            _signal(processes[(made + 1) % workers], signal.SIGCONT)
            made += 1
        for process in processes:
            _signal(process, signal.SIGCONT)
        _wait_until_drained(engine)
    return found_of(engine, script, count, pauses=made, expired=_expired(engine))


def _answer_late(verb: str, delay: float) -> None:
    if verb == "dot":
        time.sleep(delay)


def _signal(process: BaseProcess, number: int) -> None:
    assert process.pid is not None
    os.kill(process.pid, number)


@contextmanager
def _running(url: str, address: str, workers: int) -> Iterator[list[BaseProcess]]:
    lease, environment, processes, lines = timedelta(seconds=LEASE), dict(os.environ), [], []
    for n in range(workers):
        line, end = FORKS.Pipe()
        process = FORKS.Process(
            target=work, args=(url, address, lease, f"worker-{n}", end, environment)
        )
        process.start()
        end.close()
        processes.append(process)
        lines.append(line)
    try:
        for line in lines:
            assert line.recv() == "ready"
        yield processes
    finally:
        for process, line in zip(processes, lines, strict=True):
            _signal(process, signal.SIGCONT)
            line.close()
            process.join(60)


def _wait_until_drained(engine: Engine, seconds: float = 60.0) -> None:
    ends = time.monotonic() + seconds
    while set(states(engine)) - {"sent", "uncertain"} and time.monotonic() < ends:
        time.sleep(0.2)


def _expired(engine: Engine) -> int:
    """Messages whose lease ran out on a worker."""
    from events.database.engine import read_snapshot

    query = text("SELECT count(DISTINCT outbox_id) FROM outbox_attempts WHERE answer = :words")
    with read_snapshot(engine) as connection:
        return int(connection.execute(query, {"words": LEASE_EXPIRED}).scalar_one())
