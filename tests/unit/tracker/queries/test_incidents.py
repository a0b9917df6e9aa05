"""Which breach is meant: its own name, the number or first letters of an entry, or the last one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from events import EventStore, NewEvent
from tracker.queries.incidents import Report, breaches_of, incident_meant, reports_of

LOG = [
    ("ViolationAlleged", "0193aa01", {"commitment": "c", "speaker": "NOR", "text": "a buoy"}),
    ("ViolationAlleged", "e2", {"commitment": "c", "incident": "harbour", "occurred": "2026-03"}),
    ("ViolationDenied", "e3", {"commitment": "c", "incident": "harbour"}),
    ("ViolationAlleged", "0193aa02", {"commitment": "d"}),
    ("ViolationAlleged", "0193bb01", {"commitment": "c"}),
    ("EntryRetracted", "e6", {"event": "0193bb01"}),
    ("ViolationAlleged", "3", {"commitment": "c", "incident": "3"}),
    ("EntryCorrected", "e8", {"event": "3", "replacement": {"text": "a ship"}}),
]


@pytest.fixture
def reports() -> Iterator[list[Report]]:
    with EventStore.open("memory://") as log:
        for name, id_, data in LOG:
            log.append("acc", [NewEvent(f"pactwatch.{name}.v1", data, id=id_)])
        yield reports_of(log.read_stream("acc"), "c")


@pytest.mark.parametrize(
    ("name", "incident"),
    [
        ("harbour", "harbour"),
        ("1", "0193aa01"),
        ("#2", "harbour"),
        ("#3", "harbour"),  # a denial is of a breach too
        ("3", "3"),  # a name comes before a number
        ("0193", "0193aa01"),  # the one of another promise, and one retracted, do not count
        ("last", "3"),
        ("4", "4"),
        ("019", "019"),
        ("nothing", "nothing"),
    ],
)
def test_a_breach_has_several_names(reports: list[Report], name: str, incident: str) -> None:
    """What means none stays as it is written, and is refused as a name that is unknown."""
    assert incident == incident_meant(reports, name)


def test_breaches_are_listed_as_a_person_types_them(reports: list[Report]) -> None:
    """The newest first, each by its first report that stands, as corrected."""
    assert [
        "3, alleged: 'a ship'",
        "harbour, alleged on 2026-03",
        "1, alleged by NOR: 'a buoy'",
    ] == [report.words for report in breaches_of(reports)]
