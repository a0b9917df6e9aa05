"""Leases and their clock: who holds a message, and what a clock that jumps can do to it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from events.database.engine import open_engine, row_lock_transaction, write_transaction
from notifications.delivery.transports import MailTransport, Receipt
from notifications.delivery.worker import DeliveryRun, Rules
from notifications.outbox import operator as outbox_operator
from notifications.outbox import queue as outbox
from notifications.outbox import reaper
from notifications.outbox.clocks import TurnClock
from notifications.outbox.enqueue import OutgoingMessage, enqueue
from notifications.outbox.undelivered import ResendPolicy
from tests.support.mail import NOW, fill, made, row, states, way
from tests.support.outbox_worker import deliver
from tests.support.profiles import examples

HOUR = timedelta(hours=1)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return made(str(tmp_path / "p.db"))


class Slow(MailTransport):
    """Takes every message, and as long for each as it is told to."""

    host = "slow"

    def __init__(self, before: Callable[[int], None] = lambda _: None) -> None:
        self.taken: list[str] = []
        self.before = before

    def send(self, recipient: str, message: bytes, sender: str | None = None) -> Receipt:
        self.before(len(self.taken))
        self.taken.append(recipient)
        return Receipt("slow", 250, "ok")

    def another(self) -> Slow:
        return self

    def close(self) -> None:
        """Nothing is open."""


def test_a_turn_that_takes_over_the_lease_renews_it(engine: Engine) -> None:
    """However long a server takes, nobody else gets the message of a worker who is at it."""
    fill(engine, 3)
    rules, later = Rules(lease=timedelta(seconds=0.3)), NOW + HOUR
    seen: list[int] = []

    def other(_: int) -> None:
        time.sleep(0.5)
        clock = TurnClock(later, given=False)
        seen.append(len(deliver(engine, Slow(), later, "other", rules=rules, clock=clock)))

    slow = Slow(other)
    deliver(engine, slow, later, "slow", rules=rules, clock=TurnClock(later, given=False))

    assert ([0, 0, 0], 3, {"sent": 3}) == (seen, len(slow.taken), states(engine))


def test_what_is_transmitting_is_marked_before_it_leaves(engine: Engine) -> None:
    """Whoever looks while a message is handed over reads `transmitting`, for each of a batch."""
    fill(engine, 25)
    seen: list[str] = []
    slow = Slow(lambda n: seen.append(row(engine, n + 1)["state"]))
    deliver(engine, slow, NOW, "w")

    assert ["transmitting"] * 25 == seen
    assert ["leased", "transmitting", "sent"] == way(engine, 25)


def test_stopped_between_two_messages_the_rest_is_given_back(engine: Engine) -> None:
    """Whoever stops a daemon leaves nothing uncertain behind."""
    fill(engine, 30)
    slow = Slow()
    deliver(engine, slow, NOW, "w", stop=lambda: len(slow.taken) >= 7)

    assert {"sent": 7, "due": 23} == states(engine)
    assert ["leased", "transmitting", "due"] == way(engine, 8)


def test_an_error_nobody_expected_stops_one_message_only(engine: Engine) -> None:
    """It may have left, so it is uncertain; the others go on."""

    def once(n: int) -> None:
        if n == 1 and not failed:
            failed.append(n)
            raise ValueError("unforeseen")

    failed: list[int] = []
    fill(engine, 4)
    deliver(engine, Slow(once), NOW, "w")

    assert {"sent": 3, "uncertain": 1} == states(engine)


def test_an_interrupt_gives_back_what_has_not_left(engine: Engine) -> None:
    """Ctrl-C in the middle: what left is sent, the one under way is for its lease to tell."""

    def stop(n: int) -> None:
        if n == 3:
            raise KeyboardInterrupt

    fill(engine, 8)
    with pytest.raises(KeyboardInterrupt):
        deliver(engine, Slow(stop), NOW, "w")

    assert {"sent": 3, "transmitting": 1, "due": 4} == states(engine)


def test_a_lost_answer_is_sent_once_more_where_the_list_says_so(engine: Engine) -> None:
    """Uncertain, then due by policy, once; on other lists it is held and shown."""
    fill(engine, 1, list_name="digest")
    fill(engine, 1, start=1, list_name="confirm")
    rules = Rules(resend=ResendPolicy(only=("digest",)))
    with write_transaction(engine) as connection:
        messages = outbox.claim(connection, "gone", NOW)
        outbox.mark_transmitting(connection, messages, NOW)
    turns = [deliver(engine, Slow(), NOW + HOUR * n, "w", rules=rules) for n in (1, 2, 3)]

    assert [0, 1, 0] == [len(done) for done in turns]
    assert {"sent": 1, "uncertain": 1} == states(engine)
    assert "uncertain: sent once more by policy" in [s["answer"] for s in row(engine)["steps"]]


def test_a_slow_worker_says_it_was_sent_before_it_is_sent_once_more(engine: Engine) -> None:
    """Due again by policy and not yet claimed: the first attempt's own word still settles it."""
    fill(engine, 1)
    with write_transaction(engine) as connection:
        messages = outbox.claim(connection, "slow", NOW)
        outbox.mark_transmitting(connection, messages, NOW)
        reaper.reap_expired(connection, NOW + HOUR)
        again = reaper.resend_uncertain(connection, ResendPolicy(), NOW + 2 * HOUR)
        outbox.mark_sent(connection, [(messages[0], NOW, "x")])

    assert (1, {"sent": 1}) == (again, states(engine))


JUMPS = st.lists(
    st.timedeltas(timedelta(days=-3650), timedelta(days=3650)) | st.sampled_from([timedelta(0)]),
    min_size=1,
    max_size=6,
)


@settings(max_examples=examples(40), suppress_health_check=list(HealthCheck))
@given(JUMPS, st.integers(0, 5))
def test_no_jump_of_the_clock_loses_or_doubles_a_message(
    tmp_path_factory: pytest.TempPathFactory, jumps: list[timedelta], fails: int
) -> None:
    """Forward or back by years between turns: each message is sent once, and soon after."""
    engine = made(str(tmp_path_factory.mktemp("jumps") / "p.db"))
    fill(engine, 3)
    taken = Counter[str]()
    slow = Slow()
    for n, jump in enumerate(jumps):
        now = NOW + jump
        if n < fails:
            with write_transaction(engine) as connection:
                reaper.reap_expired(connection, now)
                outbox.claim(connection, f"dies-{n}", now, claimable=outbox.Claimable(limit=1))
        else:
            deliver(engine, slow, now, f"w{n}")
    for minutes in (0, 6, 12):
        deliver(engine, slow, NOW + jumps[-1] + timedelta(minutes=minutes), "last")
    taken.update(slow.taken)

    assert ({"sent": 3}, [1, 1, 1]) == (states(engine), sorted(taken.values()))


def test_a_retry_put_off_by_a_wrong_clock_does_not_wait_for_it(engine: Engine) -> None:
    """A failure in 2036, and then the clock is set right: tried again now, not in ten years."""
    from notifications.errors import TransportError

    fill(engine, 1)
    wrong = NOW + timedelta(days=3650)
    with write_transaction(engine) as connection:
        (message,) = outbox.claim(connection, "w", wrong)
        error = TransportError("451 later", permanent=False, phase="data")
        outbox.mark_failed(connection, message, wrong, error)

    assert 1 == len(deliver(engine, Slow(), NOW + timedelta(minutes=5), "w"))


def test_claims_on_postgresql_do_not_wait_for_projections(made_postgres: str) -> None:
    """A long projection holds its lock; delivery beside it claims, sends and settles."""
    engine = made(made_postgres)
    fill(engine, 3)
    with write_transaction(open_engine(made_postgres)):
        done = deliver(engine, Slow(), NOW, "w")

    assert ["sent"] * 3 == [one.state for one in done]


def test_many_workers_on_postgresql_share_without_waiting(made_postgres: str) -> None:
    """Claims pass over each other's rows: everything is taken once, by several."""
    engine = made(made_postgres)
    fill(engine, 200)
    slow = Slow(lambda _: time.sleep(0.002))
    rules = Rules(batch=10)
    workers = [
        threading.Thread(target=deliver, args=(engine, slow, NOW, f"w{n}"), kwargs={"rules": rules})
        for n in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    names = {row(engine, n)["worker"] for n in range(1, 201, 10)}

    assert (200, 200, {"sent": 200}) == (len(slow.taken), len(set(slow.taken)), states(engine))
    assert len(names) > 1


def test_an_open_claim_holds_nobody_up_on_postgresql(made_postgres: str) -> None:
    """While one transaction claims, another claims what is left."""
    engine = made(made_postgres)
    fill(engine, 4)
    with row_lock_transaction(engine) as first:
        mine = outbox.claim(first, "one", NOW, claimable=outbox.Claimable(limit=2))
        with row_lock_transaction(engine) as second:
            theirs = outbox.claim(second, "two", NOW, claimable=outbox.Claimable(limit=4))

    assert ([1, 2], [3, 4]) == (
        [message.id for message in mine],
        [message.id for message in theirs],
    )


def test_the_clock_of_leases_is_the_servers_on_postgresql(made_postgres: str) -> None:
    """Machines whose clocks differ agree on when a lease is over."""
    from notifications.outbox.clocks import database_clock

    with row_lock_transaction(made(made_postgres)) as connection:
        first = database_clock(connection)
        second = database_clock(connection)

    assert timedelta(0) <= second - first < timedelta(minutes=1)
    assert timedelta(0) == first.utcoffset()


def test_an_operator_retries_and_drops(engine: Engine) -> None:
    """Retried under the same id at once; dropped for good, with the reason on record."""
    from notifications.errors import MessageRefused, TransportError

    fill(engine, 2)
    refusal = TransportError("550 no", permanent=True, phase="recipient", code=550)
    with write_transaction(engine) as connection:
        for message in outbox.claim(connection, "w", NOW):
            outbox.mark_failed(connection, message, NOW, refusal)
        outbox_operator.retry(connection, [1], NOW + HOUR, NOW + HOUR)
        outbox_operator.drop(connection, [2], "left", NOW)
    deliver(engine, Slow(), NOW + HOUR, "w")
    with write_transaction(engine) as connection, pytest.raises(MessageRefused, match="is sent"):
        outbox_operator.retry(connection, [1], NOW, NOW)

    assert {"sent": 1, "dead": 1} == states(engine)
    assert "dropped by the operator: left" == row(engine, 2)["last_error"]


def test_several_conversations_share_a_turn(engine: Engine) -> None:
    """`run --workers 3`: each message once, over three conversations at once."""
    from notifications.delivery.lanes import deliver_mail
    from notifications.delivery.smtp import SmtpTransport
    from tests.support.smtp_server import Script, serving

    fill(engine, 60)
    script = Script(lambda verb, _: time.sleep(0.01) if verb == "dot" else None)
    with serving(script) as address:
        transport = SmtpTransport(f"smtp://{address}", "p@example.org", None)
        run = DeliveryRun(engine, "w", TurnClock(NOW), Rules(batch=10))
        done = deliver_mail(run, transport, workers=3)

    assert (60, {"sent": 60}, 3) == (len(done), states(engine), script.conversations)
    assert 60 == len(script.ids())


def test_a_key_is_taken_once_on_postgresql(made_postgres: str) -> None:
    """The first says that it was put in, the second that it was not."""
    from tests.support.mail import rendered

    message = OutgoingMessage("k", rendered(1, "r@example.org"), "r@example.org")
    with write_transaction(made(made_postgres)) as connection:
        stored = [enqueue(connection, message, NOW) for _ in range(2)]

    assert [True, False] == stored
