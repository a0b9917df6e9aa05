"""What do recurring duties cost in a fold of ten years, in `status`, in a turn without news?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from benchmarks.many_promises import EACH, MADE, fill, of_agreement
from benchmarks.rebuild_log import PARTIES
from benchmarks.startup import pactwatch, run
from benchmarks.timing import clocked, progress, row, taking_turns, wall_time
from events import EventStore, NewEvent, RecordedEvent
from events.database.engine import open_engine
from notifications.delivery.eml_files import EmlTransport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from tracker.dates.recurrence import begins_of
from tracker.entries.decoding import entries
from tracker.entries.parties import Registry
from tracker.rules.fold import fold

COMMITMENTS = 10_000
RECURRING = 1_000
TEN_YEARS = datetime(2036, 1, 6, tzinfo=UTC)
TWO_YEARS = MADE + timedelta(days=730)
ROUNDS = 5


def rows() -> Iterator[str]:
    """The fold, the answer and the turn."""
    (folded,) = taking_turns(lambda: clocked(_ten_years), times=ROUNDS)
    yield row("fold ten years of days", f"{folded * 1000:.1f} ms", "-", "-", "-", "<= 50 ms")
    with tempfile.TemporaryDirectory() as place:
        plain = _turns(Path(place) / "plain", 0)
        recurring = _turns(Path(place) / "recurring", RECURRING)
        small, large = taking_turns(plain, recurring, times=ROUNDS)
        command = [*pactwatch(str(Path(place) / "recurring" / "many.db")), "--now", _stamp()]
        (status,) = taking_turns(run([*command, "status"]), times=3)
    of = f"{COMMITMENTS:,} commitments, of which {RECURRING:,} recur daily for two years"
    yield row(f"status, {of} (wall time)", f"{status:.2f} s", "-", "-", "-", "<= 1 s")
    against = f"{COMMITMENTS:,} that do not recur"
    yield wall_time(f"tick without news, {of}", large, small, against, "<= 2x")


def _stamp() -> str:
    return f"{TWO_YEARS + timedelta(minutes=ROUNDS):%Y-%m-%dT%H:%M:%SZ}"


def _ten_years() -> None:
    """Every day of ten years, none of them met; nothing is kept from the round before."""
    begins_of.cache_clear()
    registry = Registry({})
    recorded = [
        RecordedEvent(1, "d", 1, "d-1", event.type, "benchmark", MADE, event.data)
        for event in [_duty("d", 0)]
    ]
    state = fold("d", entries(recorded, registry), TEN_YEARS, registry)
    if not state.commitments:
        raise SystemExit("expected a duty, found none")


def _turns(place: Path, recurring: int) -> Callable[[], float]:
    """So many commitments, projected; each call is a turn of the next minute, without news."""
    place.mkdir()
    path, mail = str(place / "many.db"), place / "mail"
    settings, transport = MailSettings(mail_dir=mail, smtp_url=None), EmlTransport(mail)
    progress(f"duties: {COMMITMENTS:,} commitments, {recurring:,} of them recurring")
    store, engine = EventStore.open(path), open_engine(path)
    fill(store, (COMMITMENTS - recurring) // EACH)
    for number in range(recurring // EACH):
        store.append_batch(list(_duties(f"d{number}", number)))
    tick(store, engine, settings, transport, TWO_YEARS)
    minutes = count(1)

    def turn() -> float:
        now = TWO_YEARS + timedelta(minutes=next(minutes))
        return clocked(lambda: tick(store, engine, settings, transport, now))

    return turn


def _duties(name: str, number: int) -> Iterator[tuple[str, NewEvent]]:
    yield from of_agreement(name, number)
    for n in range(EACH):
        yield name, _duty(f"{name}-c{n}", number + n)


def _duty(name: str, number: int) -> NewEvent:
    debtor, creditor = PARTIES[number % 6], PARTIES[(number + 1) % 6]
    data = {
        "commitment": name,
        "kind": "recurring",
        "debtor": [debtor],
        "creditor": [creditor],
        "promise": "ten a day",
        "terms": {"recurrence": "FREQ=DAILY", "start": "2025-01-07", "quantity": 10},
        "speaker": debtor,
        "occurred": MADE.date().isoformat(),
    }
    return NewEvent(
        type="pactwatch.CommitmentAccepted.v1",
        data=data,
        id=f"{name}-made",
        source="benchmark",
        recorded_at=MADE,
    )
