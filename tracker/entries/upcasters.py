"""How events of earlier versions become those of today: one step a type and version.

To change the fields of a type: write its next version into `event_types`, add the step here, and
keep the sample of the old version. Of `TermExtended` and `TermRenewed` version 1 gave the terms of
the whole window, counted from its first day; version 2 gives those of a period.
"""

from __future__ import annotations

from events import RecordedEvent
from events.envelope import EventData
from events.upcasters import Steps, newest
from events.upcasters import upcast as upcast_by


def _of_whole_window(data: EventData) -> EventData:
    return {**data, "whole_window": True}


STEPS: Steps = {
    ("pactwatch.TermExtended", 1): _of_whole_window,
    ("pactwatch.TermRenewed", 1): _of_whole_window,
}

EARLIER = frozenset(f"{name}.v{version}" for name, version in STEPS)


def current_version(full_name: str) -> int:
    return newest(full_name, STEPS)


def upcast(event: RecordedEvent) -> RecordedEvent:
    return upcast_by(event, STEPS) if event.type in EARLIER else event
