"""A press of Tab reads the tables and what is newer, and answers as the whole log would."""

from __future__ import annotations

import pytest

from events import EventStore
from events.database.engine import open_engine, write_transaction
from tests.support.dataset import EVENING
from tests.support.lively import add_lively
from tracker.projections.catch_up import catch_up
from tracker.terminal.completion import agreement_names, commitment_names

Names = tuple[dict[str, str], dict[str, str]]


def names(store: EventStore, begun: str = "") -> Names:
    return dict(agreement_names(store, begun)), dict(commitment_names(store, begun))


def beginning(every: Names, begun: str) -> Names:
    agreements, commitments = (
        {name: text for name, text in each.items() if name.startswith(begun)} for each in every
    )
    return agreements, commitments


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str:
    """The shipped data set on one of the engines, not projected."""
    if request.param == "postgres":
        return str(request.getfixturevalue("shipped_postgres"))
    request.getfixturevalue("store")
    return str(request.getfixturevalue("database"))


def test_names_of_the_tables_are_those_of_the_log(address: str) -> None:
    """The same ids with the same words, whatever they begin with; newer ones among them."""
    with EventStore.open(address) as store:
        from_the_log = names(store)
        with write_transaction(open_engine(address)) as connection:
            catch_up(store, connection, EVENING)

        assert from_the_log == names(store)
        assert beginning(from_the_log, "ep-") == beginning(names(store, "ep-"), "ep-")
        assert "ep-rus" in names(store, "ep-")[1]

        add_lively(store)
        added = names(store)
    assert {*from_the_log[1]} < {*added[1]}
    assert "lively-grain" in added[1]
