"""A file that is judged by parts is accepted, or refused, as the same file judged as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import EventStore
from events.cloudevents import encode
from events.errors import HintedError
from tests.support.many_lives import many_lives, taken_lines
from tests.support.odd_entries import END, line_of
from tests.support.profiles import examples
from tracker.projections.rows import rows_from
from tracker.recording.accepted import Accepted, append_accepted
from tracker.recording.files import long_file
from tracker.recording.files.event_file import read_lines
from tracker.recording.files.long_file import read_file
from tracker.recording.intake import Intake

LIVES, ENTRIES = 5, 25
SEEDS = st.integers(0, 2**32)


@pytest.fixture(autouse=True)
def parts_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_file, "LONG", 1)
    monkeypatch.setattr(long_file, "LINES", 20)


def log_of(lines: Sequence[bytes]) -> EventStore:
    store = EventStore.open("memory://")
    accepted = read_lines(lines, Intake(store, END))
    store.append_batch(accepted.items, accepted.versions)
    return store


def whole(store: EventStore, lines: Sequence[bytes]) -> Accepted:
    """What is accepted of the file as it was judged before there were parts."""
    return read_lines(lines, Intake(store, END))


def by_parts(store: EventStore, lines: Sequence[bytes]) -> Accepted:
    return read_file(lines, store, END)


def outcome(read: Any, store: EventStore, lines: Sequence[bytes]) -> Any:
    """All that is written and printed of a file, or why it is refused."""
    try:
        accepted = read(store, lines)
    except HintedError as error:
        return type(error), error.message, error.hint, getattr(error, "conflicts", None)
    judged = accepted.folded
    rows = {
        name: each if isinstance(each, dict) else stored(rows_from(each))
        for name, each in judged.by_name.items()
    }
    head = judged.head, judged.now, judged.registry
    counted = accepted.versions, accepted.known, accepted.latest
    return list(accepted.events), counted, accepted.warnings, head, rows


def stored(rows: Any) -> Any:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(rows))


@settings(max_examples=examples(20), deadline=None)
@given(SEEDS)
def test_a_file_that_is_accepted_is_accepted_alike(seed: int) -> None:
    """Events, versions, warnings and rows are the same, whatever refers to what."""
    lines = taken_lines(many_lives(Random(seed), LIVES, ENTRIES), END)
    store = EventStore.open("memory://")
    assert outcome(whole, store, lines) == outcome(by_parts, store, lines)


@settings(max_examples=examples(10), deadline=None)
@given(SEEDS)
def test_a_file_that_is_refused_is_refused_alike(seed: int) -> None:
    """The same line is named, in the same words, wherever it stands."""
    random = Random(seed)
    events = many_lives(random, LIVES, ENTRIES)
    lines = taken_lines(events, END)
    for event in random.sample(events, 3):
        lines.insert(random.randrange(len(lines) + 1), line_of(event).encode())
    store = EventStore.open("memory://")
    assert outcome(whole, store, lines) == outcome(by_parts, store, lines)


@settings(max_examples=examples(10), deadline=None)
@given(SEEDS)
def test_a_file_goes_on_with_what_is_on_record(seed: int) -> None:
    """Some of it is on record already: none of its lines, or a few of them."""
    random = Random(seed)
    lines = taken_lines(many_lives(random, LIVES, ENTRIES), END)
    cut = random.randrange(len(lines))
    store = log_of(lines[:cut])
    rest = lines[max(0, cut - random.choice((0, 0, 3))) :]
    assert outcome(whole, store, rest) == outcome(by_parts, store, rest)


@pytest.fixture(scope="module")
def apart() -> list[bytes]:
    """A file of lives that name nothing of one another."""
    return taken_lines(
        [each for each in many_lives(Random(7), LIVES, ENTRIES) if each.id[-2:] != "-9"], END
    )


def test_what_was_judged_by_parts_is_appended_in_the_order_of_its_lines(
    apart: list[bytes],
) -> None:
    store = EventStore.open("memory://")
    append_accepted(store, by_parts(store, apart))
    expected = log_of(apart)
    assert list(map(encode, expected.read_all())) == list(map(encode, store.read_all()))
    assert expected.leaf(expected.head()) == store.leaf(store.head())
