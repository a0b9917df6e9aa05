"""The keys of PostgreSQL's advisory locks, in one table so that no two jobs wait for each other.

A key is a number for the whole database. The keys spell `pact` and count up; a released key never
changes its job, since programs of two releases may share a database during an upgrade.
"""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class AdvisoryLock(IntEnum):
    """What each key serialises."""

    PROJECTING = 0x70616374
    """Turns of the scheduler, and whatever else writes projection tables."""
    APPENDING = 0x70616375
    """Appends to the log, until they are committed, so that positions become visible in order; the
    trigger on `events` takes it, too. A lock on the counter's row or table does the same and costs
    a fifth of the throughput."""
    CREATING = 0x70616376
    """Making the schema: one process at a time."""
    RATE_COUNTING = 0x70616377
    """Claims on messages while limits are set: two at once would share one place."""
