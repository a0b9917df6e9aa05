"""Asks a standby how far it is behind its primary, as far as it can tell."""

from __future__ import annotations

import time
from datetime import UTC

from events.envelope import ReplicaLag
from events.postgres.connections import Connection

QUERY = """
    SELECT pid IS NOT NULL, pg_last_wal_receive_lsn()::text,
      coalesce(pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn(), false),
      pg_last_xact_replay_timestamp(), clock_timestamp()
    FROM pg_stat_get_wal_receiver() WHERE pg_is_in_recovery()
"""
"""One row on a standby. Whoever may not read all statistics still sees the number of the process
that receives, and a primary that writes nothing has no newer transaction to show."""
HAS_REPLAYED = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
LOOKS, PAUSE = 10, 0.01
"""How often, and how many seconds apart, a standby that follows is asked whether it has repeated
what it had received."""


def replica_lag(db: Connection) -> ReplicaLag | None:
    """What a standby says; None on a primary."""
    # Servers from version 14 on report it by themselves, but not through every pooler.
    if db.info.parameter_status("in_hot_standby") == "off":
        return None
    row = db.execute(QUERY).fetchone()
    if row is None:
        return None
    is_following, received, is_level, replayed_at, now = row
    if is_following and not is_level:
        # What came this moment, after an hour in which nothing was written, is not an hour behind.
        is_level = any(_has_replayed(db, received) for _ in range(LOOKS))
    is_behind = replayed_at is not None and not (is_following and is_level)
    seconds = (now - replayed_at).total_seconds() if is_behind else 0.0
    at = replayed_at.astimezone(UTC) if replayed_at else None
    return ReplicaLag(is_following, seconds, at)


def _has_replayed(db: Connection, received: str) -> bool:
    """Whether a standby has repeated its log up to a place, asked after a pause."""
    time.sleep(PAUSE)
    return db.execute(HAS_REPLAYED, (received,)).fetchone() == (True,)
