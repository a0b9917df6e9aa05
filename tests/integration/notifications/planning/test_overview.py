"""A first digest begins with how things stand; history is on record, and told nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from events import EventStore, format_instant, parse_instant
from notifications.alerts.filters import Filter
from notifications.delivery.lanes import mail_transport
from notifications.scheduler.report import TickReport
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
from tests.support.smtp_server import Script, serving

DAY = timedelta(days=1)
OLD = parse_instant("2025-01-02T12:00:00Z")


def lasting(store: EventStore) -> None:
    """A promise to keep the peace for sixty days, in an agreement of its own."""
    terms = {"start": "2026-02-01", "duration": "P60D", "count": "exclusive"}
    peace = {**PAY, "commitment": "peace", "kind": "maintenance", "terms": terms}
    promise(store, "truce", {**peace, "promise": "keep the peace"})


def enter(
    store: EventStore, stream: str, name: str, when: str, own_id: str, **data: object
) -> None:
    at = parse_instant(when)
    data = {"occurred": when[:10], "speaker": "NOR", **data}
    store.append(stream, [new(f"pactwatch.{name}.v1", data, own_id, at)])


def test_who_comes_after_two_promises_lapsed_hears_of_them(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Once, in a first digest without news; that one was paid since is a resolution like any."""
    promise(store, "other", {**PAY, "commitment": "fee"})
    for at in (START, LATE, LATE + 3 * DAY):
        turn(at)
    came = LATE + 4 * DAY
    subscribe(store, engine, now=came)
    reports = [turn(came + n * DAY / 24) for n in (1, 2)]
    enter(store, "accord", "PerformanceConfirmed", "2026-02-15T06:00:00Z", "e-paid",
          commitment="pay", basis="creditor_admission")  # fmt: skip
    turn(came + DAY / 2)
    first, second = map(one_line, texts(settings))

    assert [1, 0] == [report.delivered for report in reports]
    assert "AS IT STANDS" in first
    assert 2 == first.count("Missed: it was due Tue 10 February, at the end of the day in Oslo")
    assert "It had been missed. Now: Done on " in second


def test_what_stands_is_told_daily_readers_at_their_hour(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """A contested promise too, and what ends within two weeks; nothing where neither is so."""
    lasting(store)
    old_case(store, "2025-01-02T12:00:00Z", lapses=False)
    enter(store, "truce", "ViolationAlleged", "2026-02-02T10:00:00Z", "e-1", commitment="peace")
    turn(START + DAY)
    subscribe(store, engine, now=START + DAY, cadence="daily", hour=8)
    daily = {"now": START + DAY, "cadence": "daily", "hour": 8}
    subscribe(store, engine, email="b@example.org", agreements=("accord",), **daily)
    subscribe(store, engine, email="c@example.org", agreements=("old-case",), **daily)
    reports = [turn(START + DAY + n * DAY / 4) for n in range(1, 5)]
    messages = sorted(map(one_line, texts(settings)), key=len)

    assert [0, 0, 0, 2] == [report.delivered for report in reports]
    assert ["ENDS WITHIN 14 DAYS" in message for message in messages] == [True, True]
    assert ["AS IT STANDS" in message for message in messages] == [False, True]
    assert "keep the peace A breach is alleged by Norway. Now: In force" in messages[1]


def first_digest(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn, came: datetime
) -> str:
    """What a reader is sent who comes at an instant, an hour after."""
    turn(came)
    subscribe(store, engine, now=came)
    turn(came + DAY / 24)
    (message,) = texts(settings)
    return one_line(message)


def test_what_a_notice_ends_soon_is_told_with_the_notice(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """The end by its terms, which comes later, would be a wrong answer."""
    lasting(store)
    enter(store, "truce", "WithdrawalNotified", "2026-02-02T10:00:00Z", "e-1", commitment="peace",
          basis="clause", notice="P10D")  # fmt: skip
    message = first_digest(store, engine, settings, turn, START + 3 * DAY)

    assert "ENDS WITHIN 14 DAYS" in message
    assert (
        "keep the peace In force. Notice of withdrawal was given by Norway, so it ends "
        "Thu 12 February, at the end of the day" in message
    )


def test_a_notice_is_told_once_with_whose_it_is_and_when_it_ends_the_promise(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Not with the end by its terms, nor once for each warning; its end is told by its day."""
    lasting(store)
    subscribe(store, engine, now=START)
    enter(store, "truce", "WithdrawalNotified", "2026-02-02T10:00:00Z", "e-1", commitment="peace",
          basis="clause", notice="P10D")  # fmt: skip
    days = (2, 6, 12)
    for day in days:
        turn(START + day * DAY)
    given, near, over = map(one_line, texts(settings)[-3:])
    notice, end = "otice of withdrawal was given by Norway", "nds Thu 12 February, at the end of"

    assert [1, 1, 0] == [message.count(notice) for message in (given, near, over)]
    assert [1, 1, 0] == [message.count(end) for message in (given, near, over)]
    assert 2 == sum(message.count("12 February") for message in (given, near))
    assert "Ended Thu 12 February by withdrawal." in over


def test_a_notice_that_ends_later_is_not_in_the_subject(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """What comes first is: here its due date."""
    enter(store, "accord", "WithdrawalNotified", "2026-02-02T10:00:00Z", "e-1", commitment="pay",
          basis="clause", notice="P30D")  # fmt: skip
    message = first_digest(store, engine, settings, turn, START + 3 * DAY)

    assert message.startswith("Accord: due Tue 10 February ")


@pytest.mark.parametrize(
    ("more", "subject"),
    [
        ({}, "Accord (pay): due Tue 10 February"),
        ({"promise": "pay"}, "Accord: due Tue 10 February"),
        ({"reciprocal_with": "sum"}, "Accord: due Tue 10 February"),
        ({"tlp": "AMBER"}, "Accord: due Tue 10 February"),
    ],
)
def test_a_subject_names_the_promise_where_its_agreement_holds_several(
    store: EventStore,
    engine: Engine,
    settings: MailSettings,
    turn: Turn,
    more: dict[str, str],
    subject: str,
) -> None:
    """As far as the reader may see; what is promised in return, or alike, is no other matter."""
    port = {**PAY, "commitment": "port", "promise": "open the port", "terms": {}, **more}
    promise(store, "harbour", PAY | {"commitment": "sum"}, port)
    turn(START)
    wants = Filter(agreements=("harbour",), tlp="GREEN")
    subscribe(store, engine, wants=wants, now=START)
    turn(START + DAY)

    assert subject == texts(settings)[0].splitlines()[0]


def test_missed_periods_are_how_it_stands(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """A reader who comes late hears of what was missed before, counted."""
    terms = {"start": "2026-02-01", "recurrence": "FREQ=DAILY;COUNT=30"}
    duty = {**PAY, "commitment": "report", "kind": "recurring", "terms": terms}
    promise(store, "reports", {**duty, "promise": "report daily"})
    message = first_digest(store, engine, settings, turn, START + 5 * DAY)

    assert "Accord: 3 of 6 periods missed" in message
    assert "PERIODS MISSED SO FAR" in message
    assert "report daily In force" in message
    assert "Periods missed: 3 of 6." in message


def test_a_cap_that_was_exceeded_is_how_it_stands(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Nothing was missed: in two of the days more was taken than its limit."""
    terms = {"start": "2026-02-01", "recurrence": "FREQ=DAILY;COUNT=30", "quantity": 10}
    cap = {**PAY, "commitment": "fish", "kind": "recurring", "deontic": "prohibition"}
    promise(store, "fish", {**cap, "promise": "take at most 10 t a day", "terms": terms})
    for n, day in enumerate(("2026-02-02", "2026-02-03"), start=1):
        enter(store, "fish", "PerformanceConfirmed", f"{day}T20:00:00Z", f"c-{n}", occurred=day,
              commitment="fish", quantity=11, basis="neutral_body")  # fmt: skip
    message = first_digest(store, engine, settings, turn, START + 5 * DAY)

    assert "Accord: limit exceeded in 2 of 6 periods" in message
    assert "Limit exceeded in 2 of 6 periods." in message


def old_case(store: EventStore, at: str, *, lapses: bool = True) -> None:
    """A promise of 2025 that lapsed then, or has no end, recorded at an instant."""
    recorded = parse_instant(at)
    terms = {"due": "2025-01-20", "zone": "Europe/Oslo"} if lapses else {}
    data = {**PAY, "commitment": "old", "occurred": "2025-01-02", "terms": terms}
    heading = {"agreement": "old-case", "title": "Old", "occurred": "2025-01-02"}
    store.append(
        "old-case",
        [
            new("pactwatch.AgreementRecorded.v1", heading, "old-0", recorded),
            new("pactwatch.CommitmentAccepted.v1", data, "old-1", recorded),
        ],
    )


@pytest.mark.parametrize("recorded", ["2026-02-02T12:00:00Z", "2025-01-02T12:00:00Z"])
def test_an_old_case_entered_today_is_no_news(
    store: EventStore, engine: Engine, turn: Turn, recorded: str
) -> None:
    """Whether it was recorded today, or by an import that keeps the instants of its lines."""
    subscribe(store, engine)
    turn(START)
    old_case(store, recorded)
    report = turn(START + DAY)

    assert (0, 0) == (len(report.alerts), report.planned)
    assert {"historical": report.historical} == states(engine, "old")


def states(engine: Engine, commitment: str) -> dict[str, int]:
    """How many alerts of a commitment are history, and how many are not."""
    query = "SELECT historical, count(*) FROM alerts WHERE commitment_id = :id GROUP BY historical"
    with engine.connect() as connection:
        rows = connection.execute(text(query), {"id": commitment})
        return {"historical" if row[0] else "news": row[1] for row in rows}


def test_a_first_import_tells_nobody_its_history(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """The first turn of all: what lapsed long before the reader came is how it stands."""
    old_case(store, "2025-01-02T12:00:00Z")
    subscribe(store, engine)
    turn(START + DAY)
    (message,) = texts(settings)

    assert ["AS IT STANDS", "ENDS WITHIN 14 DAYS"] == [
        line for line in message.splitlines() if line.isupper() and line.replace(" ", "").isalnum()
    ]
    assert "Missed: it was due Mon 20 January 2025" in message


def test_history_that_is_undone_needs_no_correction(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Nobody was told of it; whoever was told that it stands is."""
    subscribe(store, engine)
    turn(START + DAY)
    old_case(store, "2026-02-03T12:00:00Z")
    turn(START + 3 * DAY)
    subscribe(store, engine, email="late@example.org", now=START + 3 * DAY)
    turn(START + 3 * DAY + DAY / 24)
    before = len(texts(settings))
    paid = {"commitment": "old", "occurred": "2025-01-10", "basis": "creditor_admission"}
    enter(store, "old-case", "PerformanceConfirmed", "2026-02-04T15:00:00Z", "e-paid", **paid)
    report = turn(START + 4 * DAY)
    (message,) = texts(settings)[before:]

    assert ["late@example.org"] == [each.recipient for each in report.deliveries]
    assert "This is no longer so, by later news: Missed: it was due Mon 20" in one_line(message)


def test_several_alerts_of_one_promise_are_one_item(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Overdue and lapsed in one turn, once in the subject and under one heading."""
    subscribe(store, engine)
    turn(START)
    report = turn(LATE + 3 * DAY)
    message = texts(settings)[-1]

    assert ["Accord: missed, was due Tue 10 February"] == [d.subject for d in report.deliveries]
    assert 1 == message.count("\n* ")
    assert 1 == one_line(message).count("it was due Tue 10 February")
    assert ["told"] == outcomes(engine, OVERDUE)


def test_a_warning_names_the_deadline_and_not_its_own_instant(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """The day that was promised, in the zone of the promise."""
    subscribe(store, engine, zone="Europe/Oslo")
    turn(START)
    turn(parse_instant("2026-02-09T23:30:00Z"))
    message = one_line(texts(settings)[-1])

    assert "Due today, Tue 10 February, at the end of the day." in message


def test_news_goes_out_by_smtp_with_before_and_after(store: EventStore, engine: Engine) -> None:
    """An extension, two allegations and a reading, in a conversation with a real server."""
    lasting(store)
    script, about = Script(), {"commitment": "peace"}
    subscribe(store, engine, agreements=("truce",))
    with serving(script) as host:
        settings = MailSettings(mail_dir=Path(), smtp_url=f"smtp://{host}")

        def turn(at: str) -> TickReport:
            return tick(store, engine, settings, mail_transport(settings), parse_instant(at))

        turn("2026-02-02T00:00:00Z")
        enter(store, "truce", "ViolationAlleged", "2026-02-03T10:00:00Z", "e-1", incident="i",
              **about)  # fmt: skip
        enter(store, "truce", "ViolationAlleged", "2026-02-03T11:00:00Z", "e-2", incident="j",
              **about)  # fmt: skip
        enter(store, "truce", "ReadingAsserted", "2026-02-03T12:00:00Z", "e-3", **about,
              terms={"end": "2026-05-01", "zone": "Europe/Oslo"})  # fmt: skip
        report = turn("2026-02-03T13:00:00Z")
    _, wire = script.taken[-1]
    parsed = message_from_bytes(wire, policy=policy.default)
    message = one_line(parsed.get_body(("plain",)).get_content())  # type: ignore[union-attr]

    assert ["incident_alleged", "incident_alleged", "reading_added", "state_changed"] == sorted(
        alert.kind for alert in report.alerts
    )
    assert 2 == message.count("A breach on Tue 3 February is alleged by Norway.")
    assert "Its end, as Norway counts: Fri 1 May." in message
    assert "A breach is alleged" not in message


def test_what_is_taken_back_is_corrected(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """An allegation that was told, and retracted as an error."""
    lasting(store)
    subscribe(store, engine)
    turn(START)
    enter(store, "truce", "ViolationAlleged", "2026-02-03T10:00:00Z", "e-1", commitment="peace")
    turn(START + 2 * DAY)
    gone = {"event": "e-1", "reason": "typed twice"}
    at = format_instant(START + 2 * DAY + DAY / 12)
    enter(store, "truce", "EntryRetracted", at, "e-2", **gone)
    turn(START + 3 * DAY)

    words = "This is no longer so, by later news: A breach on Tue 3 February is alleged by Norway."
    assert words in one_line(texts(settings)[-1])
