"""Measurements in the text format of Prometheus, read anew at each scrape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

from events import EventStore
from events.errors import EventStoreError
from notifications.errors import NotificationError
from notifications.monitoring.measurements import MEANINGS, measurements

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

UP = "pactwatch_up"
UP_MEANING = "1 where the database answers."
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OpenStore = Callable[[], EventStore]


class DatabaseCollector:
    """Asks the database at each scrape; where it does not answer, says only that."""

    def __init__(self, open_store: OpenStore, clock: Callable[[], datetime]) -> None:
        self.open_store = open_store
        self.clock = clock

    def collect(self) -> Iterator[Metric]:
        """A family for each name, in the order of `MEANINGS`."""
        from prometheus_client.core import GaugeMetricFamily

        try:
            with closing(self.open_store()) as store:
                numbers = list(measurements(store, self.clock()))
        except EventStoreError:
            yield GaugeMetricFamily(UP, UP_MEANING, value=0)
            return
        yield GaugeMetricFamily(UP, UP_MEANING, value=1)
        for name, meaning in MEANINGS.items():
            ours = [number for number in numbers if number.name == name]
            if ours:
                family = GaugeMetricFamily(name, meaning, labels=list(ours[0].labels))
                for number in ours:
                    family.add_metric(list(number.labels.values()), number.value)
                yield family


def registry_of(open_store: OpenStore, clock: Callable[[], datetime]) -> CollectorRegistry:
    """A registry that holds the measurements of one database.

    Raises NotificationError where the library of Prometheus is not installed.
    """
    try:
        from prometheus_client import CollectorRegistry
    except ImportError as error:
        raise NotificationError(
            "metrics need prometheus_client, which is not installed",
            hint="pip install 'pactwatch[metrics]'",
        ) from error
    registry = CollectorRegistry()
    registry.register(DatabaseCollector(open_store, clock))
    return registry


def scrape_of(open_store: OpenStore, clock: Callable[[], datetime]) -> Callable[[], bytes]:
    """Answers a scrape by the measurements of one database."""
    registry = registry_of(open_store, clock)
    from prometheus_client import generate_latest

    return lambda: generate_latest(registry)
