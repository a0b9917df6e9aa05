"""The open readings of a commitment, as JSON and from JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from events import format_instant
from tracker.model.commitment import Commitment
from tracker.rules.fold import AgreementState


def _readings_told(agreement: str, detail: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What `open_readings` returns, from the JSON object of a commitment."""
    for reading in detail["readings"]:
        if "at" in reading:
            yield {
                "agreement": agreement,
                "commitment": detail["id"],
                "state": detail["state"],
                "term": reading["term"],
                "reading": reading["id"],
                **{name: reading[name] for name in ("by", "rule", "zone", "at")},
                "governing": detail["governing"] == reading["id"],
                "tlp": detail["tlp"],
            }


def open_readings(state: AgreementState, c: Commitment) -> Iterator[dict[str, Any]]:
    """Every reading of the end of a commitment, while it is open."""
    if not c.is_open:
        return
    for reading in c.readings:
        yield {
            "agreement": state.id,
            "commitment": c.id,
            "state": c.state.value,
            "term": reading.term,
            "reading": reading.id,
            "by": reading.by,
            "rule": reading.rule,
            "zone": reading.zone,
            "at": format_instant(reading.at),
            "governing": c.governing_reading == reading,
            "tlp": c.tlp,
        }
