"""A worker, the pooler and then the primary are killed under load, and the standby is promoted.

Three writers append, one of them through pgbouncer, two `pactwatch run` send mail, and a reader
looks at the standby all the time. Each commit waits for the standby. Shortly before the end of the
primary the standby is cut off from it: what was acknowledged then without waiting would be lost.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from functools import partial
from pathlib import Path

from events import EventStore, EventStoreError
from tests.support.mail import fill, made
from tests.support.pgbouncer import Pooler
from tests.support.postgres import NoPostgres, server_folder
from tests.support.replication import Pair, replicated
from trials.facts import LOG_FAULTS, check_log, event_ids, now, query, statement
from trials.log.postgres_restarts import last_turn, wait_for_turn
from trials.mail.failing_relay import FailingRelay, failing_relay
from trials.mail.outbox_faults import Daemon, check_words, wait_until_left
from trials.processes import Installation, append_line, fork, kill, lines_of, workspace
from trials.trial import Figures, NotRun, Trial

MESSAGES, APPENDS = 100, 200
"""For each cycle; so many cycles' worth are under way at once."""
WORKERS = 2
CUT_SECONDS = 0.5
BACK_SECONDS = 10
"""So long after the promotion a daemon has taken a turn, on a machine with a core to spare."""
PROMOTED = "promoted"
"""The file that says so."""
PATIENCE = 60
"""Seconds without any progress after which a writer is not coming back."""


def append_all(folder: Path, url: str, key: str, count: int) -> int:
    """Appends so many events, and more until the promotion; the same one again after an error."""
    store: EventStore | None = None
    n = 0
    while n < count or not (folder / PROMOTED).exists():
        while True:
            try:
                store = store or EventStore.open(url)
                store.append("statements", [statement(f"{key}-{n}")])
                break
            except EventStoreError:
                time.sleep(0.05)
            except Exception as error:
                append_line(folder / "raw", f"{type(error).__name__}: {error}")
                time.sleep(0.05)
        append_line(folder / f"{key}.ack", f"{key}-{n}")
        n += 1
    return 0


def read_for_ever(folder: Path, url: str) -> int:
    """Reads the head of the standby, and notes each one that is lower than the one before."""
    highest = 0
    with EventStore.open(url, create=False, read_only=True) as store:
        while True:
            head = store.head()
            append_line(folder / "reader", "lower" if head < highest else "level")
            highest = max(highest, head)
            time.sleep(0.02)


def run(cycles: int, figures: Figures) -> None:
    try:
        with workspace() as folder, replicated() as pair, server_folder() as place:
            pooler = Pooler(place, "transaction")
            try:
                attack(Installation(folder, pair.both_urls[1]), pair, pooler, cycles, figures)
            finally:
                pooler.kill()
    except NoPostgres as reason:
        raise NotRun(str(reason)) from reason


def attack(
    installation: Installation, pair: Pair, pooler: Pooler, cycles: int, figures: Figures
) -> None:
    """Kills one after the other while the work is under way, then looks at what came of it."""
    installation.command("db", "init")
    fill(made(pair.primary_url), cycles * MESSAGES, now=now())
    pair.wait_for_standby()
    pair.wait_for_every_commit()
    pooler.start(pair.primary.url)
    with failing_relay(installation.folder, WORKERS, seed=1) as relay:
        relay.calm()
        daemons = [Daemon(installation, relay, n) for n in range(WORKERS)]
        pids = begin_work(installation.folder, pair, pooler, cycles * APPENDS)
        try:
            wait_for_turn(installation.database, "")
            kill_in_turn(installation.folder, pair, pooler, daemons, cycles * APPENDS, figures)
            is_done = await_share(installation.folder, cycles * APPENDS, 1)
            figures.add("writer_not_back", int(not is_done))
            figures.add("stuck", wait_until_left(pair.standby_url, daemons, 0))
            figures.add("daemon_died", sum(not each.process.is_alive() for each in daemons))
        finally:
            kill(*pids)
            for daemon in daemons:
                daemon.end()
        judge(installation, relay, figures)


def begin_work(folder: Path, pair: Pair, pooler: Pooler, total: int) -> list[int]:
    """Starts writers that append so many events together, and the reader of the standby."""
    pooled = f"{pooler.url.rpartition('/')[0]}/{pair.database}"
    urls = (*pair.both_urls, pooled)
    share = -(-total // len(urls))
    work = [partial(append_all, folder, url, f"w{n}", share) for n, url in enumerate(urls)]
    return [fork(each) for each in (*work, partial(read_for_ever, folder, pair.standby_url))]


def kill_in_turn(
    folder: Path, pair: Pair, pooler: Pooler, daemons: list[Daemon], total: int, figures: Figures
) -> None:
    """A worker, the pooler and the primary, each after a quarter of the events."""
    await_share(folder, total, 0.25)
    daemons[0].kill()
    await_share(folder, total, 0.5)
    pooler.kill()
    time.sleep(CUT_SECONDS)
    pooler.start(pair.primary.url)
    await_share(folder, total, 0.75)
    promote(pair, pooler, figures)
    (folder / PROMOTED).touch()


def await_share(folder: Path, total: int, share: float) -> bool:
    """Waits until such a share of the events is acknowledged; returns whether it came to that."""
    count, ends = 0, time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        before, count = count, sum(len(lines_of(file)) for file in folder.glob("*.ack"))
        if count >= total * share:
            return True
        if count > before:
            ends = time.monotonic() + PATIENCE
        time.sleep(0.02)
    return False


def promote(pair: Pair, pooler: Pooler, figures: Figures) -> None:
    """Kills the primary, promotes the standby, and times how long the next turn is in coming."""
    pair.cut()
    time.sleep(CUT_SECONDS)
    pair.primary.kill()
    pair.standby.promote()
    began, before = time.monotonic(), last_turn(pair.standby_url)
    pooler.kill()
    pooler.start(pair.standby.url)
    figures.add("not_back", int(not wait_for_turn(pair.standby_url, before)))
    seconds = time.monotonic() - began
    figures.highest("milliseconds_until_a_turn", round(1000 * seconds))
    waiting = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    figures.add("back_late", int(seconds > BACK_SECONDS * waiting))
    figures.add("cycles")


def judge(installation: Installation, relay: FailingRelay, figures: Figures) -> None:
    """Counts what was acknowledged and is not there once, and how often each message arrived."""
    folder, times = installation.folder, Counter(event_ids(installation.database))
    for file in folder.glob("*.ack"):
        ids = lines_of(file)
        figures.add("acknowledged", len(ids))
        figures.add("lost", sum(times[identity] == 0 for identity in ids))
        figures.add("doubled", sum(times[identity] > 1 for identity in ids))
    readings = Counter(lines_of(folder / "reader"))
    figures.add("readings", readings.total())
    figures.add("less_than_before", readings["lower"])
    taken, _ = relay.taken()
    sent = dict(query(installation.database, "SELECT message_id, state FROM outbox"))
    figures.add("messages", len(sent))
    figures.add("never_taken", sum(not taken[identity] for identity in sent))
    figures.add("not_sent", sum(state != "sent" for state in sent.values()))
    twice = sum(taken[identity] - 1 for identity in sent if taken[identity] > 1)
    figures.add("twice", twice)
    # One of the worker that was killed, and of each that lost its database after an answer.
    figures.add("twice_beyond_attacks", max(0, twice - 1 - WORKERS))
    for line in lines_of(folder / "raw"):
        figures.failed("unexpected", line)
    check_words(folder, figures)
    check_log(installation, figures)


TRIALS = (
    Trial(
        "promotion",
        "Is anything lost or doubled when a worker, the pooler and the primary are killed?",
        run,
        (1, 5, 100),
        (
            "lost",
            "doubled",
            "less_than_before",
            "never_taken",
            "not_sent",
            "twice_beyond_attacks",
            "stuck",
            "not_back",
            "back_late",
            "writer_not_back",
            "daemon_died",
            "unexpected",
            *LOG_FAULTS,
        ),
        ("cycles", "acknowledged", "readings", "messages"),
    ),
)
