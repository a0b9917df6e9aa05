"""What a reader was told as overdue, contested or due soon, and is over since, is told as such."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from events import EventStore, parse_instant
from events.database.engine import write_transaction
from notifications.alerts import marks
from notifications.alerts.filters import Filter
from notifications.errors import InvalidMark
from notifications.planning import alert_report, notification_log
from notifications.settings import MailSettings
from tests.support.accord import (
    LATE,
    OVERDUE,
    PAY,
    Turn,
    outcomes,
    promise,
    snooze,
    subscribe,
    texts,
)
from tests.support.given import new

SOON = parse_instant("2026-02-10T00:00:00Z")
DAY = timedelta(days=1)
PAID = {"commitment": "pay", "occurred": "2026-02-11", "basis": "both_sides", "speaker": "NOR"}
HEADING = "RESOLVED OR CLOSED"


def record(store: EventStore, name: str, data: dict[str, Any], at: datetime, event: str) -> None:
    store.append("accord", [new(f"pactwatch.{name}.v1", data, event, at)])


def paid(store: EventStore, at: datetime, event: str = "e-paid", **more: Any) -> None:
    record(store, "PerformanceConfirmed", {**PAID, **more}, at, event)


def extended(store: EventStore, occurred: str, at: datetime = SOON + DAY / 2, **terms: str) -> None:
    """Both sides give the payment another due date, half a day after it was due soon."""
    by = {"commitment": "pay", "terms": terms, "by": ["ISL", "NOR"], "basis": "both_sides"}
    record(store, "TermExtended", {**by, "occurred": occurred}, at, "e-more")


def last(settings: MailSettings) -> str:
    return texts(settings)[-1]


def section(text: str, heading: str) -> str:
    """One section of a digest, on one line."""
    return " ".join(text.partition(heading)[2].partition("\n\n\n")[0].split())


def test_what_was_told_as_overdue_is_told_as_over_once(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """With what it is now, by which rule and event; not a second time as a mere change."""
    subscribe(store, engine)
    turn(LATE)
    paid(store, LATE + DAY)
    reports = [turn(LATE + DAY), turn(LATE + DAY), turn(LATE + 2 * DAY)]
    text = last(settings)

    assert [1, 0, 0] == [report.delivered for report in reports]
    words = "pay It was overdue. Now: Done on Wed 11 February, according to Norway. (pay; rule 11,"
    assert f"{words} event e-paid)" in section(text, HEADING)
    assert 1 == text.count("Done")
    assert ["told", "resolved"] == outcomes(engine, OVERDUE)


PUT_OFF = "Its due date is moved by Iceland and Norway from Tue 10 February to Fri 10 April."
LATER = {"due": "2026-04-10", "zone": "Europe/Oslo"}


@pytest.mark.parametrize(
    ("turns", "occurred", "words"),
    [
        ([SOON], "2026-02-10", f"{PUT_OFF} (pay;"),
        ([SOON], "2026-02-05", f"{PUT_OFF} (pay;"),
        ([SOON, LATE], "2026-02-11", f"{PUT_OFF} It is not overdue any more. (pay;"),
        ([SOON, LATE], "2026-02-10",
         f"{PUT_OFF} Contrary to an earlier digest it was not overdue. (pay;"),
        ([LATE, LATE + 4 * DAY], "2026-02-10",
         f"{PUT_OFF} Contrary to an earlier digest it was not missed. (pay;"),
    ],
    ids=["soon", "soon, late entry", "overdue", "overdue, late entry", "missed, late entry"],
)  # fmt: skip
def test_an_end_put_off_is_told_once_with_what_it_undoes(
    store: EventStore,
    engine: Engine,
    settings: MailSettings,
    turn: Turn,
    turns: list[datetime],
    occurred: str,
    words: str,
) -> None:
    """Neither as the end of the warning, nor as its correction beside the move."""
    subscribe(store, engine)
    for at in turns:
        turn(at)
    extended(store, occurred, turns[-1] + DAY / 2, **LATER)
    turn(turns[-1] + DAY / 2)

    assert 1 == last(settings).count("* Iceland to Norway")
    assert words in section(last(settings), "DEADLINES AND TERMS MOVED")


def test_who_hears_of_no_moves_hears_that_a_warning_is_over(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Due soon, then extended: the reader need not wonder, and hears the new end."""
    subscribe(store, engine, wants=Filter(kinds=("due_soon",)))
    turn(SOON)
    extended(store, "2026-02-10", **LATER)
    turn(SOON + DAY / 2)

    assert "It was due soon. Now: Due Fri 10 April" in section(last(settings), HEADING)


def test_a_correction_tells_what_was_sent_with_the_end_of_then(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """With the end of now it would take back what nobody was sent."""
    subscribe(store, engine, wants=Filter(kinds=("overdue",)))
    turn(LATE)
    extended(store, "2026-02-10", LATE + DAY, **LATER)
    turn(LATE + DAY)
    correction = section(last(settings), "CORRECTIONS TO EARLIER DIGESTS")

    assert "no longer so, by later news: Overdue: it was due Tue 10 February" in correction
    assert "Now: Due Fri 10 April" in correction


def test_an_end_that_moves_within_its_day_is_told_by_its_instants(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """In another zone: moved "from Tue 10 February to Tue 10 February" would say nothing."""
    subscribe(store, engine)
    turn(SOON)
    extended(store, "2026-02-09", due="2026-02-10", zone="America/New_York")
    turn(SOON + DAY / 2)

    assert (
        "from Tue 10 February, 18:00 in New York (23:00 your time) to Tue 10 February."
        in " ".join(last(settings).split())
    )


def test_a_warning_that_comes_true_is_not_resolved(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Due soon, then overdue, then lapsed: each is news, and none of it is over."""
    subscribe(store, engine)
    for at in (SOON, LATE, LATE + 5 * DAY):
        turn(at)

    assert 3 == len(texts(settings))
    assert [] == [text for text in texts(settings) if HEADING in text]


def test_who_was_never_told_hears_of_no_resolution(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """A reader of overdue alone hears that it is over; a reader of lapses hears nothing."""
    subscribe(store, engine, wants=Filter(kinds=("overdue",)))
    subscribe(store, engine, email="other@example.org", wants=Filter(kinds=("lapsed",)))
    turn(LATE)
    paid(store, LATE + DAY)
    report = turn(LATE + DAY)

    assert ["reader@example.org"] == [delivery.recipient for delivery in report.deliveries]
    assert "It was overdue. Now: Done." in last(settings)


def test_what_was_told_as_over_and_is_not_is_corrected_and_can_be_over_again(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """The payment is taken back, and then made."""
    subscribe(store, engine, wants=Filter(kinds=("overdue",)))
    turn(LATE)
    paid(store, LATE + DAY)
    turn(LATE + DAY)
    retract = {"event": "e-paid", "reason": "another payment"}
    record(store, "EntryRetracted", retract, LATE + 2 * DAY, "e-back")
    turn(LATE + 2 * DAY)
    corrected = last(settings)
    paid(store, LATE + 3 * DAY, "e-again", occurred="2026-02-13")
    reports = [turn(LATE + 3 * DAY), turn(LATE + 3 * DAY)]

    assert "stands again, by later news: Overdue: it was due" in section(corrected, "CORRECTIONS")
    assert [1, 0] == [report.delivered for report in reports]
    assert "It was overdue. Now: Done." in section(last(settings), HEADING)
    assert ["told", "resolved", "told", "resolved"] == outcomes(engine, OVERDUE)


def test_a_finding_of_breach_closes_and_is_told_as_grave(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Whoever hears changes has it by the breaches; who asked for lapses alone, that it closed."""
    subscribe(store, engine)
    subscribe(store, engine, email="b@example.org", wants=Filter(kinds=("overdue", "lapsed")))
    turn(LATE)
    turn(LATE + 5 * DAY)
    finding = {"commitment": "pay", "reason": "unpaid", "occurred": "2026-02-16"}
    record(store, "NonPerformanceFound", finding, LATE + 6 * DAY, "e-found")
    turn(LATE + 6 * DAY)
    narrow, wide = sorted(texts(settings)[-2:], key=lambda text: "BREACHES" in text)

    assert "It had been missed. Now: Broken." in section(narrow, HEADING)
    assert "Broken, as found Mon 16 February." in wide
    assert HEADING not in wide


def test_a_resolution_that_rests_on_news_marked_red_is_mailed_to_nobody(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """That something is over tells of what ended it."""
    subscribe(store, engine)
    turn(LATE)
    paid(store, LATE + DAY, tlp="RED")

    assert 0 == turn(LATE + DAY).delivered


def test_a_weekly_reader_hears_of_what_was_over_within_the_week_in_one_item(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Overdue and paid between two digests was never told as standing, so nothing is resolved."""
    subscribe(store, engine, cadence="weekly", on_day=0)
    turn(parse_instant("2026-02-09T09:00:00Z"))
    turn(LATE)
    paid(store, LATE + DAY)
    report = turn(parse_instant("2026-02-16T09:00:00Z"))

    assert 1 == report.delivered
    done = "Done on Wed 11 February, according to Norway, after it was due: Tue 10 February"
    assert done in " ".join(last(settings).split())
    assert "nobody has confirmed" not in last(settings)
    assert HEADING not in last(settings)


def test_a_resolved_alert_is_listed_as_resolved_while_another_like_it_stands(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """Overdue, extended, overdue again: only the second is open, and only it is escalated."""
    subscribe(store, engine)
    turn(LATE)
    terms = {"due": "2026-02-20", "zone": "Europe/Oslo"}
    by = {"commitment": "pay", "terms": terms, "by": ["ISL", "NOR"], "basis": "both_sides"}
    record(store, "TermExtended", {**by, "occurred": "2026-02-11"}, LATE + DAY, "e-more")
    turn(LATE + DAY)
    later = LATE + 10 * DAY
    turn(later)
    with write_transaction(engine) as connection:
        rows = alert_report.alert_rows(connection, later)
    states = {row["key"]: row["state"] for row in rows if row["kind"] == "overdue"}

    assert {OVERDUE: "resolved", "pay/overdue/2026-02-20T23:00:00Z": "open"} == states


def test_an_acknowledged_item_says_by_whom_when_why_and_until_when(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """In the reader's zone; another reader's digest that comes later has it."""
    subscribe(store, engine, cadence="daily", zone="Europe/Oslo")
    for at in (SOON + DAY / 2, LATE):
        turn(at)
    with write_transaction(engine) as connection:
        grounds = marks.MarkGrounds("the bank was asked", "anna", LATE, LATE + 3 * DAY)
        marks.acknowledge(connection, [OVERDUE], grounds)
    turn(LATE + DAY)

    assert (
        "Acknowledged by anna, Wed 11 February, 01:00 until Sat 14 February, 01:00: "
        "the bank was asked"
    ) in " ".join(last(settings).split())


def test_a_digest_says_how_much_a_snooze_keeps_back(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Until when, by whom and why; what it tells is told."""
    fee = {**PAY, "commitment": "fee"}
    promise(store, "other", fee)
    subscribe(store, engine)
    turn(SOON)
    snooze(engine, SOON, wants=Filter(commitments=("fee",)), until=LATE + DAY)
    turn(LATE)

    assert "(pay; rule T6" in last(settings)
    assert "(fee; " not in last(settings)
    words = "1 held back by a snooze until Thu 12 February, 00:00 (desk: talks go on)"
    assert words in last(settings)


def test_a_snooze_by_calendar_says_when_its_hours_end(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Not when the snooze itself does, which may be never."""
    promise(store, "other", {**PAY, "commitment": "fee"})
    subscribe(store, engine)
    turn(SOON)
    snooze(engine, SOON, wants=Filter(commitments=("fee",)), calendar=("tue-wed",), zone="UTC")
    turn(LATE)

    assert "1 held back by a snooze until Thu 12 February, 00:00" in last(settings)


def test_a_snooze_whose_hours_never_end_needs_an_end(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """Else it would swallow what it delays."""
    turn(SOON)
    with pytest.raises(InvalidMark, match="needs an end"):
        snooze(engine, SOON, wants=Filter(), calendar=("mon-sun",), zone="UTC")


def test_corrections_are_on_record_for_each_reader(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """The record tells that what was told has been taken back."""
    reader = subscribe(store, engine)
    turn(LATE)
    paid(store, LATE + DAY, occurred="2026-02-09")
    turn(LATE + DAY)
    with write_transaction(engine) as connection:
        rows = notification_log.of_subscription(connection, reader)

    assert ["told", "corrected"] == [row["outcome"] for row in rows if row["key"] == OVERDUE]
    assert all(row["dedup_key"] for row in rows if row["outcome"] == "corrected")


@pytest.mark.parametrize(
    ("turns", "occurred", "earlier"),
    [
        ([SOON - 5 * DAY, LATE], "2026-02-10", "Overdue: it was due Tue 10 February"),
        ([LATE], "2026-02-10", "Overdue: it was due Tue 10 February"),
        ([SOON, LATE, LATE + 5 * DAY], "2026-02-12", "Missed: it was due Tue 10 February"),
    ],
    ids=["due soon, overdue", "overdue", "due soon, overdue, missed"],
)
@pytest.mark.parametrize("kinds", [(), ("due_soon", "overdue", "lapsed")])
def test_a_promise_confirmed_late_stands_once_with_what_was_told_before(
    store: EventStore,
    engine: Engine,
    settings: MailSettings,
    turn: Turn,
    turns: list[datetime],
    occurred: str,
    earlier: str,
    kinds: tuple[str, ...],
) -> None:
    """Under corrections: neither as a change, nor as the end of an earlier warning beside it."""
    subscribe(store, engine, wants=Filter(kinds=kinds))
    for at in turns:
        turn(at)
    paid(store, turns[-1] + DAY, occurred=occurred)
    turn(turns[-1] + DAY)
    correction = section(last(settings), "CORRECTIONS TO EARLIER DIGESTS")

    assert 1 == last(settings).count("* Iceland to Norway")
    assert f"This is no longer so, by later news: {earlier}" in correction
    assert "Now: Done" in correction


def test_a_mail_knows_an_entry_by_the_id_that_somebody_gave_it_or_by_its_number(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """A generated id says nothing, and no command has to be given it; programs have it as data."""
    generated = "01a22c43-ff1b-721f-95aa-7dc589eeb5d7"
    subscribe(store, engine)
    turn(LATE)
    paid(store, LATE + DAY, event=generated)
    turn(LATE + DAY)

    assert "(pay; rule T6, event accord-1)" in texts(settings)[0]
    assert "(pay; rule 11, event #3)" in last(settings)
    assert generated not in last(settings)


def test_a_warning_that_is_over_before_its_digest_is_not_told(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Silent for three weeks, then heard from: who reads it a day later reads of the round alone.

    So it is with a part that was nearly due and is kept.
    """
    talks = {**PAY, "commitment": "talk", "kind": "process", "terms": {"stale_after": "P21D"}}
    duty = {**PAY, "commitment": "report", "kind": "recurring",
            "terms": {"start": "2026-02-01", "recurrence": "FREQ=MONTHLY"}}  # fmt: skip
    promise(store, "talks", talks, duty)
    subscribe(store, engine, agreements=("talks",))
    turn(LATE)
    at = parse_instant("2026-02-28T09:00:00Z")
    for name, data in (
        ("RoundHeld", {"commitment": "talk", "text": "in Oslo"}),
        ("PerformanceConfirmed", {"commitment": "report", "basis": "both_sides"}),
    ):
        store.append("talks", [new(f"pactwatch.{name}.v1", data, f"e-{name}", at)])
    turn(at + DAY)

    assert "A round of talks was held: in Oslo." in last(settings)
    assert "Kept for February." in last(settings)
    assert "Nobody has reported" not in last(settings)
    assert "The part for February" not in last(settings)
    assert ["muted"] == outcomes(engine, "talk/stale/2026-02-22T12:00:00Z")


FREE = "Iceland may now walk away from it."
NO_MORE = "Its debtor is no longer free to walk away from it. Now: In force, with no end set."


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("ViolationRefuted", {"commitment": "theirs", "incident": "i", "basis": "neutral_body"},
         NO_MORE),
        ("ReleasePowerExercised", {"commitment": "ours", "by": "ISL"},
         "Its debtor was released from it"),
    ],
)  # fmt: skip
def test_who_was_free_to_walk_away_is_told_as_bound_again(
    store: EventStore,
    engine: Engine,
    settings: MailSettings,
    turn: Turn,
    name: str,
    data: dict[str, Any],
    words: str,
) -> None:
    """Once the breach is refuted; whoever has walked away by then is no more bound."""
    lasting = {**PAY, "kind": "maintenance", "terms": {"start": "2026-02-01"}}
    theirs = {**lasting, "commitment": "theirs", "debtor": ["NOR"], "creditor": ["ISL"]}
    promise(store, "truce", theirs,
            {**lasting, "commitment": "ours", "reciprocal_with": "theirs"})  # fmt: skip
    power = {"commitment": "ours", "power": {"release_on": "confirmed"}, "by": ["ISL", "NOR"]}
    breach = {"commitment": "theirs", "incident": "i", "basis": "neutral_body", "text": "a raid"}
    store.append("truce", [
        new("pactwatch.TermsClarified.v1", power, "e-power", LATE),
        new("pactwatch.ViolationAlleged.v1", {**breach, "speaker": "ISL"}, "e-said", LATE),
        new("pactwatch.ViolationConfirmed.v1", breach, "e-seen", LATE),
    ])  # fmt: skip
    subscribe(store, engine, agreements=("truce",))
    turn(LATE + DAY)
    free = last(settings)
    store.append("truce", [new(f"pactwatch.{name}.v1", data, "e-end", LATE + 2 * DAY)])
    turn(LATE + 3 * DAY)
    text = " ".join(last(settings).split())

    assert FREE in " ".join(free.split())
    assert words in text
    assert ("no longer free" in text) == (words == NO_MORE)


def test_a_denial_that_comes_late_takes_back_no_allegation(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Alleged twice, and denied in between, as is heard last: what was alleged was alleged."""
    lasting = {**PAY, "kind": "maintenance", "terms": {"start": "2026-02-01"}}
    promise(store, "truce", {**lasting, "commitment": "calm"})
    subscribe(store, engine, agreements=("truce",))
    breach = {"commitment": "calm", "incident": "shot", "text": "a shot"}
    for n, (name, speaker, day) in enumerate(
        (("Alleged", "NOR", 8), ("Alleged", "NOR", 10), ("Denied", "ISL", 9)), start=12
    ):
        data = {**breach, "speaker": speaker, "occurred": f"2026-02-{day:02}"}
        data = data if name == "Alleged" else {**data, "text": "no shot"}
        at = parse_instant(f"2026-02-{n}T15:00:00Z")
        store.append("truce", [new(f"pactwatch.Violation{name}.v1", data, f"e-{n}", at)])
        turn(at)

    assert "The breach alleged by Norway (a shot) is denied by Iceland." in last(settings)
    assert "CORRECTIONS" not in last(settings)
    assert "is alleged" not in last(settings)
