"""Turns whose clock cannot be right: none is taken, and how to go on is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from events import EventStore, format_instant
from events.database.engine import open_engine
from notifications.delivery.eml_files import EmlTransport
from notifications.errors import ImplausibleClock
from notifications.outbox.clocks import TurnClock
from notifications.scheduler import last_turn
from notifications.scheduler.last_turn import last_good_turn
from notifications.scheduler.tick import TurnOptions, tick
from notifications.settings import MailSettings
from tests.support.given import new

DAY = timedelta(days=1)
MONTH = timedelta(days=30)


@pytest.fixture
def store(database: str) -> EventStore:
    return EventStore.open(database)


def take_turn(
    store: EventStore, engine: Engine, settings: MailSettings, now: datetime, *, given: bool = False
) -> None:
    options = TurnOptions(clock=TurnClock(now, given=given))
    tick(store, engine, settings, EmlTransport(settings.mail_dir), now, options)


def test_a_turn_a_month_ahead_of_the_time_that_has_gone_by_is_refused(
    store: EventStore, engine: Engine, settings: MailSettings
) -> None:
    """It leaves nothing behind; given as the present, it is taken, and so are those after it."""
    now = datetime.now(UTC)
    take_turn(store, engine, settings, now)
    with pytest.raises(ImplausibleClock, match="by the time since then") as refusal:
        take_turn(store, engine, settings, now + MONTH)

    assert format_instant(now) == last_good_turn(store)
    assert "pactwatch tick --now" in refusal.value.hint
    take_turn(store, engine, settings, now + MONTH, given=True)
    take_turn(store, engine, settings, now + MONTH + DAY / 2)


def test_after_a_restart_a_desk_that_was_closed_for_a_month_goes_on(
    store: EventStore, engine: Engine, settings: MailSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing says how long the machine was off."""
    now = datetime.now(UTC)
    take_turn(store, engine, settings, now)
    monkeypatch.setattr(last_turn, "boot_id", lambda: "another")
    take_turn(store, engine, settings, now + MONTH)

    assert format_instant(now + MONTH) == last_good_turn(store)


def test_a_turn_before_the_newest_entry_and_the_last_turn_is_refused(
    store: EventStore, engine: Engine, settings: MailSettings
) -> None:
    """A machine that starts in 1970 corrects nothing that was told; an hour back is taken."""
    now = datetime.now(UTC)
    store.append("statements", [new("pactwatch.PositionStated.v1", {"text": "no"}, "e1", now)])
    take_turn(store, engine, settings, now)
    with pytest.raises(ImplausibleClock, match="the newest entry is of"):
        take_turn(store, engine, settings, datetime(1970, 1, 1, tzinfo=UTC))
    take_turn(store, engine, settings, now - timedelta(hours=1))

    assert format_instant(now - timedelta(hours=1)) == last_good_turn(store)


def test_a_clock_that_was_set_back_and_right_again_is_believed(
    store: EventStore, engine: Engine, settings: MailSettings
) -> None:
    """With no entry to contradict it, a turn a month back is taken, and the present is known."""
    now = datetime.now(UTC)
    for at in (now, now - MONTH, now):
        take_turn(store, engine, settings, at)

    assert format_instant(now) == last_good_turn(store)


def test_on_postgresql_the_server_tells_the_time(postgres: str, settings: MailSettings) -> None:
    """Also before the first turn."""
    with EventStore.open(postgres) as store, pytest.raises(ImplausibleClock, match="its server"):
        take_turn(store, open_engine(postgres), settings, datetime.now(UTC) + MONTH)
