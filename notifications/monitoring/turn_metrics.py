"""What a daemon measures of its own turns, and the port where it is scraped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notifications.errors import NotificationError
from notifications.monitoring.exposition import OpenStore, registry_of

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from notifications.bounces.intake import Intake
    from notifications.scheduler.report import TickReport

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class TurnMetrics:
    """Counts and times turns; they are gone when the daemon ends, as Prometheus expects."""

    def __init__(self, registry: CollectorRegistry) -> None:
        from prometheus_client import Counter, Gauge, Histogram

        self.seconds = Histogram(
            "pactwatch_turn_seconds", "How long turns take.", buckets=SECONDS, registry=registry
        )
        self.failures = Counter(
            "pactwatch_turn_failures", "Turns that ended by an error.", registry=registry
        )
        self.alerts = Counter(
            "pactwatch_alerts", "Alerts noticed, by kind.", ["kind"], registry=registry
        )
        self.planned = Counter("pactwatch_planned", "Messages planned.", registry=registry)
        self.to_fold = Gauge(
            "pactwatch_folding_agreements",
            "Agreements that the turn under way folds; 0 between turns.",
            registry=registry,
        )
        self.folded = Gauge(
            "pactwatch_folding_agreements_done",
            "How many it has folded.",
            registry=registry,
        )
        self.bounces = Counter(
            "pactwatch_bounces_fetched",
            "What was in the mailbox of bounces, by what it led to.",
            ["outcome"],
            registry=registry,
        )

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Times a turn, and counts it where it fails."""
        started = time.perf_counter()
        try:
            with self.failures.count_exceptions():
                yield
        finally:
            self.seconds.observe(time.perf_counter() - started)
            self.show_progress(0, 0)

    def show_progress(self, done: int, of: int) -> None:
        """Shows how many agreements a turn has folded; all of them, where rules are new."""
        self.to_fold.set(of)
        self.folded.set(done)

    def count_bounces(self, intake: Intake) -> None:
        """Counts what was fetched from the mailbox of bounces."""
        for outcome in intake.outcomes:
            self.bounces.labels(outcome.outcome).inc()
        self.bounces.labels("unsubscribed").inc(len(intake.unsubscribed))
        self.bounces.labels("other").inc(len(intake.others))

    def count(self, report: TickReport) -> None:
        """Counts what a turn did."""
        self.planned.inc(report.planned)
        for alert in report.alerts:
            self.alerts.labels(alert.kind).inc()


def serve_metrics(host: str, port: int, open_store: OpenStore) -> TurnMetrics:
    """Answers scrapes at `http://HOST:PORT/metrics` from a thread, as long as the process lives.

    Raises NotificationError where nobody can listen there.
    """
    registry = registry_of(open_store, lambda: datetime.now(UTC))
    from prometheus_client import start_http_server

    try:
        start_http_server(port, host, registry)
    except (OSError, ValueError, OverflowError) as error:
        raise NotificationError(
            f"cannot listen on {host}:{port} for metrics: {getattr(error, 'strerror', error)}",
            hint="pactwatch run --metrics 127.0.0.1:9464",
        ) from error
    return TurnMetrics(registry)
