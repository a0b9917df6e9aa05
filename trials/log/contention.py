"""Eight processes record at once, turns are taken and pages are read beside them.

Half of the writers record in one agreement, where conflicts (exit code 3) are expected and tried
again, half in agreements of their own. Nothing is refused, lost, doubled or out of order.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from functools import partial
from urllib.request import urlopen

from tests.support.loopback import free_port
from trials.facts import LOG_FAULTS, agreement, check_log, event_ids, write_lines
from trials.postgres_server import installation_on_postgres
from trials.processes import Installation, append_line, end, exit_code, fork, lines_of, workspace
from trials.trial import Figures, Trial

WRITERS = 8
CONFLICT = 3
PAGES = ("/", "/deadlines", "/agreements/shared", "/api/status", "/events")


def record_facts(installation: Installation, number: int, count: int) -> int:
    """Records so many statements, each again until it is not in conflict with another's."""
    key = f"w{number}"
    target = "shared-c0" if number % 2 else f"own{number}-c0"
    out = installation.folder / f"{key}.out"
    for n in range(count):
        identity = f"{key}-{n}"
        words = ("record", "PositionStated", target, f"text={identity}", "by=NOR", "--id", identity)
        while (code := installation.run("-q", *words, out=out)) == CONFLICT:
            append_line(installation.folder / "conflicts", identity)
        append_line(installation.folder / f"{key}.answers", f"{code}\t{identity}")
        if code:
            append_line(installation.folder / "refusals", out.read_text())
    return 0


def take_turns(installation: Installation, count: int) -> int:
    out = installation.folder / "turn.out"
    for _ in range(count):
        if installation.run("tick", out=out):
            append_line(installation.folder / "refusals", out.read_text())
    return 0


def read_pages(installation: Installation, port: int, count: int) -> int:
    """Asks for pages while others write; one that is not answered is a refusal."""
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            break
        time.sleep(0.1)
    for n in range(count):
        page = PAGES[n % len(PAGES)]
        try:
            with urlopen(f"http://127.0.0.1:{port}{page}", timeout=30) as response:
                response.read()
            append_line(installation.folder / "pages", page)
        except OSError as error:
            append_line(installation.folder / "refusals", f"Error: {page}: {error}")
    return 0


def run_sqlite(cycles: int, figures: Figures) -> None:
    with workspace() as folder:
        record_at_once(Installation(folder), cycles, figures)


def run_postgres(cycles: int, figures: Figures) -> None:
    with installation_on_postgres("many") as installation:
        record_at_once(installation, cycles, figures)


def record_at_once(installation: Installation, cycles: int, figures: Figures) -> None:
    folder, port = installation.folder, free_port()
    names = ("shared", *(f"own{n}" for n in range(0, WRITERS, 2)))
    for name in names:
        installation.command("-q", "import", write_lines(folder / "lines.jsonl", agreement(name)))
    board = installation.start("serve", "--port", port)
    try:
        pids = [fork(partial(record_facts, installation, n, cycles)) for n in range(WRITERS)]
        pids.append(fork(lambda: take_turns(installation, cycles)))
        pids.append(fork(lambda: read_pages(installation, port, cycles)))
        figures.add("died", sum(exit_code(pid) != 0 for pid in pids))
    finally:
        end(board)
    times = Counter(event_ids(installation.database))
    for file in folder.glob("w*.answers"):
        for code, identity in (line.split("\t") for line in lines_of(file)):
            if code == "0":
                figures.add("acknowledged")
                figures.add("lost", int(times[identity] == 0))
                figures.add("doubled", int(times[identity] > 1))
    for line in lines_of(folder / "refusals"):
        if "Error" in line:
            figures.failed("refused", line)
    figures.add("conflicts", len(lines_of(folder / "conflicts")))
    figures.add("pages", len(lines_of(folder / "pages")))
    check_log(installation, figures)
    figures.add("cycles", cycles)


QUESTION = "Is every entry there, once, when eight processes record at once?"
ZERO = ("lost", "doubled", "refused", "died", *LOG_FAULTS)
POSITIVE = ("cycles", "acknowledged", "pages")
TRIALS = (
    Trial("contention", QUESTION, run_sqlite, (4, 20, 1000), ZERO, POSITIVE),
    Trial("contention-postgres", QUESTION, run_postgres, (4, 20, 1000), ZERO, POSITIVE),
)
