"""Turns at wrong instants: what they sent is corrected, and told again when it is so."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from events import EventStore, format_instant, parse_instant
from events.database.engine import (
    open_engine,
    read_snapshot,
    reused_connections,
    write_transaction,
)
from notifications.delivery.transports import MailTransport, Receipt
from notifications.errors import TransportError
from notifications.planning.context import DigestContext
from notifications.planning.digest_writer import DigestSetup
from notifications.planning.plan import plan_part
from notifications.planning.set_back import begin_noticing
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from tests.support.accord import (
    LATE,
    OVERDUE,
    PAY,
    START,
    Turn,
    one_line,
    outcomes,
    promise,
    subscribe,
    texts,
)
from tests.support.given import new
from tests.support.profiles import examples
from tracker.projections.catch_up import catch_up

DAY = timedelta(days=1)
DUE_SOON = "pay/due_soon/P7D/2026-02-03T23:00:00Z"
IN_2030 = parse_instant("2030-03-02T00:00:00Z")
JUMPS = (1, 90, 3600, 3 * 3600, 86400, 20 * 86400, 400 * 86400, 3650 * 86400)
Log = dict[tuple[int, str], list[str]]
"""What became of each alert for each reader, in order; `early` is told before its time."""


class SilentRelay(MailTransport):
    """A relay that cannot be reached."""

    host = "file"

    def send(self, recipient: str, message: bytes, sender: str | None = None) -> Receipt:
        raise TransportError("nobody listens", permanent=False, phase="connect")


TOO_EARLY = "Not so yet, and sent too early by a clock set wrong: Overdue"


def test_what_a_turn_ahead_of_its_time_sent_is_corrected_and_told_in_its_time(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Overdue and lapsed by a turn in 2030; in February it is not so yet, and then it is."""
    subscribe(store, engine)
    turn(START)
    reports = [turn(at) for at in (IN_2030, START + DAY, START + 2 * DAY, START + 10 * DAY)]

    assert [1, 1, 0, 1] == [report.delivered for report in reports]
    assert 1 == sum(
        "Not so yet, and sent too early by a clock set wrong: Missed" in one_line(text)
        for text in texts(settings)
    )
    assert ["told", "corrected", "told"] == outcomes(engine, OVERDUE)


def test_a_daily_reader_is_corrected_at_once(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """The digest that a turn in 2030 planned takes neither the day nor the key of a true one."""
    subscribe(store, engine, cadence="daily", hour=14)
    turn(START)
    turn(IN_2030)
    corrected = turn(START + timedelta(minutes=30))
    reports = [turn(START + timedelta(hours=2) + n * DAY) for n in range(11)]

    assert [1, 0, 0, 0, 1] == [report.delivered for report in (corrected, *reports)][:5]
    assert 1 == sum(
        "Not so yet, and sent too early by a clock set wrong: Missed" in one_line(text)
        for text in texts(settings)
    )
    assert ["told", "corrected", "told"] == outcomes(engine, OVERDUE)


def test_mail_that_a_turn_ahead_of_its_time_could_not_send_is_never_sent(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """It waits for a relay, and is cancelled: no correction, and the news in its time."""
    subscribe(store, engine)
    turn(START)
    tick(store, engine, settings, SilentRelay(), IN_2030)
    reports = [turn(START + n * DAY) for n in range(1, 11)]

    assert [0, 0, 1] == [report.delivered for report in reports][:3]
    assert [] == [text for text in texts(settings) if "not so yet" in one_line(text)]
    assert ["told"] == outcomes(engine, OVERDUE)
    assert () == reports[-1].undelivered


def test_a_warning_that_the_wrong_instant_muted_is_told(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """In 2030 the payment has lapsed, which mutes that it is due soon; in February it is not."""
    subscribe(store, engine)
    turn(START)
    warned_at = parse_instant("2026-02-03T23:00:00Z")
    turn(IN_2030)
    turn(warned_at + timedelta(hours=1))

    assert ["told"] == outcomes(engine, DUE_SOON)


def test_a_turn_that_waited_for_another_leaves_everything_to_the_next(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """It is some seconds earlier than the last one, and withdraws nothing."""
    subscribe(store, engine)
    turn(LATE)
    report = turn(LATE - timedelta(seconds=30))

    assert (0, 0) == (len(report.alerts), report.planned)
    assert ["told"] == outcomes(engine, OVERDUE)


def test_an_entry_of_a_clock_that_is_seconds_ahead_is_told_with_the_next_turn(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """The first turn reads it and does not know it yet; what it changed lies before that turn."""
    subscribe(store, engine)
    turn(START)
    paid = {"commitment": "pay", "occurred": "2026-02-01", "effective_at": "2026-02-01T13:30:00Z",
            "basis": "both_sides", "speaker": "NOR"}  # fmt: skip
    recorded = START + timedelta(hours=2, seconds=2)
    store.append("accord", [new("pactwatch.PerformanceConfirmed.v1", paid, "e-late", recorded)])
    reports = [turn(START + timedelta(hours=2, seconds=n)) for n in (0, 30, 60)]

    assert [0, 1, 0] == [len(report.alerts) for report in reports]


def test_reminders_go_on_after_a_turn_in_2030(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """What that turn reminded of is reminded of again when so many days have gone by."""
    subscribe(store, engine, remind_days=3)
    for at in (LATE, IN_2030, *(LATE + DAY / 2 + n * DAY for n in range(4))):
        turn(at)

    assert ["told", "reminded", "reminded"] == outcomes(engine, OVERDUE)


class Days:
    """A database with four payments due over two months and three readers, and turns taken there.

    Turns end with planning; then what is planned is on its way, or waits for a relay.
    """

    def __init__(self, database: str) -> None:
        self.made_at: dict[int, str] = {}
        self.settings = MailSettings()
        self.store, self.engine = EventStore.open(database), open_engine(database)
        dues = zip("abcd", ("02-10", "02-24", "03-10", "04-01"), strict=True)
        for name, due in dues:
            terms = {"due": f"2026-{due}", "zone": "Europe/Oslo"}
            promise(self.store, name, {**PAY, "commitment": f"{name}-pay", "terms": terms})
        for cadence in ("immediate", "daily", "weekly"):
            subscribe(self.store, self.engine, email=f"{cadence}@example.org", cadence=cadence)

    def turn(self, now: datetime, *, relay: bool = True) -> None:
        with write_transaction(self.engine) as connection:
            progress = catch_up(self.store, connection, now)
            begin_noticing(connection, now, progress.position).take_all(connection)
            plan_part(DigestSetup(self.settings, DigestContext(connection, now)))
            if relay:
                connection.execute(text("UPDATE outbox SET state = 'sent' WHERE state = 'due'"))
        for number, *_ in self.entries(after=max(self.made_at, default=0)):
            self.made_at[number] = format_instant(now)

    def pay(self, at: datetime) -> None:
        paid = {"commitment": "b-pay", "occurred": f"{at:%Y-%m-%d}", "basis": "both_sides",
                "speaker": "NOR"}  # fmt: skip
        self.store.append("b", [new("pactwatch.PerformanceConfirmed.v1", paid, "b-paid", at)])

    def entries(self, after: int = 0) -> list[tuple[int, int, str, str]]:
        columns = "id, subscription_id, key, outcome"
        query = text(f"SELECT {columns} FROM notification_log WHERE id > :after ORDER BY id")
        with read_snapshot(self.engine) as connection:
            return [tuple(row) for row in connection.execute(query, {"after": after})]

    def log(self) -> Log:
        outcomes: Log = {}
        for number, reader, key, outcome in self.entries():
            is_early = outcome == "told" and self.made_at[number] < key.rpartition("/")[2]
            outcomes.setdefault((reader, key), []).append("early" if is_early else outcome)
        return outcomes


def ninety_days(days: Days, jumps: Mapping[int, int], *, relay: bool = True) -> Log:
    """What became of each alert in ninety days of true turns with these wrong ones between."""
    with reused_connections(days.engine):
        for n in range(98):
            now = START + n * DAY
            if n in jumps:
                days.turn(now + timedelta(seconds=jumps[n]), relay=relay)
            if n == 30:
                days.pay(now - timedelta(hours=1))
            days.turn(now)
    days.store.close()
    return days.log()


@pytest.fixture(scope="module")
def plain_log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """What becomes of each alert without any wrong turn."""
    return ninety_days(Days(str(tmp_path_factory.mktemp("plain") / "plain.db")), {})


def assert_jumps_cost_nothing(plain_log: Log, jumped_days: Days, seed: int) -> None:
    """The same ninety days once more, with six turns at wrong instants between the true ones."""
    draw = random.Random(seed)
    jumps = {draw.randrange(90): draw.choice((-1, 1)) * draw.choice(JUMPS) for _ in range(6)}
    jumped = ninety_days(jumped_days, jumps, relay=bool(seed % 2))

    due = {key for key, words in plain_log.items() if "told" in words}
    missed = {key: words for key in due if "told" not in (words := jumped.get(key, []))}
    assert {} == missed, jumps
    twice = ("told told", "early told", "early early", "told early")
    repeated = {
        key: words for key, words in jumped.items() if any(w in " ".join(words) for w in twice)
    }
    assert {} == repeated, jumps
    assert [] == [key for key in due if jumped[key][-1] == "corrected"], jumps


@pytest.mark.parametrize("seed", range(examples(6)))
def test_no_sequence_of_wrong_instants_costs_an_alert(
    plain_log: Log, tmp_path: Path, seed: int
) -> None:
    """Each alert is told, and never twice without a correction in between."""
    assert_jumps_cost_nothing(plain_log, Days(str(tmp_path / "jumped.db")), seed)


def test_nor_does_one_on_postgresql(plain_log: Log, make_database: Callable[[], str]) -> None:
    """The same on the other engine."""
    assert_jumps_cost_nothing(plain_log, Days(make_database()), 1)
