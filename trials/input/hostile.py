"""Hostile input: lines and arguments that are wrong in every way, and odd ones that are taken.

`hostile` and `hostile-arguments` count answers other than words: an exit code that is none of ours,
"unexpected …", a traceback, seconds of CPU time, hundreds of megabytes. `poison` follows each odd
line that was taken by every view: one that breaks a view for good is a poison.
"""

from __future__ import annotations

import json
import os
import random
import resource
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tests.support.odd_entries import base_entries, line_of, odd_entries
from trials.facts import Line, agreement, value, write_lines
from trials.input.hostile_lines import NASTY, former_poisons, hostile_line, odd_line, sample_events
from trials.processes import (
    Answer,
    Installation,
    append_line,
    exit_code,
    fork,
    is_unexpected,
    limit_cpu,
    lines_of,
    workspace,
)
from trials.trial import Figures, Trial

BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)
"""When the agreement was made that the lines are about: earlier than what they say they are of."""
OURS = (0, 1, 2, 3, 4, 5)
MOST_CPU_SECONDS = 2.0
ENDLESS_SECONDS = 30
"""What takes so much time of the CPU, one import or all views together, never ends."""
MOST_MEGABYTES = 400
PER_FORK, FORKS_TOGETHER = 200, 5
"""So many lines in a process, and so many processes on one database."""
ODD_LINES_TOGETHER = 200
"""Odd lines in one database; a longer log would only make every view slower."""
VIEWS = (
    "status", "tick", "check", "deadlines", "releases", "blocked", "feed ics",
    "diff 2026-11-20 2026-11-28", "event list", "site build {folder}/site", "export", "verify",
)  # fmt: skip
VIEWS_OF_AGREEMENT, VIEWS_OF_COMMITMENT = ("readout", "ledger", "agreement show"), ("explain",)
ODD_LINES_BETWEEN_VIEWS = 5
"""So many odd lines are taken between two looks at all views: what breaks for good is seen later,
too."""
COMMITMENTS_SHOWN = 6
"""Of the promises that there are, so many of the latest are looked at one by one."""
FORMS = (
    "status --as-of ?", "status --known-at ?", "--tz ? status", "--now ? status", "status ?",
    "explain ?", "event show ?", "event list ?", "deadlines --until ?", "diff ? ?", "readout ?",
    "record PositionStated ? text=? by=? -n", "record ? a-c0 -n",
    "record PositionStated a-c0 ?=? -n",
    "record PositionStated a-c0 text=x by=NOR occurred=? -n", "subscribe add ?", "outbox show ?",
    "subscribe add x@example.org --zone ?", "subscribe add x@example.org --quiet-hours ?",
    "subscribe add --webhook ?", "subscribe show ?", "ack ? --reason ?", "alert list --state ?",
    "snooze ? --reason x --until ?", "agreement show ?", "commitment show ?", "proof ?", "ledger ?",
    "feed ics --commitment ?", "verify --trust ?", "db restore ?", "tick --now ?",
    "check --fail-on ?", "event correct a-1 ?=? --reason ? -n", "event retract ? --reason ? -n",
    "bounce import ?", "?",
)  # fmt: skip
WORDS = [
    *(word for word in NASTY if "\0" not in word), "a", "a-c0", "+14d", "+999999999999d", "-1y",
    "now", "tomorrow", "+1e9d", "2026", "2026-03-29T02:30", "0001-01-01", "99999-01-01", "--", "-",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "~", "*", "999999999999999999999999",
    "Europe/../../etc/passwd", "UTC+99:99", "١",
]  # fmt: skip


def run_lines(cycles: int, figures: Figures) -> None:
    """Imports each hostile line as a file, and now and then shows all that was taken."""
    samples, draw = sample_events(), random.Random(1)
    lines = (hostile_line(samples, n, draw) for n in range(cycles))
    while figures.counts["cycles"] < cycles:
        with workspace() as folder:
            installation = with_agreement(folder)
            for _ in range(FORKS_TOGETHER):
                words = ["-q", "import", str(folder / "one.jsonl")]
                cases = [(line, words) for line in islice(lines, PER_FORK)]
                answer_all(installation, cases, figures)
                figures.add("cycles", len(cases))
            for failure in broken_views(installation).values():
                figures.failed("broken_view", failure)


def run_arguments(cycles: int, figures: Figures) -> None:
    draw = random.Random(2)
    commands = [[p.replace("?", w) for p in f.split()] for f in FORMS for w in WORDS]
    chosen = draw.sample(commands, min(cycles, len(commands)))
    with workspace() as folder:
        installation = with_agreement(folder)
        for first in range(0, len(chosen), PER_FORK):
            some = chosen[first : first + PER_FORK]
            answer_all(installation, [(None, args) for args in some], figures)
            figures.add("cycles", len(some))


def with_agreement(folder: Path) -> Installation:
    installation = Installation(folder)
    file = write_lines(folder / "base.jsonl", agreement("a", BEGIN, count=40))
    file.write_text(file.read_text() + "".join(f"{line_of(entry)}\n" for entry in base_entries()))
    answer = installation.command("-q", "import", file, cpu_seconds=ENDLESS_SECONDS)
    if answer.code:
        raise RuntimeError(f"[{answer.code}] {answer.text}")
    return installation


def answer_all(
    installation: Installation, cases: Sequence[tuple[bytes | None, list[str]]], figures: Figures
) -> None:
    """Runs commands one after another in a fork, and counts the answers that are none of ours."""
    log = installation.folder / "answers"
    log.unlink(missing_ok=True)

    def work() -> int:
        os.chdir(installation.folder)
        out = installation.folder / "out"
        for line, args in cases:
            if line is not None:
                (installation.folder / "one.jsonl").write_bytes(line)
            began = time.process_time()
            code = installation.run(*args, out=out)
            megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            text = out.read_text(errors="replace")[-400:]
            seconds = time.process_time() - began
            append_line(log, json.dumps([code, seconds, megabytes, text, repr(line or args)[:300]]))
        return 0

    if exit_code(fork(work)):
        figures.failed("died", str(cases[len(lines_of(log))])[:300])
    for code, seconds, megabytes, text, case in map(json.loads, lines_of(log)):
        figures.add("refused" if code else "taken")
        if code not in OURS or is_unexpected(text):
            figures.failed("wrong_answer", f"[{code}] {text} {case}")
        if seconds > MOST_CPU_SECONDS:
            figures.failed("slow", f"{seconds:.1f} s {case}")
        figures.highest("megabytes", megabytes)
        figures.add("over_memory", int(megabytes > MOST_MEGABYTES))


def broken_views(installation: Installation) -> dict[str, str]:
    """The views that fail, each with its words; one that takes too long is the last."""
    log, out = installation.folder / "views", installation.folder / "view"
    log.unlink(missing_ok=True)
    views = views_of(status_of(installation))

    def work() -> int:
        limit_cpu(ENDLESS_SECONDS)
        for view in views:
            code = installation.run(*view.format(folder=installation.folder).split(), out=out)
            append_line(log, json.dumps([code, out.read_text(errors="replace")[-2000:]]))
        return 0

    code = exit_code(fork(work))
    answers = [Answer(*json.loads(line)) for line in lines_of(log)]
    broken = {
        view: f"{view}: [{answer.code}] {answer.error}"
        for view, answer in zip(views, answers, strict=False)
        if answer.code not in (0, 4) or is_unexpected(answer.text)
    }
    if code:
        broken |= {view: f"{view}: died with {code}" for view in views[len(answers) :][:1]}
    return broken


def status_of(installation: Installation) -> dict[str, Any]:
    """The document of `status`; empty where it fails, which its view tells."""
    answer = installation.command("-q", "status", "--json", cpu_seconds=ENDLESS_SECONDS)
    return dict(json.loads(answer.text)) if answer.code == 0 else {}


def views_of(status: dict[str, Any]) -> list[str]:
    """The views of all, of each agreement and of some promises; what was retracted has none."""
    agreements = status.get("agreements", [])
    commitments = [each["id"] for one in agreements for each in one["commitments"]]
    views = [f"{view} {one['id']}" for one in agreements for view in VIEWS_OF_AGREEMENT]
    some = commitments[-COMMITMENTS_SHOWN:]
    return [*VIEWS, *views, *(f"{view} {one}" for one in some for view in VIEWS_OF_COMMITMENT)]


def run_poison(cycles: int, figures: Figures) -> None:
    """Imports odd lines one by one; some that are taken are followed by every view."""
    samples, draw = sample_events(), random.Random(3)
    while figures.counts["cycles"] < cycles:
        count = min(ODD_LINES_TOGETHER, cycles - figures.counts["cycles"])
        with workspace() as folder:
            installation = with_agreement(folder)
            for words in broken_views(installation).values():
                figures.failed("broken_before", words)
            lines = odd_lines(samples, count, draw)
            take_odd_lines(installation, chain(former_poisons(), lines), figures)


def odd_lines(samples: Sequence[Line], count: int, draw: random.Random) -> Iterator[bytes]:
    """Lines with hostile words about one agreement, and with every field of every type."""
    entries = odd_entries(draw, count)
    for n in range(count):
        yield odd_line(samples, n, draw) if n % 2 else line_of(next(entries)).encode()


def take_odd_lines(installation: Installation, lines: Iterator[bytes], figures: Figures) -> None:
    """Imports lines, with a look at all views now and then, until one view is broken."""
    taken: list[bytes] = []
    for line in lines:
        figures.add("cycles")
        if is_taken(installation, line, figures):
            taken.append(line)
        if len(taken) == ODD_LINES_BETWEEN_VIEWS:
            if not look_at_views(installation, taken, figures):
                return
            taken = []
    look_at_views(installation, taken, figures)


def is_taken(installation: Installation, line: bytes, figures: Figures) -> bool:
    """Imports a line; returns whether it is on record."""
    file = installation.folder / "one.jsonl"
    file.write_bytes(line)
    answer = installation.command("-q", "import", file, cpu_seconds=ENDLESS_SECONDS)
    if answer.code < 0 or is_unexpected(answer.text):
        figures.failed("wrong_answer", f"[{answer.code}] {answer.text} {line!r}")
    known = f"SELECT count(*) FROM events WHERE id = '{json.loads(line)['id']}'"
    is_written = bool(value(installation.database, known))
    figures.add("refused_but_written", int(bool(answer.code) and is_written))
    figures.add("taken", int(is_written))
    return is_written


def look_at_views(installation: Installation, taken: Sequence[bytes], figures: Figures) -> bool:
    """Counts views that fail and agreements that no view can show; returns whether all is well."""
    figures.add("looks")
    lines = b"".join(taken)[:900]
    broken = list(broken_views(installation).values())
    if broken:
        figures.failed("poison", f"after {lines!r}: {broken[0]}")
    unreadable = status_of(installation).get("unreadable")
    if unreadable:
        figures.failed("unreadable", f"after {lines!r}: {unreadable[0]}")
    return not broken and not unreadable


QUESTION = "Is every hostile {} answered in words, soon, and in little memory?"
ZERO = ("wrong_answer", "died", "slow", "over_memory")
TRIALS = (
    Trial(
        "hostile",
        QUESTION.format("event line"),
        run_lines,
        (150, 1000, 100000),
        (*ZERO, "broken_view"),
        ("cycles", "refused", "taken"),
    ),
    Trial(
        "hostile-arguments",
        QUESTION.format("argument"),
        run_arguments,
        (80, 1000, 3000),
        ZERO,
        ("cycles", "refused"),
    ),
    Trial(
        "poison",
        "Does no line that is taken break a view for good?",
        run_poison,
        (40, 200, 5000),
        ("poison", "unreadable", "refused_but_written", "wrong_answer", "broken_before"),
        ("cycles", "taken", "looks"),
    ),
)
