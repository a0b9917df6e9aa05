"""Takes in an event file of any length: a long one by parts, side by side, in flat memory.

A file is read once and kept on disk, divided into parts that name nothing of one another, and each
part is judged as a file of its own. What was accepted waits on disk, too, until all of it is
appended in the order of the lines. Where a part is not accepted as it stands, the file is judged as
a whole: so each refusal, conflict and known line is answered as in a short file. What was accepted
before a part that is refused is not judged again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from datetime import datetime
from itertools import chain

from events import EventStore
from events.batches import OnProgress, seldom_collecting, unreported
from tracker.recording.accepted import Accepted
from tracker.recording.conflicts import Conflicting, corrected_in_file
from tracker.recording.files.division import Division
from tracker.recording.files.event_file import take_lines
from tracker.recording.files.judged_file import JudgedFile
from tracker.recording.files.judging import (
    JudgedPart,
    NotTaken,
    RestIntake,
    judge_part,
    judge_part_at,
)
from tracker.recording.intake import Intake

LONG = 20_000
"""From so many lines on a file is judged by parts, and by several processes where there are cores:
to start one takes as long as to judge 4,000."""
LINES = 2_000
"""So many lines has a part, or as many as hang together."""


@seldom_collecting()
def judge_file(
    lines: Iterable[bytes],
    store: EventStore,
    now: datetime,
    url: str | None = None,
    reading: Callable[[int], None] = lambda _: None,
    judging: OnProgress = unreported,
) -> Accepted:
    """Judges the lines of an event file; raises ImportRefused naming the first line refused.

    `url` is where other processes find the log; None where it is judged in this one.
    """
    division, waiting = Division(), iter(lines)
    unread: list[bytes] = []
    for line in waiting:
        if not division.add(line):
            unread.append(line)
            break
        reading(len(division))
    if not unread and len(division) >= LONG:
        accepted = judged_by_parts(store, now, division, url, judging)
        if accepted is not None:
            return accepted
    intake = _intake(store, now, division)
    try:
        return take_lines(chain(division.lines(), unread, waiting), intake, reading)
    except Conflicting as error:
        corrected = {} if unread else corrected_in_file(division.lines(), error.conflicts)
        if not corrected:
            raise
    return take_lines(division.lines(), _intake(store, now, division), corrected=corrected)


def _intake(store: EventStore, now: datetime, division: Division) -> Intake:
    intake = Intake(store, now)
    intake.retracted |= division.retracted
    return intake


def judged_by_parts(
    store: EventStore, now: datetime, division: Division, url: str | None, progress: OnProgress
) -> Accepted | None:
    """What is accepted of a file whose parts were judged one by one; None where one was not.

    Raises ImportRefused where that can be said without judging all of it anew.
    """
    judged = JudgedFile(len(division), store.head(), now)
    parts = judged_parts(store, now, division, judged.head, url)
    for number, part in enumerate(parts):
        if part is NotTaken.REFUSED:
            parts.close()  # and with it the processes that judge the next ones
            if number > 0 and not division.may_have_any(judged.missing):
                # Raises for the first line refused that is in this part or a later one.
                take_lines(division.lines(), RestIntake(store, now, division, number))
        if isinstance(part, NotTaken) or division.are_in_another_part(number, part.looked_at):
            return None
        judged.add(part)
        progress(judged.done, len(division))
    if division.may_repeat_an_id() or division.may_have_any(judged.missing):
        return None
    return judged.accepted()


def judged_parts(
    store: EventStore, now: datetime, division: Division, head: int, url: str | None
) -> Generator[JudgedPart | NotTaken]:
    """Judges parts one after the other, or side by side in processes that read the log at `url`."""
    # A short file need not load what starts processes.
    from tracker.projections.processes import Processes, paying_jobs

    parts = division.parts(head, LINES)
    jobs = paying_jobs(len(division), LONG)
    if url is None or jobs == 1:
        yield from (judge_part(store, now, part) for part in parts)
        return
    with Processes(url, jobs) as processes:
        yield from processes.in_order(judge_part_at, ((url, now, part) for part in parts))
