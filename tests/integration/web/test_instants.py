"""Pages say as of when they are: of another instant, before the record, behind the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events import EventStore
from events.database.engine import open_engine
from notifications.delivery.eml_files import EmlTransport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from tests.support.accord import PAY, START
from tests.support.dataset import EVENING, SHIPPED
from tests.support.given import new
from tests.support.html import text_of
from tests.support.served import Board, record, serving


def test_a_page_of_another_instant_says_so(board: Board) -> None:
    """It is not now, and every link stays in that instant."""
    page = board.ask("/commitments/sw-rus?as_of=2025-03-20").text

    assert "<strong>Ahead of now:</strong>" in page
    assert ">the end of 20 Mar 2025</time>, as known at" in page
    assert "overdue" in page
    assert "../agreements/pow-swap-2025-03-19?as_of=2025-03-20" in page


def test_a_day_that_is_not_over_is_ahead(board: Board) -> None:
    """Its end is asked for, which is still to come; an instant within a day stays one."""
    ahead = board.ask(f"/?as_of={EVENING:%Y-%m-%d}").text
    within = board.ask("/?as_of=2025-03-18T10:00Z").text

    assert "<strong>Ahead of now:</strong> the world as of <time" in ahead
    assert ">the end of 18 Mar 2025</time>, as known at <time" in ahead
    assert "<strong>Not now:</strong> the world as of <time" in within
    assert ">18 Mar 2025 10:00Z</time>, as known at <time" in within


def test_a_board_of_a_time_before_the_record_says_nothing_false(board: Board) -> None:
    """Much is on record, so nobody is told to begin; nor that there is nothing."""
    page = board.ask("/?as_of=2020-01-01").text

    assert 2 == page.count("Of what is on record nothing counts as of this instant")
    assert ("To begin" in page, "Nothing is recorded" in page) == (False, False)


def test_known_at_hides_what_was_recorded_later(own_board: Board, database: str) -> None:
    """An allegation recorded on the 21st is not known on the 20th."""
    record(
        database, "energy-pause-2025", "ViolationAlleged", at="2025-03-21T09:00:00Z",
        commitment="ep-rus", occurred="2025-03-19", speaker="UKR", incident="i1", text="a strike",
    )  # fmt: skip

    known = own_board.ask("/commitments/ep-rus?as_of=2025-03-22&known_at=2025-03-22").text
    unknown = own_board.ask("/commitments/ep-rus?as_of=2025-03-22&known_at=2025-03-20").text

    assert "a strike" in known
    assert "a strike" not in unknown


def test_a_stale_page_says_so(own_board: Board, database: str) -> None:
    """An event that is not projected yet is told before anything else."""
    record(
        database, "energy-pause-2025", "ViolationAlleged", at="2025-03-18T21:59:00Z",
        commitment="ep-rus", occurred="2025-03-18", incident="i1", text="a strike",
    )  # fmt: skip

    assert f"1 event after event {SHIPPED} is not in it yet" in own_board.ask("/").text


def test_a_clock_that_has_passed_a_change_is_told(own_board: Board) -> None:
    """Nothing was recorded, but a deadline went by since the last turn."""
    assert "This page is behind." not in own_board.ask("/").text

    own_board.set_now("2025-03-20T00:00:00Z")

    assert "The clock has passed" in own_board.ask("/").text


@pytest.mark.parametrize(("ahead", "given", "is_told"), [
    (timedelta(hours=1), False, False),
    (timedelta(days=30), False, True),
    (timedelta(days=30), True, False),
])  # fmt: skip
def test_a_clock_at_which_no_turn_is_taken_is_told(
    database: str, tmp_path: Path, ahead: timedelta, *, given: bool, is_told: bool
) -> None:
    """A month ahead of the time that has gone by; not where somebody gave the board its clock."""
    now = datetime.now(UTC)
    with EventStore.open(database) as store:
        settings = MailSettings(mail_dir=tmp_path / "mail")
        tick(store, open_engine(database), settings, EmlTransport(settings.mail_dir), now)
    with serving(database, now + ahead, clock_is_given=given) as board:
        text = board.ask("/").text

    assert is_told == ("No turn is taken." in text)


def test_without_a_projection_the_log_is_folded(database: str, store: EventStore) -> None:
    """A board before the first turn is right, and says that it is slow work."""
    with serving(database) as board:
        page = board.ask("/").text

    assert "15 agreements with 19 promises" in page
    assert "The tables of this release have not been built yet" in page


def test_an_empty_database_says_how_to_begin(database: str) -> None:
    """No agreement is no error."""
    EventStore.open(database).close()
    with serving(database) as board:
        page = board.ask("/").text
        others = [
            board.ask(path).status for path in ("/deadlines", "/events", "/about", "/atom.xml")
        ]

    assert "There is no agreement on record." in page
    assert "pactwatch import" in page
    assert [200, 200, 200, 200] == others


def test_what_counts_only_later_is_not_called_unknown(database: str) -> None:
    """An agreement of tomorrow, and its commitment."""
    later = {"effective_at": "2026-02-03T00:00:00Z"}
    recorded = {"agreement": "accord", "title": "Accord", **later}
    with EventStore.open(database) as store:
        events = [
            new("pactwatch.AgreementRecorded.v1", recorded, "a", START),
            new("pactwatch.CommitmentAccepted.v1", {**PAY, **later}, "b", START),
        ]
        store.append("accord", events, 0)
    with serving(database, START) as board:
        front = board.ask("/").text
        pages = [board.ask("/agreements/accord"), board.ask("/commitments/pay")]

    assert "nothing counts yet" in front
    words = "is on record, and counts from 2026-02-03T00:00:00Z"
    assert [(404, True)] * 2 == [(page.status, words in page.text) for page in pages]


def test_a_timeline_says_of_when_it_is_without_a_false_place(board: Board) -> None:
    """A year and a half later the drawing ends before the instant asked about, and says so."""
    far = board.ask("/commitments/ep-rus?as_of=2026-11-28").text
    near = board.ask("/commitments/ep-rus").text

    assert "as of 28 Nov 2026 →" in far
    assert 'class="now"' not in far.partition("<table")[0].partition("timeline-title")[2]
    assert 'class="now"' in near


def test_a_page_as_of_a_day_has_that_day_for_today(board: Board) -> None:
    """It is as of the end of the day, the midnight at which the next begins."""
    late = board.ask("/?as_of=2025-03-20").text
    due = text_of(board.ask("/?as_of=2025-03-19").text)
    eve = text_of(board.ask("/deadlines?as_of=2025-03-18").text)

    assert ">20 Mar</text>" in late
    assert "overdue 1 day" in text_of(late)
    assert "overdue today" in due
    assert "tomorrow" in eve
    assert "as of 20 Mar 2025" in board.ask("/commitments/ep-rus?as_of=2025-03-20").text
