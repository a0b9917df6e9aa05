"""Publishes the tables of dashboards again after the turns of a daemon that changed something."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from events import EventStore
from notifications.scheduler.report import TickReport
from tracker.entries.visible_log import VisibleLog
from tracker.errors import TrackerError


class Publisher:
    """A file for readers under a ceiling, which a daemon keeps up to date.

    `trouble` is why it could not be written after the last turn; the next one tries again.
    """

    def __init__(self, file: Path, ceiling: str) -> None:
        self.file = file
        self.ceiling = ceiling
        self.published_at: datetime | None = None
        self.trouble: TrackerError | None = None

    def publish(self, store: EventStore, report: TickReport) -> None:
        """Writes the file where a turn had news or another hour began."""
        from tracker.projections.reporting.publishing import PublishRefused, publish

        last, now = self.published_at, report.now
        # What counts days, and what no alert tells of, moves with the clock.
        is_same_hour = last is not None and (last.date(), last.hour) == (now.date(), now.hour)
        if is_same_hour and not (report.projected or report.alerts):
            return
        try:
            publish(VisibleLog(store, self.ceiling), self.file, report.now)
        except PublishRefused as error:
            self.trouble = error
        else:
            self.trouble, self.published_at = None, report.now
