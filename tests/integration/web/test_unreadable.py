"""An agreement with an entry that cannot be applied: its pages say so, the others are untouched."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from events import EventStore, NewEvent, parse_instant
from tests.integration.web.test_export import accord, dead_links
from tests.support.dataset import EVENING
from tests.support.served import Board, project, serving
from web.export import export
from web.settings import Site

BROKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "unknown-type": ("pactwatch.Unheard.v1", {"commitment": "unknown-type-c"}),
    "foreign-type": ("com.example.other", {}),
    "other-kinds": (
        "pactwatch.PositionStated.v1",
        {"commitment": 5, "reported_by": 7, "source": "here", "basis": [1], "text": {"a": 1}},
    ),
    "no-date": ("pactwatch.PositionStated.v1", {"commitment": "no-date-c", "occurred": "when"}),
}
"""Agreements, each with an entry that cannot be applied."""
ENTRIES = {name: f"{name}-x" for name in BROKEN}
NUMBERS = range(11, 15)
"""Those of the entries, which come after two of each agreement."""
SHOWN = ("/", "/events", "/agreements/fine", "/deadlines", "/events.csv", "/commitments.csv",
         "/atom.xml", "/deadlines.ics", "/api/events", "/api/timeline/fine-c",
         "/?as_of=2025-03-19", *(f"/events/{number}" for number in NUMBERS),
         *(f"/api/events/{number}" for number in NUMBERS),
         *(f"/agreements/{name}{query}" for name in BROKEN for query in ("", "?as_of=2025-03-19")),
         )  # fmt: skip
FORMS = ("/agreements/{0}/readout", "/commitments/{0}-c", "/commitments/{0}-c/explain",
         "/api/status/{0}", "/api/explain/{0}-c", "/api/readout/{0}")  # fmt: skip
OF_THEM = {form.format(name): entry for name, entry in ENTRIES.items() for form in FORMS}


@pytest.fixture(scope="module", params=[True, False], ids=["projected", "from the log"])
def broken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Agreements, and in all but one an entry that another program wrote into the log."""
    database = str(tmp_path_factory.mktemp("broken") / "pactwatch.db")
    accord(database, "fine", *BROKEN)
    at = parse_instant("2025-03-18T20:30:00Z")
    with EventStore.open(database) as store:
        for name, (type_, data) in BROKEN.items():
            event = NewEvent(type_, data, id=ENTRIES[name], source="s", recorded_at=at)
            store.append(name, [event])
    if request.param:
        project(database)
    return database


@pytest.fixture
def board(broken: str) -> Iterator[Board]:
    with serving(broken) as served:
        yield served


def test_they_are_listed_with_reason_and_entry_and_stop_nothing_else(board: Board) -> None:
    """On the board, in the API, on their own pages; their parts are errors that name the entry."""
    statuses = {path: board.ask(path).status for path in SHOWN}
    of_them = {path: board.ask(path) for path in OF_THEM}
    front = board.ask("/").text
    pages = {name: board.ask(f"/agreements/{name}").text for name in BROKEN}
    unreadable = [board.ask(path).json["unreadable"] for path in ("/api/status", "/api/deadlines")]

    assert dict.fromkeys(SHOWN, 200) == statuses
    assert "1 agreement with 1 promise" in front
    assert f"{len(BROKEN)} agreements cannot be read." in front
    for name, entry in ENTRIES.items():
        for text in (front, pages[name]):
            assert f"entry {entry}</a>: " in text
            assert f"pactwatch event retract {entry} --reason WHY" in text
    assert [ENTRIES] * 2 == [{r["agreement"]: r["event"] for r in rows} for rows in unreadable]
    assert dict.fromkeys(OF_THEM, 500) == {path: reply.status for path, reply in of_them.items()}
    for path, entry in OF_THEM.items():
        assert f"because of entry '{entry}': " in unescape(of_them[path].text), path


def test_the_site_is_built_with_them(broken: str, tmp_path: Path) -> None:
    """Their pages say why, and no link is dead."""
    written = export(Site(db=broken, clock=lambda: EVENING), tmp_path / "site")

    pages = [tmp_path / "site" / "agreements" / f"{name}.html" for name in BROKEN]
    assert () == written.failed
    assert all("This agreement cannot be read" in page.read_text("utf-8") for page in pages)
    assert "to talk" in (tmp_path / "site" / "commitments" / "fine-c.html").read_text("utf-8")
    assert [] == dead_links(tmp_path / "site")


def test_it_is_listed_from_postgresql_too(made_postgres: str) -> None:
    """As from SQLite: with reason and entry, beside what can be read."""
    accord(made_postgres, "fine", "broken")
    with EventStore.open(made_postgres) as store:
        at = parse_instant("2025-03-18T20:30:00Z")
        store.append("broken", [NewEvent("com.example.other", {}, id="x1", recorded_at=at)])
    project(made_postgres)
    with serving(made_postgres) as board:
        front, document = board.ask("/").text, board.ask("/api/status").json

    assert "1 agreement cannot be read." in front
    assert "entry x1</a>: " in front
    assert ["fine"] == [agreement["id"] for agreement in document["agreements"]]
    assert ["broken"] == [row["agreement"] for row in document["unreadable"]]


def test_nothing_of_what_is_hidden_is_told_by_it(database: str) -> None:
    """A promise above the ceiling in it is told like one that never was."""
    accord(database, "broken")
    with EventStore.open(database) as store:
        at = parse_instant("2025-03-18T20:30:00Z")
        hidden = {"commitment": "hidden-c", "kind": "process", "promise": "secret", "tlp": "RED"}
        store.append("broken", [
            NewEvent("com.example.other", {}, id="x1", source="s", recorded_at=at),
            NewEvent("pactwatch.CommitmentAccepted.v1", hidden, source="s", recorded_at=at),
        ])  # fmt: skip
    project(database)
    with serving(database) as board:
        for path in ("/commitments/{}", "/api/explain/{}", "/api/status/{}"):
            one, other = (board.ask(path.format(name)) for name in ("hidden-c", "absent-x"))

            assert (404, 404) == (one.status, other.status), path
            assert other.text.replace("absent-x", "hidden-c") == one.text, path
