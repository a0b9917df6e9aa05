"""Entries about a whole agreement, taken one by one with late news, and folded at once."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import RecordedEvent, format_instant, parse_instant
from tests.support.given import AGREEMENT, REGISTRY
from tests.support.profiles import examples
from tracker.entries.decoding import entries, full_type
from tracker.errors import TrackerError
from tracker.recording.stream_draft import StreamDraft
from tracker.rules.fold import fold
from tracker.rules.replay import Replay

ORIGIN = parse_instant("2026-01-01T12:00:00Z")
SIDES = {"a": ("NOR", "ISL"), "b": ("ISL", "SWE"), "c": ("SWE", "NOR")}
ALL = ["NOR", "ISL", "SWE"]
CLAUSES = {"renewal": {"period": "P15D"}, "withdrawal": {"notice": "P7D"}}
WHOLE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("SuspensionDeclared", {"speaker": "NOR"}),
    ("SuspensionDeclared", {"basis": "neutral_body", "tolls": True}),
    ("Resumed", {"basis": "neutral_body"}),
    ("TermExtended", {"by": ALL, "terms": {"extend_by": "P10D"}}),
    ("TermRenewed", {"by": ALL, "terms": {"duration": "P20D"}}),
    ("ReadingAsserted", {"speaker": "ISL", "term": "duration", "value": "P9D"}),
    ("TermsClarified", {"by": ALL, "terms": {"count": "exclusive"}}),
    ("NonRenewalNotified", {"speaker": "SWE"}),
    ("WithdrawalNotified", {"speaker": "NOR"}),
    ("WithdrawalRevoked", {"speaker": "NOR"}),
    ("ConditionAdded", {"antecedent": {"id": "entry_into_force"}}),
    ("ConditionSatisfied", {"antecedent": "entry_into_force"}),
    ("MutuallyTerminated", {"by": ALL, "commitments": ["b"]}),
    ("TagsSet", {"tags": ["sea"]}),
)


def day(number: int) -> str:
    return (ORIGIN + timedelta(days=number)).date().isoformat()


def recorded(number: int, name: str, data: dict[str, Any]) -> RecordedEvent:
    """An event that comes in a day after the one before it."""
    at = ORIGIN + timedelta(days=number, hours=6)
    return RecordedEvent(
        number + 1, AGREEMENT, number + 1, f"e{number}", full_type(name), "test", at, data
    )


@st.composite
def histories(draw: Any) -> list[RecordedEvent]:
    """The agreement, then promises and entries about all of them, also late ones and amendments."""
    terms = draw(st.sampled_from([{"start": day(0), "duration": "P20D"}, {"end": day(12)}]))
    heading = {"agreement": AGREEMENT, "title": "Accord", "parties": ALL, "terms": terms,
               "clauses": draw(st.sampled_from([CLAUSES, {}])), "occurred": day(0)}  # fmt: skip
    events = [recorded(0, "AgreementRecorded", heading)]
    promises = draw(st.permutations(sorted(SIDES)))
    for number in range(1, draw(st.integers(4, 14))):
        data: dict[str, Any]
        what = draw(st.integers(0, 9))
        if promises and (number < 3 or what == 0):
            name, own = promises.pop(), draw(st.sampled_from([{}, {"terms": {"end": day(25)}}]))
            debtor, creditor = SIDES[name]
            made = {"commitment": name, "kind": "maintenance", "promise": "to keep to it", **own}
            type_, data = "CommitmentAccepted", {**made, "debtor": [debtor], "creditor": [creditor]}
        elif what == 1:
            type_, data = "EntryRetracted", {"event": f"e{draw(st.integers(1, number))}"}
        elif what == 2:
            type_ = "EntryCorrected"
            data = {"event": "e0", "replacement": {"terms": {"end": day(draw(st.integers(5, 40)))}}}
        else:
            type_, given_ = draw(st.sampled_from(WHOLE))
            data = {**given_}
        happened = max(0, number - draw(st.sampled_from([0, 0, 0, 2, 8])))
        events.append(recorded(number, type_, {**data, "occurred": day(happened)}))
    return events


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_taken_one_by_one_or_folded_at_once_it_stands_the_same(events: list[RecordedEvent]) -> None:
    """What was accepted gives one answer: by the draft that judged it, by a replay, by a fold."""
    draft, replay = StreamDraft(AGREEMENT, [], REGISTRY), Replay(AGREEMENT, REGISTRY)
    accepted: list[RecordedEvent] = []
    for event in events:
        with suppress(TrackerError):
            draft.take(event, draft.entry_of(event))
            accepted.append(event)
            replay.learn([event])
        for later in (0, 30):
            now = event.recorded_at + timedelta(days=later)
            expected = fold(AGREEMENT, entries(accepted, REGISTRY), now, REGISTRY)
            assert expected == replay.at(now), format_instant(now)
            assert expected == draft.state(now), format_instant(now)
