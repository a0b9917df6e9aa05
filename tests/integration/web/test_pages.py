"""The pages over HTTP: what they say, as of when, and what they answer to what cannot be read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

import html5lib
import pytest

from events import EventStore, parse_instant
from tests.support.accord import PAY, START
from tests.support.dataset import SHIPPED
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
    assert "in 28 days; according to The Kremlin&#39;s account (Russia)" in page


def test_what_is_overdue_comes_first(board: Board) -> None:
    """Two days later the swap is overdue, and the board leads with it."""
    page = board.ask("/?as_of=2025-03-20").text

    assert "2 overdue or lapsed" in page
    assert page.index('id="missed"') < page.index('id="agreements"')


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


def test_an_amendment_that_names_no_entry_spoils_no_page(database: str) -> None:
    """As another program may write it into the log."""
    at = "2025-03-18T21:00:00Z"
    record(database, "accord", "AgreementRecorded", at=at, agreement="accord", title="Accord")
    record(database, "accord", "EntryCorrected", at=at, event=["x"], reason="r", replacement={})
    with serving(database) as board:
        replies = [board.ask(path) for path in ("/agreements/accord", "/events/1", "/events/2")]

    assert [200, 200, 200] == [reply.status for reply in replies]


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
