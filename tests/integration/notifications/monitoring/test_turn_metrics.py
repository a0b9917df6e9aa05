"""What a daemon measures of its turns while they last, and of what it fetches."""

from __future__ import annotations

import shutil
from pathlib import Path

from prometheus_client import CollectorRegistry

from events import EventStore
from events.database.engine import open_engine
from notifications.bounces.intake import Intake
from notifications.bounces.recording import Outcome
from notifications.delivery.eml_files import EmlTransport
from notifications.monitoring.turn_metrics import TurnMetrics
from notifications.scheduler.tick import TurnOptions, tick
from notifications.settings import MailSettings
from tests.support.dataset import EVENING

DONE, ALL = "pactwatch_folding_agreements_done", "pactwatch_folding_agreements"


def test_a_turn_shows_how_far_it_has_folded(shipped_database: Path, tmp_path: Path) -> None:
    """Every agreement where there are no rows yet; nothing once it is over."""
    registry, seen = CollectorRegistry(), []
    metrics = TurnMetrics(registry)

    def progress(done: int, of: int) -> None:
        metrics.show_progress(done, of)
        seen.append((registry.get_sample_value(DONE), registry.get_sample_value(ALL)))

    file = str(shutil.copy(shipped_database, tmp_path / "pactwatch.db"))
    with EventStore.open(file) as store, metrics.timed():
        engine, options = open_engine(file), TurnOptions(progress=progress)
        tick(store, engine, MailSettings(), EmlTransport(tmp_path), EVENING, options)

    assert (15, 15) == seen[-1]
    assert (0, 0) == (registry.get_sample_value(DONE), registry.get_sample_value(ALL))


def test_what_was_in_the_mailbox_is_counted_by_what_it_led_to() -> None:
    """Reports, readers who unsubscribe by mail, and what somebody has to answer."""
    registry = CollectorRegistry()
    gone = Outcome("bounce", "a@example.org", "5.1.1", "stop", "suppressed", "")
    TurnMetrics(registry).count_bounces(Intake(2, (gone,), ("b…@example.org",)))

    counts = {
        outcome: registry.get_sample_value("pactwatch_bounces_fetched_total", {"outcome": outcome})
        for outcome in ("suppressed", "unsubscribed", "other")
    }
    assert {"suppressed": 1, "unsubscribed": 1, "other": 0} == counts
