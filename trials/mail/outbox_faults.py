"""`pactwatch run` is killed and stopped, thrice over, before a mail server that fails by chance.

Events come in meanwhile and readers follow everything at once. Afterwards each alert has been told
to each reader, and each message taken by the server. One that was taken twice has a cause: its
answer was lost, or its worker was killed or stopped between the answer and the note of it.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from notifications.outbox.undelivered import MOST_RESENDS
from trials.facts import RECORDED, agreement, now, query, value, write_lines
from trials.mail.failing_relay import FailingRelay, failing_relay
from trials.postgres_server import installation_on_postgres
from trials.processes import Installation, exit_code, fork, is_unexpected, workspace
from trials.trial import Figures, Trial

HURRIED = "trials.mail.hurried_run"
WORKERS, READERS = 3, 8
FILLED, FILLED_LONG, LONG_CYCLES = 40, 500, 50
"""So many messages straight into the outbox in each cycle; more in each of many cycles."""
SENDING_SECONDS = 2.0
"""How long the relay goes on failing when nobody is attacked any more."""
LAST_TURNS_SECONDS = 1.5
"""Enough for a turn, which puts what has become news into the outbox."""
STOP_SECONDS = (3.5, 6.0)
"""A worker is stopped for so long, which is longer than a lease."""
LONGEST_WAIT = 3.0
END_SECONDS = 20
PATIENCE = 90
"""Seconds without any progress after which a message that is still on its way is stuck."""


class Daemon:
    """One `pactwatch run`, which is begun again when it was killed."""

    def __init__(self, installation: Installation, relay: FailingRelay, number: int) -> None:
        url, self.name, self.begun = relay.urls[number], f"daemon{number}", 0
        settings = {"PACTWATCH_SMTP_URL": url, "PACTWATCH_SMTP_TIMEOUT": 3}
        self.installation = Installation(installation.folder, installation.database, **settings)
        self.relay = relay
        self.begin()

    def begin(self) -> None:
        self.begun += 1
        log = self.installation.folder / f"{self.name}-{self.begun}.log"
        self.process = self.installation.start_fork(log, "run", "--interval", "1", loaded=HURRIED)
        self.stopped_until = 0.0

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.begin()

    def stop(self, seconds: float) -> None:
        self._signal(signal.SIGSTOP)
        self.stopped_until = time.monotonic() + seconds

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)
        self.stopped_until = 0.0

    def end(self) -> None:
        """Ends it, stopped or not."""
        if self.process.is_alive():
            self.go_on()
            self.process.terminate()
            self.process.join(END_SECONDS)
        if self.process.is_alive():
            self.process.kill()
        self.process.join()

    def _signal(self, number: int) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)


def run_sqlite(cycles: int, figures: Figures) -> None:
    with workspace() as folder:
        attack(Installation(folder), cycles, figures)


def run_postgres(cycles: int, figures: Figures) -> None:
    with installation_on_postgres("outbox") as installation:
        attack(installation, cycles, figures)


def attack(installation: Installation, cycles: int, figures: Figures) -> None:
    """Attacks the workers in each cycle, then lets them finish, and looks at what arrived."""
    random.seed(1)
    filled = FILLED if cycles < LONG_CYCLES else FILLED_LONG
    installation.command("db", "init")
    for n in range(READERS):
        address = f"reader{n}@d{n % 5}.example.org"
        consent = ("--cadence", "immediate", "--consent", "trial")
        answer = installation.command("subscribe", "add", address, *consent)
        if answer.code:
            figures.failed("subscribe_failed", answer.text)
    with failing_relay(installation.folder, WORKERS, seed=1) as relay:
        daemons = [Daemon(installation, relay, n) for n in range(WORKERS)]
        try:
            wait_for_turn(installation.database)
            for cycle in range(cycles):
                attack_once(installation, daemons, cycle, filled, figures)
                # Otherwise most messages would be sent after the faults.
                wait_until_left(installation.database, daemons, filled)
            stopped_until = max(daemon.stopped_until for daemon in daemons)
            pause(daemons, stopped_until - time.monotonic())
            pause(daemons, SENDING_SECONDS)
            wait_until_left(installation.database, daemons, FILLED)
            relay.calm()
            pause(daemons, LAST_TURNS_SECONDS)
            figures.add("stuck", wait_until_left(installation.database, daemons, 0))
        finally:
            for daemon in daemons:
                daemon.end()
        judge(installation, relay, figures)


def wait_for_turn(database: str) -> None:
    """Waits until a daemon has taken its first turn."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        with suppress(Exception):
            if query(database, "SELECT at FROM turns"):
                return
        time.sleep(0.1)


def attack_once(
    installation: Installation, daemons: list[Daemon], cycle: int, filled: int, figures: Figures
) -> None:
    """Feeds events and messages, and kills or stops one worker while they are sent."""
    feeder = fork(lambda: feed(installation, cycle, filled))
    daemon = busy_daemon(daemons[0].relay, daemons)
    if not daemon.process.is_alive():
        figures.failed("daemon_died", f"exit code {daemon.process.exitcode}")
        daemon.begin()
    elif cycle % 2:
        figures.add("kills")
        daemon.kill()
    elif not daemon.stopped_until:
        figures.add("stops")
        daemon.stop(random.uniform(*STOP_SECONDS))
    # Who is stopped may have the lock that the feeder waits for, so it has to go on in its time.
    while os.waitid(os.P_PID, feeder, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        pause(daemons, 0.02)
    if exit_code(feeder) not in RECORDED:
        figures.failed("import_refused", (installation.folder / "feed.out").read_text())
    figures.add("cycles")


def busy_daemon(relay: FailingRelay, daemons: list[Daemon]) -> Daemon:
    """Waits for one that is just handing over a message, the first of many; any, when none is."""
    before, enough = relay.log_size(), random.randint(3, 8)
    ends = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < ends:
        clients = relay.conversations(before)
        if len(clients) >= enough:
            return daemons[clients[-1]]
        pause(daemons, 0.005)
    return random.choice(daemons)


def pause(daemons: list[Daemon], seconds: float) -> None:
    """Waits so long; who was stopped for long enough goes on."""
    ends = time.monotonic() + seconds
    while True:
        for daemon in daemons:
            if daemon.stopped_until and time.monotonic() > daemon.stopped_until:
                daemon.go_on()
        if time.monotonic() >= ends:
            return
        time.sleep(0.005)


def feed(installation: Installation, cycle: int, filled: int) -> int:
    """Imports an agreement, and puts so many messages straight into the outbox."""
    from events.database.engine import open_engine
    from tests.support.mail import fill

    at, out = now() - timedelta(minutes=5), installation.folder / "feed.out"
    lines = agreement(f"g{cycle}", at, count=6, due=at + timedelta(days=1))
    file = write_lines(installation.folder / "feed.jsonl", lines)
    code = installation.run("-q", "import", file, out=out)
    if code in RECORDED:
        # Twice under the same keys, as from a planner that was killed and begins anew.
        engine = open_engine(installation.database)
        for _ in range(2):
            fill(engine, filled, start=cycle * filled, now=now())
    return code


def wait_until_left(database: str, daemons: list[Daemon], most: int) -> int:
    """Waits until at most so many messages are on their way; returns how many still are."""
    moving = "state IN ('due', 'leased', 'transmitting')"
    moving += f" OR (state = 'uncertain' AND resends < {MOST_RESENDS})"
    fewest, ends = None, time.monotonic() + PATIENCE
    while True:
        count = int(value(database, f"SELECT count(*) FROM outbox WHERE {moving}"))
        if count <= most or time.monotonic() > ends:
            return count
        if fewest is None or count < fewest:
            fewest, ends = count, time.monotonic() + PATIENCE
        pause(daemons, 0.3)


def judge(installation: Installation, relay: FailingRelay, figures: Figures) -> None:
    """Counts what never arrived, and what arrived twice by its cause."""
    database, (taken, lost) = installation.database, relay.taken()
    states = dict(query(database, "SELECT message_id, state FROM outbox"))
    reaped = "SELECT o.message_id FROM outbox_attempts a JOIN outbox o ON o.id = a.outbox_id "
    expired = {row[0] for row in query(database, f"{reaped} WHERE a.answer LIKE 'no word before%'")}
    causes = Counter[str]()
    for identity, times in taken.items():
        if times - 1 > lost[identity]:
            causes["worker" if identity in expired else "none"] += times - 1 - lost[identity]
        elif times > 1:
            causes["answer"] += 1
    figures.add("messages", len(states))
    figures.add("faults", relay.fault_count())
    figures.add("never_taken", sum(not taken[identity] for identity in states))
    figures.add("not_sent", sum(state != "sent" for state in states.values()))
    figures.add("twice_lost_answer", causes["answer"])
    figures.add("twice_worker_gone", causes["worker"])
    figures.add("twice_without_cause", causes["none"])
    attacks = figures.counts["kills"] + figures.counts["stops"]
    figures.add("twice_beyond_attacks", max(0, causes["worker"] - attacks))
    count_untold(database, figures)
    check_words(installation.folder, figures)


def count_untold(database: str, figures: Figures) -> None:
    """Counts alerts that a reader has not been told, or has been told twice."""
    times_of = Counter(query(database, "SELECT subscription_id, key FROM notification_log"))
    alerts = [row[0] for row in query(database, "SELECT key FROM alerts")]
    readers = [row[0] for row in query(database, "SELECT id FROM subscriptions")]
    figures.add("alerts", len(alerts))
    figures.add("untold", sum((r, key) not in times_of for r in readers for key in alerts))
    figures.add("told_twice", sum(times > 1 for times in times_of.values()))


def check_words(folder: Path, figures: Figures) -> None:
    """Counts what a daemon did not expect."""
    for log in folder.glob("daemon*.log"):
        for line in log.read_text(errors="replace").splitlines():
            if is_unexpected(line):
                figures.failed("unexpected", line)


ZERO = (
    "never_taken", "stuck", "twice_without_cause", "twice_beyond_attacks", "untold", "told_twice",
    "daemon_died", "import_refused", "subscribe_failed", "unexpected",
)  # fmt: skip
POSITIVE = ("cycles", "messages", "faults", "alerts")
QUESTION = "Does every message arrive, and once, when workers die and the relay fails?"
TRIALS = (
    Trial("outbox_faults", QUESTION, run_sqlite, (4, 16, 100), ZERO, POSITIVE),
    Trial("outbox_faults-postgres", QUESTION, run_postgres, (3, 8, 100), ZERO, POSITIVE),
)
