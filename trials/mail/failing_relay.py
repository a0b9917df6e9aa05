"""A mail server in a process of its own that fails by chance, and writes down what it took."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.parser import BytesHeaderParser
from pathlib import Path

from tests.support.smtp_server import HANG_UP, Script, serving
from trials.processes import append_line, fork, kill, lines_of

KINDS: dict[str, tuple[str, ...]] = {
    "mail": ("451 later", "421 busy", HANG_UP),
    "rcpt": ("450 greylisted", "452 full", HANG_UP),
    "dot": ("452 later", "451 busy", "452 later", HANG_UP, HANG_UP, HANG_UP),
}
SHARES = {"mail": 0.06, "rcpt": 0.06, "dot": 0.1}
"""Of the answers to each of these verbs, so many are faults."""
ANSWER_SECONDS = 0.02
"""How long the answer to the final dot takes, so that somebody is always sending."""
TAKEN_AND_LOST = 0.6
"""Of the hang-ups after the final dot, so many come after the message was taken."""


class Faults(threading.local):
    """Whether the answer that this thread is about to give will be lost."""

    is_lost = False


class TakenMessages(list[tuple[str, bytes]]):
    """Writes each message that the server takes to a file."""

    def __init__(self, log: Path, faults: Faults) -> None:
        super().__init__()
        self.log, self.faults = log, faults

    def append(self, item: tuple[str, bytes]) -> None:
        identity = BytesHeaderParser().parsebytes(item[1])["Message-ID"]
        append_line(self.log, f"taken\t{identity}\t{'lost' if self.faults.is_lost else ''}")


class FailingRelay:
    """The server as its trial sees it: a URL for each client, a log, a way to end its faults."""

    def __init__(self, folder: Path, clients: int, seed: int) -> None:
        self.log, self.calm_file = folder / "relay", folder / "relay.calm"
        self.ready, self.clients = folder / "relay.ready", clients
        self.pid = fork(lambda: self._serve(seed))
        while not self.ready.exists():
            time.sleep(0.02)
        self.urls = [f"smtp://{address}" for address in lines_of(self.ready)]

    def calm(self) -> None:
        """Lets everything go well from now on."""
        self.calm_file.touch()

    def taken(self) -> tuple[Counter[str], Counter[str]]:
        """How often each Message-ID was taken, and how often with an answer that was lost."""
        notes = [line.split("\t") for line in lines_of(self.log) if line.startswith("taken")]
        return Counter(note[1] for note in notes), Counter(note[1] for note in notes if note[2])

    def log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def conversations(self, since: int) -> list[int]:
        """The client of each message whose final dot has come, since the log had this size."""
        if not self.log_size():
            return []
        with self.log.open("rb") as log:
            log.seek(since)
            return [
                int(line.split(b"\t")[1])
                for line in log
                if line[-1:] == b"\n" and line[:3] == b"dot"
            ]

    def fault_count(self) -> int:
        return sum(line.startswith("fault") for line in lines_of(self.log))

    def _serve(self, seed: int) -> int:
        draw, faults, lock = random.Random(seed), Faults(), threading.Lock()

        def fault(client: int, script: Script, verb: str) -> str | None:
            faults.is_lost = False
            if verb == "dot":
                append_line(self.log, f"dot\t{client}")
                time.sleep(ANSWER_SECONDS)
            if draw.random() >= SHARES.get(verb, 0.0) or self.calm_file.exists():
                return None
            with lock:
                kind = draw.choice(KINDS[verb])
                script.takes_before_drop = draw.random() < TAKEN_AND_LOST
            faults.is_lost = verb == "dot" and kind == HANG_UP
            append_line(self.log, f"fault\t{verb}\t{kind}")
            return kind

        def script_for(client: int) -> Script:
            script = Script(taken=TakenMessages(self.log, faults))
            script.fault = lambda verb, _recipient: fault(client, script, verb)
            return script

        with ExitStack() as servers:
            addresses = [servers.enter_context(serving(script_for(n))) for n in range(self.clients)]
            partial = self.ready.with_suffix(".new")
            partial.write_text("\n".join(addresses))
            partial.replace(self.ready)
            while True:
                time.sleep(60)


@contextmanager
def failing_relay(folder: Path, clients: int, seed: int) -> Iterator[FailingRelay]:
    relay = FailingRelay(folder, clients, seed)
    try:
        yield relay
    finally:
        kill(relay.pid)
