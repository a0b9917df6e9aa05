"""Does a turn of the scheduler cost what is due, or what is open?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

from benchmarks.many_promises import EACH, SOON, fill
from benchmarks.timing import clocked, progress, taking_turns, wall_time
from events import EventStore
from events.database.engine import open_engine
from notifications.delivery.eml_files import EmlTransport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings

READINGS = 25
DUE = 10
ROUNDS = 5
SIZES = (1_000, 1_000_000)


def rows() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as place:
        few, many = (_turns(Path(place), size) for size in SIZES)
        small, large = taking_turns(few, many, times=ROUNDS)
    what = f"tick, {SIZES[1]:,} open deadlines, {DUE} due"
    yield wall_time(what, large, small, f"{SIZES[0]:,} open, {DUE} due", "<= 2x")


def _turns(place: Path, size: int) -> Callable[[], float]:
    """A log with so many open readings, projected; each call is the turn of a next day."""
    path, mail = str(place / f"{size}.db"), place / str(size)
    settings = MailSettings(mail_dir=mail, smtp_url=None)
    progress(f"tick: {size:,} open deadlines")
    store, engine = EventStore.open(path), open_engine(path)
    fill(store, size // READINGS // EACH, READINGS, soon=(ROUNDS, DUE))
    tick(store, engine, settings, EmlTransport(mail), SOON)
    days = count(1)

    def turn() -> float:
        now, alerts = SOON + timedelta(days=next(days)), []
        seconds = clocked(
            lambda: alerts.extend(tick(store, engine, settings, EmlTransport(mail), now).alerts)
        )
        kinds = [alert.kind for alert in alerts]
        if kinds.count("overdue") != DUE:
            raise SystemExit(f"expected {DUE} overdue, found {kinds}")
        return seconds

    return turn
