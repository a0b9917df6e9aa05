"""The turns of a daemon: what they share is made once, and each is printed or logged."""

from __future__ import annotations

import logging
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any

import msgspec

from events import EventStore, format_instant
from events.batches import unreported
from notifications.bounces.fetching import fetch_bounces
from notifications.cli.printing import left_out_of, print_deliveries, print_report
from notifications.delivery.lanes import mail_transport
from notifications.outbox.clocks import TurnClock
from notifications.scheduler import tick as scheduler
from notifications.scheduler.deliveries import BackgroundDeliveries
from notifications.scheduler.failure_log import Troubles, TurnFailures
from notifications.scheduler.report import document_of
from tracker.terminal.cells import printable
from tracker.terminal.logs import is_json, recorded
from tracker.terminal.text import print_info

if TYPE_CHECKING:
    from notifications.monitoring.turn_metrics import TurnMetrics
    from notifications.scheduler.daemon import TurnSignal
    from notifications.scheduler.publisher import Publisher
    from notifications.scheduler.report import TickReport
    from notifications.settings import MailSettings
    from tracker.terminal.session import Session

log = logging.getLogger("pactwatch")


LISTED = 20
"""The most alerts, and the most messages, of a turn in the log; journald cuts a line at 48 KiB."""


def announce(session: Session, text: str) -> None:
    """Says something of the daemon itself: a line for people, or a record of the log."""
    if not recorded(text):
        at = format_instant(session.clock().replace(microsecond=0))
        print_info(session, f"{at} {text}")


class TurnLog:
    """Tells of the turns that did something, and of what is in trouble where that has changed.

    The quiet ones would bury them, and so would a trouble that each turn repeats.
    """

    def __init__(self, session: Session, publisher: Publisher | None) -> None:
        self.session = session
        self.publisher = publisher
        self.last = Troubles()

    def tell(self, report: TickReport) -> None:
        """Tells of a turn, and why the file of dashboards could not be written."""
        error = self.publisher.trouble if self.publisher else None
        unpublished = error.message if error else ""
        now = Troubles(report.obstacles, report.undelivered, report.unreadable, unpublished)
        counts = (report.projected, len(report.alerts), report.planned, len(report.deliveries))
        has_changed = now != self.last
        is_news = has_changed or any(counts)
        if is_news and is_json():
            log.info("turn", extra=turn_fields(report))
        elif is_news:
            print_report(self.session, report, LISTED, with_troubles=has_changed)
        for line in now.lines_since(self.last):
            announce(self.session, line)
        self.last = now


def turn_fields(report: TickReport) -> dict[str, Any]:
    """What a record of the log has of a turn; `left_out` where that is not all of it."""
    fields = {"turn": msgspec.to_builtins(document_of(report, LISTED))}
    left_out = left_out_of(report, LISTED)
    return fields | ({"left_out": left_out} if left_out else {})


class Turns:
    """Takes turns on one database, with one engine, one transport and one set of deliveries.

    Making an engine takes time, and memory that is not given back.
    """

    def __init__(
        self,
        session: Session,
        settings: MailSettings,
        turn_signal: TurnSignal,
        workers: int,
        publisher: Publisher | None,
        metrics: TurnMetrics | None,
    ) -> None:
        self.session = session
        self.settings = settings
        self.turn_signal = turn_signal
        self.workers = workers
        self.publisher = publisher
        self.metrics = metrics
        self.transport = mail_transport(settings)
        self.engine = session.engine()
        self.deliveries = BackgroundDeliveries(self.transport, turn_signal.request, self.is_over)
        self.log = TurnLog(session, publisher)
        self.failures = TurnFailures()

    def is_over(self) -> bool:
        return self.turn_signal.is_stopped

    def take(self) -> None:
        """Takes a turn now, and tells of it."""
        timed = self.metrics.timed() if self.metrics else nullcontext()
        with closing(self.session.store()) as store, timed:
            self.session.advance_witness(store)
            report = self._turn(store)
            if self.publisher:
                self.publisher.publish(store, report)
        if self.metrics:
            self.metrics.count(report)
        self.log.tell(report)

    def _turn(self, store: EventStore) -> TickReport:
        is_given = self.session.now_text is not None
        now = self.session.now if is_given else self.session.clock()
        options = scheduler.TurnOptions(
            signer=self.session.signer,
            workers=self.workers,
            clock=TurnClock(now, given=is_given),
            stop=self.is_over,
            run_deliveries=self.deliveries,
            patience=scheduler.PATIENCE_SECONDS,
            progress=self.metrics.show_progress if self.metrics else unreported,
            failures=self.failures,
        )
        return scheduler.tick(store, self.engine, self.settings, self.transport, now, options)

    def wait_for_events(self, after: int, timeout: float) -> int:
        """Waits until the log is longer, or so many seconds; the position that it has reached."""
        with closing(self.session.store()) as store:
            return store.wait(after, timeout)

    def fetch_bounces(self) -> None:
        """Reads the mailbox of bounces, and says what was in it."""
        intake = fetch_bounces(self.engine, self.settings, self.session.clock())
        if self.metrics:
            self.metrics.count_bounces(intake)
        if intake.messages:
            announce(self.session, f"bounces: {intake.words}")
        for other in intake.others:
            announce(self.session, f"bounces: {printable(other.words)}")

    def end(self) -> None:
        """Waits for what is being delivered, and says what became of it."""
        last = self.deliveries.end()
        if is_json():
            for delivery in last:
                log.info("delivered at the end", extra={"delivery": msgspec.to_builtins(delivery)})
        else:
            print_deliveries(last)
