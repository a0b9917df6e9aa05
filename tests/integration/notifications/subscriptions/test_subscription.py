"""Who is told: what a subscription may be, and what its errors say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from events import EventStore
from events.database.engine import write_transaction
from notifications.errors import InvalidAddress, NotificationError, UnknownSubscription
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.subscription import Subscription
from tests.support.dataset import EVENING
from tests.support.subscribers import add_reader

Add = Callable[..., Subscription]


@pytest.fixture
def add(engine: Engine) -> Add:
    """Subscribe to the shipped data set."""

    def run(email: str = "reader@example.org", **more: Any) -> Subscription:
        with write_transaction(engine) as connection:
            return add_reader(connection, email=email, now=EVENING, **more)

    return run


def stored(engine: Engine) -> list[Subscription]:
    with write_transaction(engine) as connection:
        return subscriptions.all_subscriptions(connection)


def test_a_subscription_is_listed_as_it_was_added(engine: Engine, add: Add) -> None:
    """Address, filter, cadence, zone and the first due instant are kept."""
    added = add(agreements=("energy-pause-2025",), hour=8, zone="Europe/Kyiv")

    assert [added] == stored(engine)
    assert ("2025-03-19T06:00:00Z", ("energy-pause-2025",)) == (added.next_due, added.agreements)


def test_the_same_mailbox_is_one_reader_in_whatever_case(engine: Engine, add: Add) -> None:
    """No host tells case apart, and nobody wants the same digest twice."""
    first = add("Anna@Example.org", escalate_to="chief@example.org", escalate_days=2)
    same = add("ANNA@EXAMPLE.ORG", escalate_to="Chief@example.org", escalate_days=2)
    other = add("anna@example.org")

    assert (first, True) == (same, other != first)
    assert [first, other] == stored(engine)


def test_the_same_agreement_twice_is_followed_once(add: Add) -> None:
    """A repeated filter is one filter."""
    added = add(agreements=("energy-pause-2025", "energy-pause-2025"))

    assert ("energy-pause-2025",) == added.agreements


@pytest.mark.parametrize(
    ("name", "meant"),
    [("energy-pause-2026", "energy-pause-2025"), ("pow-swap", "pow-swap-2025-03-19")],
)
def test_an_unknown_agreement_is_refused_with_the_nearest(
    engine: Engine, add: Add, name: str, meant: str
) -> None:
    """A slip of the pen is answered with what may have been meant, and nothing is stored."""
    with pytest.raises(NotificationError) as caught:
        add(agreements=(name,))

    assert f"did you mean {meant}" in caught.value.message
    assert ([], 1) == (stored(engine), caught.value.exit_code)


@pytest.mark.parametrize(
    "bad",
    [{"zone": "Mars/Olympus"}, {"hour": 24}, {"hour": -1}, {"cadence": "hourly"}],
)
def test_what_cannot_be_kept_is_refused(engine: Engine, add: Add, bad: dict[str, Any]) -> None:
    """Zone, hour and cadence are checked before anything is stored, with a hint."""
    with pytest.raises(Exception, match=r".+") as caught:
        add(**bad)

    assert ([], True) == (stored(engine), bool(getattr(caught.value, "hint", "")))


def test_an_address_with_a_header_in_it_is_refused(engine: Engine, add: Add) -> None:
    """The line break never reaches a table, and the error is one line."""
    with pytest.raises(InvalidAddress) as caught:
        add("reader@example.org\r\nBcc: x@example.org")

    assert ([], 1) == (stored(engine), len(caught.value.message.splitlines()))


def test_an_unknown_subscription_says_where_to_look(engine: Engine, store: EventStore) -> None:
    """The hint is a command."""
    with write_transaction(engine) as connection, pytest.raises(UnknownSubscription) as caught:
        subscriptions.get(connection, 7)

    assert "pactwatch subscribe list" == caught.value.hint


def test_those_who_wait_are_the_due_and_the_immediate(engine: Engine, add: Add) -> None:
    """A daily reader waits for the hour; an immediate one is asked about at every turn."""
    daily, now = add(hour=8), add(cadence="immediate")
    with write_transaction(engine) as connection:
        early = subscriptions.due_subscriptions(connection, EVENING, 0, 9)
        morning = EVENING + timedelta(hours=12)
        late = subscriptions.due_subscriptions(connection, morning, 0, 9)
        rest = subscriptions.due_subscriptions(connection, morning, daily.id, 9)

    assert (now,) == early.subscriptions == rest.subscriptions
    assert (daily, now) == late.subscriptions
    assert now.id == late.last_id
