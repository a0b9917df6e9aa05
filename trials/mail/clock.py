"""Clocks that jump: turns at wrong instants, a daemon whose clock is set, each zone's changes.

`clock` takes months of turns with a few at a wrong instant between them, a second to ten years off,
beside the same months without: in its time everything is told, once. `clock-daemon` sets the wall
clock under a real `run`, which goes on. `clock-zones` has one digest on every local date of every
zone, across all changes of its offset.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from notifications.planning.followups import SENT_EARLY
from tests.support import wall_clock
from trials.facts import agreement, query, write_lines
from trials.processes import Installation, end, exit_code, fork, workspace
from trials.trial import Figures, NotRun, Trial

BEGIN = datetime(2026, 3, 1, 9, tzinfo=UTC)
EVERY = timedelta(hours=12)
STEPS = (
    timedelta(days=400),
    timedelta(hours=3),
    timedelta(seconds=1),
    timedelta(days=1),
    timedelta(days=20),
    timedelta(days=3650),
)
Jumps = dict[int, timedelta]
Told = list[tuple[int, str, str, str, str]]
"""Rows of who was told which alert, the true instant of the turn, when it came true, and whether
it was told or corrected."""
TOLD_SINCE = (
    "SELECT n.id, n.subscription_id, n.key, a.at, n.outcome FROM notification_log n "
    "JOIN alerts a ON a.key = n.key WHERE n.outcome IN ('told', 'corrected') "
    f"AND n.why <> '{SENT_EARLY}' AND n.id >"
)
"""What a turn has told; a later one whose clock is years back sets the instants of the log anew."""


def iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def take_turns(installation: Installation, dues: list[datetime], jumps: Jumps, days: int) -> Told:
    """Takes so many days of turns, with jumps before some of them; returns what was told."""

    def work() -> int:
        early = ("--now", iso(BEGIN + timedelta(hours=1)))
        for n, due in enumerate(dues):
            lines = agreement(f"g{n}", BEGIN, count=2, due=due)
            file = write_lines(installation.folder / "lines.jsonl", lines)
            installation.run("-q", "import", file, *early)
        for cadence in ("immediate", "daily"):
            address = f"{cadence}@example.org"
            installation.run("subscribe", "add", address, "--cadence", cadence, *early)
        at, notices, last = BEGIN + timedelta(hours=2), [], 0
        for turn in range(days * 2):
            instants = [at + jumps[turn]] if turn in jumps else []
            for instant in map(iso, (*instants, at)):
                installation.run("tick", "--now", instant)
                rows = query(installation.database, f"{TOLD_SINCE} {last}")
                notices += [(row[1], row[2], iso(at), row[3], row[4]) for row in rows]
                last = max([last, *(row[0] for row in rows)])
            at += EVERY
        result.write_text(json.dumps(notices))
        return 0

    result = installation.folder / "told.json"
    exit_code(fork(work))
    return [tuple(row) for row in json.loads(result.read_text())]


def run_turns(cycles: int, figures: Figures) -> None:
    draw = random.Random(1)
    days = 30 if cycles > len(STEPS) else 15
    for cycle in range(cycles):
        dues = [BEGIN + timedelta(days=draw.randint(4, days - 4)) for _ in range(2)]
        step = (-1 if cycle % 3 == 2 else 1) * STEPS[cycle % len(STEPS)]
        jumps = {draw.randint(2, days): step for _ in range(2)}
        with workspace() as folder:
            plain = take_turns(Installation(folder), dues, {}, days)
        with workspace() as folder:
            jumped = take_turns(Installation(folder), dues, jumps, days)
        compare(plain, jumped, figures)
        overdue = {key.partition("/")[0] for _, key, *_ in plain if "/overdue/" in key}
        figures.add("not_overdue", len(dues) - len(overdue))
        figures.add("cycles")
        figures.add("jumps", len(jumps))


LASTING = ("/overdue/", "/lapsed/")
"""What still stands when it was corrected in error, and has to be told again."""


def compare(plain: Told, jumped: Told, figures: Figures) -> None:
    """Counts what was told with jumps, and not as it was told without them.

    A turn ahead of its time may tell what it sees; what it told has to be told again in its time,
    perhaps under a key that says so. What a turn years back has corrected is told again where it
    lasts.
    """
    due = {row[:2] for row in plain}
    in_time, ever = Counter[tuple[int, str]](), set[tuple[int, str]]()
    for reader, key, told_at, true_at, outcome in jumped:
        same = [known for known in due if known[0] == reader and key.startswith(known[1])]
        if outcome == "corrected":
            in_time.update(dict.fromkeys(same, -1))
        elif true_at <= told_at:
            figures.add("told_twice", sum(in_time[known] > 0 for known in same))
            in_time.update(same)
            ever.update(same)
        in_time = Counter({known: max(0, times) for known, times in in_time.items()})
    figures.add("told", len(due))
    figures.add("told_ahead", sum(row[2] < row[3] for row in jumped))
    figures.add("never_told", len(due - ever))
    lasting = (known for known in due if any(kind in known[1] for kind in LASTING))
    figures.add("left_corrected", sum(not in_time[known] for known in lasting))


def run_daemon(cycles: int, figures: Figures) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        raise NotRun("no C compiler here, which makes the clock that can be set")
    offsets = (-3600, 86400 * 800, -86400 * 800, 3600, -5, 5)
    with workspace() as folder:
        library = folder / "jump.so"
        build = (compiler, "-O2", "-shared", "-fPIC", "-o", str(library))
        subprocess.run([*build, str(wall_clock.SOURCE), "-ldl"], check=True)
        for cycle in range(cycles):
            set_clock_under_daemon(folder, library, offsets[cycle % len(offsets)], figures)
            figures.add("cycles")


def set_clock_under_daemon(folder: Path, library: Path, seconds: int, figures: Figures) -> None:
    """Sets the clock under a `run`, and right again; counts when turns stay away."""
    jump = folder / "jump"
    jump.write_text("0")
    installation = Installation(folder, str(folder / f"clock{seconds}.db"))
    installation.command("db", "init")
    clock: dict[str, Any] = {"LD_PRELOAD": library, "JUMP_FILE": jump}
    with (folder / "run.log").open("wb") as log:
        process = installation.start("run", "--interval", "1", log=log, **clock)
    try:
        figures.add("turns", wait_for_turns(installation.database, 2))
        for name, offset in (("set", seconds), ("set_right", 0)):
            partial = jump.with_suffix(".new")
            partial.write_text(str(offset))
            partial.replace(jump)
            time.sleep(1.5)
            if offset > 86400:
                # No turn is taken so far ahead; that it is refused is in the log, as soon as one
                # that was under way is over.
                figures.add("not_refused", int(not wait_for_words(folder / "run.log")))
            elif wait_for_turns(installation.database, 3) < 3:
                words = (folder / "run.log").read_text()
                figures.failed("turns_stayed_away", f"{name} by {seconds} s: {words[-200:]}")
    finally:
        figures.add("not_ended", int(end(process) != 0))


def wait_for_words(log: Path, patience: float = 60.0) -> bool:
    """Waits until the log says that a turn is refused; whether it does."""
    ends = time.monotonic() + patience
    while not (is_there := b"no turn is taken" in log.read_bytes()) and time.monotonic() < ends:
        time.sleep(0.1)
    return is_there


def wait_for_turns(database: str, count: int, patience: float = 60.0) -> int:
    """Waits for so many different turns; returns how many came."""
    seen: set[str] = set()
    ends = time.monotonic() + patience
    while len(seen) < count and time.monotonic() < ends:
        time.sleep(0.1)
        with suppress(Exception):
            seen.update(row[0] for row in query(database, "SELECT at FROM turns"))
    return len(seen)


def run_zones(cycles: int, figures: Figures) -> None:
    """Looks at as many zones, from 2020 to 2040."""
    names = sorted(available_timezones() - {"Europe/Oslo"})
    for name in ("Europe/Oslo", *random.Random(1).sample(names, min(cycles, len(names)) - 1)):
        zone, at = ZoneInfo(name), datetime(2020, 1, 1, tzinfo=UTC)
        offset = at.astimezone(zone).utcoffset()
        while at.year < 2040:
            at += timedelta(hours=6)
            if at.astimezone(zone).utcoffset() != offset:
                offset = at.astimezone(zone).utcoffset()
                check_change(name, at, figures)
        figures.add("cycles")


def check_change(name: str, at: datetime, figures: Figures) -> None:
    """Counts local dates around a change of offset that have no digest, or two."""
    from notifications.subscriptions.cadence import Rhythm, window_key

    zone = ZoneInfo(name)
    hours = range(-48, 48)
    dates = {(at + timedelta(hours=h)).astimezone(zone).date().isoformat() for h in hours}
    for hour in (0, 1, 2, 3, 23):
        due, keys = at - timedelta(days=3), []
        while due < at + timedelta(days=3):
            following = Rhythm("daily", hour, name).next_due(due)
            assert following is not None
            due = following
            keys.append(window_key(name, due, 0))
        figures.add("dates", len(dates))
        figures.add("missed", len(dates - set(keys)))
        figures.add("repeated", len(keys) - len(set(keys)))


TRIALS = (
    Trial(
        "clock",
        "Is everything told once and not before its time, when turns come at wrong instants?",
        run_turns,
        (1, 6, 36),
        ("told_twice", "never_told", "left_corrected", "not_overdue"),
        ("cycles", "told", "jumps"),
    ),
    Trial(
        "clock-daemon",
        "Does a daemon go on when the wall clock is set?",
        run_daemon,
        (2, 4, 12),
        ("turns_stayed_away", "not_refused", "not_ended"),
        ("cycles", "turns"),
    ),
    Trial(
        "clock-zones",
        "Has every local date of every zone one digest?",
        run_zones,
        (4, 60, 600),
        ("missed", "repeated"),
        ("cycles", "dates"),
    ),
)
