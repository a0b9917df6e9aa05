"""Leave to send: asked for by mail, given once, taken back with one click."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from events import EventStore, parse_instant
from events.database.engine import read_snapshot, write_transaction
from notifications.addresses.mailbox import recipient_address
from notifications.delivery.eml_files import EmlTransport
from notifications.errors import InvalidAddress, InvalidSubscription, UnknownToken
from notifications.outbox import operator as outbox_operator
from notifications.scheduler.report import TickReport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from notifications.subscriptions import consent, link_actions
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.consent import SignUpResult
from tests.support.dataset import EVENING
from tests.support.mail_kinds import body_of
from tests.support.subscribers import sign_up_reader

NEWS = parse_instant("2025-03-19T22:00:00Z")
SignUp = Callable[..., SignUpResult]


@pytest.fixture
def settings(tmp_path: Path) -> MailSettings:
    return MailSettings(
        mail_dir=tmp_path / "mail",
        opt_in="always",
        secret_file=tmp_path / "secret",
        public_url="https://board.example.org/",
    )


@pytest.fixture
def sign_up(engine: Engine, settings: MailSettings) -> SignUp:
    def run(**more: Any) -> SignUpResult:
        options = {"email": "reader@example.org", "cadence": "immediate", "consent": None} | more
        with write_transaction(engine) as connection:
            return sign_up_reader(connection, settings, now=EVENING, **options)

    return run


@pytest.fixture
def turn(store: EventStore, engine: Engine, settings: MailSettings) -> Callable[..., TickReport]:
    def run(now: datetime = NEWS) -> TickReport:
        return tick(store, engine, settings, EmlTransport(settings.mail_dir), now)

    return run


def sent(settings: MailSettings) -> list[Any]:
    files = sorted(settings.mail_dir.glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def code_of(message: Any) -> str:
    match = re.search(r"/c/([a-z2-7]{32})", body_of(message, "plain"))
    assert match is not None
    return match[1]


def unsubscribe_code(message: Any) -> str:
    match = re.search(r"https://board\.example\.org/u/([a-z2-7]{32})", message["List-Unsubscribe"])
    assert match is not None
    return match[1]


def test_a_new_reader_is_asked_and_hears_nothing_before(
    sign_up: SignUp, turn: Callable[..., TickReport], settings: MailSettings
) -> None:
    """One mail, without list headers, with a code; no digest, whatever the news."""
    done = sign_up()
    turn()
    (message,) = sent(settings)

    assert (True, None) == (done.opt_in_requested, done.subscription.confirmed_at)
    assert [] == [name for name in message if name.lower().startswith("list-")]
    assert ("auto-generated", "All") == (
        message["Auto-Submitted"],
        message["X-Auto-Response-Suppress"],
    )
    assert 32 == len(code_of(message))


def test_a_confirmed_reader_hears(
    sign_up: SignUp, turn: Callable[..., TickReport], settings: MailSettings, engine: Engine
) -> None:
    """The code lets the digests begin; used again it answers as before."""
    sign_up()
    turn(EVENING)
    code = code_of(sent(settings)[0])
    with write_transaction(engine) as connection:
        subscription = consent.confirm(connection, code, EVENING)
        again = consent.confirm(connection, code, NEWS)

    assert subscription == again
    assert ("2025-03-18T22:00:00Z", "confirmed by mail") == (
        subscription.confirmed_at,
        subscription.consent,
    )
    assert 1 == turn().delivered


def test_the_code_is_kept_nowhere(
    sign_up: SignUp, turn: Callable[..., TickReport], settings: MailSettings, engine: Engine
) -> None:
    """The table of tokens holds a hash, and a wrong code is refused."""
    sign_up()
    turn(EVENING)
    code = code_of(sent(settings)[0])
    other = code[:-1] + ("b" if code.endswith("a") else "a")
    with write_transaction(engine) as connection:
        rows = connection.execute(text("SELECT * FROM mail_tokens")).all()
        with pytest.raises(UnknownToken):
            consent.confirm(connection, other, EVENING)

    assert code not in str(rows)


def test_an_old_code_is_refused_and_a_new_one_can_be_had(
    sign_up: SignUp, turn: Callable[..., TickReport], settings: MailSettings, engine: Engine
) -> None:
    """After seven days the hint says how to be asked again."""
    subscription = sign_up().subscription
    turn(EVENING)
    late = EVENING + timedelta(days=8)
    with write_transaction(engine) as connection:
        with pytest.raises(UnknownToken, match="expired") as caught:
            consent.confirm(connection, code_of(sent(settings)[0]), late)
        consent.request_opt_in_again(connection, settings, subscription.id, late)

    assert f"pactwatch subscribe resend {subscription.id}" == caught.value.hint
    turn(late)
    with write_transaction(engine) as connection:
        assert consent.confirm(connection, code_of(sent(settings)[-1]), late).confirmed_at


def test_consent_on_record_asks_nobody(sign_up: SignUp, turn: Callable[..., TickReport]) -> None:
    """The operator says where it is, and that is kept."""
    done = sign_up(consent="form of 3 March")

    assert (False, "on record: form of 3 March") == (
        done.opt_in_requested,
        done.subscription.consent,
    )
    assert 1 == turn().delivered


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, False),
        ({"smtp_url": "smtp://relay.example.org"}, True),
        ({"smtp_url": "smtp://relay.example.org", "opt_in": "never"}, False),
        ({"opt_in": "always"}, True),
    ],
)
def test_mail_that_stays_on_this_machine_needs_no_opt_in(
    more: dict[str, Any], expected: bool
) -> None:
    """By default readers are asked when mail leaves by SMTP."""
    assert expected is MailSettings(**({"smtp_url": None} | more)).asks_for_opt_in


def test_one_click_stops_everything_and_twice_is_once(
    sign_up: SignUp, turn: Callable[..., TickReport], settings: MailSettings, engine: Engine
) -> None:
    """The token of a sent digest ends the subscription; later answers say it was so already."""
    sign_up(consent="on paper")
    turn()
    (message,) = sent(settings)
    code = unsubscribe_code(message)
    looked = link_actions.look_up(engine, code, NEWS)
    answers = [link_actions.unsubscribe(engine, code, NEWS).outcome for _ in range(2)]

    assert ("done", "unsubscribe", "r…@example.org") == (
        looked.outcome,
        looked.purpose,
        looked.address,
    )
    assert ["done", "already"] == answers
    assert "already" == link_actions.look_up(engine, code, NEWS).outcome
    assert "List-Unsubscribe=One-Click" == message["List-Unsubscribe-Post"]
    with read_snapshot(engine) as connection:
        (subscription,) = subscriptions.all_subscriptions(connection, removed=True)
    with write_transaction(engine) as connection:
        due = subscriptions.due_subscriptions(connection, NEWS + timedelta(days=30), 0, 9)
    assert () == due.subscriptions
    assert "one click" == subscription.removed_by


def test_looking_up_writes_nothing(
    sign_up: SignUp, turn: Callable[..., TickReport], settings: MailSettings, engine: Engine
) -> None:
    """A scanner that follows every link unsubscribes nobody."""
    sign_up(consent="on paper")
    turn()
    code = unsubscribe_code(sent(settings)[0])
    for _ in range(3):
        link_actions.look_up(engine, code, NEWS)
    with read_snapshot(engine) as connection:
        assert 1 == len(subscriptions.all_subscriptions(connection))
    assert "done" == link_actions.unsubscribe(engine, code, NEWS).outcome


@pytest.mark.parametrize("code", ["", "x", "a" * 32, "a" * 5000, "\0", "💥"])
def test_a_token_that_was_never_given_out_is_unknown(
    sign_up: SignUp, engine: Engine, code: str
) -> None:
    """Whatever it looks like, it reads as unknown and does nothing."""
    sign_up(consent="on paper")
    act = (link_actions.look_up, link_actions.unsubscribe, link_actions.confirm)

    assert ["unknown"] * 3 == [do(engine, code, NEWS).outcome for do in act]


def test_an_opt_in_code_does_not_unsubscribe(
    sign_up: SignUp, turn: Callable[..., TickReport], settings: MailSettings, engine: Engine
) -> None:
    """A token is good for one purpose."""
    sign_up()
    turn(EVENING)
    code = code_of(sent(settings)[0])

    assert "unknown" == link_actions.unsubscribe(engine, code, NEWS).outcome
    assert ["done", "already"] == [
        link_actions.confirm(engine, code, NEWS).outcome for _ in range(2)
    ]


def test_mail_that_waits_for_one_who_left_is_not_sent(
    sign_up: SignUp, settings: MailSettings, engine: Engine
) -> None:
    """What is due when a reader leaves goes no further."""
    subscription = sign_up().subscription
    with write_transaction(engine) as connection:
        consent.remove(connection, subscription.id, NEWS, "an operator")
        (row,) = outbox_operator.messages(connection)

    assert ("dead", True) == (row["state"], "removed" in row["last_error"])


def test_a_pause_loses_nothing_and_ends_by_itself(
    sign_up: SignUp, turn: Callable[..., TickReport], engine: Engine
) -> None:
    """While it lasts nothing is sent; the first digest after it has everything."""
    subscription = sign_up(consent="on paper").subscription
    with write_transaction(engine) as connection:
        consent.pause(connection, subscription.id, EVENING, NEWS + timedelta(days=1))

    assert [0, 1] == [turn(NEWS).delivered, turn(NEWS + timedelta(days=1)).delivered]


def test_a_daily_reader_hears_at_the_usual_hour_after_a_pause(
    sign_up: SignUp, engine: Engine
) -> None:
    """Resumed at three in the afternoon, the next digest comes at eight."""
    subscription = sign_up(consent="on paper", cadence="daily", hour=8).subscription
    with write_transaction(engine) as connection:
        consent.pause(connection, subscription.id, EVENING, None)
        later = consent.resume(connection, subscription.id, parse_instant("2025-04-01T15:00:00Z"))

    assert ("2025-04-02T08:00:00Z", None) == (later.next_due, later.paused_at)


def test_quiet_hours_delay_and_do_not_swallow(
    sign_up: SignUp, turn: Callable[..., TickReport]
) -> None:
    """News of the night is told in the morning, once."""
    sign_up(consent="on paper", quiet=("22:00-07:00",), zone="UTC")
    night = [NEWS, NEWS + timedelta(hours=8, minutes=59)]
    morning = [NEWS + timedelta(hours=9), NEWS + timedelta(hours=10)]

    assert [0, 0, 1, 0] == [turn(now).delivered for now in night + morning]


def test_the_same_subscription_twice_is_one(sign_up: SignUp) -> None:
    """A second time it is answered with the one on record; another filter is another."""
    first, second = sign_up(consent="x"), sign_up(consent="x")

    assert (True, False) == (first.is_new, second.is_new)
    assert first.subscription == second.subscription
    assert sign_up(consent="x", zone="Europe/Kyiv").is_new


def test_escalation_goes_to_nobody_who_has_not_agreed(sign_up: SignUp) -> None:
    """A third party has to have a confirmed subscription, or consent on record."""
    upward = {"escalate_to": "chief@example.org", "escalate_days": 2}
    with pytest.raises(InvalidSubscription, match="has not agreed"):
        sign_up(**upward)
    sign_up(email="chief@example.org", consent="on paper")

    assert sign_up(**upward).opt_in_requested


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (" Me@Example.ORG ", "Me@example.org"),
        ("a@bücher.example.org", "a@xn--bcher-kva.example.org"),
        ("root@localhost", "root@localhost"),
        ("desk@mail.local", "desk@mail.local"),
        ("x+tag@example.org", "x+tag@example.org"),
        ("ölçü@example.org", "ölçü@example.org"),
    ],
)
def test_an_address_is_kept_in_one_form(given: str, stored: str) -> None:
    """The domain in ASCII and small letters; networks of one's own are allowed."""
    assert stored == recipient_address(given)


@pytest.mark.parametrize("given", ["", "x", "@", "a@", "@b.org", "a b@c.org", "a..b@c.org",
                                   "a@b..org", "a@-b.org", "a@b_c.org", "a@b.org\nx: y",
                                   "a@[127.0.0.1]", "x" * 65 + "@b.org", "@localhost"])  # fmt: skip
def test_what_is_no_address_is_refused(given: str) -> None:
    """The error says what is wrong with it."""
    with pytest.raises(InvalidAddress, match="not a mail address"):
        recipient_address(given)
