"""The shipped data set: what is in it, where it comes from, and how it stood that evening."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from events import EventStore, format_instant, parse_instant
from tests.support.dataset import DATASET, EVENING, ROOT, load
from tracker.queries.status import status
from tracker.recording.files.event_file import take_lines
from tracker.recording.intake import Intake

RELEASED = ROOT / "tests" / "samples" / "dataset-0.1.json"
"""The events of the set that 0.1 shipped, by id the hash of their line."""

AGREEMENTS = {
    "energy-pause-2025": {"ep-rus", "ep-ukr"},
    "pow-swap-2025-03-19": {"sw-rus", "sw-ukr"},
    "wounded-transfer-23": {"wt-rus"},
    "black-sea-talks": {"bs-rus", "bs-usa"},
    "mideast-negotiations": {"mn-usa-rus"},
    "general-ceasefire-30d": {"gc-ukr", "gc-rus"},
    "kursk-surrender-guarantee": {"ks-rus"},
    "us-aid-to-ukraine": {"aid-usa"},
    "hockey-matches": {"hk-usa"},
    "leaders-contacts": {"lc"},
    "peace-deal-talks": {"pd"},
    "returning-companies-policy": {"rc-rus"},
    "energy-deal-2024": {"energy-deal-2024"},
    "black-sea-deal-2024": {"black-sea-deal-2024"},
    "iaea-rotation-truces": {"iaea-rotation-truces"},
}
STATES = {
    "ep-rus": "in_force",
    "ep-ukr": "conditional",
    "sw-rus": "in_force",
    "sw-ukr": "in_force",
    "wt-rus": "in_force",
    "bs-rus": "in_force",
    "bs-usa": "in_force",
    "mn-usa-rus": "in_force",
    "gc-ukr": "conditional",
    "gc-rus": "conditional",
    "ks-rus": "conditional",
    "aid-usa": "in_force",
    "hk-usa": "proposed",
    "lc": "in_force",
    "pd": "in_force",
    "rc-rus": "in_force",
    "energy-deal-2024": "cancelled",
    "black-sea-deal-2024": "cancelled",
}


def commitments_at(store: EventStore, at: str = format_instant(EVENING)) -> dict[str, Any]:
    instant = parse_instant(at)
    document = status(store, instant, instant)
    return {row["id"]: row for a in document["agreements"] for row in a["commitments"]}


def test_every_agreement_holds_exactly_its_commitments(store: EventStore) -> None:
    """The ids are those of the fact sheet."""
    document = status(store, EVENING, EVENING)

    assert {a["id"]: {c["id"] for c in a["commitments"]} for a in document["agreements"]} == (
        AGREEMENTS
    )


@pytest.mark.parametrize(("commitment", "state"), STATES.items())
def test_each_commitment_stood_as_the_fact_sheet_says(
    store: EventStore, commitment: str, state: str
) -> None:
    """States at 22:00Z on 18 March 2025."""
    assert state == commitments_at(store)[commitment]["state"]


def test_the_energy_pause_is_partly_in_force_disputed_and_single_sourced(store: EventStore) -> None:
    """Both counts of the length stand, both American silences show, and one source is behind it."""
    (pause,) = status(store, EVENING, EVENING, "energy-pause-2025")["agreements"]
    russia = pause["commitments"][0]
    lengths = {r["by"]: r["value"] for r in russia["readings"] if r["term"] == "duration"}
    scopes = {r["value"] for r in russia["readings"] if r["term"] == "scope"}

    assert "partly_in_force" == pause["roll_up"]
    assert {"kremlin": "P30D", "trump": None, "white-house": None} == lengths
    assert 3 == len(scopes)
    assert [
        "2025-04-16T21:00:00Z",
        "2025-04-17T21:00:00Z",
    ] == [r["at"] for r in russia["readings"] if r["term"] == "end"]
    assert {"terms_disputed", "single_source"} <= set(russia["flags"])


def test_the_swap_is_due_soon_then_overdue_then_lapsed_and_never_violated(
    store: EventStore,
) -> None:
    """Its day closes last in Kyiv; two days later it has lapsed; no finding, no violation."""
    steps = [
        "2025-03-18T22:00:00Z",
        "2025-03-19T21:30:00Z",
        "2025-03-19T22:00:00Z",
        "2025-03-21T22:00:00Z",
        "2026-03-21T22:00:00Z",
    ]
    rows = [commitments_at(store, at)["sw-rus"] for at in steps]

    assert [
        ("in_force", "due_soon"),
        ("in_force", "contested_end"),
        ("overdue", "in_grace"),
        ("lapsed", "past"),
        ("lapsed", "past"),
    ] == [(row["state"], row["timing"]) for row in rows]
    assert "2025-03-19T22:00:00Z" == rows[0]["latest"]


@pytest.mark.parametrize("file", sorted(DATASET.glob("*.jsonl")), ids=lambda f: f.name)
def test_every_event_is_attributed(file: Any) -> None:
    """Each event but a registration or correction says when, and by which line of the text."""
    for text in file.read_text(encoding="utf-8").splitlines():
        data = json.loads(text)["data"]
        if not {"party", "document", "event"} & set(data):
            assert {"occurred", "source", "reliability", "credibility"} <= set(data)
            assert 1 <= data["source"]["line"] <= 98
            assert len(data["source"].get("quote", "").split()) <= 12


def lines_by_id() -> dict[str, bytes]:
    """The lines of the shipped set, by the id of their event."""
    lines = [line for file in sorted(DATASET.glob("*.jsonl")) for line in lines_of(file)]
    return {json.loads(line)["id"]: line for line in lines}


def lines_of(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines()


def test_no_line_that_was_released_is_ever_written_otherwise() -> None:
    """What turned out wrong is corrected by an entry of its own, so older logs take it in."""
    released = json.loads(RELEASED.read_text(encoding="utf-8"))
    current = {id: sha256(line).hexdigest()[:16] for id, line in lines_by_id().items()}

    assert released == {id: current.get(id) for id in released}


def test_a_log_that_has_the_set_of_0_1_takes_in_todays_and_answers_as_a_new_one() -> None:
    """The corrections come after what they correct, and move the answer to the same place."""
    released = json.loads(RELEASED.read_text(encoding="utf-8"))
    with EventStore.open("memory://") as old, EventStore.open("memory://") as new:
        intake = Intake(old, EVENING)
        take_lines([line for id, line in lines_by_id().items() if id in released], intake)
        accepted = intake.accepted()
        old.append_batch(accepted.items, accepted.versions)
        load(old)
        load(new)
        answers = [status(store, EVENING, EVENING)["agreements"] for store in (old, new)]

    assert answers[1] == answers[0]
