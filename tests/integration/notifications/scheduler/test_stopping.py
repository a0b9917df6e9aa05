"""A daemon that is stopped while it folds a long log: it ends soon, and leaves nothing in half."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from sqlalchemy import Engine, inspect, text

from events import EventStore
from notifications.alerts import noticing
from notifications.alerts.stored import read_alerts
from notifications.delivery.eml_files import EmlTransport
from notifications.delivery.worker import never
from notifications.scheduler.last_turn import last_good_turn
from notifications.scheduler.report import TickReport
from notifications.scheduler.tick import TurnOptions, tick
from notifications.settings import MailSettings
from tests.support.dataset import EVENING
from tracker.entries.streams import agreement_ids
from tracker.projections import writing

Turn = Callable[[Callable[[], bool]], TickReport]


@pytest.fixture
def turn(
    store: EventStore, engine: Engine, settings: MailSettings, monkeypatch: pytest.MonkeyPatch
) -> Turn:
    """A turn that has everything to fold, and asks after each agreement whether to stop."""
    monkeypatch.setattr(writing, "TOGETHER", 1)
    monkeypatch.setattr(noticing, "CHANGES_TOGETHER", 1)

    def run(stop: Callable[[], bool]) -> TickReport:
        transport = EmlTransport(settings.mail_dir)
        return tick(store, engine, settings, transport, EVENING, TurnOptions(stop=stop))

    return run


def at_question(number: int) -> Callable[[], bool]:
    """A stop that comes just before somebody asks for it so many times."""
    questions = count(1)
    return lambda: next(questions) >= number


def on_record(engine: Engine) -> tuple[int, int]:
    """How many agreements are folded, and how many alerts are on record; no table has none."""
    if not inspect(engine).has_table("agreements"):
        return 0, 0
    with engine.connect() as connection:
        folded = connection.execute(text("SELECT count(*) FROM agreements")).scalar_one()
        return folded, len(read_alerts(connection))


def test_a_turn_stopped_while_it_folds_has_written_nothing(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """At the first agreement, at the second, and while the words of entries are indexed."""
    of = len(agreement_ids(store))
    for question in (1, 2, of + 1):
        assert 0 == turn(at_question(question)).projected
        assert (0, 0) == on_record(engine)

    assert last_good_turn(store) is None
    assert store.head() == turn(never).projected


def test_a_turn_stopped_among_alerts_leaves_them_to_the_next(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """What is folded stays; no alert is on record before all of them are, and none is lost."""
    of = len(agreement_ids(store))
    for question in (of + 2, 3):
        assert [] == list(turn(at_question(question)).alerts)
        assert (of, 0) == on_record(engine)

    whole = turn(never)
    assert (of, len(whole.alerts) + whole.historical) == on_record(engine)
    assert whole.alerts


def test_a_turn_with_much_news_says_how_far_it_is(
    store: EventStore,
    engine: Engine,
    settings: MailSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A first turn over 1,000,000 events looks for alerts for minutes after it has folded."""
    monkeypatch.setattr(noticing, "CHANGES_TOGETHER", 1)
    counts: list[tuple[int, int | None]] = []
    options = TurnOptions(noticed=lambda done, of=None: counts.append((done, of)))
    tick(store, engine, settings, EmlTransport(settings.mail_dir), EVENING, options)
    of = len(agreement_ids(store))

    assert [(done, of) for done in range(1, of)] == counts
