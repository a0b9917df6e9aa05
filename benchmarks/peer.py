"""How does the peer do it? `eventsourcing`: an aggregate, its events triggered, `app.save`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.sqlite import SQLiteApplicationRecorder
from psycopg.conninfo import conninfo_to_dict

from benchmarks.facts import FACT, Load

NAME = "eventsourcing 9.5"


class Agreement(Aggregate):
    """The smallest aggregate that carries the four fields and does something with them."""

    last: tuple[Any, ...] = ()

    @event("Reported")
    def report(self, commitment: str, occurred: str, speaker: str, reported_by: list[str]) -> None:
        self.last = (commitment, occurred, speaker, reported_by)


class Ledger(Application[UUID]):
    """Saves agreements; no snapshots, no cache, no compression, no cipher: its fastest."""


def on_sqlite(path: Path) -> Ledger:
    """The peer on a file; refuses to be timed if it would not wait for the disk as we do."""
    ledger = Ledger({"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)})
    recorder = ledger.recorder
    assert isinstance(recorder, SQLiteApplicationRecorder)
    with recorder.datastore.transaction(commit=False) as cursor:
        check_durable(cursor, "the peer")
    return ledger


def check_durable(cursor: Any, whose: str) -> None:
    """WAL and synchronous=FULL, as the connection itself says."""
    settings = []
    for name in ("journal_mode", "synchronous"):
        cursor.execute(f"PRAGMA {name}")
        settings.append(cursor.fetchone()[0])
    if settings != ["wal", 2]:
        raise SystemExit(f"{whose} runs with journal_mode, synchronous = {settings}, not wal and 2")


def on_postgres(url: str, *, create: bool, functions: bool = False) -> Ledger:
    """The peer on a server; `functions` lets it append by one call of a server-side function."""
    parts = conninfo_to_dict(url)
    return Ledger(
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(parts["dbname"]),
            "POSTGRES_HOST": str(parts["host"]),
            "POSTGRES_PORT": str(parts["port"]),
            "POSTGRES_USER": str(parts["user"]),
            "POSTGRES_PASSWORD": "",
            "POSTGRES_POOL_SIZE": "1",
            "POSTGRES_MAX_OVERFLOW": "0",
            "POSTGRES_ENABLE_DB_FUNCTIONS": "yes" if functions else "no",
            "CREATE_TABLE": "yes" if create else "no",
        }
    )


def begin(ledger: Ledger, count: int) -> list[Agreement]:
    """Agreements with their first event saved."""
    agreements = [Agreement() for _ in range(count)]
    ledger.save(*agreements)
    return agreements


def save(ledger: Ledger, agreements: list[Agreement], load: Load) -> None:
    """Trigger the events of a commit and save them, as often as the load says."""
    for _ in range(load.commits):
        for agreement in agreements:
            for _ in range(load.each):
                agreement.report(**FACT)
        ledger.save(*agreements)
