"""Who asked to hear it is told that there is no news, and what stands of what they follow."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from events import EventStore, parse_instant
from events.database.engine import write_transaction
from notifications.alerts.filters import Filter
from notifications.errors import InvalidSubscription
from notifications.outbox import operator as outbox_operator
from notifications.settings import MailSettings
from notifications.subscriptions import subscription as subscriptions
from tests.support.accord import (
    PAY,
    START,
    Turn,
    one_line,
    promise,
    subscribe,
    texts,
)

FEBRUARY_2, FEBRUARY_3, FEBRUARY_4 = (
    parse_instant(f"2026-02-0{day}T08:00:00Z") for day in (2, 3, 4)
)


@pytest.fixture
def store(database: str) -> Any:
    """A payment due on 10 February, one marked AMBER due before it, and one without a date."""
    terms = {**PAY["terms"], "due": "2026-02-20"}
    fee = {**PAY, "commitment": "fee", "tlp": "AMBER", "terms": terms}
    talk = {**PAY, "commitment": "talk", "kind": "process", "promise": "go on talking", "terms": {}}
    with EventStore.open(database) as opened:
        promise(opened, "accord", {**PAY, "terms": {"due": "2026-02-25"}})
        promise(opened, "other", fee)
        promise(opened, "talks", talk)
        yield opened


def quiet(store: EventStore, engine: Engine, turn: Turn, **more: Any) -> int:
    """A daily reader at eight, to whom the promises are no news."""
    turn(START)
    return subscribe(store, engine, cadence="daily", when_quiet="send", **more)


def test_a_digest_without_news_says_what_stands(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Counts of what the reader follows, the next deadline with its ends, the position."""
    quiet(store, engine, turn, zone="Europe/Oslo", hour=9)
    report = turn(FEBRUARY_2)
    text = one_line(texts(settings)[-1])

    assert ["Nothing new; next: Accord, Fri 20 February"] == [
        d.subject.removeprefix("[TLP:AMBER] ") for d in report.deliveries
    ]
    assert "Nothing new so far. Of what you follow: * open: 3" in text
    assert "Next deadline: Fri 20 February, Accord Iceland to Norway: " in text
    assert "Due Fri 20 February, at the end of the day. (fee)" in text
    assert "State of the record, at event 6: pactwatch 6 " in text


def test_a_digest_without_news_comes_once_a_local_date(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Again the next day, with since when there has been nothing."""
    quiet(store, engine, turn)
    reports = [turn(at) for at in (FEBRUARY_2, FEBRUARY_2, FEBRUARY_3)]

    assert [1, 0, 1] == [report.delivered for report in reports]
    assert "Nothing new since Mon 2 February, 08:00." in one_line(texts(settings)[-1])


def test_whoever_did_not_ask_for_it_hears_nothing_when_there_is_nothing(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """By default nothing to say is nothing sent."""
    turn(START)
    subscribe(store, engine, cadence="daily")

    assert [0, 0] == [turn(at).planned for at in (FEBRUARY_2, FEBRUARY_3)]


def test_news_takes_the_place_of_all_quiet(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """One message a date, with the news and without the counts."""
    quiet(store, engine, turn, wants=Filter(agreements=("accord",)))
    turn(parse_instant("2026-02-19T08:00:00Z"))
    text = texts(settings)[-1]

    assert "DUE OR ENDING SOON" in text
    assert "Nothing new" not in text
    assert "* open:" not in text


def test_a_quiet_digest_counts_nothing_above_the_readers_ceiling(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Neither a count nor the next deadline gives away what is left out; what is counted marks."""
    quiet(store, engine, turn, wants=Filter(tlp="GREEN"))
    quiet(store, engine, turn, email="chief@example.org")
    report = turn(FEBRUARY_2)
    low, high = (next(t for t in texts(settings) if f"open: {n}" in t) for n in (2, 3))

    assert 2 == report.delivered
    assert ("fee" in low, "(pay)" in one_line(low), "TLP:AMBER" in low) == (
        False,
        True,
        False,
    )
    assert 2 == high.count("TLP:AMBER")


def test_without_a_deadline_ahead_the_digest_says_so(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """An open promise without a date is counted, and no date is made up."""
    quiet(store, engine, turn, wants=Filter(agreements=("talks",)))
    turn(FEBRUARY_2)

    assert "* open: 1" in texts(settings)[-1]
    assert "No deadline is ahead." in texts(settings)[-1]


def test_days_without_turns_are_one_quiet_digest_that_says_so(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """The gap is told there, too."""
    quiet(store, engine, turn)
    reports = [turn(at) for at in (FEBRUARY_4, FEBRUARY_4)]

    assert [1, 0] == [report.delivered for report in reports]
    assert "This is 3 daily digests in one" in one_line(texts(settings)[-1])


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        ({"cadence": "immediate", "when_quiet": "send"}, "--cadence daily --when-quiet send"),
        ({"cadence": "daily", "when_quiet": "sometimes"}, "one of skip, send"),
    ],
)
def test_a_choice_that_cannot_be_kept_is_refused(
    store: EventStore, engine: Engine, more: dict[str, str], hint: str
) -> None:
    """An immediate subscription has no hour at which to say that there is nothing."""
    with pytest.raises(InvalidSubscription) as caught:
        subscribe(store, engine, **more)
    with write_transaction(engine) as connection:
        assert ([], []) == (
            subscriptions.all_subscriptions(connection),
            outbox_operator.messages(connection),
        )
    assert hint == caught.value.hint
