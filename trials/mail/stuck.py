"""Somebody stops answering: a relay after the final dot, and a client that holds a lock.

`stuck` counts turns while a relay is silent, and how `run` ends then. `stuck-postgres` runs
`record` and `tick` while another session holds the lock of appends or of turns.
"""

from __future__ import annotations

import subprocess
import threading
import time
from functools import partial

from tests.support.mail import fill, made
from tests.support.smtp_server import SILENCE, Script, serving
from trials.facts import agreement, now, query, write_lines
from trials.mail.clock import wait_for_turns
from trials.postgres_server import installation_on_postgres
from trials.processes import Installation, end, fork, kill, workspace
from trials.trial import Figures, Trial

PATIENCE = 60
"""Seconds after which a daemon that has not ended waits for the relay, which never answers."""
LOCK_SECONDS = 45
"""A lock is given up after 30 seconds; whoever waits for longer waits for ever."""
LOCKS = {"append": 0x70616375, "turn": 0x70616374}


def silent_after_dot(verb: str, _recipient: str) -> str | None:
    return SILENCE if verb == "dot" else None


def serve_silence(installation: Installation) -> int:
    script = Script(silent_after_dot, takes_before_drop=False, patience=3600.0)
    with serving(script) as address:
        (installation.folder / "address").write_text(address)
        threading.Event().wait()
    return 0


def run_relay(cycles: int, figures: Figures) -> None:
    for _ in range(cycles):
        with workspace() as folder:
            installation = Installation(folder)
            relay = fork(partial(serve_silence, installation))
            try:
                while not (folder / "address").exists():
                    time.sleep(0.05)
                time.sleep(0.1)
                hold_conversation(installation, (folder / "address").read_text(), figures)
            finally:
                kill(relay)


def hold_conversation(installation: Installation, address: str, figures: Figures) -> None:
    """Counts turns while the relay is silent; then asks the daemon to end."""
    fill(made(installation.database), 6, now=now())
    settings = {"PACTWATCH_SMTP_URL": f"smtp://{address}"}
    daemon = Installation(installation.folder, installation.database, **settings)
    process = daemon.start_fork(installation.folder / "run.log", "run", "--interval", "1")
    try:
        turns = wait_for_turns(installation.database, 3)
        figures.add("turns", turns)
        figures.add("turns_stayed_away", int(turns < 3))
        began = time.monotonic()
        process.terminate()
        process.join(PATIENCE)
        figures.highest("seconds_to_end", round(time.monotonic() - began))
    finally:
        figures.add("not_ended", int(process.exitcode != 0))
        process.kill()
        process.join()
    states = dict(query(installation.database, "SELECT state, count(*) FROM outbox GROUP BY state"))
    figures.add("left_in_flight", states.get("leased", 0) + states.get("transmitting", 0))
    figures.add("marked_sent", states.get("sent", 0))
    figures.add("cycles")


def run_locks(cycles: int, figures: Figures) -> None:
    import psycopg

    with installation_on_postgres("locks") as installation:
        lines = write_lines(installation.folder / "lines.jsonl", agreement("a"))
        installation.command("-q", "import", lines)
        record = ("record", "PositionStated", "a-c0", "text=x", "by=NOR")
        for name, key in list(LOCKS.items())[:cycles]:
            with psycopg.connect(installation.database, autocommit=True) as holder:
                holder.execute("SELECT pg_advisory_lock(%s)", (key,))
                process = installation.start(*(record if name == "append" else ("tick",)))
                try:
                    code = process.wait(LOCK_SECONDS)
                    figures.add("wrong_exit", int(code not in (0, 1)))
                except subprocess.TimeoutExpired:
                    figures.failed("waits_for_ever", name)
                    end(process)
            figures.add("cycles")


TRIALS = (
    Trial(
        "stuck",
        "Do turns go on, and does `run` end, while a relay is silent after the final dot?",
        run_relay,
        (1, 2, 6),
        ("turns_stayed_away", "not_ended", "left_in_flight", "marked_sent"),
        ("cycles", "turns"),
    ),
    Trial(
        "stuck-postgres",
        "Does nobody wait for ever for a lock that is not given back?",
        run_locks,
        (1, 2, 2),
        ("waits_for_ever", "wrong_exit"),
    ),
)
