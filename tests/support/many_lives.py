"""Files of many agreements at once: odd lives side by side, which now and then name one another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from msgspec.structs import replace

from events import EventStore
from events.cloudevents import CloudEvent, parse_line
from events.errors import HintedError
from tests.support.hanging import hanging_entries
from tests.support.histories import parties
from tests.support.odd_entries import AGREEMENTS, COMMITMENTS, base_entries, line_of, odd_entries
from tracker.recording.intake import Intake
from tracker.recording.merging import Merging

OWN = re.compile("|".join((*AGREEMENTS, *COMMITMENTS, r"[bx]\d+")))
"""The names that each life has for itself; parties and documents are named by all."""
ELSEWHERE = 0.003
"""How often a name is that of another life."""


def many_lives(random: Random, lives: int, entries: int) -> list[CloudEvent]:
    """The parties, and so many lives in turn; a party may come in late, or be named before."""
    waiting = [_life(random, number, lives, entries) for number in range(lives)]
    registered = parties()
    events = registered[: random.randint(0, len(registered))]
    late = registered[len(events) :]
    while waiting:
        each = random.choice(waiting)
        event = next(each, None)
        if event is None:
            waiting.remove(each)
            continue
        events.append(event)
        if late and random.random() < 0.05:
            events.append(late.pop(0))
    return [*events, *late]


def _life(random: Random, number: int, lives: int, entries: int) -> Iterator[CloudEvent]:
    """The agreements and promises of one life, some that hang on others, and what came of them."""
    begun = [*base_entries(), *(hanging_entries() if random.random() < 0.3 else ())]
    for event in (*begun, *odd_entries(random, entries)):
        yield _renamed(event, random, number, lives)


def _renamed(event: CloudEvent, random: Random, number: int, lives: int) -> CloudEvent:
    def own(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: own(each) for key, each in value.items()}
        if isinstance(value, list):
            return [own(each) for each in value]
        if not isinstance(value, str) or not OWN.fullmatch(value):
            return value
        is_elsewhere = random.random() < ELSEWHERE
        return f"{value}-{random.randrange(lives) if is_elsewhere else number}"

    return replace(event, id=own(event.id), subject=own(event.subject), data=own(event.data))


def taken_lines(events: list[CloudEvent], now: datetime) -> list[bytes]:
    """The lines of a file that is accepted: those of these events that are not refused."""
    intake = Intake(EventStore.open("memory://"), now)
    merging, lines = Merging(intake), []
    for number, event in enumerate(events):
        line = line_of(event).encode()
        try:
            merging.take(number, parse_line(line))
            merging.check_conflicts()
        except HintedError:
            merging.conflicts.clear()
        else:
            lines.append(line)
    return lines


def slipped(line: bytes, ahead: timedelta, now: datetime) -> tuple[bytes, bytes]:
    """A line as if it was recorded with a clock that was ahead, and its retraction."""
    event = replace(parse_line(line), id="slip", time=now + ahead)
    data = {"event": event.id, "reason": "wrong clock"}
    retraction = replace(event, id="slip-back", type="pactwatch.EntryRetracted.v1", data=data)
    return line_of(event).encode(), line_of(replace(retraction, time=now)).encode()
