"""The order in which entries fold: one zone an agreement, and none before what it refers to."""

from __future__ import annotations

from typing import Any

import pytest

from events import RecordedEvent, parse_instant
from tests.support.given import REGISTRY, History
from tracker.entries.decoding import entries, full_type
from tracker.errors import InvalidEvent
from tracker.recording.stream_draft import StreamDraft

AGREEMENT = "accord"
PROMISE: dict[str, Any] = {
    "kind": "maintenance", "debtor": ["UKR"], "creditor": ["RUS"], "promise": "keep"
}  # fmt: skip


def record(*lines: tuple[str, str, dict[str, Any]], **agreement: Any) -> list[RecordedEvent]:
    """Events of (type, occurred, data), each recorded an hour after the one before."""
    stated = {"agreement": AGREEMENT, "title": "Accord", **agreement}
    whole = [("AgreementRecorded", "2025-03-01", stated), *lines]
    return [
        RecordedEvent(
            n,
            AGREEMENT,
            n,
            f"e{n}",
            full_type(name),
            "test",
            parse_instant(f"2025-06-01T{n:02}:00:00Z"),
            {"occurred": occurred, **({"commitment": "c"} if n > 1 else {}), **data},
        )
        for n, (name, occurred, data) in enumerate(whole, start=1)
    ]


def folded(events: list[RecordedEvent]) -> list[tuple[str, str]]:
    """The ids in fold order, each with its instant."""
    return [
        (entry.id, entry.effective_at.strftime("%m-%dT%H:%MZ"))
        for entry in entries(events, REGISTRY)
    ]


@pytest.mark.parametrize(
    ("agreement", "noon"),
    [
        ({"parties": ["RUS", "UKR"]}, "03-15T09:00Z"),
        ({"parties": ["UKR", "RUS"]}, "03-15T10:00Z"),
        ({"parties": ["RUS", "UKR"], "zone": "America/New_York"}, "03-15T16:00Z"),
        ({"parties": ["un"]}, "03-15T12:00Z"),
        ({}, "03-15T12:00Z"),
    ],
    ids=["first party", "other first party", "stated", "a party without a capital", "no party"],
)
def test_a_day_is_one_instant_whoever_speaks(agreement: dict[str, Any], noon: str) -> None:
    """Noon in the agreement's zone: as stated, else the first party's capital, else UTC."""
    lines = [("CommitmentAccepted", "2025-03-15", {**PROMISE, "speaker": "UKR"}),
             ("ViolationAlleged", "2025-03-15", {"incident": "i", "speaker": "USA"}),
             ("ViolationDenied", "2025-03-15", {"incident": "i", "speaker": "RUS"})]  # fmt: skip

    assert folded(record(*lines, **agreement))[1:] == [("e2", noon), ("e3", noon), ("e4", noon)]


def test_a_corrected_zone_moves_every_day_of_the_agreement() -> None:
    """What the agreement states as corrected counts, for entries before the correction too."""
    events = record(("CommitmentAccepted", "2025-03-15", PROMISE), parties=["RUS"])
    correction = {"event": "e1", "replacement": {"zone": "UTC"}, "reason": "seat of the talks"}
    events.append(RecordedEvent(3, AGREEMENT, 3, "e3", full_type("EntryCorrected"), "test",
                                parse_instant("2025-06-01T03:00:00Z"), correction))  # fmt: skip

    assert ("e2", "03-15T12:00Z") in folded(events)


PROMISED = ("CommitmentAccepted", "2025-03-18", PROMISE)


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ([("PerformanceConfirmed", "2025-03", {})], "03-18T12:00Z"),
        ([("ReadingAsserted", "2025", {"term": "end", "value": "2025-05"})], "03-18T12:00Z"),
        ([("ViolationAlleged", "2025-03-20", {"incident": "i"}),
          ("ViolationDenied", "2025-03-20T08:00:00Z", {"incident": "i"})], "03-20T12:00Z"),
        ([("ViolationAlleged", "2025-03-18/2025-03-20", {"incident": "i"}),
          ("ViolationRefuted", "2025-03", {"incident": "i"})], "03-20T12:00Z"),
        ([("ConditionAdded", "2025-03-20", {"antecedent": "a"}),
          ("ConditionSatisfied", "2025-03", {"antecedent": "a"})], "03-20T12:00Z"),
        ([("SuspensionDeclared", "2025-03-20", {}), ("Resumed", "2025-03", {})], "03-20T12:00Z"),
        ([("NonPerformanceFound", "2025-03-20", {}),
          ("FindingRevised", "2025-03", {"event": "e3", "commitment": None})], "03-20T12:00Z"),
        ([("ViolationAlleged", "2025-04", {"incident": "i"})], "04-01T12:00Z"),
    ],
    ids=["performance", "reading", "denial", "refutation", "condition", "resumption", "revision",
         "after it"],
)  # fmt: skip
def test_no_entry_folds_before_what_it_refers_to(lines: list[Any], place: str) -> None:
    """Where the dates overlap it folds at the later of the two, and after the other."""
    events = record(PROMISED, *lines)

    assert folded(events)[-1] == (events[-1].id, place)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([("ViolationAlleged", "2025-03-20", {"incident": "i"}),
          ("ViolationDenied", "2025-03-19", {"incident": "i"})],
         "ViolationAlleged 'e3', which happened 2025-03-20; found occurred 2025-03-19"),
        ([("ReadingAsserted", "2025-02", {"term": "end", "value": "2025-05"})],
         "CommitmentAccepted 'e2', which happened 2025-03-18; found occurred 2025-02"),
        ([("ViolationAlleged", "2025-03-20", {"incident": "i"}),
          ("ViolationDenied", "2025-02", {"incident": "i"})],
         "ViolationAlleged 'e3', which happened 2025-03-20; found occurred 2025-02"),
    ],
    ids=["denial", "reading", "denial before the promise too"],
)  # fmt: skip
def test_a_date_wholly_before_is_refused_with_both_dates(lines: list[Any], words: str) -> None:
    """The refusal names the other entry and its date, and nothing is taken."""
    *before, last = record(PROMISED, *lines)
    stream = StreamDraft(AGREEMENT, before, REGISTRY)

    with pytest.raises(InvalidEvent) as refused:
        stream.take(last, stream.entry_of(last))

    assert words in refused.value.message
    assert stream.taken == []


def test_a_report_of_a_time_before_the_promise_is_taken() -> None:
    """It may always be recorded: it moves nothing."""
    *before, last = record(PROMISED, ("ViolationAlleged", "2025-03-01", {"incident": "i"}))
    stream = StreamDraft(AGREEMENT, before, REGISTRY)
    stream.take(last, stream.entry_of(last))

    assert stream.taken == [last]


WINDOW = {"start": "2025-04-19T15:00:00Z", "end": "2025-04-20T21:00:00Z"}


@pytest.mark.parametrize(
    ("occurred", "tags", "compliance"),
    [
        ("2025-04-19", ("window_edge",), "alleged"),
        ("2025-04-18/2025-04-19", ("window_edge",), "alleged"),
        ("2025-04-19T15:00:00Z", (), "alleged"),
        ("2025-04", ("window_edge",), "alleged"),
        ("2025-04-20", ("window_edge",), "alleged"),
        ("2025-04-18", ("out_of_force",), "unassessed"),
        ("2025-04-19T14:59:59Z", ("out_of_force",), "unassessed"),
        ("2025-04-20T21:00:00Z", ("out_of_force",), "unassessed"),
        ("2025-04-21", ("out_of_force",), "unassessed"),
    ],
)
def test_a_report_counts_where_its_date_overlaps_the_window(
    occurred: str, tags: tuple[str, ...], compliance: str
) -> None:
    """Where only a part of its date lies in the window it counts, and says so."""
    given = History().promise(at="2025-03-01T12:00:00Z", kind="maintenance", terms=WINDOW)
    given.add("ViolationAlleged", at="2025-05-01T12:00:00Z", commitment="c", incident="i",
              occurred=occurred)  # fmt: skip
    del given.events[-1].data["effective_at"]
    commitment = given.commitment("2025-05-02T00:00:00Z")

    assert (commitment.incidents[0].tags, commitment.compliance) == (tags, compliance)
