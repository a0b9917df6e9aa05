"""Bounces and complaints about real messages: what stops an address, what is counted, what not."""

from __future__ import annotations

import mailbox
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from events import EventStore, format_instant
from events.database.engine import write_transaction
from notifications.bounces import recording as bounces
from notifications.bounces.mailbox_files import messages_in
from notifications.bounces.reports import read_reports
from notifications.errors import InvalidSubscription, TransportError, UnreadableReport
from notifications.mail.tokens import bounce_address
from notifications.outbox import queue as outbox
from notifications.outbox.undelivered import ResendPolicy, undelivered
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions import suppression
from tests.integration.notifications.bounces.conftest import NOW, READER
from tests.support.bounce_reports import SECRET, signed_report
from tests.support.mail import fill, rows
from tests.support.subscribers import add_reader

Take = Callable[..., list[str]]


@pytest.fixture
def engine(sent_engine: Engine) -> Engine:
    return sent_engine


@pytest.fixture
def take(engine: Engine) -> Take:
    def run(*raw: bytes, now: datetime = NOW) -> list[str]:
        reports = [report for each in raw for report in read_reports(each)]
        with write_transaction(engine) as connection:
            return [
                done.outcome for done in bounces.record_bounces(connection, reports, SECRET, now)
            ]

    return run


def stopped(engine: Engine, address: str = READER) -> Any:
    with write_transaction(engine) as connection:
        return suppression.suppression_of(connection, address)


@pytest.mark.parametrize("name", ["postfix", "exim", "gmail", "exchange", "old-exim", "complaint"])
def test_a_lasting_failure_or_a_complaint_stops_the_address(
    engine: Engine, message: str, take: Take, name: str
) -> None:
    """Nothing is sent to it any more, and the record says why."""
    assert ["suppressed"] == take(signed_report(name, message))
    assert ("complaint" if name == "complaint" else "bounce") == stopped(engine).reason
    status, _, words = stopped(engine).detail.partition(" ")
    assert status not in words
    with write_transaction(engine) as connection:
        due = subscriptions.due_subscriptions(connection, NOW + timedelta(days=9), 0, 9)
        assert () == due.subscriptions


@pytest.mark.parametrize(("name", "outcome"), [("delayed", "noted"), ("no-route", "counted")])
def test_what_passes_stops_nothing(
    engine: Engine, message: str, take: Take, name: str, outcome: str
) -> None:
    """A delay is noted; a domain without a route may come back, and counts."""
    assert [outcome] == take(signed_report(name, message))
    assert stopped(engine) is None


def planned(engine: Engine, count: int, now: datetime = NOW) -> list[str]:
    """So many messages more to the reader; their Message-IDs."""
    fill(engine, count, start=len(rows(engine)), now=now, recipient=READER)
    return [str(row["message_id"]) for row in rows(engine)][-count:]


def test_failures_of_messages_add_up(engine: Engine, message: str, take: Take) -> None:
    """Five messages in thirty days; however many reports there are on one, it counts once."""
    messages = planned(engine, 5)
    returned = [messages[0], messages[0], *messages[1:]]
    outcomes = [
        take(signed_report("full-mailbox", each, unique=f"u{n}"), now=NOW + timedelta(hours=n))
        for n, each in enumerate(returned)
    ]

    assert [["counted"]] * 5 + [["suppressed"]] == outcomes
    assert "5 messages failed in 30 days" in stopped(engine).detail


def test_the_members_of_an_alias_count_as_one_message(
    engine: Engine, message: str, take: Take
) -> None:
    """Five mailboxes behind one address, of which one is gone: the reader is not."""
    raw = signed_report("full-mailbox", message).decode()
    block = raw[raw.index("Final-Recipient") : raw.index("\n\n--", raw.index("Final-Recipient"))]
    members = [block.replace(READER, f"member{n}@example.org") for n in range(4)]
    gone = members[0].replace("member0", "gone").replace("4.2.2", "5.1.1")

    assert ["counted"] * 5 == take(raw.replace(block, "\n\n".join([*members, gone])).encode())
    assert stopped(engine) is None


def test_old_failures_are_forgotten(engine: Engine, message: str, take: Take) -> None:
    """One a fortnight never stops an address."""
    days = [NOW + timedelta(days=14 * n) for n in range(8)]
    outcomes = [
        take(signed_report("full-mailbox", each), now=day)
        for day, each in zip(days, planned(engine, 8), strict=True)
    ]

    assert [["counted"]] * 8 == outcomes
    assert stopped(engine) is None


def test_a_message_that_arrived_ends_the_count(engine: Engine, message: str, take: Take) -> None:
    """Four failures, a digest that did not come back for days, four failures: never five."""
    early = planned(engine, 4)
    first = [take(signed_report("full-mailbox", each), now=NOW) for each in early]
    arrived = NOW + timedelta(days=1)
    planned(engine, 1, arrived)
    with write_transaction(engine) as connection:
        is_last = outbox.OUTBOX.c.planned_at == format_instant(arrived)
        connection.execute(outbox.OUTBOX.update().where(is_last).values(state="sent"))
    later = NOW + timedelta(days=4)
    second = [
        take(signed_report("full-mailbox", each), now=later) for each in planned(engine, 4, later)
    ]

    assert [["counted"]] * 8 == first + second
    assert stopped(engine) is None


def test_what_is_refused_for_our_sake_stops_nobody_and_is_told(
    engine: Engine, message: str, take: Take, database: str
) -> None:
    """A policy against us is the same for each reader; `check` and each turn say so."""
    raw = signed_report("postfix", message).replace(b"5.1.1", b"5.7.26")
    raw = raw.replace(b"User unknown in virtual mailbox table", b"unauthenticated mail (DMARC)")
    outcomes = [take(raw.replace(b"4Zk3Q5", b"%d" % n)) for n in range(6)]
    with EventStore.open(database) as store:
        (refused,) = undelivered(store, ResendPolicy())

    assert [["noted"]] * 6 == outcomes
    assert stopped(engine) is None
    assert "1 reader whose server refuses our mail" in refused.words
    assert "550 5.7.26" in refused.words


def test_prose_counts_at_a_signed_address_alone(engine: Engine, message: str, take: Take) -> None:
    """qmail writes to people; whoever writes to another address of ours may write anything."""
    signed = bounce_address(SECRET, message, "bounce.example.org")
    text = (
        "Hi. This is the qmail-send program at far.test.\n<a@far.test>:\nno mailbox here (#5.1.1)"
    )
    letter = f"From: MAILER-DAEMON@far.test\nTo: {{}}\nSubject: failure notice\n\n{text}\n"

    assert ["unmatched"] == take(f"{letter.format('desk@x.test')}\nMessage-ID: {message}".encode())
    assert ["suppressed"] == take(letter.format(signed).encode())


def test_a_report_about_no_message_of_ours_has_no_effect(
    engine: Engine, message: str, take: Take
) -> None:
    """Anybody can write one: neither the address nor a made-up Message-ID is believed."""
    forged = signed_report("postfix", "<d.aaaaaaaaaaaaaaaaaaaaaaaaaa@localhost>")
    unsigned = signed_report("postfix", "<none@x>", bounce_address="desk@example.org")

    assert ["unmatched", "unmatched"] == take(forged, unsigned)
    assert stopped(engine) is None


def test_the_signed_address_is_enough(engine: Engine, message: str, take: Take) -> None:
    """Hosts that return nothing of the message still tell whose it was."""
    raw = signed_report("postfix", message).replace(f"Message-ID: {message}".encode(), b"X: y")

    assert ["suppressed"] == take(raw)


def test_a_stopped_address_cannot_be_added_until_it_is_lifted(
    engine: Engine, message: str, take: Take
) -> None:
    """The error says since when and why, and its hint is the way back."""
    take(signed_report("complaint", message))
    with write_transaction(engine) as connection:
        with pytest.raises(InvalidSubscription, match="complaint") as caught:
            add_reader(connection, email=READER.upper(), zone="Europe/Kyiv", now=NOW)
        suppression.lift_suppression(connection, READER, "asked to come back", NOW)
        added = add_reader(connection, email=READER, zone="Europe/Kyiv", now=NOW)

    assert "suppression lift" in caught.value.hint
    assert added.confirmed_at


def test_failures_before_a_lift_are_forgiven(engine: Engine, message: str, take: Take) -> None:
    """A mailbox that was emptied starts from nothing."""
    for each in planned(engine, 5):
        take(signed_report("full-mailbox", each))
    with write_transaction(engine) as connection:
        suppression.lift_suppression(connection, READER, "emptied", NOW + timedelta(hours=1))

    later = NOW + timedelta(hours=2)
    assert ["counted"] == take(signed_report("full-mailbox", message, unique="later"), now=later)


@pytest.mark.parametrize(
    ("answer", "phase", "permanent", "expected"),
    [
        ("550 5.1.1 no such user", "recipient", True, "suppressed"),
        ("550 no such user", "recipient", True, "suppressed"),
        ("554 5.7.1 relay access denied", "recipient", True, "noted"),
        ("554 5.4.4 no route", "recipient", True, "counted"),
        ("552 5.2.2 mailbox full", "recipient", True, "counted"),
        ("450 4.2.0 greylisted", "recipient", False, None),
        ("550 5.7.1 sender refused", "sender", True, None),
        ("554 5.6.0 content", "data", True, None),
    ],
)
def test_a_refusal_of_the_recipient_is_a_bounce(
    engine: Engine, message: str, answer: str, phase: Any, permanent: bool, expected: str | None
) -> None:
    """Only what is said of the recipient counts, and a policy against us silences nobody."""
    error = TransportError(answer, permanent=permanent, phase=phase)
    with write_transaction(engine) as connection:
        query = outbox.OUTBOX.select()
        row = connection.execute(query).one()

        assert expected == bounces.record_refusal(connection, row, NOW, error)
    assert (expected == "suppressed") == (stopped(engine) is not None)


def test_files_of_every_form_are_read(tmp_path: Path, message: str) -> None:
    """One file, a folder, an mbox and a maildir give the same messages; what is none is counted."""
    raw = signed_report("postfix", message)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.eml").write_bytes(raw)
    (folder / "notes.txt").write_text("no mail")
    box = mailbox.mbox(tmp_path / "box")
    box.add(raw)
    box.add(signed_report("vacation", message))
    box.close()
    maildir = mailbox.Maildir(tmp_path / "maildir")
    maildir.add(raw)

    counts = {
        name: [len(read_reports(each.raw)) for each in messages_in(str(tmp_path / name))]
        for name in ("folder/a.eml", "folder", "box", "maildir")
    }
    assert {"folder/a.eml": [1], "folder": [1, 0], "box": [1, 0], "maildir": [1]} == counts


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the forms that are expected."""
    with pytest.raises(UnreadableReport, match=r"none\.eml.*mbox or a maildir"):
        list(messages_in(str(tmp_path / "none.eml")))
