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
from events.cloudevents import CloudEvent, encode, parse_line
from events.errors import HintedError
from tests.support.histories import event
from tests.support.many_lives import many_lives, taken_lines
from tests.support.odd_entries import END, line_of
from tests.support.profiles import examples
from tracker.entries.amendments import short_type
from tracker.model.event_types import PROMISES
from tracker.projections.rows.agreement import rows_of_fold
from tracker.recording.accepted import Accepted, append_accepted
from tracker.recording.files import long_file
from tracker.recording.files.division import Division
from tracker.recording.files.event_file import take_lines
from tracker.recording.files.judging import RestIntake
from tracker.recording.files.long_file import judge_file
from tracker.recording.intake import Intake

LIVES, ENTRIES = 5, 25
SEEDS = st.integers(0, 2**32)


@pytest.fixture(autouse=True)
def parts_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_file, "LONG", 1)
    monkeypatch.setattr(long_file, "LINES", 20)


def log_of(lines: Sequence[bytes]) -> EventStore:
    store = EventStore.open("memory://")
    accepted = take_lines(lines, Intake(store, END))
    store.append_batch(accepted.items, accepted.versions)
    return store


def whole(store: EventStore, lines: Sequence[bytes]) -> Accepted:
    """What is accepted of the file as it was judged before there were parts."""
    return take_lines(lines, Intake(store, END))


def by_parts(store: EventStore, lines: Sequence[bytes]) -> Accepted:
    return judge_file(lines, store, END)


def outcome(read: Any, store: EventStore, lines: Sequence[bytes]) -> Any:
    """All that is written and printed of a file, or why it is refused."""
    try:
        accepted = read(store, lines)
    except HintedError as error:
        return type(error), error.message, error.hint, getattr(error, "conflicts", None)
    judged = accepted.folded
    rows = {
        name: each if isinstance(each, dict) else stored(rows_of_fold(each))
        for name, each in judged.by_name.items()
    }
    head = judged.head, judged.now, judged.registry
    counted = accepted.versions, accepted.already_known, accepted.latest
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
    for each in random.sample(events, 3):
        lines.insert(random.randrange(len(lines) + 1), line_of(each).encode())
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


def last_lines(lines: Sequence[bytes]) -> dict[str, CloudEvent]:
    """Lines of a new agreement that refer to the first one, or nearly do; each is refused."""
    events = [parse_line(line) for line in lines]
    first = next(each for each in events if commitment_of(each))
    name = commitment_of(first)
    return {
        "nearly a promise": said_of(f"{name}x", "late-1"),
        "a promise of another agreement": said_of(name, "late-2"),
        "nearly an agreement": said_of(name, "late-3", f"{first.subject}x"),
        "an id that is taken": said_of("late-c1", events[0].id),
    }


def commitment_of(each: CloudEvent) -> str:
    return str(each.data["commitment"]) if short_type(each) in PROMISES else ""


def said_of(commitment: str, name: str, agreement: str = "late") -> CloudEvent:
    data = {"commitment": commitment, "incident": "x", "speaker": "NOR", "text": "said so"}
    return event("ViolationDenied", name, agreement, data)


LATE = event("AgreementRecorded", "late-0", "late", {"agreement": "late", "title": "Late"})


@pytest.mark.parametrize("case", ["nearly a promise", "a promise of another agreement",
                                  "nearly an agreement", "an id that is taken"])  # fmt: skip
def test_a_line_that_is_refused_in_the_last_part_is_told_as_of_the_whole(
    case: str, apart: list[bytes]
) -> None:
    """The words name what is near in the parts before, and where in the log it will stand."""
    lines = [*apart, *(line_of(each).encode() for each in (LATE, last_lines(apart)[case]))]
    store = EventStore.open("memory://")
    refused = outcome(whole, store, lines)
    assert issubclass(refused[0], HintedError)
    assert refused == outcome(by_parts, store, lines)


def test_what_was_accepted_of_earlier_parts_is_not_judged_again(apart: list[bytes]) -> None:
    """Their lines are noted: one that a whole file would be refused for passes here."""
    lines = [*apart, line_of(last_lines(apart)["nearly a promise"]).encode()]
    store, division = EventStore.open("memory://"), Division()
    assert all(map(division.add, lines))
    parts = len(list(division.parts(0, 20)))
    rest = RestIntake(store, END, division, parts)
    take_lines(lines, rest)
    assert parts > 1
    assert [parse_line(line).id for line in lines] == list(rest.taken)
