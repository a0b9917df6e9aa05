"""An entry is found by its number, its id, the first letters of that, or as the last one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from events import EventStore, NewEvent
from tracker.entries.lookup import (
    find_entry,
    known_as,
    newest_first,
    position_of,
    with_entry_ids,
)
from tracker.entries.visible_log import VisibleLog
from tracker.errors import UnknownId


@pytest.fixture
def store() -> Iterator[EventStore]:
    """Six entries, one of them with an id like a number, the last one marked as TLP:RED."""
    ids = ("ep-001", "ep-002", "sw-001", "3", "0193aa", "0193ab")
    with EventStore.open("memory://") as log:
        for each in ids:
            data = {"commitment": "c", "text": "x", "tlp": "RED" if each == ids[-1] else "CLEAR"}
            log.append("acc", [NewEvent("pactwatch.PositionStated.v1", data, id=each)])
        yield log


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("ep-002", "ep-002"),
        ("2", "ep-002"),
        ("#2", "ep-002"),
        ("sw", "sw-001"),
        ("3", "3"),  # a whole id comes before a number
        ("#3", "sw-001"),
        ("0193aa", "0193aa"),
        ("last", "0193ab"),
    ],
)
def test_an_entry_has_several_names(store: EventStore, name: str, entry: str) -> None:
    """Its number with or without a hash, its id, the letters that begin no other id."""
    assert entry == find_entry(store, name).id


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ep", "begins with 'ep': #1 ep-001 PositionStated on c; #2 ep-002"),
        ("0193", "#5 0193aa PositionStated on c; #6 0193ab"),
        ("99", "there is no entry #99; the last is #6 0193ab"),
        ("ep-003", "unknown event 'ep-003'; did you mean"),
        ("#", "unknown event '#'"),
    ],
)
def test_what_is_not_one_entry_is_refused_with_the_candidates(
    store: EventStore, name: str, words: str
) -> None:
    """Each with its number, so that the next command can name it."""
    with pytest.raises(UnknownId) as caught:
        find_entry(store, name)

    assert words in caught.value.message
    assert caught.value.hint


def test_the_same_said_again_means_what_it_meant_first(store: EventStore) -> None:
    """`last`, and letters that began one id then, are looked for below what was recorded for it."""
    before = position_of(store, "0193ab")

    assert ("0193aa", "0193aa") == (
        find_entry(store, "last", before).id,
        find_entry(store, "0193", before).id,
    )


def test_under_a_ceiling_there_is_no_entry_above_it(store: EventStore) -> None:
    """Neither by number nor by letters; the last is the last that may be seen."""
    visible = VisibleLog(store, "AMBER")

    assert ("0193aa", "0193aa") == (find_entry(visible, "last").id, find_entry(visible, "0193").id)
    with pytest.raises(UnknownId, match="no entry #6; the last is #5"):
        find_entry(visible, "6")
    assert [5, 4, 3, 2, 1] == [entry.position for entry in newest_first(visible)]


def test_entries_that_data_names_are_written_with_whole_ids(store: EventStore) -> None:
    """So that what is stored means the same for ever."""
    data = with_entry_ids(store, {"event": "#3", "derived_from": ["1", "last"], "reason": "1"})

    assert {"event": "sw-001", "derived_from": ["ep-001", "0193ab"], "reason": "1"} == data


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ("ep-17", "ep-17"),
        ("row-17", "row-17"),
        ("row-a0921c3f4b438b3838f7", "#17"),
        ("01a22d67-8451-7124-929b-531e4edca326", "#17"),
    ],
)
def test_an_entry_to_which_nobody_gave_an_id_goes_by_its_number(event: str, name: str) -> None:
    """That of a row of a sheet follows from its cells, and no reader has ever seen it."""
    assert name == known_as(event, 17)
