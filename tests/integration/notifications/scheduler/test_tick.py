"""Turns of the scheduler on the shipped data set: what is alerted, once, and what is corrected."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import Engine

from events import EventStore, NewEvent, format_instant, parse_instant
from events.database.engine import write_transaction
from notifications.planning.preview import preview
from notifications.scheduler.report import TickReport
from notifications.settings import MailSettings
from tests.support import accord
from tests.support.dataset import EVENING
from tests.support.subscribers import add_reader
from tracker.projections.catch_up import catch_up

Turn = Callable[[str], TickReport]


@pytest.fixture
def turn(turn: accord.Turn) -> Turn:
    return lambda now: turn(parse_instant(now))


def subscribe(store: EventStore, engine: Engine, **more: Any) -> int:
    with write_transaction(engine) as connection:
        catch_up(store, connection, EVENING)
        options = {"email": "reader@example.org", "cadence": "immediate", "now": EVENING, **more}
        return add_reader(connection, **options).id


def of(report: TickReport, commitment: str) -> list[tuple[str, str]]:
    return [(a.kind, a.lead or a.at) for a in report.alerts if a.commitment == commitment]


def test_the_pause_alerts_from_its_earliest_reading_and_ends_at_its_latest(turn: Turn) -> None:
    """One alert a lead for both readings, one as the contest begins, and the end at the latest."""
    turn("2025-03-18T22:00:00Z")
    reports = [turn(format_instant(EVENING + timedelta(days=n))) for n in range(1, 43)]

    assert [
        ("due_soon", "P7D"),
        ("due_soon", "P3D"),
        ("due_soon", "P1D"),
        ("contested_end_began", "2025-04-16T21:00:00Z"),
        ("contested_end_closed", "2025-04-17T21:00:00Z"),
        ("ended", "2025-04-17T21:00:00Z"),
    ] == [alert for report in reports for alert in of(report, "ep-rus")]


def test_a_second_turn_at_the_same_instant_does_nothing(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """No alert, no digest, no mail."""
    subscribe(store, engine)
    first, second = turn("2025-03-19T22:00:00Z"), turn("2025-03-19T22:00:00Z")

    assert (first.delivered, len(second.alerts), second.planned, second.delivered) == (1, 0, 0, 0)


def test_missed_turns_lose_nothing(turn: Turn) -> None:
    """One turn after six weeks of silence notices what daily turns would have."""
    late = turn("2025-04-29T22:00:00Z")

    assert [("due_soon", lead) for lead in ("P7D", "P3D", "P1D")] == [
        alert for alert in of(late, "ep-rus") if alert[0] == "due_soon"
    ]
    assert {"overdue", "lapsed"} <= {kind for kind, _ in of(late, "sw-rus")}


def test_a_digest_says_the_same_in_text_and_html(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """Both parts name the same commitments, and the text keeps to 78 columns."""
    subscribe(store, engine)
    turn("2025-03-19T22:00:00Z")
    (file,) = settings.mail_dir.glob("*.eml")
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    named = re.findall(r"^  \(([\w-]+);", text, re.MULTILINE)

    assert {"sw-rus", "sw-ukr", "iaea-rotation-truces", "ep-ukr", "gc-rus", "hk-usa"} <= {*named}
    assert all(name in html for name in named)
    assert max(map(len, text.splitlines())) <= 78
    assert "Wed 19 March, 22:00" in text


def test_html_digests_are_valid_html5(
    store: EventStore, engine: Engine, settings: MailSettings
) -> None:
    """A strict parser finds nothing to complain of."""
    import html5lib

    number = subscribe(store, engine)
    rendered = preview(store, engine, settings, number, parse_instant("2025-03-19T22:00:00Z"))

    assert rendered is not None
    assert html5lib.HTMLParser(strict=True).parse(rendered.html) is not None
    assert len(rendered.html.encode()) < 102_000


def test_a_preview_is_byte_identical_to_what_is_sent_and_keeps_nothing(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """The preview is the message of the turn, and the turn still sends it."""
    number = subscribe(store, engine)
    message = preview(store, engine, settings, number, parse_instant("2025-03-19T22:00:00Z"))
    sent = turn("2025-03-19T22:00:00Z")
    (file,) = settings.mail_dir.glob("*.eml")

    assert (1, file.read_bytes()) == (sent.delivered, message and message.message)


def test_late_news_corrects_what_was_told(
    store: EventStore, engine: Engine, settings: MailSettings, turn: Turn
) -> None:
    """A delivery confirmed late takes back overdue and lapsed; the last, as sent, is told."""
    number = subscribe(store, engine, agreements=("pow-swap-2025-03-19",))
    turn("2025-03-22T00:00:00Z")
    news = {
        "commitment": "sw-rus",
        "occurred": "2025-03-19",
        "basis": "both_sides",
        "speaker": "RUS",
    }
    store.append(
        "pow-swap-2025-03-19",
        [
            NewEvent(
                type="pactwatch.PerformanceConfirmed.v1",
                data=news,
                recorded_at=parse_instant("2025-03-23T00:00:00Z"),
            )
        ],
    )
    later = parse_instant("2025-03-23T01:00:00Z")
    message = preview(store, engine, settings, number, later)
    report = turn(format_instant(later))

    assert [("state_changed", "2025-03-19T09:00:00Z")] == of(report, "sw-rus")
    assert message is not None
    corrections = message.text.partition("CORRECTIONS")[2]
    assert "This is no longer so, by later news: Missed" in corrections
    assert "Overdue" not in corrections
    assert "(sw-ukr;" not in corrections


def test_a_daily_digest_waits_for_its_local_hour(
    store: EventStore, engine: Engine, turn: Turn
) -> None:
    """Alerts are noticed at once, told at eight in the recipient's morning, once a day."""
    subscribe(store, engine, cadence="daily", hour=8, zone="Europe/Kyiv")
    hours = [
        "2025-03-19T05:59:00Z",
        "2025-03-19T06:00:00Z",
        "2025-03-19T23:00:00Z",
        "2025-03-20T06:00:00Z",
    ]

    assert [0, 1, 0, 1] == [turn(hour).delivered for hour in hours]


def test_nothing_to_say_is_nothing_sent(store: EventStore, engine: Engine, turn: Turn) -> None:
    """A subscriber of a quiet agreement gets no mail on a noisy day."""
    subscribe(store, engine, agreements=("hockey-matches",))
    turn("2025-03-18T22:00:00Z")

    assert (0, 0) == (lambda r: (r.planned, r.delivered))(turn("2025-03-19T22:00:00Z"))
