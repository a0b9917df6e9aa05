"""What the board must never do: write, run a script, load from elsewhere, show what is marked."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from events import EventStore, EventStoreError, NewEvent, parse_instant
from events.database.engine import open_engine, read_snapshot
from tests.integration.web.test_pages import DOCUMENTS, PAGES
from tests.support.dataset import SHIPPED
from tests.support.served import Board, project, record, serving
from web.serving.routes import Endpoints, routes
from web.settings import Site

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW")
FORBIDDEN = {"script", "iframe", "img", "style", "base", "object", "embed", "template"}
CORPUS = (
    "<script>document.title='ran'</script>",
    '"><img src=x onerror="document.title=\'ran\'">',
    "'><svg onload=document.title='ran'>",
    "</title><script src=//evil.example/x.js></script>",
    "<iframe src=https://evil.example></iframe><style>@import url(//evil.example)</style>",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "]]><!--><base href=//evil.example><meta http-equiv=refresh content='0;url=//evil.example'>",
    "\u202eevil\u2066 <a href=javascript:document.title='ran'>x</a> &lt;b&gt;",
)


def test_every_route_refuses_every_other_method(board: Board) -> None:
    """GET and HEAD, and POST where a mail link acts; all else is 405, with what is allowed."""
    for path in (*PAGES, *DOCUMENTS, "/health"):
        answered = {method: board.ask(path, method).status for method in METHODS[:-2]}

        assert {"GET": 200, "HEAD": 200} == {m: s for m, s in answered.items() if s != 405}, path


def test_an_unknown_method_is_refused(board: Board) -> None:
    """Not only those that have a name."""
    assert 405 == board.ask("/", "BREW").status


def test_no_route_is_untested(database: str, store: EventStore) -> None:
    """The list of routes is the list these tests walk."""
    desk = Endpoints(Site(db=database, clock=lambda: parse_instant("2025-03-18T22:00:00Z")))
    declared = {getattr(route, "path", "") for route in routes(desk)}
    named = {re.sub(r"\{[^}]*\}", "{}", path) for path in declared}
    walked = {_form(path) for path in (*PAGES, *DOCUMENTS)}

    assert walked - {"/static/style.css", "/static/icon.svg"} | {
        "/health",
        "/ready",
        "/robots.txt",
        "/static",
    } == (named - {"/u/{}", "/c/{}", "/p/{}", "/a/{}/{}"})


def _form(path: str) -> str:
    return re.sub(r"(?<=/)(energy-pause-2025|ep-rus|RUS|49|2025-04)(?=/|$)", "{}", path)


@pytest.mark.parametrize("path", ["/", "/nothing", "/?as_of=x", "/api/status", "/static/style.css"])
def test_every_answer_carries_the_policy(board: Board, path: str) -> None:
    """Errors and files too: nothing runs, nothing comes from elsewhere, nobody frames it."""
    headers = board.ask(path).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "nosniff" == headers["x-content-type-options"]
    assert "server" not in headers


def hostile(database: str, text: str) -> None:
    """An agreement with this text in every field that takes text."""
    at, source = "2025-03-18T20:00:00Z", {"url": f"javascript:{text}", "quote": text}
    fields = {"speaker": text, "reported_by": [text], "primary_source": text, "note": text}
    common = {**fields, "source": source, "occurred": "2025-03-18"}
    record(database, "parties", "PartyRegistered", at=at, party="XXX", name=text,
           zone="Europe/Oslo", aliases=[text], **common)  # fmt: skip
    record(database, "accord", "AgreementRecorded", at=at, agreement="accord", title=text,
           parties=[text, "XXX"], **common)  # fmt: skip
    record(database, "accord", "AcceptedConditionally", at=at, commitment="c", kind="maintenance",
           debtor=[text, "XXX"], creditor=[text], promise=text,
           terms={"scope": text, "due": "2025-03-25", "reading_of": text},
           antecedents=[{"id": "a", "text": text}], **common)  # fmt: skip
    record(database, "accord", "ReadingAsserted", at=at, commitment="c", term="scope", value=text,
           **common)  # fmt: skip
    record(database, "accord", "ViolationAlleged", at=at, commitment="c", incident="i", text=text,
           where=text, claimed_count={"value": 5, "text": text}, **common)  # fmt: skip
    record(database, "accord", "PositionStated", at=at, text=text, by=text, **common)
    project(database)


@pytest.mark.parametrize("field", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_cells_of_the_deadlines_are_inert(database: str, field: str) -> None:
    """A spreadsheet takes none of them for a formula: they name who gives an end."""
    hostile(database, field)
    with serving(database) as board:
        text = board.ask("/deadlines.csv").text
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

    assert field.strip() in {cell.strip("' \t\r\n") for cell in cells if cell[:1] == "'"}
    assert [] == [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


def test_feeds_of_hostile_text_are_well_formed(database: str) -> None:
    """Control characters and markup leave XML and iCalendar whole."""
    from xml.etree import ElementTree

    from icalendar import Calendar

    hostile(database, f"{CORPUS[0]}\x0b\r\nBEGIN:VEVENT\r\n")
    with serving(database) as board:
        feed = ElementTree.fromstring(board.ask("/atom.xml").text)
        calendar = Calendar.from_ical(board.ask("/deadlines.ics").text)

    assert feed.tag.endswith("feed")
    assert ["VEVENT"] == [item.name for item in calendar.subcomponents]


def test_a_reader_of_sqlite_cannot_write(database: str, store: EventStore) -> None:
    """Neither through the store nor through the engine, whatever is asked."""
    project(database)
    with EventStore.open(database, read_only=True) as reader:
        with pytest.raises(EventStoreError, match="read-only"):
            reader.append("x", [NewEvent(type="pactwatch.RoundHeld.v1", data={})])
        assert SHIPPED == reader.head()
    _refuses_writes(database, OperationalError)


def test_a_reader_of_postgresql_cannot_write(made_postgres: str) -> None:
    """Every transaction of its sessions is read-only."""
    project(made_postgres)
    with (
        EventStore.open(made_postgres, read_only=True) as reader,
        pytest.raises(EventStoreError, match="read-only"),
    ):
        reader.append("x", [NewEvent(type="pactwatch.RoundHeld.v1", data={})])
    _refuses_writes(made_postgres, ProgrammingError | OperationalError)


def _refuses_writes(url: str, error: type[Exception] | object) -> None:
    engine = open_engine(url, read_only=True)
    for statement in ("DELETE FROM commitments", "CREATE TABLE x (y INTEGER)"):
        with pytest.raises(Exception, match=r"read-?only"), read_snapshot(engine) as connection:
            connection.exec_driver_sql(statement)
    with read_snapshot(engine) as connection:
        assert 0 <= connection.exec_driver_sql("SELECT count(*) FROM commitments").scalar_one()
    engine.dispose()


def test_a_reader_creates_nothing(tmp_path: object, database: str) -> None:
    """A mistyped name makes no file."""
    with pytest.raises(EventStoreError, match="no database"):
        EventStore.open(database, read_only=True)
    assert not Path(database).exists()


Marked = Callable[[str], Board]


def mark(database: str) -> None:
    """An allegation for few eyes, and an agreement that is all of it marked."""
    record(database, "energy-pause-2025", "ViolationAlleged", at="2025-03-18T21:00:00Z",
           commitment="ep-rus", occurred="2025-03-18", speaker="UKR", incident="hidden-incident",
           text="told in confidence", tlp="AMBER")  # fmt: skip
    record(database, "quiet-deal", "AgreementRecorded", at="2025-03-18T21:00:00Z",
           agreement="quiet-deal", title="A quiet deal", parties=["NOR", "ISL"],
           tlp="RED")  # fmt: skip
    project(database)


@pytest.fixture
def marked(database: str, shipped_database: Path) -> str:
    """The address of a database with the marked entries."""
    shutil.copy(shipped_database, database)
    mark(database)
    return database


EVERYWHERE = ("/", "/agreements/energy-pause-2025", "/commitments/ep-rus", "/events",
              "/commitments/ep-rus/explain", "/api/status", "/api/explain/ep-rus", "/api/events",
              "/api/timeline/ep-rus", "/atom.xml", "/deadlines.ics", "/events.csv",
              "/commitments.csv", "/?as_of=2025-03-19", "/?q=quiet")  # fmt: skip


@pytest.fixture(scope="module")
def marked_board(
    shipped_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Board]:
    """The marked entries, served to everybody: for reading alone."""
    database = str(tmp_path_factory.mktemp("marked") / "pactwatch.db")
    shutil.copy(shipped_database, database)
    mark(database)
    with serving(database) as board:
        yield board


@pytest.mark.parametrize("path", EVERYWHERE)
def test_what_is_marked_above_the_ceiling_is_nowhere(marked_board: Board, path: str) -> None:
    """Neither the text, nor the state that follows from it, nor the agreement's name."""
    reply = marked_board.ask(path)

    assert 200 == reply.status
    assert "told in confidence" not in reply.text
    assert "hidden-incident" not in reply.text
    assert "A quiet deal" not in reply.text


def test_no_state_follows_from_what_is_not_shown(marked: str) -> None:
    """Compliance is what the events that are shown make it."""
    with serving(marked) as board:
        now = board.ask("/api/status").json["agreements"]
        then = board.ask("/api/status?as_of=2025-03-19").json["agreements"]

    for agreements in (now, then):
        compliance = {c["id"]: c["compliance"] for a in agreements for c in a["commitments"]}
        assert "unassessed" == compliance["ep-rus"]


def test_a_marked_event_is_told_like_one_that_never_was(marked: str) -> None:
    """The log ends before it, as one without it would."""
    with serving(marked) as board:
        event, agreement = board.ask(f"/events/{SHIPPED + 1}"), board.ask("/agreements/quiet-deal")

    assert (404, 404) == (event.status, agreement.status)
    assert f"The newest is {SHIPPED}" in event.text


@pytest.mark.parametrize("query", ["", "?as_of=2025-03-20"])
def test_an_id_that_is_not_shown_is_told_like_one_that_never_was(marked: str, query: str) -> None:
    """Whoever guesses at ids learns nothing."""
    record(marked, "quiet-deal", "CommitmentAccepted", at="2025-03-18T21:10:00Z",
           commitment="quiet-promise", kind="process", debtor=["NOR"], creditor=["ISL"],
           promise="to talk", terms={}, tlp="RED", occurred="2025-03-18")  # fmt: skip
    project(marked)
    paths = ("/commitments/{}", "/commitments/{}/explain", "/agreements/{}", "/api/status/{}",
             "/api/explain/{}", "/api/timeline/{}", "/agreements/{}/atom.xml")  # fmt: skip
    with serving(marked) as board:
        for path in paths:
            hidden, absent = "quiet-promise", "jsadf-xqzvbnm"
            if path.startswith("/agreements"):
                hidden = "quiet-deal"
            one = board.ask(path.format(hidden) + query)
            other = board.ask(path.format(absent) + query)

            assert (404, 404) == (one.status, other.status), path
            assert other.text.replace(absent, hidden) == one.text, path


@pytest.mark.parametrize("path", ["/", "/about", "/events"])
def test_when_something_hidden_was_recorded_is_hidden(marked_board: Board, path: str) -> None:
    """A page tells the instant of the newest event that it may show."""
    text = marked_board.ask(path).text

    assert "18 Mar 2025 21:00Z" not in text
    assert f"As of {SHIPPED} entries, the newest recorded" in text


def test_the_order_does_not_tell_what_holds_something_hidden(
    marked: str, shipped_database: Path, tmp_path: Path
) -> None:
    """Agreements stand as they were recorded, whether they are folded or read from tables."""
    whole = str(tmp_path / "whole.db")
    shutil.copy(shipped_database, whole)
    project(whole)
    orders = []
    for database in (marked, whole):
        with serving(database) as board:
            rows = csv.DictReader(io.StringIO(board.ask("/commitments.csv").text))
            orders.append([row["id"] for row in rows])

    assert orders[0] == orders[1]


def test_an_event_is_marked_as_a_correction_marked_it(marked: str) -> None:
    """Its page, the log and the file say what `event show` says, not the mark it came with."""
    with EventStore.open(marked) as store:
        (noted,) = [e for e in store.read_stream("energy-pause-2025") if e.id == "ds-ep-002"]
    record(marked, "energy-pause-2025", "EntryCorrected", at="2025-03-18T21:20:00Z",
           event=noted.id, reason="confidential", occurred="2025-03-18",
           replacement={**noted.data, "tlp": "AMBER"})  # fmt: skip
    project(marked)
    with serving(marked, ceiling="AMBER") as board:
        page = board.ask(f"/events/{noted.position}").text
        rows = list(csv.DictReader(io.StringIO(board.ask("/events.csv").text)))
        document = board.ask(f"/api/events/{noted.position}").json

    assert "tlp" not in noted.data
    assert "TLP:AMBER</span>" in page
    assert ["AMBER", "AMBER"] == [
        document["tlp"],
        *(row["tlp"] for row in rows if row["id"] == noted.id),
    ]


def test_a_higher_ceiling_shows_it(marked: str) -> None:
    """Who serves a closed circle says so on the command line."""
    with serving(marked, ceiling="AMBER") as board:
        page = board.ask("/commitments/ep-rus").text

    assert "told in confidence" in page
    assert "alleged" in page
    assert "Shown up to TLP:AMBER" in page
