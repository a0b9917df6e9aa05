"""Asks a standby how far it is behind its primary, as far as it can tell."""

from __future__ import annotations

from datetime import UTC

from events.envelope import ReplicaLag
from events.postgres.connections import Connection

QUERY = """
    SELECT pid IS NOT NULL,
      coalesce(pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn(), false),
      pg_last_xact_replay_timestamp(), clock_timestamp()
    FROM pg_stat_get_wal_receiver() WHERE pg_is_in_recovery()
"""
"""One row on a standby. Whoever may not read all statistics still sees the number of the process
that receives, and a primary that writes nothing has no newer transaction to show."""


def replica_lag(db: Connection) -> ReplicaLag | None:
    """What a standby says; None on a primary."""
    # Servers from version 14 on report it by themselves, but not through every pooler.
    if db.info.parameter_status("in_hot_standby") == "off":
        return None
    row = db.execute(QUERY).fetchone()
    if row is None:
        return None
    is_following, has_replayed_all, replayed_at, now = row
    is_level = replayed_at is None or (is_following and has_replayed_all)
    seconds = 0.0 if is_level else (now - replayed_at).total_seconds()
    at = replayed_at.astimezone(UTC) if replayed_at else None
    return ReplicaLag(is_following, seconds, at)
