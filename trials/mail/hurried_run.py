"""Importing this loads `pactwatch` with waits shorter than they are, to be forked.

Only constants change, so that leases end and retries come within seconds; the code that leases,
retries and gives up is that of the product.
"""

from __future__ import annotations

from datetime import timedelta

from trials.processes import preload

TIMES = 120
"""How many times shorter: a lease lasts 2.5 s, an uncertain message waits for 7.5 s."""
SLACK = timedelta(seconds=5)


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
preload()
