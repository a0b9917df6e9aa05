"""Importing this loads `pactwatch run` with waits shorter than they are, to be forked.

Only constants change, so that leases end and retries come within seconds; the code that leases,
retries and gives up is that of the product.
"""

from __future__ import annotations

from datetime import timedelta

from trials.processes import load

TIMES = 120
"""How many times shorter: a lease lasts 2.5 s, an uncertain message waits for 7.5 s."""
SLACK = timedelta(seconds=5)
OF_RUN = (
    "cli", "psycopg", "apscheduler.schedulers.background", "babel.dates",
    "events.postgres.store", "events.sqlite.dbapi", "events.sqlite.store",
    "events.sqlite.table_writer", "notifications.bounces.fetching", "notifications.cli.run",
    "notifications.cli.turns", "notifications.delivery.lanes",
    "notifications.monitoring.turn_metrics", "notifications.scheduler.daemon",
    "notifications.scheduler.publisher", "notifications.scheduler.tick",
    "notifications.subscriptions.opt_in", "tracker.entries.visible_log",
    "tracker.projections.writing",
)  # fmt: skip
"""What `run` loads early or late, so that no daemon begins by loading it."""


def hurry() -> None:
    """Shortens the waits, before anything takes them for a default."""
    from notifications.outbox import reaper

    reaper.LEASE, reaper.RESEND_AFTER = reaper.LEASE / TIMES, reaper.RESEND_AFTER / TIMES
    reaper.SLACK = SLACK
    from notifications.outbox import circuit, due

    for phase, wait in due.WAITS.items():
        due.WAITS[phase] = due.Wait(wait.first / TIMES, wait.longest / TIMES)
    due.DEFAULT = due.WAITS["data"]
    circuit.FIRST_PAUSE /= TIMES
    circuit.LONGEST_PAUSE /= TIMES


hurry()
load(OF_RUN)
