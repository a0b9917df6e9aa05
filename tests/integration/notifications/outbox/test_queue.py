"""The outbox and the alert log: nothing is told twice, and nothing is lost on the way."""

from __future__ import annotations

import json
import shutil
import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from events import EventStore, format_instant, parse_instant
from events.database.engine import open_engine, read_snapshot, write_transaction
from events.database.owned_tables import table_of
from notifications.alerts.noticing import Noticing
from notifications.alerts.stored import ALERTS
from notifications.delivery.eml_files import EmlTransport
from notifications.delivery.smtp import SmtpTransport
from notifications.errors import NotificationError, TransportError
from notifications.outbox import operator as outbox_operator
from notifications.outbox import queue as outbox
from notifications.outbox import reaper
from notifications.planning.context import DigestContext
from notifications.planning.digest_writer import DigestSetup
from notifications.planning.plan import plan_digest, plan_part
from notifications.settings import MailSettings
from notifications.subscriptions import subscription as subscriptions
from notifications.tables import create_tables
from tests.support.fixtures import changed_copy
from tests.support.mail import rows
from tests.support.outbox_worker import deliver
from tests.support.subscribers import add_reader
from tracker.projections.tables import (
    AgreementRow,
    CommitmentRow,
    PartyRow,
    StatusChangeRow,
    UnreadableAgreementRow,
)

START = parse_instant("2025-03-18T06:00:00Z")
ROWS = (AgreementRow, CommitmentRow, PartyRow, StatusChangeRow, UnreadableAgreementRow)
DETAIL = {"debtor": ["RUS"], "creditor": ["UKR"], "promise": "p", "state": "in_force"}


@pytest.fixture(scope="module")
def agreement_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The projection tables of one agreement, and nothing told yet: to be copied."""
    file = tmp_path_factory.mktemp("agreement") / "pactwatch.db"
    EventStore.open(str(file)).close()
    with write_transaction(open_engine(str(file))) as connection:
        create_tables(connection)
        for row in ROWS:
            table_of(row).create(connection)
        agreement = {
            "id": "a",
            "title": "A",
            "parties": "[]",
            "roll_up": "in_force",
            "tlp": "CLEAR",
            "strictest_tlp": "CLEAR",
            "newest_at": "2025-03-18T05:00:00Z",
            "tags": "[]",
            "phases": "[]",
            "search_text": "a",
        }
        connection.execute(
            insert(table_of(AgreementRow)).values(**agreement, first_position=1, last_position=1)
        )
        Noticing(connection, START, 1).take_all(connection)
    return file


@pytest.fixture
def engine(database: str, agreement_database: Path) -> Engine:
    """A database of its own with the same."""
    shutil.copy(agreement_database, database)
    return open_engine(database)


def happened(engine: Engine, at: str, ordinal: int, **more: Any) -> None:
    """One row of `status_changes`, as the clock's turn of projections would write it."""
    values = {
        "commitment_id": "c", "ordinal": ordinal, "agreement_id": "a", "at": at, "known_at": at,
        "axis": "state", "after": "overdue", "rule": "T6", "events": json.dumps(["e1"]), **more,
    }  # fmt: skip
    with write_transaction(engine) as connection:
        connection.execute(insert(table_of(StatusChangeRow)).values(values))


def forgotten(engine: Engine, position: int) -> None:
    """Late news at this position undoes every change."""
    with write_transaction(engine) as connection:
        connection.exec_driver_sql("DELETE FROM status_changes")
        connection.exec_driver_sql("UPDATE agreements SET last_position = ?", (position,))


def subscribe(engine: Engine, now: datetime = START, **more: Any) -> int:
    with write_transaction(engine) as connection:
        options = {"email": "reader@example.org", "cadence": "immediate", "now": now, **more}
        return add_reader(connection, **options).id


def notice(engine: Engine, now: str, position: int = 1) -> list[str]:
    with write_transaction(engine) as connection:
        noticing = Noticing(connection, parse_instant(now), position)
        noticing.take_all(connection)
        is_new = ALERTS.c.seq.between(noticing.numbers.start, noticing.numbers.stop - 1)
        return list(connection.execute(select(ALERTS.c.key).where(is_new)).scalars())


def planned(engine: Engine, settings: MailSettings, now: str) -> int:
    notice(engine, now)
    with write_transaction(engine) as connection:
        return plan_part(DigestSetup(settings, DigestContext(connection, parse_instant(now)))).count


def test_a_turn_late_past_midnight_does_not_swallow_the_next_digest(
    engine: Engine, settings: MailSettings
) -> None:
    """Tuesday's digest planned on Wednesday leaves Wednesday's own key free."""
    subscribe(engine, cadence="daily", hour=8)
    happened(engine, "2025-03-18T07:00:00Z", 1)
    late = planned(engine, settings, "2025-03-19T00:10:00Z")
    happened(engine, "2025-03-19T07:00:00Z", 2, after="lapsed", rule="T7")

    assert (1, 1) == (late, planned(engine, settings, "2025-03-19T08:00:00Z"))
    assert ["1/2025-03-18", "1/2025-03-19"] == [row["dedup_key"] for row in rows(engine)]


def test_news_whose_key_is_taken_waits_for_the_next_digest(
    engine: Engine, settings: MailSettings
) -> None:
    """What was not put into the outbox does not count as told."""
    subscribe(engine, cadence="daily", hour=8)
    happened(engine, "2025-03-18T07:00:00Z", 1)
    planned(engine, settings, "2025-03-18T08:00:00Z")
    with write_transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE subscriptions SET next_due = '2025-03-18T08:00:00Z'")
    happened(engine, "2025-03-18T09:00:00Z", 2, after="lapsed", rule="T7")
    again = planned(engine, settings, "2025-03-18T10:00:00Z")

    assert (0, 1) == (again, planned(engine, settings, "2025-03-19T08:00:00Z"))


def test_a_changed_outcome_at_the_same_instant_is_told_and_corrected(engine: Engine) -> None:
    """Ended as discharged, by late news violated: the old alert is withdrawn, the new one told."""
    happened(engine, "2025-03-18T07:00:00Z", 1, after="discharged", rule="T8")
    first = notice(engine, "2025-03-18T08:00:00Z")
    forgotten(engine, 2)
    happened(engine, "2025-03-18T07:00:00Z", 1, after="violated", rule="T8")
    second = notice(engine, "2025-03-18T09:00:00Z", 2)
    with read_snapshot(engine) as connection:
        query = "SELECT key FROM alerts WHERE withdrawn_at IS NOT NULL"
        withdrawn = list(connection.exec_driver_sql(query).scalars())

    assert (1, 1, first) == (len(first), len(second), withdrawn)


def test_a_turn_in_the_past_hides_nothing_from_the_next(engine: Engine) -> None:
    """News read by a turn with an earlier clock is still found when the clock comes back."""
    notice(engine, "2025-03-20T00:00:00Z")
    happened(engine, "2025-03-19T12:00:00Z", 1)
    with write_transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE agreements SET last_position = 2")
    early, late = (
        notice(engine, "2025-03-19T00:00:00Z", 2),
        notice(engine, "2025-03-20T00:00:00Z", 2),
    )

    assert ([], ["c/overdue/2025-03-19T12:00:00Z"]) == (early, late)
    assert [] == notice(engine, "2025-03-20T00:00:00Z", 2)


def test_a_newcomer_gets_no_correction_of_what_they_never_read(
    engine: Engine, settings: MailSettings
) -> None:
    """Corrections are of digests that this reader could have had."""
    happened(engine, "2025-03-18T07:00:00Z", 1)
    notice(engine, "2025-03-18T07:00:00Z")
    new = subscribe(engine, parse_instant("2025-03-18T09:00:00Z"))
    forgotten(engine, 2)
    notice(engine, "2025-03-18T10:00:00Z", 2)
    with write_transaction(engine) as connection:
        context = DigestContext(connection, parse_instant("2025-03-18T10:00:00Z"))
        subscription = subscriptions.get(connection, new)
        digest = plan_digest(DigestSetup(settings, context), subscription).message

    assert digest is None


@pytest.fixture(scope="module")
def due_database(agreement_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with one message due: to be copied."""
    return changed_copy(agreement_database, tmp_path_factory.mktemp("due"), make_due)


def make_due(address: str) -> None:
    engine = open_engine(address)
    subscribe(engine)
    happened(engine, "2025-03-18T07:00:00Z", 1)
    assert 1 == planned(engine, MailSettings(smtp_url=None), "2025-03-18T08:00:00Z")


@pytest.fixture
def due(database: str, due_database: Path) -> Engine:
    """One message due."""
    shutil.copy(due_database, database)
    return open_engine(database)


NOW = parse_instant("2025-03-18T08:00:00Z")


def test_a_retry_writes_the_same_file_with_the_same_bytes(due: Engine, tmp_path: Path) -> None:
    """The name comes from the message, so a second attempt leaves one file and no remains."""
    transport = EmlTransport(tmp_path / "mail")
    deliver(due, transport, NOW, "one")
    (file,) = (tmp_path / "mail").iterdir()
    before = file.read_bytes()
    with write_transaction(due) as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'due'")
    deliver(due, transport, NOW + timedelta(days=1), "two")

    assert ([file], before) == (list((tmp_path / "mail").iterdir()), file.read_bytes())


def test_a_folder_that_cannot_be_written_is_tried_again(due: Engine, tmp_path: Path) -> None:
    """A full or missing disk is a passing failure."""
    (tmp_path / "file").write_text("")
    (attempt,) = deliver(due, EmlTransport(tmp_path / "file" / "mail"), NOW, "one")

    assert ("due", "due") == (attempt.state, rows(due)[0]["state"])


def test_two_workers_send_one_message_once(due: Engine, tmp_path: Path) -> None:
    """Whoever claims it sends it; the other finds nothing."""
    transport = EmlTransport(tmp_path / "mail")
    sent: list[int] = []

    def work(name: str) -> None:
        sent.append(len(deliver(due, transport, NOW, name)))

    workers = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [0, 0, 0, 1] == sorted(sent)


def test_a_slow_worker_may_still_say_that_it_was_sent(due: Engine) -> None:
    """Uncertain by its lease, then accepted after all: the same attempt's own word settles it."""
    with write_transaction(due) as connection:
        (claim,) = outbox.claim(connection, "slow", NOW)
        outbox.mark_transmitting(connection, [claim], NOW)
        reaper.reap_expired(connection, NOW + timedelta(hours=1))
        uncertain = outbox_operator.messages(connection)[0]["state"]
        settled = outbox.mark_sent(connection, [(claim, NOW, "x")])

    assert ("uncertain", 1, "sent") == (uncertain, settled, rows(due)[0]["state"])


def test_a_message_is_given_up_after_twenty_attempts(due: Engine) -> None:
    """The last failure makes it dead, and dead is not due."""
    error = TransportError("451 later", permanent=False, phase="recipient")
    with write_transaction(due) as connection:
        for day in range(outbox.MAX_FAILURES):
            (claim,) = outbox.claim(connection, "w", NOW + timedelta(days=day))
            outbox.mark_failed(connection, claim, NOW + timedelta(days=day), error)

        assert [] == outbox.claim(connection, "w", NOW + timedelta(days=99))
    assert ("dead", 20) == (rows(due)[0]["state"], rows(due)[0]["attempts"])


class Scripted(socketserver.StreamRequestHandler):
    """A server that answers line by line; an answer of None hangs up."""

    greeting = b"220 hello"
    after_dot: bytes | None = b"250 OK"
    cut_body = False

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")

    def handle(self) -> None:
        self.say(self.greeting)
        answers = {
            b"ehlo": b"250-here\r\n250 AUTH PLAIN",
            b"auth": b"535 wrong password",
            b"data": b"354 go",
        }
        while line := self.rfile.readline():
            verb = line.strip().lower().partition(b" ")[0]
            self.say(answers.get(verb, b"250 OK"))
            if verb == b"quit" or (verb == b"data" and not self.body()):
                return

    def body(self) -> bool:
        if self.cut_body:
            return False
        while self.rfile.readline() not in (b".\r\n", b""):
            pass
        if self.after_dot is not None:
            self.say(self.after_dot)
        return self.after_dot is not None


Start = Callable[..., str]


@pytest.fixture
def start() -> Iterator[Start]:
    servers: list[socketserver.ThreadingTCPServer] = []

    def run(user: str = "", **script: Any) -> str:
        handler = type("Script", (Scripted,), script)
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"smtp://{user}127.0.0.1:{server.server_address[1]}"

    yield run
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({}, "sent"),
        ({"after_dot": b"200 fine"}, "sent"),
        ({"after_dot": b"451 later"}, "due"),
        ({"after_dot": b"554 no"}, "parked"),
        ({"after_dot": b"hello?"}, "uncertain"),
        ({"after_dot": b"354 again"}, "uncertain"),
        ({"after_dot": b"250 " + b"x" * 9000}, "uncertain"),
        ({"after_dot": None}, "uncertain"),
        ({"greeting": b"554 busy"}, "due"),
        ({"greeting": b"421 busy"}, "due"),
        ({"user": "desk@"}, "due"),
    ],
)
def test_the_answer_decides_the_state(
    due: Engine, start: Start, script: dict[str, Any], expected: str
) -> None:
    """Only a refusal of this message parks it, and only a clear answer after the dot counts."""
    transport = SmtpTransport(start(**script), "p@localhost", "secret", timeout=5)
    (attempt,) = deliver(due, transport, NOW, "one")

    assert (expected, expected) == (attempt.state, rows(due)[0]["state"])


def test_a_line_lost_before_the_final_dot_is_a_failure(start: Start) -> None:
    """A body that cannot have arrived whole is safe to send again."""
    transport = SmtpTransport(start(cut_body=True), "p@localhost", None, timeout=5)
    with pytest.raises(TransportError) as caught:
        transport.send("r@example.org", b"x: y\r\n\r\n" + b"long line\r\n" * 2_000_000)

    assert "data" == caught.value.phase


@pytest.mark.parametrize(
    "url", ["http://user:hush@h", "smtp://", "smtp://user:hush@h:port", "smtp://user:hush@h:99999"]
)
def test_a_bad_smtp_url_is_refused_without_its_password(url: str) -> None:
    """The error comes before any message is claimed, and tells no secret."""
    with pytest.raises(NotificationError) as caught:
        SmtpTransport(url, "p@localhost", None)

    assert "hush" not in caught.value.message


def test_leases_are_told_in_the_list(due: Engine) -> None:
    """The list shows who has a message until when, without its bytes."""
    with write_transaction(due) as connection:
        outbox.claim(connection, "one", NOW)
    (row,) = rows(due)

    assert ("leased", "one", False) == (row["state"], row["worker"], "message" in row)
    assert format_instant(NOW + reaper.LEASE) == row["lease_until"]
