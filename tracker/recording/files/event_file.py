"""Takes in a whole event file: its lines in order, ids looked up together, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from events import EventStoreError
from events.batches import seldom_collecting
from events.cloudevents import MAX_LINE, CloudEvent, parse_line
from events.envelope import EventData
from events.errors import HintedError
from tracker.errors import ImportRefused, TrackerError
from tracker.recording.accepted import Accepted
from tracker.recording.intake import Intake
from tracker.recording.merging import NOTHING, Merging

BATCH = 500
BATCH_BYTES = 4 << 20
"""How many lines are read ahead, so that ids are looked up together."""
Parsed = list[tuple[int, CloudEvent | EventStoreError]]


@seldom_collecting()
def take_lines(
    lines: Iterable[bytes],
    intake: Intake,
    progress: Callable[[int], None] = lambda _: None,
    corrected: Mapping[str, EventData] = NOTHING,
) -> Accepted:
    """Takes every line of an event file; raises ImportRefused naming the first line refused.

    `corrected` is what the file makes of registrations that it corrects, by id.
    """
    merging = Merging(intake, corrected)
    for parsed in _in_batches(lines):
        intake.expect([event for _, event in parsed if isinstance(event, CloudEvent)])
        for number, event in parsed:
            progress(number)
            try:
                merging.take(number, event)
            except (TrackerError, EventStoreError) as error:
                raise import_refused(f"line {number}: {error.message}", error) from error
    merging.check_conflicts()
    try:
        return intake.accepted()
    except TrackerError as error:
        raise import_refused(error.message, error) from error


def import_refused(words: str, error: HintedError) -> ImportRefused:
    return ImportRefused(f"{words}; nothing was recorded", hint=error.hint)


def _in_batches(lines: Iterable[bytes]) -> Iterator[Parsed]:
    """Reads lines ahead, but not beyond one that cannot be read."""
    parsed: Parsed = []
    size = 0
    for number, line in enumerate(lines, start=1):
        if len(line) <= MAX_LINE and not line.strip():
            continue
        try:
            parsed.append((number, parse_line(line)))
        except EventStoreError as error:
            yield [*parsed, (number, error)]
            return
        size += len(line)
        if len(parsed) == BATCH or size > BATCH_BYTES:
            yield parsed
            parsed, size = [], 0
    yield parsed
