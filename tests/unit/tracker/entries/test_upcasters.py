"""Every form an event was ever written in is still read, and says the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events import RecordedEvent
from events.upcasters import NewerEvent, Steps, newest, split_type, upcast
from tests.support.given import REGISTRY
from tracker.entries.decoding import entry_of, full_type, type_name
from tracker.entries.upcasters import STEPS, current_version
from tracker.errors import InvalidEvent
from tracker.model.event_types import EVENT_TYPES

SAMPLES = [
    json.loads(line)
    for line in (Path(__file__).resolve().parents[3] / "samples" / "event-types.jsonl")
    .read_text()
    .splitlines()
]
AT = datetime(2026, 2, 3, 9, tzinfo=UTC)


def event(type_: str, data: dict[str, Any]) -> RecordedEvent:
    return RecordedEvent(1, "harbour-accord", 1, "ev-1", type_, "desk", AT, data)


def test_every_version_of_every_type_has_a_sample() -> None:
    """A type that gains a version keeps the sample of the one before."""
    expected = {
        f"{full_type(name).rpartition('.v')[0]}.v{version}"
        for name in EVENT_TYPES
        for version in range(1, current_version(full_type(name).rpartition(".v")[0]) + 1)
    }

    assert expected == {sample["type"] for sample in SAMPLES}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample["type"]))
def test_a_stored_sample_is_read_field_by_field(sample: dict[str, Any]) -> None:
    """All fields are set in it, and each lands where it, or its step, has put it."""
    stored = event(sample["type"], sample["data"])
    read = json.loads(msgspec.json.encode(entry_of(stored, REGISTRY, "UTC").payload))
    newest_form = upcast(stored, STEPS)

    assert newest_form.data == {name: read[name] for name in newest_form.data}
    if newest_form is stored:
        assert set(read) == set(sample["data"])


def test_every_step_starts_from_a_known_type() -> None:
    """No upcaster for a type that does not exist, and none is skipped."""
    for name, version in STEPS:
        assert name.removeprefix("pactwatch.") in EVENT_TYPES
        assert 1 <= version < newest(name, STEPS)


def renamed(data: dict[str, Any]) -> dict[str, Any]:
    return {"place": data["where"], **{k: v for k, v in data.items() if k != "where"}}


def counted(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "count": 1}


CHAIN: Steps = {("x.Seen", 1): renamed, ("x.Seen", 2): counted}


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("x.Seen.v1", {"where": "north"}),
        ("x.Seen.v2", {"place": "north"}),
        ("x.Seen.v3", {"place": "north", "count": 1}),
    ],
)
def test_every_version_leads_to_the_newest(type_: str, data: dict[str, Any]) -> None:
    """The steps run in order from where an event stands; what was stored is not touched."""
    stored = event(type_, dict(data))
    read = upcast(stored, CHAIN)

    assert ("x.Seen.v3", {"place": "north", "count": 1}, data) == (
        read.type,
        read.data,
        stored.data,
    )


def test_a_version_from_the_future_is_refused() -> None:
    """The error says what is known here."""
    with pytest.raises(NewerEvent, match=r"up to \.v3"):
        upcast(event("x.Seen.v4", {}), CHAIN)
    with pytest.raises(InvalidEvent, match=r"expected pactwatch\.RoundHeld\.v1"):
        type_name("pactwatch.RoundHeld.v2")


@pytest.mark.parametrize("type_", ["x.Seen", "x.Seen.v0", "x.Seen.v01", "x.Seen.vv1", "v1", ""])
def test_what_has_no_version_is_no_version(type_: str) -> None:
    """Only .v1, .v2 and so on are versions."""
    assert (type_, 0) == split_type(type_)
