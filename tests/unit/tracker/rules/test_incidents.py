"""An incident keeps who alleges it and who denies it, as they speak."""

from __future__ import annotations

import pytest

from events import parse_instant
from tests.support.given import History
from tracker.documents.commitments import commitment_json


def at(day: int) -> str:
    return f"2025-03-{day:02}T12:00:00Z"


@pytest.mark.parametrize("verdict", [None, "ViolationConfirmed", "ViolationRefuted"])
def test_an_incident_names_each_speaker_once(verdict: str | None) -> None:
    """In the order in which they spoke; a finding, and a word of nobody, change nothing."""
    given = History().promise(at=at(1), kind="maintenance", terms={"start": "2025-03-01"})
    for day, speaker in enumerate(("ISL", "press", "ISL", None), start=2):
        given.on("ViolationAlleged", at=at(day), incident="i", text="x", speaker=speaker)
    given.on("ViolationDenied", at=at(7), incident="i", speaker="NOR")
    if verdict:
        given.on(verdict, at=at(8), incident="i", basis="neutral_body", speaker="monitor")
    given.on("ViolationDenied", at=at(9), incident="i", speaker="minister")
    document = commitment_json(given.commitment(at(10)), parse_instant(at(10)))
    (incident,) = document["incidents"]

    assert ["ISL", "press"] == incident["alleged_by"]
    assert ["NOR", "minister"] == incident["denied_by"]
    is_confirmed = verdict == "ViolationConfirmed"
    assert (["monitor"] if is_confirmed else []) == incident["confirmed_by"]
