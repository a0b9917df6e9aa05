"""Many processes record at once, turns are taken and pages are read beside them.

Half of the writers record in one agreement, where they meet, half in agreements of their own. Each
entry is given once: nothing is in conflict, refused, lost, doubled or out of order.
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
from trials.processes import Installation, append_line, exit_code, fork, kill, lines_of, workspace
from trials.trial import Figures, Trial

CONFLICT = 3
SHORT_CYCLES, LONG_CYCLES = 6, 50
BEGIN_SECONDS = 120
"""What a board may take to begin on a machine with much else to do."""
PAGES = ("/", "/deadlines", "/agreements/shared", "/api/status", "/events")


def record_facts(installation: Installation, number: int, count: int) -> int:
    """Records so many entries, each of them by one command."""
    key = f"w{number}"
    target = "shared-c0" if number % 2 else f"own{number}-c0"
    out = installation.folder / f"{key}.out"
    for n in range(count):
        identity = f"{key}-{n}"
        fields = ("PositionStated", target, "by=NOR", f"text={identity}")
        if n % 2:
            fields = ("PerformanceReported", target, "speaker=NOR", f"note={identity}")
        words = ("record", *fields, "--id", identity)
        code = installation.run("-q", *words, out=out)
        append_line(installation.folder / f"{key}.answers", f"{code}\t{identity}")
        if code == CONFLICT:
            append_line(installation.folder / "conflicts", out.read_text())
        elif code:
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
    ends = time.monotonic() + BEGIN_SECONDS
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


def writers_of(cycles: int) -> int:
    """How many processes record: four in the short form, sixteen in the long one."""
    return {SHORT_CYCLES: 4, LONG_CYCLES: 16}.get(cycles, 8)


def record_at_once(installation: Installation, cycles: int, figures: Figures) -> None:
    from tests.support.templates import share_compiled_templates
    from web.pages.render import compile_templates

    folder, port, writers = installation.folder, free_port(), writers_of(cycles)
    names = ("shared", *(f"own{n}" for n in range(0, writers, 2)))
    for name in names:
        installation.command("-q", "import", write_lines(folder / "lines.jsonl", agreement(name)))
    share_compiled_templates()
    compile_templates()  # here and once, or the board of each trial does
    board = fork(lambda: installation.run("serve", "--port", port))
    try:
        pids = [fork(partial(record_facts, installation, n, cycles)) for n in range(writers)]
        pids.append(fork(lambda: take_turns(installation, cycles)))
        pids.append(fork(lambda: read_pages(installation, port, cycles)))
        figures.add("died", sum(exit_code(pid) != 0 for pid in pids))
    finally:
        kill(board)
    count_entries(installation, figures)
    check_log(installation, figures)
    figures.add("cycles", cycles)


def count_entries(installation: Installation, figures: Figures) -> None:
    """Counts from the files of the writers what was acknowledged, and what became of it."""
    folder, times = installation.folder, Counter(event_ids(installation.database))
    for file in folder.glob("w*.answers"):
        for code, identity in (line.split("\t") for line in lines_of(file)):
            if code == "0":
                figures.add("acknowledged")
                figures.add("lost", int(times[identity] == 0))
                figures.add("doubled", int(times[identity] > 1))
    for name, answers in (("refused", "refusals"), ("conflicts", "conflicts")):
        for line in lines_of(folder / answers):
            if "Error" in line:
                figures.failed(name, line)
    figures.add("pages", len(lines_of(folder / "pages")))


QUESTION = "Is every entry there, once and typed once, when many processes record at once?"
ZERO = ("lost", "doubled", "conflicts", "refused", "died", *LOG_FAULTS)
POSITIVE = ("cycles", "acknowledged", "pages")
CYCLES = (SHORT_CYCLES, 20, LONG_CYCLES)
TRIALS = (
    Trial("contention", QUESTION, run_sqlite, CYCLES, ZERO, POSITIVE),
    Trial("contention-postgres", QUESTION, run_postgres, CYCLES, ZERO, POSITIVE),
)
