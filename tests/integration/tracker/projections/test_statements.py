"""Statements of no agreement: a turn reads the new ones, and the rows equal those made anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from events import EventStore, NewEvent
from events.database.engine import write_transaction
from events.database.owned_tables import table_of
from tests.support.counting_log import CountingLog
from tests.support.dataset import EVENING
from tracker.entries.decoding import full_type
from tracker.entries.streams import STATEMENTS
from tracker.projections.catch_up import catch_up
from tracker.projections.rebuild import compared
from tracker.projections.tables import StatementRow

START = EVENING + timedelta(days=90)
"""Later than everything in the shipped data set."""


def record(store: EventStore, name: str, minutes: int, **data: Any) -> str:
    """One entry of no agreement, recorded so many minutes after START."""
    at = START + timedelta(minutes=minutes)
    event = NewEvent(type=full_type(name), data=data, id=f"free-{minutes}", recorded_at=at)
    store.append(STATEMENTS, [event])
    return event.id


def rows(engine: Engine) -> dict[str, str]:
    """The text of every statement of no agreement that has a row."""
    table = table_of(StatementRow)
    query = select(table.c.event_id, table.c.text).where(table.c.event_id.like("free-%"))
    with engine.connect() as connection:
        return {row.event_id: row.text for row in connection.execute(query)}


def turn(store: EventStore, engine: Engine, minutes: int) -> None:
    with write_transaction(engine) as connection:
        catch_up(store, connection, START + timedelta(minutes=minutes))


@pytest.fixture
def counting(store: EventStore, engine: Engine) -> CountingLog:
    """A log with fifty statements of no agreement, all of them projected."""
    for minute in range(50):
        record(store, "PositionStated", minute, speaker="RUS", text=f"said at {minute}")
    turn(store, engine, 50)
    return CountingLog(store, STATEMENTS)


def test_a_turn_reads_the_new_statements_only(counting: CountingLog, engine: Engine) -> None:
    """One new statement among fifty: the turn reads it, and where the old ones end."""
    new = record(counting.log, "PositionStated", 51, speaker="UKR", text="new")
    turn(counting, engine, 52)

    assert (51, "new") == (len(rows(engine)), rows(engine)[new])
    assert counting.count <= 4


def test_a_turn_without_new_statements_reads_the_last(
    counting: CountingLog, engine: Engine
) -> None:
    """Nothing came in: one statement is looked at."""
    turn(counting, engine, 52)

    assert counting.count <= 2


def test_statements_recorded_later_than_a_turn_wait_for_theirs(
    counting: CountingLog, engine: Engine
) -> None:
    """Two that a turn in their past does not know yet are added when their instants come."""
    for minute in (55, 57):
        record(counting.log, "PositionStated", minute, speaker="UKR", text="later")
    counts = []
    for minute in (54, 56, 58):
        turn(counting, engine, minute)
        counts.append(len(rows(engine)))

    assert [50, 51, 52] == counts


def test_an_amendment_of_an_old_statement_moves_its_row(
    counting: CountingLog, engine: Engine
) -> None:
    """A correction and a retraction reach rows that earlier turns made; a rebuild has the same."""
    record(
        counting.log, "EntryCorrected", 51, event="free-3", reason="r", replacement={"text": "new"}
    )
    turn(counting, engine, 52)
    corrected = rows(engine)["free-3"]
    record(counting.log, "EntryRetracted", 53, event="free-3", reason="r")
    turn(counting, engine, 54)

    assert ("new", False) == (corrected, "free-3" in rows(engine))
    assert not any(compared(counting.log, engine))
