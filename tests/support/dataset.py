"""The shipped data set: where its files are, and how it comes into a log."""

from __future__ import annotations

from pathlib import Path

from events import EventStore, parse_instant
from tracker.recording.files.event_file import take_lines
from tracker.recording.intake import Intake

ROOT = Path(__file__).resolve().parents[2]
DATASET = ROOT / "tracker" / "dataset"
EVENING = parse_instant("2025-03-18T22:00:00Z")
SHIPPED = sum(len(file.read_bytes().splitlines()) for file in DATASET.glob("*.jsonl"))
"""How many events the shipped data set has."""


def load(store: EventStore) -> None:
    """Append the shipped data set, as taken in on the evening of 18 March 2025."""
    intake = Intake(store, EVENING)
    for file in sorted(DATASET.glob("*.jsonl")):
        take_lines(file.read_bytes().splitlines(), intake)
    accepted = intake.accepted()
    store.append_batch(accepted.items, accepted.versions)
