"""Alerts that are acknowledged, snoozed, muted or escalated, and the record of why."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import Engine

from events import EventStore, format_instant, parse_instant
from events.database.engine import write_transaction
from notifications.alerts import marks
from notifications.alerts.filters import Filter
from notifications.errors import InvalidMark, UnknownAlert
from notifications.outbox import operator as outbox_operator
from notifications.planning import alert_report, notification_log
from notifications.planning.sample import enqueue_sample
from notifications.settings import MailSettings
from notifications.subscriptions import subscription as subscriptions
from tests.support.accord import (
    LATE,
    OVERDUE,
    PAY,
    START,
    Turn,
    outcomes,
    promise,
    snooze,
    subscribe,
    texts,
)
from tests.support.given import new


@pytest.fixture
def store(accord_store: EventStore) -> EventStore:
    """One agreement with one payment due on 10 February in Oslo."""
    return accord_store


def state(engine: Engine, now: datetime, key: str = OVERDUE) -> str:
    with write_transaction(engine) as connection:
        return str(alert_report.alert_details(connection, key, now)["state"])


def test_what_is_told_is_recorded_with_its_reason(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """The reader's filter, the rule and the events, and the message that carried it."""
    subscribe(store, engine, agreements=("accord",))
    turn(LATE)
    with write_transaction(engine) as connection:
        (entry,) = notification_log.of_alert(connection, OVERDUE)
        (message,) = outbox_operator.messages(connection)

    assert "follows agreement accord; rule T6, event accord-1" == entry["why"]
    assert ("told", message["dedup_key"]) == (entry["outcome"], entry["dedup_key"])


def test_a_snoozed_alert_is_held_and_told_when_the_snooze_is_over(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Delayed and not swallowed; the digest that carries it is one of its own."""
    subscribe(store, engine)
    turn(parse_instant("2026-02-10T00:00:00Z"))
    snooze(engine, LATE - timedelta(hours=5), wants=Filter(commitments=("pay",)),
           until=LATE + timedelta(days=1))  # fmt: skip
    during = [turn(LATE), turn(LATE + timedelta(hours=12))]
    outcome = outcomes(engine, OVERDUE)
    after = [turn(LATE + timedelta(days=1, hours=1)), turn(LATE + timedelta(days=1, hours=2))]

    assert [0, 0] == [report.delivered for report in during]
    assert [1, 0] == [report.delivered for report in after]
    assert (["held"], ["told"]) == (outcome, outcomes(engine, OVERDUE))
    assert "Overdue: it was due" in texts(settings)[-1]


def test_a_snooze_by_calendar_holds_its_days_only(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """StoredChange on a Saturday, told on Monday."""
    saturday = parse_instant("2026-02-14T00:00:00Z")
    promise(store, "other", {**PAY, "commitment": "fee", "terms": {"due": "2026-02-13"}})
    subscribe(store, engine, agreements=("other",))
    turn(parse_instant("2026-02-13T00:00:00Z"))
    snooze(engine, START, wants=Filter(severity="critical"), calendar=("sat-sun",), zone="UTC")
    days = [saturday + timedelta(hours=hours) for hours in (6, 30, 47, 48, 60)]

    assert [0, 0, 0, 1, 0] == [turn(day).delivered for day in days]


def test_unsnoozed_is_told_at_once(store: EventStore, engine: Engine, turn: Turn) -> None:
    """The end of a snooze has a reason, too, and both stay on record."""
    subscribe(store, engine)
    turn(parse_instant("2026-02-10T00:00:00Z"))
    mark = snooze(engine, START, wants=Filter(commitments=("pay",)), until=LATE + timedelta(days=9))
    delivered = turn(LATE).delivered
    with write_transaction(engine) as connection:
        (ended,) = marks.end(connection, str(mark.id), reason="talks failed", now=LATE)

    assert (0, 1) == (delivered, turn(LATE + timedelta(minutes=1)).delivered)
    assert ("talks failed", format_instant(LATE)) == (ended.ended_because, ended.ended_at)


def test_states_of_an_alert(store: EventStore, engine: Engine, turn: Turn) -> None:
    """Open, acknowledged until its expiry, snoozed, resolved by a delivery, withdrawn by news."""
    subscribe(store, engine)
    turn(LATE)
    first = state(engine, LATE)
    with write_transaction(engine) as connection:
        grounds = marks.MarkGrounds("bank called", "desk", LATE, LATE + timedelta(days=1))
        marks.acknowledge(connection, [OVERDUE], grounds)
    seen, expired = state(engine, LATE), state(engine, LATE + timedelta(days=1))
    snooze(engine, LATE, keys=[OVERDUE], until=LATE + timedelta(days=1))
    snoozed = state(engine, LATE)
    paid = {"commitment": "pay", "occurred": "2026-02-11", "basis": "both_sides", "speaker": "NOR"}
    later = parse_instant("2026-02-12T00:00:00Z")
    store.append("accord", [new("pactwatch.PerformanceConfirmed.v1", paid, "e-paid", later)])
    turn(later)

    assert ("open", "acknowledged", "open", "snoozed") == (first, seen, expired, snoozed)
    assert "resolved" == state(engine, later)
    early = {**paid, "occurred": "2026-02-09"}
    retract = {"event": "e-paid", "reason": "wrong day"}
    store.append("accord", [
        new("pactwatch.EntryRetracted.v1", retract, "e-back", later),
        new("pactwatch.PerformanceConfirmed.v1", early, "e-early", later),
    ])  # fmt: skip
    turn(later + timedelta(hours=1))

    assert "withdrawn" == state(engine, later + timedelta(hours=1))


def test_a_lapsed_commitment_mutes_its_milestones(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """Leads noticed late are muted by the overdue that is told, and the record says so."""
    subscribe(store, engine)
    turn(LATE)
    with write_transaction(engine) as connection:
        rows = [
            row for row in alert_report.alert_rows(connection, LATE) if row["kind"] == "due_soon"
        ]
        notices = [notification_log.of_alert(connection, row["key"]) for row in rows]

    assert rows
    assert {("muted", "pay is overdue")} == {(t["outcome"], t["why"]) for (t,) in notices}


def escalating(store: EventStore, engine: Engine, **more: Any) -> int:
    return subscribe(store, engine, escalate_to="chief@example.org", escalate_days=2, **more)


def recipients(engine: Engine) -> list[str]:
    with write_transaction(engine) as connection:
        return [row["recipient"] for row in outbox_operator.messages(connection)]


def test_what_nobody_acknowledges_is_escalated_once(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Two days after it was told, to the next address, with who was told before."""
    escalating(store, engine)
    turn(LATE)
    early = turn(LATE + timedelta(days=1, hours=22)).delivered
    turn(LATE + timedelta(days=2))
    again = turn(LATE + timedelta(days=9))
    escalated = recipients(engine).count("chief@example.org")

    assert (0, True) == (early, "chief@example.org" in recipients(engine))
    assert ["told", "escalated"] == outcomes(engine, OVERDUE)
    assert any(
        f"with: pactwatch ack {OVERDUE} --reason" in " ".join(text.split())
        for text in texts(settings)
    )
    assert any(
        "reader@example.org was told more than" in " ".join(text.split())
        for text in texts(settings)
    )
    assert OVERDUE not in {a.key for a in again.alerts}
    assert escalated <= 2, "lapsed meanwhile, which is news of its own"


def test_what_was_corrected_and_is_so_again_is_escalated_again(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """Escalated, paid by late news, and the payment taken back: two days later, once more."""
    escalating(store, engine, wants=Filter(kinds=("overdue",)))
    turn(LATE)
    turn(LATE + timedelta(days=2))
    paid = {"commitment": "pay", "occurred": "2026-02-10", "effective_at": "2026-02-10T10:00:00Z",
            "basis": "both_sides", "speaker": "NOR"}  # fmt: skip
    taken_back = {"event": "e-paid", "reason": "another payment"}
    late, later = LATE + timedelta(days=2, hours=1), LATE + timedelta(days=2, hours=2)
    store.append("accord", [new("pactwatch.PerformanceConfirmed.v1", paid, "e-paid", late)])
    turn(late)
    store.append("accord", [new("pactwatch.EntryRetracted.v1", taken_back, "e-back", later)])
    for at in (later, later + timedelta(days=2)):
        turn(at)

    assert ["told", "escalated", "corrected", "told", "escalated"] == outcomes(engine, OVERDUE)


def test_an_acknowledged_alert_is_not_escalated_until_that_expires(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """An expiry lets the waiting go on where it was."""
    escalating(store, engine, wants=Filter(kinds=("overdue",)))
    turn(LATE)
    with write_transaction(engine) as connection:
        grounds = marks.MarkGrounds("asked", "desk", LATE, LATE + timedelta(days=3))
        marks.acknowledge(connection, [OVERDUE], grounds)
    turn(LATE + timedelta(days=2))
    is_escalated = "chief@example.org" in recipients(engine)
    turn(LATE + timedelta(days=3))

    assert (False, True) == (is_escalated, "chief@example.org" in recipients(engine))


@pytest.mark.parametrize(
    "bad",
    [
        {"keys": [OVERDUE], "until": LATE - timedelta(days=1)},
        {"keys": [OVERDUE]},
        {"keys": [OVERDUE], "reason": "  ", "until": LATE + timedelta(days=1)},
        {"until": LATE + timedelta(days=1)},
    ],
)
def test_a_mark_that_says_too_little_is_refused(
    store: EventStore, engine: Engine, turn: Turn, bad: dict[str, Any]
) -> None:
    """An end in the past, no end, no reason, nothing it is about: nothing is kept."""
    turn(LATE)
    with pytest.raises(InvalidMark) as caught:
        snooze(engine, LATE, **bad)
    with write_transaction(engine) as connection:
        assert [] == marks.all_of(connection)
    assert caught.value.hint


def test_an_unknown_key_is_answered_with_the_nearest(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """A slip of the pen marks nothing."""
    turn(LATE)
    with write_transaction(engine) as connection, pytest.raises(UnknownAlert, match=OVERDUE):
        marks.acknowledge(connection, [OVERDUE + "?"], marks.MarkGrounds("x", "y", LATE))


def test_the_start_of_a_key_names_the_only_alert_that_begins_so(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """What several begin with names none of them, and the answer lists them."""
    turn(LATE)
    with write_transaction(engine) as connection:
        (mark,) = marks.acknowledge(connection, ["pay/overdue"], marks.MarkGrounds("x", "y", LATE))
        assert mark.key == OVERDUE
        (ended,) = marks.end(connection, "pay/over", reason="z", now=LATE)
        assert ended.id == mark.id
    with write_transaction(engine) as connection, pytest.raises(UnknownAlert, match="5 alerts"):
        marks.acknowledge(connection, ["pay/"], marks.MarkGrounds("x", "y", LATE))


@pytest.mark.parametrize(
    ("tlp", "ceiling", "expected"),
    [
        ("RED", "AMBER+STRICT", 0),
        ("AMBER", "GREEN", 0),
        ("AMBER", "AMBER", 1),
        ("CLEAR", "CLEAR", 1),
    ],
)
def test_nothing_above_the_ceiling_is_mailed(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn, tlp: str, ceiling: str,
    expected: int,
) -> None:  # fmt: skip
    """The mark of the promise counts for all its news, and RED is told to nobody."""
    promise(store, "other", {**PAY, "commitment": "fee", "tlp": tlp})
    subscribe(store, engine, agreements=("other",), wants=Filter(tlp=ceiling))

    assert expected == turn(LATE).delivered
    assert [tlp] * expected == [
        "AMBER" if "TLP:AMBER" in text else "CLEAR" for text in texts(settings)
    ]


@pytest.mark.parametrize(
    ("tlp", "ceiling", "expected"),
    [("RED", "AMBER+STRICT", 0), ("AMBER", "CLEAR", 0), ("AMBER", "AMBER", 1)],
)
def test_a_mark_that_a_correction_raised_counts(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn, tlp: str, ceiling: str,
    expected: int,
) -> None:  # fmt: skip
    """A promise recorded without a mark and marked later goes no further than the later mark."""
    promise(store, "other", {**PAY, "commitment": "fee"})
    correction = {"event": "other-1", "reason": "confidential", "occurred": "2026-02-01",
                  "replacement": {**PAY, "commitment": "fee", "tlp": tlp}}  # fmt: skip
    store.append("other", [new("pactwatch.EntryCorrected.v1", correction, "other-2", START)])
    subscribe(store, engine, agreements=("other",), wants=Filter(tlp=ceiling))

    assert expected == turn(LATE).delivered
    assert expected == sum("TLP:AMBER" in text for text in texts(settings))


@pytest.mark.parametrize(("tlp", "corrected"), [("RED", 0), ("AMBER", 1)])
def test_a_correction_by_news_marked_red_is_mailed_to_nobody(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn, tlp: str, corrected: int
) -> None:
    """That something was taken back tells of what took it back; up to AMBER it is told, marked."""
    subscribe(store, engine)
    turn(LATE)
    (before,) = texts(settings)
    paid = {"commitment": "pay", "occurred": "2026-02-09", "basis": "both_sides",
            "speaker": "ISL", "tlp": tlp}  # fmt: skip
    later = parse_instant("2026-02-12T12:00:00Z")
    store.append("accord", [new("pactwatch.PerformanceConfirmed.v1", paid, "e-paid", later)])
    report = turn(later + timedelta(hours=1))
    after = [text for text in texts(settings) if text != before]

    assert report.alerts
    assert corrected == report.delivered == len(after)
    assert [] == [text for text in after if "CORRECTIONS" not in text or "TLP:AMBER" not in text]


def test_the_mark_of_one_event_keeps_back_what_rests_on_it(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """A finding marked AMBER is not told below it; the promise itself still is."""
    reader = subscribe(store, engine, wants=Filter(tlp="GREEN"))
    finding = {"commitment": "pay", "reason": "unpaid", "occurred": "2026-02-12",
               "tlp": "AMBER"}  # fmt: skip
    before = turn(LATE).delivered
    later = parse_instant("2026-02-12T12:00:00Z")
    store.append("accord", [new("pactwatch.NonPerformanceFound.v1", finding, "e-found", later)])
    report = turn(later + timedelta(hours=1))

    assert (1, 0) == (before, report.delivered)
    assert report.alerts
    with write_transaction(engine) as connection:
        keys = {row["key"] for row in notification_log.of_subscription(connection, reader)}
    assert not {alert.key for alert in report.alerts} & keys


def test_a_gap_is_one_digest_that_says_so(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """After a week without turns there is one mail, and it says how many it stands for."""
    subscribe(store, engine, cadence="daily", hour=8)
    turn(parse_instant("2026-02-02T08:00:00Z"))
    reports = [
        turn(parse_instant("2026-02-12T09:00:00Z")),
        turn(parse_instant("2026-02-12T09:01:00Z")),
    ]

    assert [1, 0] == [report.delivered for report in reports]
    text = " ".join(texts(settings)[-1].split())
    assert "This is 10 daily digests in one: those due from Tue 3 February, 08:00 on" in text


def test_a_sample_counts_as_nothing(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """It says that it is one, and the news is still told followups."""
    number = subscribe(store, engine, cadence="daily", hour=8, now=LATE)
    turn(LATE)
    with write_transaction(engine) as connection:
        subscription = subscriptions.get(connection, number)
        enqueue_sample(connection, settings, subscription, LATE)
    sent = turn(LATE).deliveries
    delivered = turn(parse_instant("2026-02-11T08:00:00Z")).delivered

    assert ([True], 1) == (["Sample: " in delivery.subject for delivery in sent], delivered)


def test_a_sample_with_nothing_to_tell_is_still_sent(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """What is tested is that mail arrives."""
    number = subscribe(store, engine, wants=Filter(kinds=("lapsed",)))
    with write_transaction(engine) as connection:
        enqueue_sample(connection, settings, subscriptions.get(connection, number), START)

    assert 1 == turn(START).delivered


def test_alerts_and_escalations_of_one_agreement_are_one_thread_for_each_recipient(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """The chief, who follows it too, finds both together; the reader has a thread of their own."""
    escalating(store, engine)
    subscribe(store, engine, email="chief@example.org")
    turn(LATE)
    turn(LATE + timedelta(days=2))
    files = settings.mail_dir.glob("*.eml")
    messages = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    threads = [(str(m["To"]), str(m["References"])) for m in messages]

    assert ["chief@example.org"] * 3 + ["reader@example.org"] * 2 == sorted(to for to, _ in threads)
    assert 2 == len(set(threads)) == len({root for _, root in threads})
    assert [m["In-Reply-To"] for m in messages] == [m["References"] for m in messages]
