"""Changing a subscription: checked like a new one, due anew, and nothing of the news is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from events import EventStore, format_instant, parse_instant
from events.database.engine import write_transaction
from notifications.alerts.filters import Filter
from notifications.delivery.eml_files import EmlTransport
from notifications.errors import InvalidSubscription, NotificationError, UnknownSubscription
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from notifications.subscriptions import change as subscription_change
from notifications.subscriptions import consent, destinations
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.change import ChangeResult, PreferenceChanges
from notifications.subscriptions.preferences import Preferences
from notifications.subscriptions.subscription import Subscription
from tests.support.dataset import EVENING
from tests.support.http_server import HookScript, taking_hooks
from tests.support.mail import rows, states
from tests.support.subscribers import add_reader

NEWS = parse_instant("2025-03-19T22:00:00Z")
Add = Callable[..., Subscription]
Change = Callable[..., ChangeResult]


@pytest.fixture
def settings(tmp_path: Path) -> MailSettings:
    return MailSettings(
        mail_dir=tmp_path / "mail", secret_file=tmp_path / "secret", hook_networks="127.0.0.0/8"
    )


@pytest.fixture
def add(engine: Engine) -> Add:
    def run(email: str | None = "reader@example.org", **more: Any) -> Subscription:
        with write_transaction(engine) as connection:
            return add_reader(connection, email=email, now=EVENING, **more)

    return run


@pytest.fixture
def change(engine: Engine, settings: MailSettings) -> Change:
    def run(
        number: int, now: Any = EVENING, own: MailSettings | None = None, **options: Any
    ) -> ChangeResult:
        parts = options.pop("parts", {})
        place = options.pop("destination", None)
        with write_transaction(engine) as connection:
            return subscription_change.change_subscription(
                connection,
                own or settings,
                number,
                PreferenceChanges(parts, options),
                now=now,
                destination=place,
            )

    return run


def test_what_is_not_named_stays() -> None:
    """One part of the filter takes the place of that part; a day goes with its cadence."""
    before = Preferences(
        wants=Filter(parties=("UKR",), severity="warning"), cadence="weekly", on_day=4
    )
    narrower = PreferenceChanges({"parties": ("RUS",)}, {"hour": 6}).of(before)
    monthly = PreferenceChanges({}, {"cadence": "monthly"}).of(before)
    same = PreferenceChanges({}, {"cadence": "weekly"}).of(before)

    assert Filter(parties=("RUS",), severity="warning") == narrower.wants
    assert (6, "weekly", 4) == (narrower.hour, narrower.cadence, narrower.on_day)
    assert (None, 4) == (monthly.on_day, same.on_day)


def test_another_rhythm_is_due_anew(add: Add, change: Change) -> None:
    """By the new hour in the new zone; the change says what was and what is."""
    add(hour=8)
    done = change(1, hour=7, zone="Europe/Kyiv")

    assert "2025-03-19T05:00:00Z" == done.subscription.next_due
    assert {"hour": {"from": 8, "to": 7}, "zone": {"from": "UTC", "to": "Europe/Kyiv"}} == {
        name: done.changes[name] for name in ("hour", "zone")
    }


def test_another_filter_does_not_put_off_what_is_due(add: Add, change: Change) -> None:
    """A digest that a turn has not come to yet is still due."""
    added = add(hour=8)
    done = change(1, NEWS, parts={"parties": ("UKR",)})

    assert (added.next_due, ("UKR",)) == (
        done.subscription.next_due,
        done.subscription.wants.parties,
    )


def test_a_pause_goes_on(add: Add, change: Change, engine: Engine) -> None:
    """The first digest by the new hours is the first after it."""
    add(hour=8)
    end = EVENING + timedelta(days=9, hours=1)
    with write_transaction(engine) as connection:
        consent.pause(connection, 1, EVENING, end)
    done = change(1, hour=6)

    assert (True, "2025-03-28T06:00:00Z") == (
        done.subscription.is_paused(EVENING + timedelta(days=1)), done.subscription.next_due,
    )  # fmt: skip


def test_news_noticed_before_the_change_is_told_after_it(
    add: Add, change: Change, store: EventStore, engine: Engine, settings: MailSettings
) -> None:
    """Weekly until then, at once from then on."""
    add(cadence="weekly")
    transport = EmlTransport(settings.mail_dir)
    silent = tick(store, engine, settings, transport, NEWS).delivered
    change(1, NEWS, cadence="immediate")
    delivered = tick(store, engine, settings, transport, NEWS).delivered

    assert (0, 1) == (silent, delivered)


def test_a_date_that_had_its_digest_has_no_second_one(
    add: Add, change: Change, store: EventStore, engine: Engine, settings: MailSettings
) -> None:
    """Whatever the hour is changed to; what is new comes on the next date."""
    add(hour=8)
    transport = EmlTransport(settings.mail_dir)
    first = parse_instant("2025-03-20T08:00:00Z")
    tick(store, engine, settings, transport, first)
    done = change(1, first, hour=20)
    tick(store, engine, settings, transport, first + timedelta(hours=13))

    assert ("2025-03-20T20:00:00Z", 1) == (done.subscription.next_due, len(rows(engine)))


BAD: dict[str, dict[str, Any]] = {
    "cadence": {"cadence": "hourly"},
    "hour": {"hour": 24},
    "zone": {"zone": "Mars/Olympus"},
    "filter": {"parts": {"parties": ("UKRR",)}},
    "quiet hours": {"quiet": ("mon-sun",)},
    "half an escalation": {"escalate_days": 3},
    "escalation": {"escalate_to": "nobody", "escalate_days": 3},
}


@pytest.mark.parametrize("name", BAD)
def test_what_a_new_one_could_not_be_an_old_one_cannot_become(
    add: Add, change: Change, engine: Engine, name: str
) -> None:
    """Refused with a hint, and it stands as it stood."""
    added = add()
    with pytest.raises(Exception, match=r".+") as caught:
        change(1, hour=6, **BAD[name]) if name != "hour" else change(1, **BAD[name])
    with write_transaction(engine) as connection:
        assert (added, True) == (subscriptions.get(connection, 1), bool(caught.value.hint))  # type: ignore[attr-defined]


def test_two_do_not_become_one(add: Add, change: Change) -> None:
    """Its reader would be told everything twice."""
    add(hour=8)
    add(hour=9)
    with pytest.raises(InvalidSubscription, match="subscription 1 says the same"):
        change(2, hour=8)


def test_what_was_removed_or_never_was_is_not_changed(
    add: Add, change: Change, engine: Engine
) -> None:
    """Each says so."""
    add()
    with write_transaction(engine) as connection:
        consent.remove(connection, 1, EVENING, "an operator")
    with pytest.raises(InvalidSubscription, match="was removed"):
        change(1, hour=6)
    with pytest.raises(UnknownSubscription):
        change(7, hour=6)


def test_nobody_is_escalated_to_without_leave(
    add: Add, change: Change, settings: MailSettings
) -> None:
    """As with a new subscription, where leave is asked for; those already named stay."""
    asking = settings.model_copy(update={"opt_in": "always"})
    add(escalate_to="chief@example.org", escalate_days=2)
    later = change(1, own=asking, escalate_days=5).subscription
    with pytest.raises(InvalidSubscription, match="has not agreed to mail"):
        change(1, own=asking, escalate_to="other@example.org")

    assert ("chief@example.org", 5) == (later.escalate_to, later.escalate_days)


def test_a_webhook_moves_with_what_waits_for_it(
    add: Add, change: Change, store: EventStore, engine: Engine, settings: MailSettings
) -> None:
    """The old host is down; what was planned goes to the new one."""
    old, new = HookScript(lambda _: "503 Down"), HookScript()
    with taking_hooks(old) as old_port, taking_hooks(new) as new_port:
        places = [
            destinations.webhook_destination(f"http://127.0.0.1:{port}/hook", settings)
            for port in (old_port, new_port)
        ]
        add(None, destination=places[0], cadence="immediate")
        transport = EmlTransport(settings.mail_dir)
        tick(store, engine, settings, transport, NEWS)
        done = change(1, NEWS, destination=places[1])
        tick(store, engine, settings, transport, NEWS + timedelta(minutes=10))

    assert ({"sent": 1}, 1) == (states(engine), len(new.posts))
    assert places[1].name == done.subscription.email == rows(engine)[0]["recipient"]
    assert NEWS < parse_instant(rows(engine)[0]["sent_at"])
    assert format_instant(NEWS) == rows(engine)[0]["planned_at"]


def test_a_mailbox_does_not_become_a_webhook(
    add: Add, change: Change, settings: MailSettings
) -> None:
    """They are asked for leave differently."""
    add()
    place = destinations.webhook_destination("http://127.0.0.1:9/", settings)
    with pytest.raises(NotificationError, match="goes by mail"):
        change(1, destination=place)


def test_only_a_webhook_has_a_document_of_a_version(add: Add, change: Change) -> None:
    """A mailbox is told so, and nothing is changed."""
    add()
    with pytest.raises(NotificationError, match="only a webhook has a document"):
        change(1, hook_version=2)
