"""Who asked for it is told again of what is grave and nobody has taken note of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from events import EventStore
from events.database.engine import write_transaction
from notifications.alerts import marks
from notifications.alerts.filters import Filter
from notifications.errors import InvalidSubscription
from notifications.settings import MailSettings
from tests.support.accord import (
    LATE,
    OVERDUE,
    Turn,
    outcomes,
    snooze,
    subscribe,
    texts,
)
from tests.support.given import new

DAY = timedelta(days=1)


def reminded(store: EventStore, engine: Engine, **more: Any) -> int:
    """Every two days, about what is overdue."""
    return subscribe(
        store, engine, **{"remind_days": 2, "wants": Filter(kinds=("overdue",)), **more}
    )


@pytest.mark.parametrize("cadence", ["immediate", "daily"])
def test_what_nobody_acknowledges_is_told_again(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn, cadence: str
) -> None:
    """As often as was asked for, no oftener however many turns there are, with how to end it."""
    reminded(store, engine, cadence=cadence)
    delivered = [turn(LATE + hours * DAY / 24).delivered for hours in range(0, 24 * 5, 6)]
    text = " ".join(texts(settings)[-1].split())

    assert 3 == sum(delivered)
    assert ["told", "reminded", "reminded"] == outcomes(engine, OVERDUE)
    assert "Overdue: it was due Tue 10 February" in text
    assert (
        "A reminder, which comes every 2 days until somebody says: pactwatch ack pay/overdue"
        in text
    )


def test_nothing_is_told_again_unasked(store: EventStore, engine: Engine, turn: Turn) -> None:
    """By default once is enough."""
    reminded(store, engine, remind_days=None)

    assert [1, 0, 0] == [turn(LATE + n * DAY).delivered for n in (0, 3, 6)]


def test_an_acknowledgement_ends_reminders_until_it_expires(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """Then they go on, at once if the days have gone by."""
    reminded(store, engine)
    turn(LATE)
    with write_transaction(engine) as connection:
        grounds = marks.MarkGrounds("asked", "desk", LATE, LATE + 5 * DAY)
        marks.acknowledge(connection, [OVERDUE], grounds)

    assert [0, 1] == [turn(LATE + n * DAY).delivered for n in (4, 6)]


def test_a_snooze_keeps_reminders_back(store: EventStore, engine: Engine, turn: Turn) -> None:
    """It says not now, of what was told before as well."""
    reminded(store, engine)
    turn(LATE)
    snooze(engine, LATE, keys=[OVERDUE], until=LATE + 5 * DAY)

    assert [0, 1] == [turn(LATE + n * DAY).delivered for n in (4, 6)]


def test_what_is_over_is_told_as_over_and_not_again(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Also when its last telling was a reminder."""
    reminded(store, engine, remind_days=1)
    delivered = [turn(LATE + n * DAY).delivered for n in (0, 1)]
    paid = {"commitment": "pay", "occurred": "2026-02-12", "basis": "both_sides", "speaker": "NOR"}
    known = LATE + 1.6 * DAY
    store.append("accord", [new("pactwatch.PerformanceConfirmed.v1", paid, "paid", known)])
    after = [turn(LATE + n * DAY).delivered for n in (1.8, 3, 9)]

    assert ([1, 1], [1, 0, 0]) == (delivered, after)
    assert ["told", "reminded", "resolved"] == outcomes(engine, OVERDUE)
    assert "RESOLVED OR CLOSED" in texts(settings)[-1]


def test_what_has_lapsed_is_not_called_overdue_again(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """One reminder a commitment, of the graver."""
    reminded(store, engine, wants=Filter())
    for n in range(9):
        turn(LATE + n * DAY)
    text = texts(settings)[-1]

    assert (1, 0) == (text.count("Missed: it was"), text.count("Overdue: it was"))


@pytest.mark.parametrize("days", [0, 366])
def test_days_that_make_no_sense_are_refused(store: EventStore, engine: Engine, days: int) -> None:
    """Nothing is stored."""
    with pytest.raises(InvalidSubscription, match=f"every {days} days"):
        reminded(store, engine, remind_days=days)
