"""What the views share: how fresh they are, and a commitment's state at the moment of asking."""

from __future__ import annotations

from events.database.views import Column, Sql

POSITION = "(SELECT position FROM projection_checkpoints WHERE projection = 'status')"
PROJECTED_AT = "(SELECT projected_at FROM projection_checkpoints WHERE projection = 'status')"
PROJECTED = (
    Column("projected_position", POSITION, "Position of the last event that the rows contain."),
    Column("projected_at", PROJECTED_AT, "The instant that the rows were last made for."),
)
AGREEMENT = (
    Column("agreement_id", "c.agreement_id", "The agreement."),
    Column("agreement", "a.title", "Its title."),
)
COMMITMENT = (
    Column("commitment_id", "c.id", "The commitment."),
    Column("commitment", "c.promise", "What was promised."),
    *AGREEMENT,
)
CLOSED = "('discharged', 'violated', 'expired', 'cancelled', 'released', 'rejected', 'superseded')"


def now_of(column: str) -> str:
    """A column of a commitment as the clock has it at the moment of asking."""
    return f"CASE WHEN o.commitment_id IS NULL THEN c.{column} ELSE o.{column} END"


def standing(sql: Sql) -> str:
    """Commitments, each with what the clock has last done to it."""
    reached = sql.is_past("x.at")
    return (
        "FROM commitments c JOIN agreements a ON a.id = c.agreement_id "
        "LEFT JOIN clock_outlook o ON o.commitment_id = c.id AND o.ordinal = "
        f"(SELECT max(x.ordinal) FROM clock_outlook x WHERE x.commitment_id = c.id AND {reached})"
    )


IS_OPEN = f"({now_of('state')} NOT IN {CLOSED})"


def flag(name: str) -> str:
    return f"(c.flags LIKE '%\"{name}\"%')"
