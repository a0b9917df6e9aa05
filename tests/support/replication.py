"""A primary and its hot standby, from the PostgreSQL that the other tests use."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.support.postgres import Server, create_database, server_folder

PATIENCE = 30.0


@dataclass(frozen=True)
class Pair:
    """Both servers; `primary_url` and `standby_url` are of one database on them."""

    primary: Server
    standby: Server
    database: str

    @property
    def primary_url(self) -> str:
        return f"{self.primary.url.rpartition('/')[0]}/{self.database}"

    @property
    def standby_url(self) -> str:
        return f"{self.standby.url.rpartition('/')[0]}/{self.database}"

    @property
    def both_urls(self) -> list[str]:
        """Both hosts in either form of libpq; whichever can be written is taken."""
        one, two = self.primary.port, self.standby.port
        tail = "target_session_attrs=read-write&connect_timeout=2"
        return [
            f"postgresql://postgres@127.0.0.1:{one},127.0.0.1:{two}/{self.database}?{tail}",
            f"postgresql://postgres@/{self.database}?host=127.0.0.1,127.0.0.1"
            f"&port={one},{two}&{tail}",
        ]

    def wait_for_standby(self) -> None:
        """Returns once the standby has replayed what the primary has written until now."""
        with psycopg.connect(self.primary_url) as one:
            written = one.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
        query = "SELECT pg_last_wal_replay_lsn() >= %s"
        with psycopg.connect(self.standby_url, autocommit=True) as two:
            wait_until(lambda: two.execute(query, written), True, "the standby does not follow")

    def wait_for_every_commit(self) -> None:
        """From now on a commit of the primary waits until the standby has it, too."""
        with psycopg.connect(self.primary.url, autocommit=True) as one:
            one.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            one.execute("SELECT pg_reload_conf()")
            query = "SELECT sync_state FROM pg_stat_replication"
            wait_until(lambda: one.execute(query), "sync", "the standby is not waited for")

    def cut(self) -> None:
        """The standby hears no more of its primary."""
        with psycopg.connect(self.standby.url, autocommit=True) as two:
            two.execute("ALTER SYSTEM SET primary_conninfo = ''")
            two.execute("SELECT pg_reload_conf()")
            query = "SELECT count(*) FROM pg_stat_wal_receiver"
            wait_until(lambda: two.execute(query), 0, "the standby goes on")


def wait_until(ask: Callable[[], psycopg.Cursor[Any]], answer: object, words: str) -> None:
    """Asks a server until it answers so; fails in these words when its patience is over."""
    ends = time.monotonic() + PATIENCE
    while ask().fetchone() != (answer,):
        assert time.monotonic() < ends, words
        time.sleep(0.02)


@contextmanager
def replicated(database: str = "pact") -> Iterator[Pair]:
    """A running pair with an empty database; both are stopped at the end."""
    with server_folder(in_memory=True) as one, server_folder(in_memory=True) as two:
        pair = Pair(Server(one), Server(two), database)
        pair.primary.initialise()
        pair.primary.start()
        try:
            create_database(pair.primary.url, database)
            pair.standby.copy_as_standby(pair.primary)
            pair.standby.start()
            try:
                yield pair
            finally:
                pair.standby.stop()
        finally:
            pair.primary.stop()
