"""An agreement with an entry that cannot be applied: its pages say so, the others are untouched."""

from __future__ import annotations

from collections.abc import Iterator
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
    "an unknown type": ("pactwatch.Unheard.v1", {"commitment": "broken-c"}),
    "a foreign type": ("com.example.other", {}),
    "data of other kinds": (
        "pactwatch.PositionStated.v1",
        {"commitment": 5, "reported_by": 7, "source": "here", "basis": [1], "text": {"a": 1}},
    ),
    "a date that is none": (
        "pactwatch.PositionStated.v1", {"commitment": "broken-c", "occurred": "when"},
    ),
}  # fmt: skip
SHOWN = ("/", "/events", "/events/5", "/agreements/broken", "/agreements/fine", "/deadlines",
         "/events.csv", "/commitments.csv", "/atom.xml", "/deadlines.ics", "/api/events",
         "/api/events/5", "/api/timeline/fine-c", "/?as_of=2025-03-19",
         "/agreements/broken?as_of=2025-03-19")  # fmt: skip
OF_IT = ("/agreements/broken/readout", "/commitments/broken-c", "/commitments/broken-c/explain",
         "/api/status/broken", "/api/explain/broken-c", "/api/readout/broken")  # fmt: skip


@pytest.fixture(params=[(entry, projects) for entry in BROKEN for projects in (True, False)])
def broken(request: pytest.FixtureRequest, database: str) -> str:
    """Two agreements, and an entry in one that another program wrote into the log."""
    entry, projects = request.param
    type_, data = BROKEN[entry]
    accord(database, "fine", "broken")
    with EventStore.open(database) as store:
        at = parse_instant("2025-03-18T20:30:00Z")
        store.append("broken", [NewEvent(type_, data, id="x1", source="s", recorded_at=at)])
    if projects:
        project(database)
    return database


@pytest.fixture
def board(broken: str) -> Iterator[Board]:
    with serving(broken) as served:
        yield served


def test_it_is_listed_with_reason_and_entry_and_stops_nothing_else(board: Board) -> None:
    """On the board, in the API, on its own page; its parts are an error that names the entry."""
    statuses = {path: board.ask(path).status for path in SHOWN}
    of_it = {path: board.ask(path) for path in OF_IT}
    front, page = board.ask("/").text, board.ask("/agreements/broken").text
    listed = [board.ask(path).json["unreadable"] for path in ("/api/status", "/api/deadlines")]

    assert dict.fromkeys(SHOWN, 200) == statuses
    assert "1 agreement with 1 promise" in front
    assert "1 agreement cannot be read." in front
    for text in (front, page):
        assert "entry x1</a>: " in text
        assert "pactwatch event retract x1 --reason WHY" in text
    assert [[("broken", "x1")]] * 2 == [
        [(r["agreement"], r["event"]) for r in rows] for rows in listed
    ]
    assert dict.fromkeys(OF_IT, 500) == {path: reply.status for path, reply in of_it.items()}
    assert all("because of entry" in reply.text for reply in of_it.values())


def test_the_site_is_built_with_it(broken: str, tmp_path: Path) -> None:
    """Its page says why, and no link is dead."""
    written = export(Site(db=broken, clock=lambda: EVENING), tmp_path / "site")

    page = (tmp_path / "site" / "agreements" / "broken.html").read_text("utf-8")
    assert () == written.failed
    assert "This agreement cannot be read" in page
    assert "to talk" in (tmp_path / "site" / "commitments" / "fine-c.html").read_text("utf-8")
    assert [] == dead_links(tmp_path / "site")


def test_it_is_listed_from_postgresql_too(postgres: str) -> None:
    """As from SQLite: with reason and entry, beside what can be read."""
    accord(postgres, "fine", "broken")
    with EventStore.open(postgres) as store:
        at = parse_instant("2025-03-18T20:30:00Z")
        store.append("broken", [NewEvent("com.example.other", {}, id="x1", recorded_at=at)])
    project(postgres)
    with serving(postgres) as board:
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
