"""The pages over HTTP: what they say, as of when, and what they answer to what cannot be read."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin

import html5lib
import pytest

from benchmarks.many_agreements import NOW, fill
from events import EventStore, parse_instant
from events.database.engine import open_engine
from notifications.delivery.eml_files import EmlTransport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from tests.support.accord import PAY, START
from tests.support.dataset import EVENING, SHIPPED
from tests.support.given import new
from tests.support.html import elements, text_of
from tests.support.served import Board, project, record, serving
from web.model.links import FILES, PATHS, path_of

IDS = {"agreement": "energy-pause-2025", "readout": "energy-pause-2025", "commitment": "ep-rus",
       "explain": "ep-rus", "party": "RUS", "event": "49",
       "month": "2025-04"}  # fmt: skip
PAGES = [f"/{path_of(name, IDS.get(name))}" for name in PATHS]
FILE_IDS = {"agreement_atom": "energy-pause-2025", "agreement_calendar": "energy-pause-2025",
            "api_one": "ep-rus", "api_commitment": "ep-rus", "api_explain": "ep-rus",
            "api_readout": "energy-pause-2025",
            "api_event": "49", "api_timeline": "ep-rus"}  # fmt: skip
DOCUMENTS = [f"/{path_of(name, FILE_IDS.get(name))}" for name in FILES]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_valid_html(board: Board, path: str) -> None:
    """A strict parser finds nothing to mend."""
    reply = board.ask(path)

    html5lib.HTMLParser(strict=True).parse(reply.text)
    assert (200, "text/html; charset=utf-8") == (reply.status, reply.headers["content-type"])


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_document_answers(board: Board, path: str) -> None:
    """Feeds, calendars, CSV, JSON and the style sheet are there."""
    assert 200 == board.ask(path).status


def test_an_entry_shows_what_its_source_is_called(board: Board) -> None:
    """The title of the registered document, its date and the line; no hashes where it is listed."""
    page = board.ask("/events/50").text

    assert "Live blog on the call of the American and the Russian president" in page
    assert "18 March 2025 to 19 March 2025, line 53" in page
    assert "line hashes" not in board.ask(f"/events/{SHIPPED - 32}").text


def test_the_board_begins_with_one_sentence(board: Board) -> None:
    """Counts with their whole, and as of which event."""
    page = board.ask("/").text

    assert "15 agreements with 19 promises: 0 overdue or lapsed, 2 ending within 14 days" in page
    assert f"The newest of {SHIPPED} entries was recorded 30 minutes ago." in page


def test_the_newest_entry_is_the_one_recorded_last(projected: str) -> None:
    """An import may bring older entries after it, as they were recorded elsewhere."""
    record(projected, "energy-pause-2025", "TagsSet", at="2025-03-18T21:50:00Z", tags=["energy"])
    record(projected, "energy-pause-2025", "TagsSet", at="2025-03-01T08:00:00Z", tags=["a"])
    project(projected)
    with serving(projected) as board:
        page = board.ask("/").text

    assert f"The newest of {SHIPPED + 2} entries was recorded 10 minutes ago." in page
    footer = f"As of {SHIPPED + 2} entries, the newest recorded 18 Mar 2025 21:50Z"
    assert footer in text_of(page)


def test_a_page_says_why_an_end_is_one_of_two_days(board: Board) -> None:
    """Nobody says how the days count, which is no dispute between the parties."""
    page = board.ask("/commitments/ep-rus").text

    assert "16 or 17 April 2025 (nobody says whether the first day counts)" in page


def test_the_board_shows_every_reading_of_an_end(board: Board) -> None:
    """Both ways of counting stand, absolute and relative, with who says so."""
    page = board.ask("/").text

    assert "end of 16 Apr 2025 in Moscow, start day counted" in page
    assert "end of 17 Apr 2025 in Moscow, start day not counted" in page
    assert "in 28 days; says The Kremlin&#39;s account (Russia)" in page


def test_what_is_overdue_comes_first(board: Board) -> None:
    """Two days later the swap is overdue, and the board leads with it."""
    page = board.ask("/?as_of=2025-03-20").text

    assert "2 overdue or lapsed" in page
    assert page.index('id="missed"') < page.index('id="agreements"')


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


@pytest.mark.parametrize("zone", ["America/Bogota", "UTC", "Asia/Tokyo"])
def test_what_the_clock_does_at_an_end_is_dated_by_the_day_that_ends(
    zone: str, database: str
) -> None:
    """Where the promise is counted; by the board it may be the next day, or the one before."""
    recorded, pay = {"agreement": "accord", "title": "Accord"}, dict(PAY)
    pay["terms"] = {"due": "2026-02-10", "zone": zone}
    with EventStore.open(database) as store:
        events = [
            new("pactwatch.AgreementRecorded.v1", recorded, "a", START),
            new("pactwatch.CommitmentAccepted.v1", pay, "b", START),
        ]
        store.append("accord", events, 0)
    with serving(database, parse_instant("2026-02-12T00:00:00Z")) as board:
        page = board.ask("/changes?since=2026-02-08").text

    assert "10 Feb 2026</time>:</span> Overdue, was in force." in page


def test_what_is_searched_for_is_not_below_something_else(board: Board) -> None:
    """Who filters wants the matches, not what presses; the counts stay whole."""
    page = board.ask("/?as_of=2025-03-20&q=hockey").text

    assert "2 overdue or lapsed" in page
    assert 'id="missed"' not in page
    assert "commitments/hk-usa" in page


def test_deadlines_begin_with_what_is_still_to_come(board: Board) -> None:
    """What has passed without an end stands below, the latest first."""
    page = board.ask("/deadlines?as_of=2025-03-20").text
    coming, _, passed = page.partition('id="passed"')

    assert "commitments/ep-rus" in coming
    assert "commitments/sw-rus" not in coming
    assert "commitments/sw-rus" in passed


def test_deadlines_show_days_with_how_much_ends_on_each(board: Board) -> None:
    """April: the end of two promises by either count, each day a link to its place in the list."""
    page = board.ask("/deadlines/2025-04?as_of=2025-03-20").text

    assert "2 open ends in April 2025, 2 with more than one day." in page
    assert "16 April: 2 ends, 2 with another day too" in text_of(page)
    assert 'href="#d-2025-04-17"' in page
    assert 'id="d-2025-04-17"' in page
    assert 2 == page.count("<summary>16 or 17 Apr</summary>") // 2


@pytest.mark.parametrize(
    ("month", "words"),
    [("2030-02", "Nothing ends in February 2030."), ("0001-01", "Nothing ends in January 1."),
     ("9999-12", "Nothing ends in December 9999.")],
)  # fmt: skip
def test_every_month_has_a_page(board: Board, month: str, words: str) -> None:
    """Also without an end, with the way to the nearest months that have one."""
    page = board.ask(f"/deadlines/{month}?as_of=2025-03-20").text

    assert words in page
    assert "deadlines/2025-0" in page


def test_days_of_a_crowded_month_lead_to_their_page(database: str) -> None:
    """More ends than a page has rows: each day of the grid stands where its link says."""
    promises = [
        new("pactwatch.CommitmentAccepted.v1",
            {**PAY, "commitment": f"pay-{n}", "terms": {"due": f"2026-04-{1 + n % 30:02}"}},
            f"p{n}", START + timedelta(seconds=n + 1))
        for n in range(120)
    ]  # fmt: skip
    heading = new(
        "pactwatch.AgreementRecorded.v1", {"agreement": "accord", "title": "Accord"}, "a", START
    )
    with EventStore.open(database) as store:
        store.append("accord", [heading, *promises], 0)
    with serving(database, START + timedelta(days=1)) as served:
        page = served.ask("/deadlines/2026-04").text
        links = re.findall(r'href="([^"#]*)#(d-2026-04-\d\d)"', page)
        texts = {path: served.ask(urljoin("/deadlines/2026-04", path)).text for path, _ in links}

    assert (30, 2) == (len(links), len(texts))
    assert all(f'id="{day}"' in texts[path] for path, day in links)


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


def test_what_an_account_says_of_a_term_stands_under_the_name_of_the_term(board: Board) -> None:
    """Not as two fields of the entry, called term and value."""
    page = board.ask("/commitments/ep-rus").text

    assert "<b>duration</b> says nothing</span>" in page
    assert "<b>scope</b> all energy and infrastructure, as an immediate ceasefire</span>" in page
    assert ("<b>term</b>" in page, "<b>value</b>" in page) == (False, False)


def test_the_explanation_is_whole(board: Board) -> None:
    """What decides, who says what, precedents, and every entry that could come next."""
    page = board.ask("/commitments/ep-rus/explain").text
    words = (
        "when to warn", "when the state changes", "says nothing",
        "The US president&#39;s account (United States)",
        "rests on 1 independent source: The Kremlin&#39;s account (Russia)", "1 of 1 collapsed",
        "Energy strikes deal of 2024", "Every kind of entry that could be recorded now",
        "The clock alone",
    )  # fmt: skip

    assert [] == [each for each in words if each not in page]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """Four hundred agreements, a hundred of them overdue or lapsed or nearly so."""
    database = str(tmp_path_factory.mktemp("crowded") / "pactwatch.db")
    with EventStore.open(database) as store:
        fill(store, 400)
    project(database, NOW)
    with serving(database, NOW) as board:
        yield board


def test_a_crowded_board_counts_all_and_shows_some(crowded: Board) -> None:
    """Freshest trouble first, and a link to the rest of it."""
    page = crowded.ask("/").text
    missed = page.partition('id="missed"')[2].partition("</section>")[0]
    ends = re.findall(r'<time datetime="([^"]+)"', missed)

    assert "400 agreements with 400 promises" in page
    assert 15 == missed.count("<tr>") - 1
    assert ends == sorted(ends, reverse=True)
    assert "?state=missed" in page
    assert "Page 1 of 10" in page


@pytest.mark.parametrize("number", [2, 10])
def test_a_later_page_goes_on_with_agreements(crowded: Board, number: int) -> None:
    """What presses stands on the first page only, and the way leads both ways."""
    page = crowded.ask(f"/?page={number}").text

    assert 'id="missed"' not in page
    assert 40 == page.count('<section class="agreement ')
    assert f"page={number - 1}" in page
    assert (number < 10) == (f"page={number + 1}" in page)


def test_the_list_is_narrowed_to_a_tag(projected: str) -> None:
    """As projected and as folded for another instant; the form keeps it."""
    at = "2025-03-18T21:30:00Z"
    record(projected, "energy-pause-2025", "TagsSet", at=at, occurred="2025-03-18", tags=["energy"])
    project(projected)
    with serving(projected) as board:
        for query in ("?tag=energy", "?tag=energy&as_of=2025-03-18T21:59:00Z"):
            listed = board.ask(f"/{query}").text.partition('id="agreements"')[2]
            assert "commitments/ep-rus" in listed
            assert "commitments/sw-rus" not in listed
            assert 'name="tag" value="energy"' in listed
        assert "commitments/ep-rus" not in board.ask("/?tag=grain&q=energy").text


@pytest.mark.parametrize(
    ("query", "found", "missing"),
    [
        ("?q=prisoners", "sw-rus", "ep-rus"),
        ("?q=Ukraine", "ep-ukr", "russian-business"),
        ("?party=russian-government", "rc-rus", "ep-rus"),
        ("?kind=process", "pd", "sw-rus"),
        ("?state=conditional", "ep-ukr", "aid-usa"),
        ("?state=closed&q=energy", "energy-deal-2024", "ep-ukr"),
    ],
)
def test_the_list_is_searched_and_filtered(
    board: Board, query: str, found: str, missing: str
) -> None:
    """By word, party name, party, kind and state."""
    listed = board.ask(f"/{query}").text.partition('id="agreements"')[2]

    assert f"commitments/{found}" in listed
    assert f"commitments/{missing}" not in listed


FILTERED = [
    ("/deadlines?as_of=2025-03-20&kind=achievement", "sw-rus", "ep-rus"),
    ("/deadlines?as_of=2025-03-20&state=in_force", "ep-rus", "ep-ukr"),
    ("/deadlines/2025-04?as_of=2025-03-20&state=in_force", "ep-rus", "ep-ukr"),
    ("/changes?since=2025-03-10&party=UKR", "sw-rus", "hk-usa"),
    ("/changes?since=2025-03-10&q=hockey", "hk-usa", "sw-rus"),
    ("/parties/RUS?kind=process", "pd", "sw-rus"),
    ("/parties/RUS?state=conditional", "gc-rus", "sw-rus"),
]


@pytest.mark.parametrize(("path", "match", "other"), FILTERED)
def test_a_filter_does_what_it_says_on_every_list(
    board: Board, path: str, match: str, other: str
) -> None:
    """What matches is there, what does not is not, and without the filter both are."""
    page, whole = board.ask(path).text, board.ask(re.sub(r"[?&](?!as_of|since)\w+=\w+", "", path))

    assert f"commitments/{match}" in page
    assert f"commitments/{other}" not in page
    assert f"commitments/{other}" in whole.text


def test_disputes_are_filtered_by_party_and_by_what_became_of_them(
    own_board: Board, database: str
) -> None:
    """A denied breach is found as such, and not under another party."""
    alleged = {"commitment": "ep-rus", "incident": "i1", "occurred": "2025-03-18"}
    record(database, "energy-pause-2025", "ViolationAlleged", at="2025-03-18T21:50:00Z",
           speaker="UKR", text="a strike", **alleged)  # fmt: skip
    record(database, "energy-pause-2025", "ViolationDenied", at="2025-03-18T21:55:00Z",
           speaker="RUS", basis="claim", **alleged)  # fmt: skip
    project(database)

    for query in ("", "?compliance=disputed", "?compliance=breach", "?party=RUS", "?q=energy"):
        assert "a strike" in own_board.ask(f"/disputes{query}").text, query
    for query in ("?compliance=alleged", "?party=NOR", "?state=closed"):
        assert "a strike" not in own_board.ask(f"/disputes{query}").text, query
    assert "No breach on record matches." in own_board.ask("/disputes?q=hockey").text


def test_what_others_add_to_an_address_is_no_question(board: Board) -> None:
    """A link that was passed on opens as it would have."""
    assert board.ask("/deadlines").text == board.ask("/deadlines?utm_source=x&fbclid=y").text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/commitments/ep-ru", 404, "ep-rus"),
        ("/commitments/EP-RUS", 404, 'href="../commitments/ep-rus"'),
        ("/commitments/energy-pause-2025", 404, 'href="../agreements/energy-pause-2025"'),
        ("/agreements/ep-rus", 404, 'href="../commitments/ep-rus"'),
        ("/agreements/ep-rus/readout", 404, 'href="../../commitments/ep-rus"'),
        ("/commitments/ep-rus?as_of=0001-01-01", 400, "not a year that can be counted from"),
        ("/commitments/ep-rus?as_of=1970-01-01", 404, "was not on record then"),
        ("/agreements/energy-pause-2025?known_at=2020-01-01", 404, "was not on record then"),
        ("/commitments/ep-rus/explain?as_of=2020-01-01", 404, "Leave out as_of"),
        ("/commitments/ep-rus%00", 404, "ep-rus"),
        ("/commitments/%ff%fe", 404, "There is no promise"),
        ("/commitments/%20", 404, "There is no promise"),
        ("/commitments/a%2fb", 404, "There is no page"),
        (f"/commitments/{'x' * 5000}", 404, "There is no promise"),
        ("/agreements/parties", 404, "There is no agreement"),
        ("/agreements/%2e%2e", 404, "There is no agreement"),
        ("/events/%D9%A3", 404, "counted from 1"),
        ("/events/1e3", 404, "counted from 1"),
        ("/../etc/passwd", 404, "There is no page"),
        ("/%00", 404, "There is no page"),
        ("//", 404, "There is no page"),
        ("//evil.example/", 404, "There is no page"),
        ("///commitments//ep-rus", 404, "There is no page"),
        ("/static/../app.py", 404, "There is no page"),
        ("/static/%2e%2e/app.py", 404, "There is no page"),
        ("/static/..%2fapp.py", 404, "There is no page"),
        ("/static/%00", 404, "There is no page"),
        ("/static", 404, "There is no page"),
        ("/static/", 404, "There is no page"),
        ("/?as_of=%ff", 400, "Accepted forms"),
        ("/?as_of=%00", 400, "Accepted forms"),
        ("/?as_of=2025-13-45", 400, "Accepted forms"),
        ("/?as_of=9999-12-31", 400, "Accepted forms"),
        ("/?as_of=99999999999d", 400, "Accepted forms"),
        ("/?as_of=2025-03-20&as_of=junk", 400, "The address has as_of 2 times."),
        ("/?stat=open", 400, "did you mean state?"),
        ("/events?party=RUS", 400, "Known here: page, as_of, known_at"),
        ("/guide?q=x", 400, "Known here: as_of, known_at"),
        ("/deadlines?party=RU", 400, "did you mean RUS?"),
        ("/disputes?tag=energy", 400, "There is no tag yet"),
        ("/changes?state=in-force", 400, "did you mean in_force"),
        ("/?page=%D9%A3", 400, "is a number from 1 on"),
        ("/agreements/energy-pause", 404, "energy-pause-2025"),
        ("/api/status/ep-ru", 404, "Did you mean"),
        ("/events/999", 404, f"The newest is {SHIPPED}"),
        ("/events/minus", 404, "counted from 1"),
        ("/events/99999999999999999999", 404, "counted from 1"),
        ("/nothing/here", 404, "There is no page"),
        ("/?as_of=yesterweek", 400, "Accepted forms: 2025-03-18T22:00:00Z"),
        ("/?as_of=2025-03-18T22:00", 400, "a clock time needs an offset or a place"),
        ("/commitments/ep-rus?known_at=10", 400, "Accepted forms"),
        ("/deadlines/2025-13", 404, "A month is written like 2026-11."),
        ("/deadlines/0000-01", 404, "A month is written like 2026-11."),
        ("/?kind=promise", 400, "one of achievement, maintenance, process"),
        ("/?state=broken", 400, "one of open, closed"),
        ("/?page=0", 400, "is a number from 1 on"),
        ("/?page=7", 404, "There is no page 7."),
        (f"/?q={'x' * 201}", 400, "At most 200 are taken."),
        (f"/?q={'x' * 3000}", 414, "At most 2,000 are taken."),
    ],
)
def test_what_cannot_be_answered_is_told(board: Board, path: str, status: int, words: str) -> None:
    """With what is accepted or nearest, and never with where in the code it arose."""
    reply = board.ask(path)

    assert status == reply.status
    assert words in reply.text
    assert "Traceback" not in reply.text


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/commitments/ep-rus/", "../../commitments/ep-rus"),
        ("/deadlines/?as_of=2025-03-20", "../deadlines?as_of=2025-03-20"),
    ],
)
def test_a_slash_too_many_leads_on(board: Board, path: str, target: str) -> None:
    """By a relative way, whatever host and prefix a proxy serves us under."""
    reply = board.ask(path, Host="evil.example")

    assert (308, target) == (reply.status, reply.headers["location"])
    assert 200 == board.ask(urljoin(path, target)).status


RAW = (
    b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    b"GET /\r\n\r\n",
    b"\x00\xff\r\n\r\n",
    b"GET /commitments/\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\nabc",
    b"GET / HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n",
)


@pytest.mark.parametrize("sent", RAW, ids=range(len(RAW)))
def test_what_is_no_request_is_refused(board: Board, sent: bytes) -> None:
    """400, the connection ends, and the next reader is served."""
    with socket.create_connection(("127.0.0.1", board.port), timeout=20) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"Traceback" not in answer
    assert 200 == board.ask("/").status


def test_a_client_that_hangs_up_leaves_no_trace(
    own_board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing went wrong here, so nothing is logged."""
    with socket.create_connection(("127.0.0.1", own_board.port), timeout=20) as connection:
        connection.sendall(b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        own_board.ask("/about")
    for _ in range(3):
        own_board.ask("/")

    assert [] == caplog.records


def test_a_slip_of_ours_shows_no_traceback(
    own_board: Board, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What went wrong is logged once; the reader sees that it did, and of what class it is."""
    from web.pages import index as pages

    def slip(*_: object) -> pages.Page:
        raise ZeroDivisionError("secret place")

    monkeypatch.setitem(pages.PAGES, "about", slip)
    reply = own_board.ask("/about")

    assert 500 == reply.status
    assert "This page could not be made (ZeroDivisionError)." in reply.text
    assert ["GET /about"] == [record.getMessage() for record in caplog.records]
    assert "secret place" not in reply.text
    assert "Traceback" not in reply.text
    assert "default-src 'none'" in reply.headers["content-security-policy"]


@pytest.fixture(scope="module")
def corrected(shipped_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """An allegation that was corrected, then retracted."""
    database = str(tmp_path_factory.mktemp("corrected") / "pactwatch.db")
    shutil.copy(shipped_database, database)
    data = {"commitment": "ep-rus", "occurred": "2025-03-18", "speaker": "UKR"}
    record(database, "energy-pause-2025", "ViolationAlleged", at="2025-03-18T21:00:00Z",
           incident="i1", text="a strike on a dam", **data)  # fmt: skip
    with EventStore.open(database) as store:
        event = next(store.read_all(after=SHIPPED))
    record(database, "energy-pause-2025", "EntryCorrected", at="2025-03-18T21:10:00Z",
           event=event.id, reason="misread the report",
           replacement={"text": "a strike on a depot"})  # fmt: skip
    record(database, "energy-pause-2025", "EntryRetracted", at="2025-03-18T21:20:00Z",
           event=event.id, reason="another place altogether")  # fmt: skip
    project(database)
    with serving(database) as board:
        yield board


@pytest.mark.parametrize(
    "path", [f"/events/{SHIPPED + 1}", "/commitments/ep-rus", "/agreements/energy-pause-2025"]
)
def test_a_correction_stands_beside_what_it_corrects(corrected: Board, path: str) -> None:
    """Both texts, both dates, and links either way; nothing recorded is hidden."""
    page = corrected.ask(path).text

    assert "a strike on a dam" in page
    assert "a strike on a depot" in page
    assert "misread the report" in page
    assert "<strong>Retracted</strong>" in page


def test_an_event_page_says_when_it_happened_and_when_it_was_recorded(board: Board) -> None:
    """Two dates, never one."""
    page = board.ask("/events/49").text

    assert "<dt>Happened</dt><dd>18 Mar 2025</dd>" in page
    assert "18 Mar 2025 20:30Z" in page


def test_the_timeline_says_the_same_in_words_and_in_a_table(board: Board) -> None:
    """The drawing has title and description, and every change has its row."""
    page = board.ask("/commitments/ep-rus?as_of=2025-04-20").text
    steps = board.ask("/api/explain/ep-rus?as_of=2025-04-20").json["history"]
    table = page.partition("The same as a table")[2].partition("</table>")[0]

    assert '<title id="timeline-title">Timeline: To halt strikes on Ukraine&#39;s energy' in page
    assert '<desc id="timeline-desc">' in page
    assert len(steps) == table.count("<tr>") - 1


def test_another_zone_shows_its_own_times(database: str, store: EventStore) -> None:
    """Every time carries its offset."""
    project(database)
    with serving(database, tz="Europe/Kyiv") as board:
        assert "18 Mar 2025 22:30+02:00" in board.ask("/events/49").text


def test_the_same_answers_from_postgresql(shipped_postgres: str) -> None:
    """The engine behind it changes nothing."""
    project(shipped_postgres)
    with serving(shipped_postgres) as board:
        assert "15 agreements with 19 promises" in board.ask("/").text
        assert all(200 == board.ask(path).status for path in (*PAGES, *DOCUMENTS))


def test_a_board_of_one_agreement(database: str) -> None:
    """Singular where it is one."""
    record(database, "accord", "AgreementRecorded", at="2025-03-18T20:00:00Z", agreement="accord",
           title="Accord", parties=["NOR", "ISL"])  # fmt: skip
    project(database, parse_instant("2025-03-18T22:00:00Z"))
    with serving(database) as board:
        page = board.ask("/").text

    assert "1 agreement with 0 promises" in page
    assert "No promises yet." in page


def test_disputes_say_who_alleges_who_denies_and_since_when(
    own_board: Board, database: str
) -> None:
    """One that is denied, one that waits for an answer, one above the ceiling; now and then."""
    at, data = "2025-03-18T21:00:00Z", {"commitment": "ep-rus", "speaker": "UKR"}
    for incident, day, tlp in (("a", "2025-03-18", "CLEAR"), ("b", "2025-03-18", "RED")):
        record(database, "energy-pause-2025", "ViolationAlleged", at=at, occurred=day,
               incident=incident, text=f"strike {incident}", tlp=tlp, **data)  # fmt: skip
    record(database, "energy-pause-2025", "ViolationDenied", at=at, commitment="ep-rus",
           occurred="2025-03-20", speaker="RUS", incident="a")  # fmt: skip
    project(database)

    before, after = (own_board.ask(f"/disputes?as_of=2025-03-{day}").text for day in (19, 25))
    assert "unanswered for 1 day" in before
    assert "<bdi>Ukraine</bdi>" in after
    assert "<bdi>Russia</bdi> denies it" in after
    assert "strike b" not in before + after
    assert "Nobody has alleged" not in own_board.ask("/disputes").text


@pytest.mark.parametrize(("path", "status", "words"), [
    ("/parties/RUS", 200, "Russia owes 12 promises and is owed"),
    ("/parties/rus", 404, 'href="../parties/RUS"'),
    ("/parties/kremlin", 200, 'speaks for <a href="../parties/RUS">'),
    ("/parties/RUS?known_at=2020-01-01", 404, "There is no party"),
])  # fmt: skip
def test_a_party_has_a_page(board: Board, path: str, status: int, words: str) -> None:
    """With what it owes and is owed; an account leads to its party."""
    reply = board.ask(path)

    assert (status, True) == (reply.status, words in reply.text)


def test_a_search_finds_what_may_be_seen_as_it_reads(own_board: Board, database: str) -> None:
    """A quote by its beginning; a hidden correction leaves the text that it replaces."""
    data = {"commitment": "ep-rus", "occurred": "2025-03-18", "speaker": "UKR"}
    for word, tlp in (("quillwort", "CLEAR"), ("sedgewren", "RED")):
        record(database, "energy-pause-2025", "PositionStated", at="2025-03-18T21:00:00Z", tlp=tlp,
               by="UKR", source={"quote": f"a {word} by the dam"}, text="no", **data)  # fmt: skip
    with EventStore.open(database) as store:
        event = next(store.read_all(after=SHIPPED))
    record(database, "energy-pause-2025", "EntryCorrected", at="2025-03-18T21:10:00Z", tlp="RED",
           event=event.id, reason="misread", replacement={"source": {"quote": "none"}})  # fmt: skip
    project(database)

    page = own_board.ask("/search?q=QUILL").text
    assert "a <mark>quillwort</mark> by the dam" in page
    assert "Found in 1 entry." in page
    assert "Nothing on record has this word." in own_board.ask("/search?q=sedgewren").text
    assert "has this word" in own_board.ask("/search?q=quill&known_at=2025-03-18T20:59:00Z").text
    assert "<mark>quillwort</mark>" in own_board.ask("/search?q=quill&as_of=2025-03-19").text


@pytest.mark.parametrize(("query", "words"), [
    ("?q=ukraine+energy", 'href="commitments/ep-rus"'),
    ("?q=kremlin", 'href="parties/kremlin"'),
    ("?q=%21%3F", "a word has letters or digits"),
    ("", "Below is every promise on record."),
    ("?page=7", "There is no page 7."),
])  # fmt: skip
def test_a_search_finds_promises_and_parties(board: Board, query: str, words: str) -> None:
    """By the names of their parties, too."""
    assert words in board.ask(f"/search{query}").text


def test_the_guide_explains_every_topic(board: Board) -> None:
    """Words with their meanings, paragraphs in one piece, examples as they stand."""
    page = board.ask("/guide").text

    assert "<dt>creditor</dt><dd>to whom something is promised</dd>" in page
    assert "the first day counts (inclusive), or it does not (exclusive)." in page
    assert "<pre>$ pactwatch search" in page


@pytest.mark.parametrize(("query", "status", "words"), [
    ("?since=monday", 200, "Changes since <time datetime=\"2025-03-17T00:00:00Z\">"),
    ("?since=tuesday", 200, "Changes since <time datetime=\"2025-03-18T00:00:00Z\">"),
    ("?since=-2w", 200, "Changes since"),
    ("?since=03/04/2025", 400, "may be"),
    ("?since=soon", 400, "monday"),
    ("?since=2025-03-20", 400, "later than"),
])  # fmt: skip
def test_changes_are_asked_for_as_people_name_days(
    board: Board, query: str, status: int, words: str
) -> None:
    """A weekday is the last that has come; what may be two days is refused with both."""
    reply = board.ask(f"/changes{query}")

    assert (status, True) == (reply.status, words in reply.text)


def test_changes_tell_what_happened_and_what_was_taken_back(corrected: Board) -> None:
    """An allegation that was retracted is taken back; what the clock will do lies ahead."""
    page = corrected.ask("/changes?since=2025-03-18&as_of=2025-03-20").text
    happened, _, back = page.partition('id="corrected"')

    assert "is alleged" not in happened.partition('id="learned"')[0]
    assert "Breach: no longer alleged since 18 Mar." in back
    assert ".," not in re.sub("<[^>]*>", "", page), "a sentence goes on after its end"
    assert " Recorded <time" in back
    assert "Overdue, was in force." in back.partition('id="ahead"')[2]


@pytest.mark.parametrize(("path", "title", "description"), [
    ("/commitments/ep-rus", "To halt strikes on Ukraine's energy infrastructure for 30 days",
     "In force since 18 Mar. Nobody has assessed whether it is kept. Ends 16 or 17 April 2025"),
    ("/agreements/energy-pause-2025", "Pause of strikes on energy, March 2025",
     "2 promises: 1 in force, 1 conditional."),
    ("/disputes", "Disputes", "breach"),
    ("/", "Promises, and how they stand", "15 agreements with 19 promises"),
    ("/guide", "Guide", "Who promised what to whom"),
])  # fmt: skip
def test_a_link_unfurls_as_a_sentence(
    board: Board, path: str, title: str, description: str
) -> None:
    """The title and the sentence of a page, for search engines and messengers."""
    tags = elements(board.ask(path).text)
    contents = {a.get("property", a.get("name")): a.get("content", "") for _, a in tags}

    assert title == contents["og:title"]
    assert description in contents["description"]
    assert contents["description"] == contents["og:description"]
