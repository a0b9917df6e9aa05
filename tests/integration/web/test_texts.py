"""Every text of every event, wherever it is shown: whole, and never anything but text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from icalendar import Calendar

from tests.integration.web.test_safety import CORPUS, FORBIDDEN
from tests.support.dataset import EVENING
from tests.support.hostile import FIRST, everything, payloads, texts
from tests.support.html import elements, text_of
from tests.support.served import Board, serving
from web.export import export
from web.settings import Site

PLAIN = "said here"
PAGES = ("/", "/agreements/accord", "/agreements/accord/readout", "/commitments/c",
         "/commitments/c/explain", "/deadlines", "/events", "/?as_of=2025-03-19")  # fmt: skip
OTHERS = ("/disputes", "/parties/XXX", "/changes", "/changes?since=%3Cscript%3E",
          "/search?q=script", "/search?q=%3Cimg", "/guide", "/about",
          "/?q=%3Cscript%3E&party=%22%3E%3Cimg%20src=x%3E", "/commitments/%3Cscript%3E",
          "/?as_of=%3Cscript%3E")  # fmt: skip
"""Pages of text that is asked for, of what is not there, and the remaining ones."""
EVENTS = [f"/events/{n}" for n, _ in enumerate(payloads(PLAIN), start=1)]
ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@pytest.fixture(scope="module")
def wordy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    database = str(tmp_path_factory.mktemp("told") / "pactwatch.db")
    everything(database, PLAIN)
    with serving(database) as board:
        yield board


@pytest.mark.parametrize(
    ("number", "name", "data"),
    [(n, name, data) for n, (name, data) in enumerate(payloads(PLAIN), start=1)],
    ids=[name for name, _ in payloads(PLAIN)],
)
def test_no_text_of_an_event_is_left_out(
    wordy: Board, number: int, name: str, data: dict[str, Any]
) -> None:
    """Its page has every one; its JSON is what was recorded."""
    page = text_of(wordy.ask(f"/events/{number}").text)

    assert [] == [text for text in texts(data, PLAIN) if text not in page]
    assert data == wordy.ask(f"/api/events/{number}").json["data"]


def test_where_a_source_was_kept_and_when_is_shown(wordy: Board) -> None:
    """An address that is no link is told as text."""
    page = wordy.ask("/events/2").text

    assert f"<b>archived copy</b> {PLAIN} AgreementRecorded.source.archived_url" in page
    assert "<b>retrieved</b> 2025-03-18T20:00:00Z" in page


def unsafe(html: str) -> list[str]:
    """Elements, handlers and addresses that a text could have brought in."""
    places = []
    for tag, attributes in elements(html):
        places += [tag] if tag in FORBIDDEN else []
        for name, value in attributes.items():
            handler = name.startswith("on") or name == "style" or name == "http-equiv"
            foreign = name in ("href", "src", "action", "formaction") and _leads_away(value)
            places += [f"{name}={value}"] if handler or foreign else []
    return places


@pytest.mark.parametrize("text", [text for text in CORPUS if "<" in text])
def test_what_could_run_or_load_is_noticed(text: str) -> None:
    """Each text as it is in a page that does not escape it."""
    assert unsafe(f"<!doctype html><title>{text}</title><p title='{text}'>\"{text}</p>")


def _leads_away(address: str) -> bool:
    """None of these pages has a colon in an address, so that none can have a scheme."""
    return address.startswith(("//", "\\")) or ":" in address


@pytest.fixture(params=CORPUS, ids=range(len(CORPUS)), scope="module")
def hostile_text(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def hostile_database(hostile_text: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the text in every field, for reading alone."""
    database = str(tmp_path_factory.mktemp("hostile") / "pactwatch.db")
    everything(database, hostile_text)
    return database


@pytest.fixture(scope="module")
def hostile_board(hostile_database: str) -> Iterator[Board]:
    with serving(hostile_database) as board:
        yield board


@pytest.fixture(scope="module")
def all_hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with all of the texts in each field, one after the other, for reading alone."""
    database = str(tmp_path_factory.mktemp("hostile") / "pactwatch.db")
    everything(database, " ".join(CORPUS))
    return database


def assert_only_text(board: Board, paths: Iterable[str], statuses: set[int]) -> None:
    """Each of these pages is answered so, and no text brought anything into it."""
    replies = {path: board.ask(path) for path in paths}

    assert statuses == {reply.status for reply in replies.values()}
    assert {} == {path: bad for path, reply in replies.items() if (bad := unsafe(reply.text))}


def test_no_text_in_any_field_is_more_than_text(hostile_board: Board) -> None:
    """On every page, and on those of the events that the others lean on."""
    assert_only_text(hostile_board, (*PAGES, *EVENTS[: len(FIRST)]), {200})


def test_no_text_is_more_where_it_is_asked_for(hostile_board: Board) -> None:
    """Nor where nothing is found by it, or it is refused."""
    assert_only_text(hostile_board, OTHERS, {200, 400, 404})


def test_no_text_is_more_on_the_page_of_any_event(all_hostile: str) -> None:
    """With all of them in each field, one after the other."""
    with serving(all_hostile) as board:
        assert_only_text(board, EVENTS, {200})


def test_documents_of_hostile_text_are_well_formed(hostile_text: str, hostile_board: Board) -> None:
    """JSON holds it as it was said; CSV, feed and calendar are read back whole."""
    board = hostile_board
    status = board.ask("/api/status").json
    documents = [board.ask(f"/api/{name}") for name in ("explain/c", "timeline/c", "events")]
    cells = list(csv.DictReader(io.StringIO(board.ask("/events.csv").text, newline="")))
    feed = ElementTree.fromstring(board.ask("/atom.xml").text)
    calendar = Calendar.from_ical(board.ask("/deadlines.ics").text)

    assert f"{hostile_text} AgreementRecorded.title" == status["agreements"][0]["title"]
    assert all(json.loads(document.body) for document in documents)
    assert {None} == {row.get(None) for row in cells}  # type: ignore[call-overload]
    assert {"feed", "entry", "id", "title", "updated", "link", "category", "summary", "subtitle",
            "author", "name"} >= {e.tag.rpartition("}")[2] for e in feed.iter()}  # fmt: skip
    assert {"VEVENT"} == {item.name for item in calendar.subcomponents}


def test_files_of_hostile_text_are_only_text(all_hostile: str, tmp_path: Path) -> None:
    """With all of them in each field the export is as safe as the board, and stays in place."""
    export(Site(db=all_hostile, clock=lambda: EVENING), tmp_path / "out" / "site")
    pages = list((tmp_path / "out" / "site").rglob("*.html"))

    assert {} == {
        page.name: bad for page in pages if (bad := unsafe(page.read_text(encoding="utf-8")))
    }
    assert ["site"] == [path.name for path in (tmp_path / "out").iterdir()]
    assert len(pages) > 50


@pytest.mark.parametrize(
    "start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1"]
)
def test_no_cell_is_a_formula_in_any_field(database: str, start: str) -> None:
    """Served and exported alike."""
    everything(database, start)
    with serving(database) as board:
        tables = [board.ask(f"/{name}.csv").text for name in ("commitments", "events")]
    cells = [c for text in tables for row in csv.reader(io.StringIO(text, newline="")) for c in row]

    assert [] == [cell for cell in cells if cell.startswith(ACTIVE)]
    assert [True, True] == [start.strip() in text for text in tables]
