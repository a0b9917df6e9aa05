"""A log of another program may give a term any JSON as its value: every reader goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from events import EventStore, NewEvent, parse_instant
from tests.support.command import Run
from tracker.entries.streams import STATEMENTS

AGREEMENT = "energy-pause-2025"
NOW = ("--now", "2025-04-01T12:00:00Z")
VALUES = {
    "an empty list": [],
    "an empty object": {},
    "an object": {"a": 1},
    "a truth": True,
    "a number": 3,
    "nested lists": ["a", ["b", {"c": None}]],
    "a text that is no date": "soon",
}
TERMS = ("due", "duration", "parties", "perdurant")
COMMANDS = (
    "explain ep-rus", f"readout {AGREEMENT}", "readout", f"ledger {AGREEMENT}",
    f"releases {AGREEMENT}", f"precedents {AGREEMENT}", "blocked", "diff 2025-03-18 2025-04-01",
    f"agreement show {AGREEMENT}", "commitment show ep-rus", "event list", "tick",
)  # fmt: skip


@pytest.fixture
def odd(shipped: Run, desk: Path) -> Run:
    """Speakers on each term, of an agreement and of none: two with each value, one without any."""
    at = parse_instant("2025-03-20T12:00:00Z")
    claims = [("UKR", "2025-04-17"), *VALUES.items()]
    claims += [(f"a list of {name}", [value]) for name, value in VALUES.items()]
    with EventStore.open(str(desk / "desk.db")) as store:
        for stream, about in ((AGREEMENT, {"commitment": "ep-rus"}), (STATEMENTS, {})):
            events = [
                NewEvent(
                    "pactwatch.FactClaimed.v1",
                    {**about, "speaker": speaker, "text": "t", "term": term, "value": value},
                    id=f"{stream}-{term}-{speaker}",
                    source="test",
                    recorded_at=at if stream == AGREEMENT else parse_instant(NOW[1]),
                )
                for term in TERMS
                for speaker, value in claims
            ]
            store.append(stream, events)
    return shipped


def test_every_reader_goes_on(odd: Run) -> None:
    """Each command answers people and programs, and nothing is left out as unreadable."""
    formats = ("table", "json")
    codes = {
        (command, form): odd(*NOW, "--format", form, *command.split()).code
        for command in COMMANDS
        for form in formats
    }
    status = odd(*NOW, "status", "--json").json

    assert {0} == set(codes.values()), [key for key, code in codes.items() if code]
    assert [] == status["unreadable"]


def test_the_site_and_the_feeds_are_made(shipped: Run, desk: Path) -> None:
    """With every value in one log, each from a speaker of its own."""
    with EventStore.open(str(desk / "desk.db")) as store:
        for number, value in enumerate(VALUES.values()):
            data = {"commitment": "ep-rus", "text": "t", "term": "due", "value": value}
            event = NewEvent(
                "pactwatch.FactClaimed.v1",
                {**data, "speaker": f"speaker {number}"},
                id=f"odd-{number}",
                source="test",
                recorded_at=parse_instant("2025-03-20T12:00:00Z"),
            )
            store.append(AGREEMENT, [event])
    commands = ("tick", "site build pages", "feed atom", "feed ics", "export")

    assert {0} == {shipped(*NOW, *command.split()).code for command in commands}
    page = (desk / "pages" / "agreements" / AGREEMENT / "readout.html").read_text(encoding="utf-8")
    assert "speaker 2" in page


def test_a_readout_has_each_value_as_it_was_given(odd: Run) -> None:
    """The value stands in the JSON unchanged; that of a list of values is its text."""
    document = odd(*NOW, "readout", AGREEMENT, "--json").json
    row = next(row for row in document["rows"] if row["term"] == "perdurant")
    given = [json.dumps(each["value"]) for each in row["values"]]

    assert [] == [name for name, value in VALUES.items() if json.dumps(value) not in given]
    assert {"value"} == {row["cells"][name]["says"] for name in VALUES}


def test_one_unreadable_statement_hides_no_other(shipped: Run, desk: Path) -> None:
    """Statements of no agreement stand by themselves: one with a date that is none is left out."""
    data = {"speaker": "RUS", "text": "t", "term": "perdurant", "value": "1"}
    with EventStore.open(str(desk / "desk.db")) as store:
        for number, occurred in enumerate(("2025-03-31", "when")):
            event = NewEvent(
                "pactwatch.FactClaimed.v1",
                {**data, "occurred": occurred, "value": str(number)},
                id=f"s{number}",
                source="test",
                recorded_at=parse_instant(NOW[1]),
            )
            store.append(STATEMENTS, [event])
    document = shipped(*NOW, "readout", STATEMENTS, "--json").json
    row = next(row for row in document["rows"] if row["term"] == "perdurant")

    assert (0, ["0"]) == (shipped(*NOW, "readout").code, [v["value"] for v in row["values"]])
