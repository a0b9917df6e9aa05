"""A log that counts what is read of a stream."""

from __future__ import annotations

from collections.abc import Iterator

from events import EventStore, RecordedEvent
from tracker.entries.visible_log import VisibleLog


class CountingLog(VisibleLog):
    """The whole log, counting the events of one stream that are read from it."""

    def __init__(self, log: EventStore, stream: str) -> None:
        super().__init__(log)
        self.stream = stream
        self.count = 0

    def read_stream(self, stream: str, after: int = 0) -> Iterator[RecordedEvent]:
        for event in super().read_stream(stream, after):
            self.count += stream == self.stream
            yield event
