"""What the rows of agreements say of the whole log is what a look through all of it finds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from events import EventStore, NewEvent, format_instant
from tests.support.dataset import EVENING
from tests.support.fixtures import Databases, changed_copy
from tests.support.served import project
from tracker.entries.decoding import full_type
from tracker.entries.hidden_events import hidden_events
from tracker.entries.visible_log import marked_streams
from tracker.projections.reader import projected as projected_rows
from tracker.projections.whole_log import newest_after, newest_recorded, streams_above

PAUSE, DEAL, SWAP = "energy-pause-2025", "energy-deal-2024", "pow-swap-2025-03-19"
Fact = tuple[str, str, float, dict[str, Any]]
"""A stream, a type, how many minutes after the evening it was recorded, and the rest."""
PROJECTED: tuple[Fact, ...] = (
    (PAUSE, "EntryCorrected", -9, {"event": "ds-ep-004", "reason": "confidential",
     "occurred": "2025-03-18", "replacement": {"tlp": "AMBER", "text": "word"}}),
    (DEAL, "PositionStated", -8, {"text": "word", "tlp": "GREEN"}),
    (DEAL, "EntryRetracted", -7, {"event": f"{DEAL} -8", "reason": "wrong"}),
    ("sesame", "AgreementRecorded", 4, {"agreement": "sesame", "title": "S", "tlp": "RED"}),
    ("garbled", "TagsSet", 3.5, {"tags": 5, "tlp": "AMBER+STRICT"}),
    ("statements", "FactClaimed", 3, {"text": "word", "tlp": "RED"}),
    ("statements", "FactClaimed", 2, {"text": "word"}),
    ("open", "AgreementRecorded", -6, {"agreement": "open", "title": "O"}),
    ("open", "TagsSet", 1.0005, {"tags": ["x"]}),
    ("open", "TagsSet", 1, {"tags": ["y"]}),
    (SWAP, "PositionStated", 60, {"text": "ahead of the turn", "tlp": "RED"}),
)  # fmt: skip
SINCE: tuple[Fact, ...] = (
    ("open", "PositionStated", 5, {"text": "word", "tlp": "GREEN"}),
    ("new", "AgreementRecorded", -30, {"agreement": "new", "title": "N", "tlp": "AMBER"}),
)


def record_all(address: str, facts: tuple[Fact, ...]) -> None:
    with EventStore.open(address) as store:
        for stream, type_, minutes, data in facts:
            at, name = EVENING + timedelta(minutes=minutes), f"{stream} {minutes}"
            store.append(stream, [NewEvent(full_type(type_), data, name, recorded_at=at)])


def record_and_project(address: str) -> None:
    record_all(address, PROJECTED)
    project(address)
    record_all(address, SINCE)


@pytest.fixture(scope="module")
def marked_database(projected_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped data set, retracted entries, raised marks, and what no turn has seen."""
    folder = tmp_path_factory.mktemp("marked")
    return changed_copy(projected_database, folder, record_and_project)


@pytest.fixture(scope="module")
def marked_postgres(databases: Databases, shipped_template: str) -> str:
    """The same in PostgreSQL."""
    return databases(shipped_template, record_and_project)


@pytest.mark.parametrize("ceiling", ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT"])
@pytest.mark.parametrize("place", ["marked_database", "marked_postgres"])
def test_rows_tell_what_is_hidden_and_what_is_newest(
    place: str, ceiling: str, request: pytest.FixtureRequest
) -> None:
    """Of retracted entries, raised marks, unreadable agreements, and what no turn has seen."""
    address = str(request.getfixturevalue(place))
    with EventStore.open(address, read_only=True) as store:
        rows = projected_rows(store)
        assert rows is not None
        assert len(SINCE) == store.head() - rows.position
        of_log, of_rows = marked_streams(store, ceiling), streams_above(store, ceiling)
        hidden = hidden_events(store, ceiling, of_log)

        assert of_log == of_rows
        assert hidden.by_stream == hidden_events(store, ceiling, of_rows).by_stream
        assert newest_after(store, 0, hidden) == newest_recorded(store, of_rows, hidden)


def test_the_newest_entry_is_found_with_nothing_hidden(projected: str) -> None:
    """By the row of its agreement, whatever was recorded last; a fraction of a second counts."""
    with EventStore.open(projected) as store:
        before = newest_recorded(store, (), hidden_events(store, "RED", ()))
    record_all(projected, PROJECTED[7:10])
    project(projected)
    with EventStore.open(projected) as store:
        after = newest_recorded(store, (), hidden_events(store, "RED", ()))

    assert "2025-03-18T21:30:00Z" == before
    assert format_instant(EVENING + timedelta(minutes=1.0005)) == after
